"""Where messages go: to stderr, so that stdout holds results alone."""

from __future__ import annotations

from rich.console import Console

console = Console(stderr=True)
output = Console()
