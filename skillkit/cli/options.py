"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from skillkit.errors import UserError

RecipeName = Annotated[str | None, typer.Option("--recipe", help="Recipe file, or the name of a bundled one.")]
Body = Annotated[
    str | None,
    typer.Option(
        "--body",
        help="Body, of those that skillkit bodies lists, or a YAML file that describes your own: my_robot.yaml.",
    ),
]
Task = Annotated[str | None, typer.Option("--task", help="Task, of those that skillkit tasks lists, or gym:<id>.")]
OwnTask = Annotated[
    str | None, typer.Option("--task", help="Task, of those that skillkit tasks lists, but no gym:<id>.")
]
Goal = Annotated[
    str | None,
    typer.Option("--goal", help="Goal: in the maze 0, 1, 2 or random, of the pusher x=-1,y=-1."),
]
Rewards = Annotated[
    list[str] | None,
    typer.Option("--reward", help="Reward term as name or name=weight; may be repeated; replaces the recipe's."),
]
PolicyKind = Annotated[
    str | None, typer.Option("--policy", help="Policy: flow, gaussian, mixture, sampler or deterministic.")
]
Algorithm = Annotated[str | None, typer.Option("--algo", help="Algorithm: sac, sql or kl.")]
PRIORS = (
    "What the policy is held to: of --algo kl isotropic, ar1, learned-ar, distral or none; of the others uniform or "
    "gaussian"
)
Prior = Annotated[str | None, typer.Option("--prior", help=f"{PRIORS}.")]
PriorOnBase = Annotated[str | None, typer.Option("--prior", help=f"{PRIORS}, of sac also skill, which is the base.")]
Init = Annotated[
    str | None,
    typer.Option("--init", help="Trained skill to start from, not from random weights: file, bundled skill or run."),
]
Steps = Annotated[int | None, typer.Option("--steps", help="Control steps, summed over parallel worlds.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of everything random, 0 or more.")]
Seeds = Annotated[
    str | None, typer.Option("--seeds", help="Several seeds, each in its own run and file: 0-4, 0,3,7 or 0-2,5.")
]
Out = Annotated[
    Path | None, typer.Option("--out", help="File to export the skill to; by default named after the recipe.")
]
Device = Annotated[str | None, typer.Option("--device", help="Where updates are computed: cpu, cuda, cuda:1 ...")]
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any recipe key, as in algorithm.discount=0.98; may be repeated."),
]
WithReplay = Annotated[
    bool | None,
    typer.Option("--with-replay", help="Export states that the skill was trained on beside it, to compose it with."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing output file.")]
Resume = Annotated[
    Path | None, typer.Option("--resume", help="Resume the run in this folder, or several seeds in theirs.")
]


KEYS = {
    "body": "world.body",
    "task": "world.task",
    "goal": "world.goal",
    "reward": "world.rewards",
    "policy": "policy.kind",
    "algo": "algorithm.kind",
    "prior": "algorithm.action_prior",
    "adapt_base": "adapt_base",
    "init": "init",
    "steps": "training.steps",
    "seed": "training.seed",
    "device": "training.device",
    "with_replay": "training.with_replay",
}


def flags_to_keys(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The flags that were given, by the recipe key that each one sets."""
    from skillkit.config.recipes import parse_rewards

    given = {KEYS[name]: value for name, value in flags.items() if value is not None}
    if "world.rewards" in given:
        given["world.rewards"] = parse_rewards(given["world.rewards"])
    return given


def several_seeds(text: str | None, seed: int | None, assignments: Sequence[str] | None) -> tuple[int, ...] | None:
    """The seeds that --seeds names, None without it; a UserError when another option sets the seed too."""
    if text is None:
        return None
    if seed is not None:
        raise UserError("--seeds names all the seeds, got --seed too; give one of the two.")
    if any(assignment.partition("=")[0].strip() == KEYS["seed"] for assignment in assignments or ()):
        raise UserError(f"--seeds names all the seeds, got --set {KEYS['seed']} too; give one of the two.")
    from skillkit.experiments.seeds import parse_seeds

    return parse_seeds(text)


def refuse_with_resume(context: typer.Context) -> None:
    """A UserError when --resume comes with another option, as a run's own recipe has settled them all."""
    for option in context.command.params:
        source = context.get_parameter_source(str(option.name))
        if option.name != "resume" and source is not None and source.name == "COMMANDLINE":
            raise UserError(f"--resume goes on with the run's own recipe, got {option.opts[0]} too; leave it out.")
