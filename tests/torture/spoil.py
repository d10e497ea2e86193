"""skillkit with something that goes wrong in the middle of a training: `python spoil.py KIND COMMAND ...`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from skillkit.algorithms.learner import ActorCriticLearner
from skillkit.cli.app import main
from skillkit.training import checkpoint
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import REWARDS, RewardKind

AT = 250  # batched steps of the worlds, or 1000 control steps


def reward(value: float) -> None:
    """Every reward is NaN or infinite."""
    for name, kind in REWARDS.items():
        REWARDS[name] = RewardKind(lambda motion: np.full(len(motion.heading), value), kind.windowed)


def simulation(world: MujocoWorld) -> None:
    """One simulation is far too fast."""
    world.physics.qvel[0] = 1e30


def loss() -> None:
    """A weight of the critics is NaN."""
    update = ActorCriticLearner.update

    def spoilt(self: ActorCriticLearner, *arguments: Any) -> Any:
        self.critics.critic[0] = torch.nan
        return update(self, *arguments)

    ActorCriticLearner.update = spoilt


def worker() -> None:
    """The thread that collects dies."""
    raise RuntimeError("the worker died")


def at_a_step(spoil: Callable[[MujocoWorld], None]) -> None:
    """Have it happen in the middle."""
    step, count = MujocoWorld.step, 0

    def counted(self: MujocoWorld, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count == AT:
            spoil(self)
        return step(self, *arguments)

    MujocoWorld.step = counted


def in_a_checkpoint(file: int) -> None:
    """Die with the given file of a checkpoint half written."""
    save, count = checkpoint.save_state, 0

    def dying(path: Path, state: Any) -> None:
        nonlocal count
        count += 1
        save(path, state)
        if count == file:
            os.truncate(path, path.stat().st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoint.save_state = dying


KINDS: dict[str, Callable[[], None]] = {
    "reward NaN": lambda: at_a_step(lambda _: reward(np.nan)),
    "reward infinite": lambda: at_a_step(lambda _: reward(np.inf)),
    "simulation diverges": lambda: at_a_step(simulation),
    "loss NaN": lambda: at_a_step(lambda _: loss()),
    "worker dies": lambda: at_a_step(lambda _: worker()),
    **{
        f"killed in file {file} of a checkpoint": lambda file=file: in_a_checkpoint(file)
        for file in (1, 2, 3, 10, 11, 12)
    },
}

if __name__ == "__main__":
    kind = sys.argv.pop(1)
    KINDS[kind]()
    main()
