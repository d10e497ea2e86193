"""A peer with Stable-Baselines3's interface: the settings that suit it best are found, then its loop is measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecEnv

from benchmarks.peers.sizes import ENVIRONMENT, SIZES
from skillkit.benchmark.protocol import Reading

ENVIRONMENTS = (1, 4, 16, 32)
CALIBRATION = 3.0  # seconds for each choice of settings
ENDLESS = 10**9

Model = Any
MakeModel = Callable[[VecEnv, int, int], Model]  # environments, hidden width, batch size


class Until(BaseCallback):
    """Ends the learning when its time is over."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._end = time.perf_counter() + seconds

    def _on_step(self) -> bool:
        return time.perf_counter() < self._end


class OffPolicy:
    """One update for every transition: as many after each step of all environments as there are environments.

    threads: the numbers of torch threads that are tried; a library that chooses for itself is given one.
    """

    def __init__(self, name: str, size: str, make_model: MakeModel, threads: Sequence[int]) -> None:
        self.name, self.threads, self.settings = name, threads[0], ""
        self._size, self._make_model, self._threads = SIZES[size], make_model, threads

    def warm_up(self) -> None:
        """Measure every choice of settings for a few seconds and keep the fastest."""
        best = 0.0
        for environments, threads in product(ENVIRONMENTS, self._threads):
            torch.set_num_threads(threads)
            model = self._make_model(self._vector(environments), self._size.hidden, self._size.batch)
            while not model._n_updates:
                learn(model, 1.0)
            learn(model, 1.0)
            done = learn(model, CALIBRATION)
            rate = done.count / done.seconds
            if rate > best:
                best, self._model, self.threads = rate, model, threads
                self.settings = f"{environments} environment{'s' if environments > 1 else ''}"
        torch.set_num_threads(self.threads)

    def run(self, seconds: float) -> Reading:
        """Control steps summed over the environments, and updates."""
        return learn(self._model, seconds)

    def _vector(self, environments: int) -> VecEnv:
        return make_vec_env(ENVIRONMENT, environments, seed=0, env_kwargs=dict(self._size.kwargs))


def learn(model: Model, seconds: float) -> Reading:
    """The library's own `learn` for that long, and the updates that it owes when it is stopped after a step."""
    steps, updates, start = model.num_timesteps, model._n_updates, time.perf_counter()
    model.learn(ENDLESS, callback=Until(seconds), log_interval=None, reset_num_timesteps=False)
    if model.num_timesteps > model.learning_starts:
        model.train(gradient_steps=model.n_envs, batch_size=model.batch_size)
    return Reading(model.num_timesteps - steps, time.perf_counter() - start, model._n_updates - updates)
