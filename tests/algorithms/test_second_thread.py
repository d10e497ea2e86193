"""The second thread: jobs in order, and what they raise."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from skillkit.algorithms.second_thread import SecondThread, SharedJobs


def test_beside_computes_in_order_and_hands_over_what_was_raised() -> None:
    def fail() -> None:
        raise ValueError("no")

    beside = SecondThread()
    for number in range(3):
        beside.start(pow, number, 2)
        assert beside.result() == number**2
    beside.start(fail)
    with pytest.raises(ValueError, match="no"):
        beside.result()
    beside.start(threading.current_thread)
    assert beside.result().name == "beside"


def test_jobs_that_nobody_helps_with_are_computed_by_who_takes_them() -> None:
    jobs = SharedJobs[int]([(number,) for number in range(3)])
    assert [jobs.take(index, lambda number: number**2) for index in range(3)] == [0, 1, 4]
    jobs.help(lambda number: pytest.fail("all of them are taken"))


def test_a_helper_computes_from_the_end_what_nobody_has_begun() -> None:
    jobs = SharedJobs[str]([(number,) for number in range(4)])
    assert jobs.take(0, lambda number: f"own {number}") == "own 0"
    order: list[int] = []
    jobs.help(lambda number: order.append(number) or f"helped {number}")
    assert order == [3, 2, 1]
    found = [jobs.take(index, lambda number: f"own {number}") for index in (1, 2, 3)]
    assert found == ["helped 1", "helped 2", "helped 3"]


def test_taking_waits_for_a_helper_that_has_begun() -> None:
    begun, go = threading.Event(), threading.Event()
    jobs = SharedJobs[int]([(7,)])

    def slow(number: int) -> int:
        begun.set()
        assert go.wait(10.0)
        return number

    with ThreadPoolExecutor(2) as pool:
        pool.submit(jobs.help, slow)
        assert begun.wait(10.0)
        taken = pool.submit(jobs.take, 0, abs)
        assert not taken.done()
        go.set()
        assert taken.result(10.0) == 7


def test_what_a_helper_raises_is_raised_where_it_is_taken() -> None:
    def fail(number: int) -> int:
        raise ValueError(f"no {number}")

    jobs = SharedJobs[int]([(1,), (2,)])
    jobs.help(fail)
    with pytest.raises(ValueError, match="no 1"):
        jobs.take(0, abs)


def test_two_threads_share_many_jobs_without_losing_one() -> None:
    jobs = SharedJobs[int]([(number,) for number in range(2000)])
    with ThreadPoolExecutor(1) as pool:
        helping = pool.submit(jobs.help, abs)
        assert [jobs.take(index, abs) for index in range(2000)] == list(range(2000))
        helping.result()
