"""The trainings that everybody is measured at: sizes, batches and worlds, as recipes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skillkit.build import Training, build_training
from skillkit.config import Recipe

WORLDS = 32  # as in the ant's recipes
ENDLESS = 10**9  # control steps: a round ends by its time


@dataclass(frozen=True)
class Size:
    """How large a training is. world: of the recipe; hidden: width of both hidden layers of every network."""

    world: Mapping[str, Any]
    hidden: int
    batch: int


SIZES: Mapping[str, Size] = {
    "ant-27": Size({"body": "ant", "task": "open", "rewards": {"velocity-norm": 1.0}, "num_worlds": WORLDS}, 128, 128),
    "ant-goto": Size({"body": "ant", "task": "goto-targets", "num_worlds": WORLDS}, 128, 32),  # sequences of ten
    "ant-105": Size({"task": "gym:Ant-v5", "num_worlds": WORLDS}, 256, 256),
}


def recipe(size: str, policy: str, *, algorithm: str = "sac", plain: bool = False, replay: int = 100_000) -> Recipe:
    """One update a transition; sizes and batches are those of the peers, all else is skillkit's default.

    plain: leave out what the peers' networks lack as well, layer norm and normalised observations.
    """
    chosen = SIZES[size]
    hidden = [chosen.hidden, chosen.hidden]
    data = {
        "name": "benchmark",
        "world": dict(chosen.world),
        "policy": {"kind": policy, "hidden": hidden, "normalize": not plain},
        "algorithm": {
            "kind": algorithm,
            "batch_size": chosen.batch,
            "update_to_data": 1.0,
            "critic_hidden": hidden,
            "critic_layer_norm": not plain,
        },
        "training": {
            "steps": ENDLESS,
            "replay_size": replay,
            "checkpoint_every": ENDLESS,
            "log_every": ENDLESS,
        },
    }
    return Recipe.model_validate(data)


def training(made: Recipe, stop: threading.Event) -> Training:
    """A training that writes nothing, its update not yet compiled."""
    return build_training(made, None, log=_ignore, checkpoint=_ignore, stop=stop)


def _ignore(_: object) -> None:
    pass
