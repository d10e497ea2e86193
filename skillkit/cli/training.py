"""What the training commands share: run the job, and say how to go on when it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from skillkit.cli.console import console

if TYPE_CHECKING:
    from skillkit.config import Recipe
    from skillkit.experiments.train import Trained


def finish(recipe: Recipe, out: Path, *, base: Path | None, force: bool) -> None:
    """Train, export, and print where the skill is."""
    from skillkit.experiments.train import train

    _until_done(lambda: train(recipe, out, base=base, force=force, console=console), base is not None)


def resume_run(run: Path) -> None:
    """Go on with a run."""
    from skillkit.experiments.train import is_stacked, resume

    _until_done(lambda: resume(run, console), is_stacked(run))


def _until_done(job: Callable[[], Trained], stacked: bool) -> None:
    from skillkit.experiments.train import Stopped

    try:
        done = job()
    except Stopped as stopped:
        if stopped.steps == 0:
            console.print("Stopped before the first step; nothing is kept.")
            raise typer.Exit(130) from stopped
        command = "stack" if stacked else "pretrain"
        console.print(f"Stopped at {stopped.steps:,} steps; a checkpoint is saved. Go on with:", highlight=False)
        console.print(f"    skillkit {command} --resume {stopped.run}", highlight=False)
        raise typer.Exit(130) from stopped
    console.print(f"Next: skillkit eval {done.skill} --render", highlight=False)
