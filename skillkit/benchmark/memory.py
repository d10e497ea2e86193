"""Peak memory of a training whose replay of a million transitions is full."""

from __future__ import annotations

import json
import sys
import threading

import torch

from skillkit.benchmark import settings
from skillkit.benchmark.peak import PeakMemory, peak_mebibytes
from skillkit.machine import cores
from skillkit.training.replay import NONE, Replay

TRANSITIONS = 1_000_000
UPDATES = 200  # once the replay is full


def full_replay(size: str) -> PeakMemory:
    """The contender: a training at one of the `settings.SIZES`."""
    said = f"{TRANSITIONS:,} transitions, then {UPDATES} updates"
    return PeakMemory(f"skillkit, {size}", min(2, cores()), said, (sys.executable, "-m", __name__, size))


def train_with_full_replay(size: str, transitions: int, updates: int) -> float:
    """Fill the replay, collect and learn until that many updates are made, and return the peak in MiB."""
    torch.set_num_threads(1)
    recipe, stop = settings.recipe(size, "gaussian", replay=transitions), threading.Event()
    training = settings.training(recipe, stop)
    training.learner.compile(recipe.algorithm.batch_size, parallel=cores() > 1)
    fill(training.replay, settings.WORLDS)
    while training.trainer.updates < updates:
        timer = threading.Timer(0.2, stop.set)
        timer.start()
        training.trainer.run()
        stop.clear()
    return peak_mebibytes()


def fill(replay: Replay, num_worlds: int) -> None:
    """Take over a full replay, as a checkpoint brings it: the worlds' rows side by side, no episode at its end.

    Every row holds the same numbers, so that nothing but the replay's own memory is touched.
    """
    empty, rows = replay.state_dict(), torch.arange(replay.capacity, dtype=torch.int32)
    data = {
        name: torch.rand(1, *values.shape[1:]).expand(replay.capacity, *values.shape[1:])
        for name, values in empty["data"].items()
    }
    data["following"] = torch.where(rows < replay.capacity - num_worlds, rows + num_worlds, NONE)
    replay.load_state_dict({**empty, "data": data, "newest": rows[-num_worlds:].long(), "next": 0})


if __name__ == "__main__":
    print(json.dumps(train_with_full_replay(sys.argv[1], TRANSITIONS, UPDATES)))
