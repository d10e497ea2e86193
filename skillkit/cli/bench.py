"""`skillkit bench`: how fast skillkit is on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillkit.cli.console import console, output


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(bench)


def bench(
    rounds: Annotated[int, typer.Option("--rounds", help="Rounds of each contender; their median counts.")] = 5,
    seconds: Annotated[float, typer.Option("--seconds", help="Length of a round.")] = 3.0,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            help="One measure: end-to-end-27, end-to-end-105, learner, simulation, memory, checkpoint or startup; "
            "may be repeated.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="JSON file for the results; by default none.")] = None,
) -> None:
    """Measure how fast skillkit is on this machine.

    Training, learner, simulation, memory, checkpoints and start-up take some ten minutes.
    """
    from skillkit.experiments import bench as job

    job.bench(rounds, seconds, only or [], out, console=console, output=output)
