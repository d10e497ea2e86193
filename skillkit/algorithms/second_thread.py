"""A second thread that computes beside the caller's."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

import torch

Result = TypeVar("Result")


class SharedJobs(Generic[Result]):
    """Jobs whose results one thread takes in order, while another helps from the end, as far as it comes.

    Time settles who computes which, so that both must compute the same.
    """

    def __init__(self, jobs: Sequence[tuple[Any, ...]]) -> None:
        self._waiting = deque(enumerate(jobs))
        self._helped: list[Future[Result]] = [Future() for _ in jobs]

    def take(self, index: int, function: Callable[..., Result]) -> Result:
        """`function(*job)` of the next job in order; the caller has taken all before it."""
        try:
            _, job = self._waiting.popleft()
        except IndexError:  # another thread has begun it, and all after it
            return self._helped[index].result()
        return function(*job)

    def help(self, function: Callable[..., Result]) -> None:
        """Compute what nobody has begun, from the end; what it raises, `take` raises."""
        while self._waiting:
            try:
                index, job = self._waiting.pop()
            except IndexError:
                return
            try:
                self._helped[index].set_result(function(*job))
            except BaseException as error:
                self._helped[index].set_exception(error)


class SecondThread:
    """Runs one job at a time on a thread of its own; `start` a job, then take its `result`.

    A queue of one costs a fifth of what an executor's futures do, which counts at some hundred jobs a second.
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
            del function, args  # they hold learner and replay, which may be done with before the next job comes
