"""`skillkit transfer`: give a skill's high level another body."""

from __future__ import annotations

from typing import Annotated

import typer

from skillkit.cli import options
from skillkit.cli.training import resume_run, train_on


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(transfer)


def transfer(
    context: typer.Context,
    head: Annotated[
        str | None,
        typer.Option("--head", help="Skill of --algo kl whose high level is kept: file, name or run."),
    ] = None,
    body: options.Body = None,
    task: Annotated[
        str | None,
        typer.Option(
            "--task", help="Task, of those that skillkit tasks lists, but no gym:<id>; by default that of the head."
        ),
    ] = None,
    goal: options.Goal = None,
    recipe: options.RecipeName = None,
    reward: options.Rewards = None,
    steps: options.Steps = None,
    seed: options.Seed = None,
    seeds: options.Seeds = None,
    out: options.Out = None,
    device: options.Device = None,
    assignments: options.Assignments = None,
    force: options.Force = False,
    resume: options.Resume = None,
) -> None:
    """Give a skill's high level another body.

    A new low level is trained for it, under the frozen high level and its default policy.
    """
    if resume is not None:
        options.refuse_with_resume(context)
        return resume_run(resume)
    flags: dict[str, object] = {"body": body, "task": task, "goal": goal, "reward": reward}
    flags |= {"steps": steps, "seed": seed, "device": device}
    from skillkit.experiments.recipes import transfer_recipe

    several = options.several_seeds(seeds, seed, assignments)
    path, skill, resolved = transfer_recipe(recipe, head, options.flags_to_keys(flags), assignments or [])
    train_on((path, skill), "head", resolved, several, out, force=force)
