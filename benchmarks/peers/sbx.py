"""SBX's SAC, in JAX: `python -m benchmarks.peers.sbx SIZE` serves it."""

from __future__ import annotations

import os
import sys

from sbx import SAC
from stable_baselines3.common.vec_env import VecEnv

from benchmarks.peers.off_policy import OffPolicy
from benchmarks.peers.sizes import LEARNING_RATE, LEARNING_STARTS, REPLAY
from skillkit.benchmark.protocol import serve


def make_model(environments: VecEnv, hidden: int, batch: int) -> SAC:
    return SAC(
        "MlpPolicy",
        environments,
        learning_rate=LEARNING_RATE,
        buffer_size=REPLAY,
        learning_starts=LEARNING_STARTS,
        batch_size=batch,
        train_freq=1,
        gradient_steps=-1,
        policy_delay=1,
        ent_coef="auto",
        policy_kwargs={"net_arch": [hidden, hidden]},
        seed=0,
        device="cpu",
    )


if __name__ == "__main__":
    # XLA takes as many threads as there are cores.
    serve(OffPolicy("SBX SAC", sys.argv[1], make_model, threads=(os.cpu_count() or 1,)))
