"""Signals that ask a training to stop: Ctrl-C, SIGTERM, and the hang-up of its terminal."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def asked_to_stop(ask: Callable[[], None], *, again: bool) -> Iterator[None]:
    """Call `ask` instead of what the signals do otherwise; again: every time, or but the first time each.

    A hang-up that is ignored, by nohup say, stays so; another one turns what was shown on the terminal to nowhere.
    Outside the main thread, where signals cannot be caught, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {kind: signal.getsignal(kind) for kind in STOP_SIGNALS}
    shown = [descriptor for descriptor in (1, 2) if os.isatty(descriptor)]

    def on_signal(number: int, _: object) -> None:
        if number == signal.SIGHUP:
            _to_nowhere(shown)
        if not again:
            signal.signal(number, before[signal.Signals(number)])
        ask()

    for kind, handler in before.items():
        if handler is not signal.SIG_IGN or kind != signal.SIGHUP:
            signal.signal(kind, on_signal)
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _to_nowhere(descriptors: list[int]) -> None:
    """Writing to a terminal that is gone would fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in descriptors:
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
