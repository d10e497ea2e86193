"""Control steps per second of whole trainings: simulation, collecting, replay and one update a step."""

from __future__ import annotations

import threading
import time

import torch

from skillkit.benchmark import settings
from skillkit.benchmark.protocol import Reading
from skillkit.machine import cores


class EndToEnd:
    """skillkit's own loop at one of the `settings.SIZES`, with a flow or a Gaussian policy.

    plain: with networks like the peers', without layer norm and normalised observations.
    """

    settings = f"{settings.WORLDS} environments; collecting and learning side by side"

    def __init__(self, size: str, policy: str, *, plain: bool = False) -> None:
        self.name = f"skillkit {policy}{', plain networks' if plain else ''}"
        self.threads = min(2, cores())
        self._recipe = settings.recipe(size, policy, plain=plain)
        self._stop = threading.Event()

    def warm_up(self) -> None:
        """Compile, fill the replay up to the first update, and go on for a second."""
        torch.set_num_threads(1)
        training = settings.training(self._recipe, self._stop)
        training.learner.compile(self._recipe.algorithm.batch_size, parallel=cores() > 1)
        self._trainer = training.trainer
        while not self._trainer.updates:
            self.run(1.0)

    def run(self, seconds: float) -> Reading:
        """Control steps and updates of the trainer's loop."""
        trainer = self._trainer
        steps, updates, start = trainer.steps, trainer.updates, time.perf_counter()
        self._stop.clear()
        timer = threading.Timer(seconds, self._stop.set)
        timer.start()
        trainer.run()
        timer.cancel()
        return Reading(trainer.steps - steps, time.perf_counter() - start, trainer.updates - updates)
