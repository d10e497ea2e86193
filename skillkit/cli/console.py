"""Where messages go: to stderr, so that stdout holds results alone."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

console = Console(stderr=True, markup=False, emoji=False)
output = Console(markup=False, emoji=False)  # names and paths may hold what looks like markup


def print_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """A table as a result."""
    from rich.table import Table

    table = Table(*header)
    for row in rows:
        table.add_row(*row)
    output.print(table)
