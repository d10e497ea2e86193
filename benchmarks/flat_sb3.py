"""Stable-Baselines3's SAC on one of skillkit's goals: `flat_sb3.py ENVIRONMENT SEED STEPS RATIO` prints its curve.

Sizes, batch and learning rate are those of skillkit's recipes, RATIO updates a step, 32 environments side by side; all
else is Stable-Baselines3's default, the automatic temperature among it. It sees the whole observation, the goal in it.
"""

from __future__ import annotations

import json
import sys
import time

import gymnasium
import torch
from gymnasium.wrappers import FlattenObservation
from stable_baselines3 import SAC
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env

import skillkit  # registers the environments

assert skillkit
ENVIRONMENTS = 32
EPISODES = 100  # the buffer's own length
LOG_EVERY = 5000  # control steps


class SuccessCurve(BaseCallback):
    """Control steps, seconds and success over the last 100 episodes, now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[int, float, float]] = []
        self._start = time.monotonic()

    def _on_step(self) -> bool:
        if self.num_timesteps // LOG_EVERY > len(self.rows):
            ended = list(self.model.ep_success_buffer or ())
            success = sum(ended) / len(ended) if len(ended) == EPISODES else 0.0
            self.rows.append((self.num_timesteps, time.monotonic() - self._start, float(success)))
        return True


def make(name: str) -> gymnasium.Env:
    return FlattenObservation(gymnasium.make(name))


def main(name: str, seed: int, steps: int, ratio: float) -> None:
    torch.set_num_threads(2)
    worlds = make_vec_env(lambda: make(name), ENVIRONMENTS, seed=seed)
    networks = {"net_arch": [128, 128]}
    agent = SAC(
        "MlpPolicy",
        worlds,
        batch_size=128,
        gradient_steps=round(ratio * ENVIRONMENTS),
        learning_starts=1000,
        policy_kwargs=networks,
        seed=seed,
    )
    curve = SuccessCurve()
    agent.learn(steps, callback=curve)
    print(json.dumps(curve.rows))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
