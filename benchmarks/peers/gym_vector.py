"""Gymnasium's vector environments under random actions: `python -m benchmarks.peers.gym_vector MODE` serves one.

MODE: sync, one environment after the other, or async, a process each.
"""

from __future__ import annotations

import os
import sys
import time

import gymnasium
import numpy as np

from benchmarks.peers.sizes import ENVIRONMENT, SIZES
from skillkit.benchmark.protocol import Reading, serve

COUNT = 16


class GymVector:
    """Steps with observations, rewards and resets; the contact forces are computed, as `Ant-v5` does, but not shown."""

    def __init__(self, mode: str) -> None:
        self.name = {"sync": "Gymnasium SyncVectorEnv", "async": "Gymnasium AsyncVectorEnv"}[mode]
        self.threads = 1 if mode == "sync" else min(COUNT, os.cpu_count() or 1)
        self.settings = f"{COUNT} ants" if mode == "sync" else f"{COUNT} ants, a process each"
        self._mode = mode

    def warm_up(self) -> None:
        kwargs = SIZES["ant-27"].kwargs
        self._envs = gymnasium.make_vec(ENVIRONMENT, num_envs=COUNT, vectorization_mode=self._mode, **kwargs)
        self._envs.reset(seed=0)
        rng = np.random.default_rng(0)
        self._actions = rng.uniform(-1.0, 1.0, (100, *self._envs.action_space.shape)).astype(np.float32)
        self.run(1.0)

    def run(self, seconds: float) -> Reading:
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            self._envs.step(self._actions[steps % len(self._actions)])
            steps += 1
        return Reading(steps * COUNT, time.perf_counter() - start)


if __name__ == "__main__":
    serve(GymVector(sys.argv[1]))
