"""Errands of a batch of worlds: what is seen of them in a turned frame, what is paid once, what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.worlds.aims import Scene
from skillkit.worlds.errand_aim import ErrandAim
from skillkit.worlds.tasks import TASKS

EVERY = np.ones(1, bool)


def aim_of(name: str, count: int, drawn: int, targets: list[tuple[float, float]]) -> ErrandAim:
    """One world on that task with these targets, after the errand of that number."""
    task = TASKS[name](1.0, None, count=count)
    assert task.errands is not None
    aim = ErrandAim(task, task.errands, 1)
    done = np.zeros((1, len(task.errands.limits())), bool)
    aim.set_state({"targets": np.array([targets]), "drawn": np.array([drawn]), "done": done})
    return aim


def scene(position: tuple[float, float], box: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Scene:
    """A body that faces along y, and one box that moves at (1, 2) m/s and 3 rad/s."""
    moving = np.array([[[1.0, 2.0, 3.0]]])
    return Scene(np.array([position]), np.array([np.pi / 2.0]), np.array([[box]]), moving)


def test_what_a_turned_body_sees() -> None:
    aim = aim_of("move-or-goto", 2, 3, [(1.0, 0.0), (3.0, 5.0)])  # errand 3 of 4: push the box to target 1
    # Facing along y: ahead is y, left is -x.
    expected = {
        "heading": [0.0, 1.0],
        "position": [1.0, 2.0],
        "targets_ego": [-2.0, 0.0, 3.0, -2.0],
        "target_index": [0.0, 1.0],
        "boxes_ego": [-1.0, 1.0],  # the box is at (0, 1)
        "boxes_heading": [0.0, -1.0],  # a quarter turn to the right of the body
        "errand": [0.0, 1.0],
        "boxes_velocity": [2.0, -1.0],
    }
    assert [group.name for group in aim.task.groups] == list(expected)
    assert [group.width for group in aim.task.groups] == [len(values) for values in expected.values()]
    seen = aim.observe(scene((1.0, 2.0), (0.0, 1.0, 0.0)))
    np.testing.assert_allclose(seen[0], [value for values in expected.values() for value in values], atol=1e-6)


def test_a_part_is_paid_once_and_only_where_it_is_asked_for() -> None:
    aim = aim_of("goto-targets", 2, 1, [(1.0, 0.0), (-1.0, 0.0)])
    places, found = [(1.0, 0.0), (-0.5, 0.0), (-3.0, 0.0), (-1.0, 0.1)], []
    for place in places:
        verdict = aim.judge(scene(place), EVERY)
        assert verdict.distance is not None
        found.append((verdict.parts[0], bool(verdict.reached[0]), float(verdict.distance[0])))
    assert found == [(0.0, False, 2.0), (1.0, True, 0.5), (0.0, False, 2.0), (0.0, True, pytest.approx(0.1))]


def test_a_world_that_stands_still_has_done_nothing() -> None:
    aim = aim_of("goto-targets", 1, 0, [(1.0, 0.0)])
    assert aim.judge(scene((1.0, 0.0)), ~EVERY).parts[0] == 0.0
    assert aim.judge(scene((1.0, 0.0)), EVERY).parts[0] == 1.0


def test_pictures_show_the_targets_that_are_asked_for_larger() -> None:
    aim = aim_of("goto-targets", 2, 1, [(1.0, 0.0), (-1.0, 0.0)])
    assert aim.marks(np.zeros((1, 2)))[0].tolist() == [[1.0, 0.0, 0.15], [-1.0, 0.0, 0.5]]
    assert aim.goal(np.ones((1, 2))).tolist() == [[0.0, 0.0]]


def test_every_errand_is_drawn_as_often() -> None:
    task = TASKS["move-or-goto"](1.0, None, count=2)
    assert task.errands is not None
    aim = ErrandAim(task, task.errands, 4000)
    aim.draw(np.ones(4000, bool), np.random.default_rng(0))
    counts = np.bincount(aim.get_state()["drawn"], minlength=4)
    assert np.abs(counts - 1000).max() < 4 * np.sqrt(4000 * 1 / 4 * 3 / 4)  # four standard deviations
