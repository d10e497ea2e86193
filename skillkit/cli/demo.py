"""`skillkit demo`: the whole idea in a few minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillkit.cli.console import console, output


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option("--out", help="Folder for skills, table, figure and video.")] = Path("demo"),
) -> None:
    """Show the whole idea in a few minutes.

    A ball's skill is pretrained and frozen, a maze policy is stacked on it, and a flat one is trained beside it.
    """
    from skillkit.experiments.demo import run_demo
    from skillkit.experiments.train import Stopped

    try:
        run_demo(folder, console, output)
    except Stopped as stopped:
        console.print("The demo was stopped; start it again with skillkit demo.")
        raise typer.Exit(130) from stopped
