"""Where messages go: to stderr, so that stdout holds results alone."""

from __future__ import annotations

from rich.console import Console

console = Console(stderr=True, markup=False, emoji=False)
output = Console(markup=False, emoji=False)  # names and paths may hold what looks like markup
