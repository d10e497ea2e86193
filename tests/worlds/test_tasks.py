"""The body is put at the goal and the reward is read; goals, falls and the egocentric target by hand."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.errors import UserError
from skillkit.types import Step
from skillkit.worlds.factory import make_world
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.tasks import TASKS, maze

ON_ITS_BACK = (0.0, 1.0, 0.0, 0.0)


def put(world: MujocoWorld, x: float, y: float) -> Step:
    """One step without commands from the place."""
    world.reset()
    world.physics.qpos[:, :2] = (x, y)
    world.physics.qvel[:] = 0.0
    return world.step(np.zeros((world.num_worlds, len(world.action_names)), np.float32))


@pytest.mark.parametrize(
    ("body", "goal", "place", "outside"),
    [
        ("ant", "0", (6.0, -6.0), (6.0, -3.8)),
        ("ant", "1", (6.0, 6.0), (6.0, 3.8)),
        ("ant", "2", (12.0, 0.0), (9.8, 0.0)),
        ("ball", "2", (6.0, 0.0), (4.9, 0.0)),
    ],
)
def test_reaching_a_goal(body: str, goal: str, place: tuple[float, float], outside: tuple[float, float]) -> None:
    world = make_world(body, "maze", goal)
    at_goal = put(world, *place)
    assert at_goal.reward[0] == 1000.0
    assert at_goal.terms["goal-reached"][0] == 1000.0
    assert at_goal.terminated[0]
    assert at_goal.success[0]
    assert not at_goal.truncated[0]
    short_of_it = put(world, *outside)
    assert short_of_it.reward[0] == 0.0
    assert not short_of_it.ended[0]
    assert not short_of_it.success[0]


def test_the_radius_counts_as_reached() -> None:
    task, goal = maze(1.0, "2"), np.array([[12.0, 0.0]] * 2)
    assert task.reached(np.array([[10.0, 0.0], [10.0 - 1e-9, 0.0]]), goal).tolist() == [True, False]


def test_target_as_the_body_sees_it() -> None:
    facing_left = maze(1.0, "2").observe(np.array([[11.0, -3.0]]), np.array([np.pi / 2.0]), np.array([[12.0, 0.0]]))
    np.testing.assert_allclose(facing_left, [[0.0, 1.0, 11.0, -3.0, 3.0, -1.0]], atol=1e-6)


def test_random_goals_are_all_drawn() -> None:
    task = maze(1.0, "random")
    drawn = {tuple(goal) for goal in task.draw_goal(60, np.random.default_rng(0)).tolist()}
    assert drawn == set(task.arena.goals)
    assert np.unique(maze(1.0, "1").draw_goal(9, np.random.default_rng(0)), axis=0).tolist() == [[6.0, 6.0]]


def test_goals_that_are_none() -> None:
    with pytest.raises(UserError, match=r"'maze' has the goals 0, 1, 2, random, got '7'"):
        maze(1.0, "7")
    with pytest.raises(UserError, match="did you mean 'random'"):
        maze(1.0, "randm")
    with pytest.raises(UserError, match="'open' has no goals"):
        TASKS["open"](1.0, "0")


@pytest.mark.parametrize(("task", "ends"), [("maze", False), ("open", True)])
def test_a_fall_is_reported_and_ends_only_the_open_task(task: str, ends: bool) -> None:
    world = make_world("ant", task)
    world.reset()
    world.physics.qpos[:, 3:7] = ON_ITS_BACK
    step = world.step(np.zeros((1, 8), np.float32))
    assert step.fallen[0]
    assert step.terminated[0] == ends
    assert not step.success[0]


def test_headings_at_the_start() -> None:
    rng = np.random.default_rng(0)
    anywhere = TASKS["open"](1.0, None).start_heading(100, rng)
    assert anywhere.min() < -2.0
    assert anywhere.max() > 2.0
    assert not maze(1.0, None).start_heading(100, rng).any()
