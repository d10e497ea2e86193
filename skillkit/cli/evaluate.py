"""`skillkit eval`: how good a skill is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillkit.cli import options
from skillkit.cli.console import console, output
from skillkit.errors import UserError

if TYPE_CHECKING:
    from skillkit.evaluation.report import Report
    from skillkit.experiments.evaluate import Evaluation


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("eval")(evaluate)


def evaluate(
    skill: Annotated[
        str | None, typer.Argument(help="Skill file, bundled skill, or run; by default the newest run.")
    ] = None,
    task: options.Task = None,
    goal: options.Goal = None,
    episodes: Annotated[int | None, typer.Option("--episodes", min=1, max=10_000, help="Whole episodes.")] = None,
    latent_draw: Annotated[
        str | None,
        typer.Option("--latent-draw", help="Of the top latent: step, episode or zero; by default as the skill says."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Seed of worlds and latents.")] = 0,
    render: Annotated[bool, typer.Option("--render", help="Write a video and a figure of the paths.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout.")] = False,
) -> None:
    """Play episodes and report how good a skill is.

    It prints success and return with 95% intervals, distance and falls.
    """
    from skillkit.experiments import evaluate as job

    name = skill if skill is not None else job.newest_skill_name()
    if render:
        job.check_drawable(name)
    with console.status("playing episodes ..."):
        evaluation = job.evaluate(name, task=task, goal=goal, episodes=episodes, latent_draw=latent_draw, seed=seed)
    if as_json:
        typer.echo(json.dumps(evaluation.report.as_dict()))
    else:
        print_report(evaluation)
    if render:
        _render(evaluation, Path(name))


def print_report(evaluation: Evaluation) -> None:
    """A table of the figures that apply."""
    from rich.table import Table

    table = Table("figure", "value", title=evaluation.name)
    for label, text in _lines(evaluation.report):
        table.add_row(label, text)
    if evaluation.unmoved is not None:
        table.add_row("moved under 1 m, left out of both", str(evaluation.unmoved))
    output.print(table)


def _lines(report: Report) -> list[tuple[str, str]]:
    lines = [("episodes", str(report.episodes)), ("latent", report.latent_draw)]
    if report.success_rate is not None:
        low, high = report.success_low, report.success_high
        lines.append(("success (95% interval)", f"{report.success_rate:.2f} ({low:.2f} to {high:.2f})"))
    lines.append(
        (
            "return (95% interval)",
            f"{report.return_mean:.4g} ({report.return_low:.4g} to {report.return_high:.4g})",
        )
    )
    optional = (
        ("length (control steps)", report.episode_length_mean, ".0f"),
        ("final distance (m)", report.final_distance_mean, ".2f"),
        ("falls", report.fall_rate, ".2f"),
        ("mean speed (m/s)", report.mean_speed, ".2f"),
        ("net displacement in 20 s, median (m)", report.net_displacement_median, ".1f"),
        ("coverage (octants of 8)", report.coverage, ".0f"),
        ("heading spread", report.heading_spread, ".2f"),
        ("steering", report.steering, ".2f"),
    )
    lines += [(label, format(value, form)) for label, value, form in optional if value is not None]
    if report.goal_shares is not None:
        lines.append(("share of each goal", ", ".join(f"{share:.2f}" for share in report.goal_shares)))
    return lines


def _render(evaluation: Evaluation, source: Path) -> None:
    from skillkit.experiments import evaluate as job

    figure, video = job.picture_paths(evaluation, source)
    job.draw_paths(evaluation, figure)
    console.print(f"figure: {figure}", highlight=False)
    try:
        job.film(evaluation, video)
    except UserError as error:
        console.print(f"warning: {error}", highlight=False)
        return
    console.print(f"video: {video}", highlight=False)
