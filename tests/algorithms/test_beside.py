"""The second thread: jobs in order, and what they raise."""

from __future__ import annotations

import threading

import pytest

from skillkit.algorithms.beside import Beside


def test_beside_computes_in_order_and_hands_over_what_was_raised() -> None:
    def fail() -> None:
        raise ValueError("no")

    beside = Beside()
    for number in range(3):
        beside.start(pow, number, 2)
        assert beside.result() == number**2
    beside.start(fail)
    with pytest.raises(ValueError, match="no"):
        beside.result()
    beside.start(threading.current_thread)
    assert beside.result().name == "beside"
