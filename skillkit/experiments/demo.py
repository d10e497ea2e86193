"""The whole idea in a few minutes: a ball learns to move, is frozen, and solves a sparse maze from a second level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from skillkit.build import known_names
from skillkit.config import Recipe
from skillkit.config.recipes import changed_recipe, find_recipe
from skillkit.errors import UserError
from skillkit.evaluation.path_panels import plot_path_panels
from skillkit.experiments.evaluate import Evaluation, evaluate, film, panel
from skillkit.experiments.train import train
from skillkit.training.display import minutes

SKILL, STACKED, FLAT = "ball_loco", "ball_maze", "ball_maze_flat"
SEED = 1000  # of the evaluation: worlds that training has not seen


@dataclass(frozen=True)
class Phase:
    """One row of the demo's table. steps: control steps of this phase; seconds: of its training."""

    label: str
    steps: int
    seconds: float
    evaluation: Evaluation


def run_demo(folder: Path, console: Console, output: Console) -> None:
    """Pretrain, stack, and train a flat baseline for as many control steps as both together; print one table.

    folder: where skills, figure and video go; what an earlier demo left there is replaced.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"expected a folder for the demo's results, {str(folder)!r} is a file; choose another --out.")
    if not str(folder).strip() or any(len(part) > 200 for part in folder.parts):
        raise UserError(f"expected a folder for the demo's results, got {str(folder)[:60]!r}; choose another --out.")
    folder.mkdir(parents=True, exist_ok=True)
    skill_file = folder / f"{SKILL}.safetensors"
    skill = _phase("skill", _recipe(SKILL), folder, console)
    stacked = _phase("stacked on it", _recipe(STACKED, base=str(skill_file)), folder, console)
    flat_recipe = _recipe(FLAT, **{"training.steps": skill.steps + stacked.steps})
    flat = _phase("flat, no skill", flat_recipe, folder, console)
    phases = (skill, stacked, flat)
    figure, video = folder / "paths.png", folder / "maze.mp4"
    plot_path_panels(figure, [panel(phase.evaluation) for phase in phases])
    output.print(_table(phases))
    output.print(f"figure of the paths: {figure.absolute()}", highlight=False, soft_wrap=True)
    try:
        film(stacked.evaluation, video)
        output.print(f"video of the stacked policy: {video.absolute()}", highlight=False, soft_wrap=True)
    except UserError as error:
        output.print(f"warning: {error}", highlight=False)


def _recipe(name: str, **flags: object) -> Recipe:
    return changed_recipe(find_recipe(name), flags, (), known_names())


def _phase(label: str, recipe: Recipe, folder: Path, console: Console) -> Phase:
    """Train a recipe into the demo's folder and evaluate what it made."""
    done = train(recipe, folder / f"{recipe.name}.safetensors", force=True, console=console)
    return Phase(label, recipe.training.steps, done.seconds, evaluate(str(done.skill), seed=SEED))


def _table(phases: Sequence[Phase]) -> Table:
    table = Table("policy", "control steps", "minutes", "success (95%)", "return (95%)")
    for phase in phases:
        report = phase.evaluation.report
        success = "-"
        if report.success_rate is not None:
            success = f"{report.success_rate:.2f} ({report.success_low:.2f} to {report.success_high:.2f})"
        returns = f"{report.return_mean:.0f} ({report.return_low:.0f} to {report.return_high:.0f})"
        table.add_row(phase.label, f"{phase.steps:,}", minutes(phase.seconds), success, returns)
    return table
