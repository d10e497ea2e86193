"""A second thread that computes beside the caller's."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any

import torch


class Beside:
    """Runs one job at a time on a thread of its own; `start` a job, then take its `result`.

    A queue of one costs a fifth of what an executor's futures do, which counts at a thousand jobs a second.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]]] = SimpleQueue()
        self._results: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        Thread(target=self._work, name="beside", daemon=True).start()

    def start(self, function: Callable[..., Any], *args: Any) -> None:
        """Begin to compute `function(*args)`."""
        self._jobs.put((function, args))

    def result(self) -> Any:
        """What the job that was started last returned; raises what it raised."""
        value, error = self._results.get()
        if error is not None:
            raise error
        return value

    def _work(self) -> None:
        torch.set_num_threads(1)  # the setting is a thread's own
        while True:
            function, args = self._jobs.get()
            try:
                self._results.put((function(*args), None))
            except BaseException as error:
                self._results.put((None, error))
