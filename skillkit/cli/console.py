"""Where messages go: to stderr, so that stdout holds results alone."""

from __future__ import annotations

from rich.console import Console

console = Console(stderr=True, markup=False)
output = Console(markup=False)  # names and paths may hold what looks like markup
