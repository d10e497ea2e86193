"""Peak memory of Stable-Baselines3's SAC with a full replay: `python -m benchmarks.peers.sb3_memory SIZE` serves it."""

from __future__ import annotations

import json
import sys

import numpy as np
import torch
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.env_util import make_vec_env

from benchmarks.peers.sb3 import make_model
from benchmarks.peers.sizes import ENVIRONMENT, LEARNING_STARTS, SIZES
from skillkit.benchmark.peak import PeakMemory, peak_mebibytes
from skillkit.benchmark.protocol import serve

TRANSITIONS = 1_000_000
UPDATES = 200  # once the replay is full
CHUNK = 10_000


def train_with_full_replay(size: str) -> float:
    torch.set_num_threads(1)
    chosen = SIZES[size]
    environments = make_vec_env(ENVIRONMENT, 1, seed=0, env_kwargs=dict(chosen.kwargs))
    model = make_model(environments, chosen.hidden, chosen.batch, TRANSITIONS)
    fill(model.replay_buffer)
    model.learn(LEARNING_STARTS + UPDATES, log_interval=None)
    return peak_mebibytes()


def fill(replay: ReplayBuffer) -> None:
    """Every row is written; the types are those that the library chose."""
    rng = np.random.default_rng(0)
    for values in (replay.observations, replay.next_observations, replay.actions, replay.rewards):
        for start in range(0, len(values), CHUNK):
            values[start : start + CHUNK] = rng.uniform(-1.0, 1.0, (CHUNK, *values.shape[1:]))
    replay.dones[:] = 0.0
    replay.timeouts[:] = 0.0
    replay.full = True


if __name__ == "__main__":
    if sys.argv[1] == "once":
        print(json.dumps(train_with_full_replay(sys.argv[2])))
    else:
        size = sys.argv[1]
        command = (sys.executable, "-m", "benchmarks.peers.sb3_memory", "once", size)
        said = f"{TRANSITIONS:,} transitions, then {UPDATES} updates"
        serve(PeakMemory(f"Stable-Baselines3, {size}", 1, said, command))
