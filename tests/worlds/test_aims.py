"""Goals as an aim: what was drawn, how far it is, and that it comes back."""

from __future__ import annotations

import numpy as np

from skillkit.types import Float
from skillkit.worlds.aims import GoalAim, Scene
from skillkit.worlds.tasks import TASKS

EVERY = np.ones(2, bool)


def scene(position: Float) -> Scene:
    """Bodies that face along y."""
    nothing = np.zeros((len(position), 0, 3))
    return Scene(position, np.full(len(position), np.pi / 2.0), nothing, nothing)


def test_a_goal_that_was_drawn() -> None:
    task = TASKS["maze"](1.0, "2")
    aim, other = GoalAim(task, 2), GoalAim(task, 2)
    assert aim.draw(EVERY, np.random.default_rng(0)).shape == (2, 0, 3)
    now = scene(np.array([[12.0, 3.0], [11.0, 0.0]]))
    verdict = aim.judge(now, EVERY)
    assert (verdict.reached.tolist(), verdict.parts.tolist()) == ([False, True], [0.0, 0.0])
    assert verdict.distance is not None
    assert verdict.distance.tolist() == [3.0, 1.0]
    np.testing.assert_allclose(aim.observe(now)[:, -2:], [[-3.0, 0.0], [0.0, -1.0]], atol=1e-6)
    assert [mark.tolist() for mark in aim.marks(now.position)] == [[[12.0, 0.0, 2.0]]] * 2
    other.set_state(aim.get_state())
    assert other.goal(now.position).tolist() == [[12.0, 0.0]] * 2


def test_no_goal() -> None:
    aim = GoalAim(TASKS["open"](1.0, None), 2)
    now = scene(np.zeros((2, 2)))
    assert aim.judge(now, EVERY).distance is None
    assert [mark.shape for mark in aim.marks(now.position)] == [(0, 3)] * 2
