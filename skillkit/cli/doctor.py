"""`skillkit doctor`: what this machine offers."""

from __future__ import annotations

import typer

from skillkit.cli.console import output


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor() -> None:
    """Check compiler, renderer and devices; print versions."""
    from rich.table import Table

    from skillkit.machine import compiler, devices, versions
    from skillkit.rendering.backend import BACKEND_HELP, choose_backend

    found, backend = compiler(), choose_backend()
    table = Table("part", "state", show_header=False)
    table.add_row("C++ compiler", found or "missing: training is several times slower; install g++ and python3-dev")
    table.add_row("renderer", backend or f"missing: {BACKEND_HELP}")
    table.add_row("devices", ", ".join(devices()))
    for name, text in versions().items():
        table.add_row(name, text)
    output.print(table)
