"""What the training commands share: run the job, for one seed or several, and say how to resume after a stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from skillkit.cli.console import console, output

if TYPE_CHECKING:
    from skillkit.config import Recipe
    from skillkit.experiments.seeds import SeedsResult
    from skillkit.experiments.train import Trained
    from skillkit.skills.skill import Skill


def train_on(
    skill: tuple[Path, Skill],
    kept: Literal["base", "head"],
    recipe: Recipe,
    seeds: Sequence[int] | None,
    out: Path | None,
    *,
    force: bool,
) -> None:
    """Show what is kept of a skill and what feeds it, then train one seed or several."""
    from skillkit.cli.cards import print_card, print_feeds
    from skillkit.experiments.recipes import default_output

    target = out if out is not None else default_output(recipe)
    print_card(*skill)
    print_feeds(recipe, **{kept: skill[1]})
    if seeds is not None:
        return train_several(recipe, seeds, target, force=force)
    train_one(recipe, target, force=force)


def train_one(recipe: Recipe, out: Path, *, force: bool) -> None:
    """Train, export, and print where the skill is."""
    from skillkit.experiments.train import train

    _until_done(lambda: train(recipe, out, force=force, console=console))


def train_several(recipe: Recipe, seeds: Sequence[int], out: Path, *, force: bool) -> None:
    """Train and export each seed, and print how good they are."""
    from skillkit.experiments.seeds import train_seeds

    _report_seeds(train_seeds(recipe, seeds, out, force=force, console=console))


def resume_run(run: Path) -> None:
    """Resume a run, or several seeds."""
    from skillkit.experiments.seed_group import is_group
    from skillkit.experiments.seeds import resume_seeds
    from skillkit.experiments.train import resume

    if is_group(run):
        return _report_seeds(resume_seeds(run, console))
    _until_done(lambda: resume(run, console))


def _until_done(job: Callable[[], Trained]) -> None:
    from skillkit.experiments.train import Stopped

    try:
        done = job()
    except Stopped as stopped:
        if stopped.steps == 0:
            console.print("Stopped before the first step; nothing is kept.")
            raise typer.Exit(130) from stopped
        console.print(f"Stopped at {stopped.steps:,} steps; a checkpoint is saved. Resume with:", highlight=False)
        console.print(f"    skillkit {stopped.command} --resume {stopped.run}", highlight=False)
        raise typer.Exit(130) from stopped
    console.print(f"Next: skillkit eval {done.skill} --render", highlight=False)


def _report_seeds(result: SeedsResult) -> None:
    """Print the seeds that are done, name those that failed, and say how to resume the rest."""
    from skillkit.experiments.seeds import result_table

    failed, stopped = result.of_state("failed"), result.of_state("stopped", "waiting")
    if result.of_state("done"):
        output.print(result_table(result))
    if failed:
        named = ", ".join(f"seed {seed.seed} (see {seed.log})" for seed in failed)
        console.print(f"error: training failed for {named}.", style="red", highlight=False, soft_wrap=True)
    if stopped:
        console.print("Stopped; skills that are finished and checkpoints of the other seeds are saved. Resume with:")
    elif failed:
        console.print("After fixing that, resume with:")
    if stopped or failed:
        console.print(f"    skillkit {result.command} --resume {result.group}", highlight=False, soft_wrap=True)
        raise typer.Exit(130 if stopped else 1)
