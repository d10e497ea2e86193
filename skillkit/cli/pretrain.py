"""`skillkit pretrain`: train a policy on the motors."""

from __future__ import annotations

import typer

from skillkit.cli import options
from skillkit.cli.training import resume_run, train_one, train_several


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(pretrain)


def pretrain(
    context: typer.Context,
    recipe: options.RecipeName = None,
    body: options.Body = None,
    task: options.Task = None,
    goal: options.Goal = None,
    reward: options.Rewards = None,
    policy: options.PolicyKind = None,
    algo: options.Algorithm = None,
    prior: options.Prior = None,
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
    """Train a policy on a body's motors.

    With --task gym:<id> it acts in a Gymnasium environment; bare, it runs the recipe of the bundled ant_loco.
    """
    if resume is not None:
        options.refuse_with_resume(context)
        return resume_run(resume)
    flags: dict[str, object] = {
        "body": body,
        "task": task,
        "goal": goal,
        "reward": reward,
        "policy": policy,
        "algo": algo,
        "prior": prior,
    }
    flags |= {"init": init, "steps": steps, "seed": seed, "device": device, "with_replay": with_replay}
    from skillkit.experiments.recipes import default_output, pretrain_recipe

    several = options.several_seeds(seeds, seed, assignments)
    resolved = pretrain_recipe(recipe, options.flags_to_keys(flags), assignments or [])
    target = out if out is not None else default_output(resolved)
    if several is not None:
        return train_several(resolved, several, target, force=force)
    train_one(resolved, target, force=force)
