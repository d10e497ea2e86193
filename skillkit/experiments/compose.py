"""Compose skills from start to file: their critics, the states that they were trained on, one skill of both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import torch
from rich.console import Console
from rich.progress import Progress
from torch import Tensor

from skillkit.build import Constituent, check_composable, compose, open_skill
from skillkit.errors import UserError
from skillkit.experiments.output import check_output
from skillkit.experiments.recipes import snake_case
from skillkit.machine import compiler
from skillkit.skills.file import load_skill, save_skill
from skillkit.skills.group_card import layout_of
from skillkit.skills.replay_file import load_replay, replay_path, save_replay
from skillkit.skills.skill import Skill
from skillkit.training.checkpoint import CheckpointFolder, load_state
from skillkit.training.run_folder import is_run

KINDS = ("flow", "sampler")


def compose_skills(
    names: Sequence[str],
    weights: str | None,
    out: Path,
    *,
    policy: str,
    updates: int,
    seed: int,
    force: bool,
    console: Console,
) -> Skill:
    """Compose the skills that the names mean, and write the result to `out`.

    weights: numbers separated by commas, one for each skill, None for equal ones. Raises UserError for skills that
    cannot be composed and for options that do not fit, before anything is trained.
    """
    check_output(out, force)
    check_output(replay_path(out), force)
    if policy not in KINDS:
        raise UserError(f"a composed policy is one of {', '.join(KINDS)}, got {policy!r}; choose one of them.")
    if len(names) < 2:
        raise UserError(f"expected two skills or more to compose, got {len(names)}; name another one.")
    shares = parse_weights(weights, len(names))
    opened = [open_skill(name) for name in names]
    check_composable([skill for _, skill in opened])
    constituents = [
        Constituent(skill, share, *states_of(name, path, skill))
        for name, (path, skill), share in zip(names, opened, shares, strict=True)
    ]
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("drawing a policy ...", total=updates)
        draw = partial(
            compose,
            constituents,
            name=snake_case(out.stem)[:100],
            kind=policy,
            updates=updates,
            seed=seed,
            progress=lambda done: progress.update(task, completed=done),
        )
        try:
            composed = draw(compiled=compiler() is not None)
        except RuntimeError as error:  # of the compiler, before anything is drawn
            reason = str(error).partition("\n")[0]
            console.print(f"warning: composing is several times slower than it could be: {reason}.")
            composed = draw(compiled=False)
    save_skill(out, composed)
    written = load_skill(out)
    save_replay(replay_path(out), torch.cat([one.observation for one in constituents]), written.card.sha256, seed)
    return written


def parse_weights(text: str | None, count: int) -> list[float]:
    """Shares that sum to 1; UserError where they are not one positive number for each skill."""
    if text is None:
        return [1.0 / count] * count
    try:
        weights = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise UserError(
            f"expected --weights as numbers such as 1,2, got {text!r}; write one for each skill."
        ) from error
    total = sum(weights)
    finite = all(0.0 < weight < float("inf") for weight in weights) and total < float("inf")
    if not finite or min(weight / total for weight in weights) < 1e-6:
        raise UserError(
            f"expected --weights greater than 0, none a millionth of the others, got {text!r}; leave such a skill out."
        )
    if len(weights) != count:
        raise UserError(f"expected a weight for each of {count} skills, got {len(weights)} in {text!r}; write {count}.")
    return [weight / total for weight in weights]


def states_of(name: str, path: Path, skill: Skill) -> tuple[Tensor, Literal["beside", "run"]]:
    """The states that a skill was trained on: from the file beside it, else from its run's last checkpoint."""
    width = layout_of(skill.card.critics[0].groups).width
    beside = replay_path(path)
    if beside.exists():
        return load_replay(beside, skill.card.sha256, width), "beside"
    run = Path(name) if is_run(Path(name)) else Path(name.rpartition("@")[0])
    newest = CheckpointFolder(run / "checkpoints").newest() if is_run(run) else None
    if newest is None:
        raise UserError(
            f"there is no replay of the skill {skill.card.name!r}: neither {beside.name} beside it nor a run's "
            "checkpoint; name its run instead, or train it with --with-replay."
        )
    observation: Tensor = load_state(newest / "replay.safetensors")["data"]["observation"]
    return observation, "run"
