"""Stable-Baselines3's SAC on HalfCheetah-v5: `python -m studies.half_cheetah_sb3 STEPS SEED FOLDER`, results in FOLDER.

Networks, batch, learning rate and updates a step are those of skillkit's contender; all else is its default.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from stable_baselines3 import SAC
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.evaluation import evaluate_policy

EPISODES = 100
LOG_EVERY = 5000


class Log(BaseCallback):
    """Control steps, seconds, and the return over the last 100 episodes."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[int, float, float]] = []
        self._start = time.monotonic()

    def _on_step(self) -> bool:
        if self.num_timesteps % LOG_EVERY == 0 and self.model.ep_info_buffer:
            returns = [episode["r"] for episode in self.model.ep_info_buffer]
            self.rows.append((self.num_timesteps, time.monotonic() - self._start, float(np.mean(returns))))
        return True


def main(seed: int, steps: int, folder: Path) -> None:
    torch.set_num_threads(1)
    networks = {"net_arch": [128, 128]}
    agent = SAC("MlpPolicy", "HalfCheetah-v5", batch_size=128, policy_kwargs=networks, seed=seed)
    log = Log()
    agent.learn(steps, callback=log)
    world = agent.get_env()
    assert world is not None
    returns, _ = evaluate_policy(agent, world, EPISODES, deterministic=True, return_episode_rewards=True)
    with (folder / "metrics.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["steps", "seconds", "return"])
        writer.writerows(log.rows)
    report = {"episodes": EPISODES, "return_mean": float(np.mean(returns))}
    (folder / "eval.json").write_text(json.dumps([report], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[2]), int(sys.argv[1]), Path(sys.argv[3]))
