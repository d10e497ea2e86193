"""Each reward's number, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from skillkit.worlds.rewards import REWARDS, Motion, RewardTerm


def motion(**changes: Any) -> Motion:
    """One step of 0.1 s from (0, 0) to (0.3, 0.4), facing along y; the window is 2 s and began at (-0.9, -1.2)."""
    values: dict[str, Any] = {
        "previous_position": np.array([[0.0, 0.0]]),
        "position": np.array([[0.3, 0.4]]),
        "heading": np.array([np.pi / 2.0]),
        "action": np.array([[0.5, -1.0]]),
        "healthy": np.array([True]),
        "reached": np.array([False]),
        "success": np.array([False]),
        "part_done": np.array([2.0]),
        "given_up": np.array([False]),
        "window_start": np.array([[-0.9, -1.2]]),
        "window": 2.0,
        "time_step": 0.1,
        "goal_distance": np.array([1.5]),
        "goal_spread": 3.0,
        "contact_load": np.array([7.0]),
    }
    return Motion(**{**values, **changes})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("velocity-norm", 5.0),  # 0.5 m in 0.1 s
        ("displacement-norm", 1.0),  # 2 m in 2 s
        ("forward", 4.0),  # 0.4 m along y in 0.1 s
        ("x-velocity", 3.0),  # 0.3 m along x in 0.1 s
        ("x-displacement-norm", 0.6),  # 1.2 m along x in 2 s
        ("alive", 1.0),
        ("control-cost", -1.25),
        ("contact-cost", -7.0),
        ("goal-distance", -1.5),
        ("goal-proximity", np.exp(-0.125)),  # half a spread away
        ("at-goal", 0.0),
        ("squared-goal-distance", -2.25),
        ("goal-reached", 0.0),
        ("part-done", 2.0),
        ("given-up", 0.0),
    ],
)
def test_by_hand(name: str, value: float) -> None:
    assert REWARDS[name].function(motion())[0] == pytest.approx(value)
    assert RewardTerm(name, weight=-2.0)(motion())[0] == pytest.approx(-2.0 * value)


def test_every_reward_has_its_test() -> None:
    named = test_by_hand.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {name for name, _ in named} == set(REWARDS)


def test_the_most_that_a_reward_pays_in_an_episode() -> None:
    assert [RewardTerm(name, 2.0).most(3) for name in ("part-done", "goal-reached", "given-up", "alive")] == [
        6.0,
        2.0,
        0.0,
        None,
    ]
    assert [RewardTerm(name, -2.0).most(3) for name in ("part-done", "given-up")] == [0.0, 2.0]


def test_flags() -> None:
    yes, no = np.array([True]), np.array([False])
    changed = motion(healthy=no, reached=yes, success=yes, given_up=yes)
    assert REWARDS["alive"].function(changed)[0] == 0.0
    assert REWARDS["goal-reached"].function(changed)[0] == 1.0
    assert REWARDS["given-up"].function(changed)[0] == -1.0
    assert REWARDS["at-goal"].function(motion(reached=yes))[0] == 1.0


def test_either_way_along_x_pays_the_same() -> None:
    forward, backward = (motion(window_start=np.array([[0.3 + side, 0.4]])) for side in (-1.0, 1.0))
    assert [REWARDS["x-displacement-norm"].function(each)[0] for each in (forward, backward)] == [0.5, 0.5]


def test_going_in_circles_has_speed_but_no_displacement() -> None:
    back_again = motion(window_start=np.array([[0.3, 0.4]]))
    assert REWARDS["displacement-norm"].function(back_again)[0] == 0.0
    assert REWARDS["velocity-norm"].function(back_again)[0] == pytest.approx(5.0)


def test_walking_backward_costs() -> None:
    assert REWARDS["forward"].function(motion(heading=np.array([-np.pi / 2.0])))[0] == pytest.approx(-4.0)
