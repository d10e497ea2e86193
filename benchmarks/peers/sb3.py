"""Stable-Baselines3's SAC: `python -m benchmarks.peers.sb3 SIZE` serves it."""

from __future__ import annotations

import sys

from stable_baselines3 import SAC
from stable_baselines3.common.vec_env import VecEnv

from benchmarks.peers.off_policy import OffPolicy
from benchmarks.peers.sizes import LEARNING_RATE, LEARNING_STARTS, REPLAY
from skillkit.benchmark.protocol import serve


def make_model(environments: VecEnv, hidden: int, batch: int, replay: int = REPLAY) -> SAC:
    return SAC(
        "MlpPolicy",
        environments,
        learning_rate=LEARNING_RATE,
        buffer_size=replay,
        learning_starts=LEARNING_STARTS,
        batch_size=batch,
        train_freq=1,
        gradient_steps=-1,
        ent_coef="auto",
        policy_kwargs={"net_arch": [hidden, hidden]},
        seed=0,
        device="cpu",
    )


if __name__ == "__main__":
    serve(OffPolicy("Stable-Baselines3 SAC", sys.argv[1], make_model, threads=(1, 2)))
