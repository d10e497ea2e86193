"""The window: what is remembered of where bodies were, in time, and from the start on."""

from __future__ import annotations

import numpy as np

from skillkit.types import Int
from skillkit.worlds.rewards import RewardTerm
from skillkit.worlds.window import Window, window_displacement

HALF_A_SECOND = (RewardTerm("displacement-norm", window=0.5), RewardTerm("alive"))


def elapsed(steps: int) -> Int:
    return np.array([steps], np.int64)


def test_it_remembers_as_far_back_as_rewards_look() -> None:
    window = Window(HALF_A_SECOND, 0.1, 1)
    assert (window.seconds, window.looked_at) == (0.5, True)
    window.start(np.array([True]), np.array([[1.0, 0.0]]))
    for step in range(1, 8):
        window.note(elapsed(step), np.array([[1.0 + step, 0.0]]))
    assert window.in_time(elapsed(7))[0, :, 0].tolist() == [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    # One step ago, then 1, 2, 4 and 5 steps: quarters of 5, rounded to even.
    assert window.past(elapsed(7))[0, :, 0].tolist() == [7.0, 7.0, 6.0, 4.0, 3.0]
    other = Window(HALF_A_SECOND, 0.1, 1)
    other.take_over(elapsed(7), window.in_time(elapsed(7)))
    np.testing.assert_array_equal(other.past(elapsed(7)), window.past(elapsed(7)))


def test_where_no_reward_looks_back_it_is_one_step() -> None:
    window = Window((RewardTerm("alive"),), 0.05, 2)
    assert (window.seconds, window.looked_at) == (0.05, False)


def test_displacement_as_a_turned_body_sees_it() -> None:
    past = np.array([[[0.0, 0.0], [1.0, 0.0]]])
    seen = window_displacement(np.array([[1.0, 2.0]]), np.array([np.pi / 2.0]), past)
    np.testing.assert_allclose(seen, [[2.0, 2.0, -1.0, 0.0]], atol=1e-6)  # ahead of each, then left of each
