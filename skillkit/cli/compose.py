"""`skillkit compose`: one skill that does what several do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillkit.cli import options
from skillkit.cli.cards import print_card
from skillkit.cli.console import console, output


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compose)


def compose(
    skills: Annotated[list[str], typer.Argument(help="Skills of soft Q-learning: files, bundled skills or runs.")],
    weights: Annotated[
        str | None, typer.Option("--weights", help="A number for each skill, as in 1,2; equal ones by default.")
    ] = None,
    policy: Annotated[str, typer.Option("--policy", help="Policy: flow or sampler.")] = "flow",
    updates: Annotated[int, typer.Option("--updates", min=1, max=10**7, help="Updates of the policy.")] = 3000,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Seed of everything random.")] = 0,
    out: Annotated[Path, typer.Option("--out", help="File to write the skill to.")] = Path("composed.safetensors"),
    force: options.Force = False,
) -> None:
    """Draw one skill that does what several do.

    It is drawn from the mean of their soft Q-functions, offline, in the states that they were trained on.
    """
    from skillkit.experiments.compose import compose_skills

    composed = compose_skills(
        skills, weights, out, policy=policy, updates=updates, seed=seed, force=force, console=console
    )
    print_card(out, composed, to=output)
    console.print(f"Next: skillkit eval {out} --render", highlight=False)
