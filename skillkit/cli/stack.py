"""`skillkit stack`: train a policy on the latent of a frozen skill."""

from __future__ import annotations

from typing import Annotated

import typer

from skillkit.cli import options
from skillkit.cli.training import resume_run, train_on


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(stack)


def stack(
    context: typer.Context,
    base: Annotated[
        str | None, typer.Option("--base", help="Skill file, bundled skill, or run (runs/x, runs/x@500000).")
    ] = None,
    task: options.OwnTask = None,
    recipe: options.RecipeName = None,
    goal: options.Goal = None,
    reward: options.Rewards = None,
    policy: options.PolicyKind = None,
    algo: options.Algorithm = None,
    prior: options.PriorOnBase = None,
    adapt_base: Annotated[
        bool | None, typer.Option("--adapt-base", help="Of --algo kl: train the base on too, held to what it was.")
    ] = None,
    init: options.Init = None,
    steps: options.Steps = None,
    seed: options.Seed = None,
    seeds: options.Seeds = None,
    out: options.Out = None,
    device: options.Device = None,
    with_replay: options.WithReplay = None,
    assignments: options.Assignments = None,
    force: options.Force = False,
    resume: options.Resume = None,
) -> None:
    """Train a policy whose action is a frozen skill's latent.

    With --algo kl it keeps the skill's low level and default policy; with --prior skill it acts on the motors, held to
    the skill.
    """
    if resume is not None:
        options.refuse_with_resume(context)
        return resume_run(resume)
    flags: dict[str, object] = {"task": task, "goal": goal, "reward": reward, "policy": policy, "algo": algo}
    flags |= {"prior": prior, "adapt_base": adapt_base}
    flags |= {"init": init, "steps": steps, "seed": seed, "device": device, "with_replay": with_replay}
    from skillkit.experiments.recipes import stack_recipe

    several = options.several_seeds(seeds, seed, assignments)
    path, skill, resolved = stack_recipe(recipe, base, options.flags_to_keys(flags), assignments or [])
    train_on((path, skill), "base", resolved, several, out, force=force)
