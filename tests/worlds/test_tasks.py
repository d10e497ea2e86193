"""The body is put at the goal and the reward is read; goals, falls and the egocentric target by hand."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.errors import UserError
from skillkit.types import Step
from skillkit.worlds.factory import make_world
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.tasks import TASKS, distant_goal, maze

ON_ITS_BACK = (0.0, 1.0, 0.0, 0.0)


def put(world: MujocoWorld, x: float, y: float) -> Step:
    """One step without commands from the place."""
    return put_each(world, [(x, y)] * world.num_worlds)


def put_each(world: MujocoWorld, places: list[tuple[float, float]]) -> Step:
    """One step without commands from a place for each world."""
    world.reset()
    world.physics.qpos[:, :2] = places
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


def test_any_of_four_goals_will_do_and_the_nearest_is_charged_for() -> None:
    world = make_world("point", "multi-goal", num_worlds=4)
    step = put_each(world, [(0.0, -4.1), (-4.0, 3.0), (4.5, 0.0), (1.0, 2.0)])
    assert step.success.tolist() == [True, False, True, False]
    assert step.terminated.tolist() == [True, False, True, False]
    assert world.goal.tolist() == [[0.0, -5.0], [-5.0, 0.0], [5.0, 0.0], [0.0, 5.0]]
    np.testing.assert_allclose(step.goal_distance, [0.9, 10.0**0.5, 0.5, 10.0**0.5])
    np.testing.assert_allclose(step.reward, [10.0 - 0.81, -10.0, 10.0 - 0.25, -10.0])
    pushed = world.step(np.full((4, 2), 0.5, np.float32))
    np.testing.assert_allclose(pushed.terms["control-cost"], -15.0)  # 30 times 0.25 + 0.25


def test_what_the_multi_goal_task_refuses() -> None:
    with pytest.raises(UserError, match="no goals to choose from, got goal '1'"):
        make_world("point", "multi-goal", 1)


@pytest.mark.parametrize(
    ("task", "place", "near", "far"),
    [
        ("u-hallway", (0.0, 2.0), (0.0, 2.4), (3.0, 0.0)),
        ("blocked-maze", (5.5, 0.0), (5.2, 0.3), (2.0, 0.8)),
    ],
)
def test_nearness_to_a_goal_pays_and_reaching_it_counts_at_the_end(
    task: str, place: tuple[float, float], near: tuple[float, float], far: tuple[float, float]
) -> None:
    world = make_world("ball", task, num_worlds=3, episode_steps=2)
    spread = world.task.arena.goal_spread
    step = put_each(world, [place, near, far])
    away = [np.hypot(x - place[0], y - place[1]) for x, y in (place, near, far)]
    np.testing.assert_allclose(step.reward, np.exp(-0.5 * np.square(np.array(away) / spread)), atol=1e-3)
    assert not step.success.any()
    assert not step.ended.any()
    last = world.step(np.zeros((3, 2), np.float32))
    assert last.success.tolist() == [True, True, False]
    assert last.truncated.all()
    assert not last.terminated.any()


def test_a_hallway_pays_for_displacement_whichever_way() -> None:
    for task, width in (("hallway-wide", 3.0), ("hallway-narrow", 1.5)):
        world = make_world("ball", task, num_worlds=2)
        world.reset()
        for _ in range(80):
            step = world.step(np.array([[1.0, 0.0], [0.0, 0.0]], np.float32))
        assert step.reward[0] == pytest.approx(np.linalg.norm(world.position[0]) / 4.0, abs=0.02)
        assert step.reward[1] == pytest.approx(0.0, abs=0.02)
        assert step.goal_distance is None
        sides = [wall.y for wall in world.task.arena.walls if wall.half_x > 5.0]
        assert sorted(sides) == pytest.approx([-width / 2.0 - 0.125, width / 2.0 + 0.125])


def test_the_snake_is_paid_beyond_its_line_by_its_centre_of_mass() -> None:
    world = make_world("snake", "snake", num_worlds=3, episode_steps=2)
    world.reset()
    world.physics.qpos[:, 2:] = 0.0
    ahead = world.position[0, 0] - world.physics.qpos[0, 0]
    world.physics.qpos[:, 0] = np.array([1.6, 1.4, -1.6]) - ahead
    world.physics.qvel[:] = 0.0
    step = world.step(np.zeros((3, 2), np.float32))
    assert step.terms["at-goal"].tolist() == [1.0, 0.0, 0.0]
    np.testing.assert_allclose(step.goal_distance, [0.0, 0.1, 3.1], atol=1e-3)
    assert not step.ended.any()
    assert world.step(np.zeros((3, 2), np.float32)).success.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("goal", "away"),
    [
        ("x=-1", [0.0, 1.5, 0.0]),
        ("y = -0.5", [0.5, 0.0, 0.1]),
        ("x=-1,y=-0.5", [0.5, 1.5, 0.1]),
        ("y=-0.5, x=-1", [0.5, 1.5, 0.1]),
    ],
)
def test_the_pusher_s_goal_is_a_line_or_a_place(goal: str, away: list[float]) -> None:
    world = make_world("arm", "pusher", goal, num_worlds=3, episode_steps=2)
    world.reset()
    world.physics.qpos[:, 3:5] = [(-1.0, 0.0), (0.5, -0.5), (-1.0, -0.6)]
    step = world.step(np.zeros((3, 3), np.float32))
    np.testing.assert_allclose(step.goal_distance, away, atol=1e-6)
    np.testing.assert_allclose(step.terms["goal-distance"], -np.array(away), atol=1e-6)
    assert world.step(np.zeros((3, 3), np.float32)).success.tolist() == [distance <= 0.2 for distance in away]


@pytest.mark.parametrize("goal", ["z=1", "x=", "x=3", "x=a", "x=1,x=2", "x=1y", "0", "x=.", "x=1,y=", "x=1,", ",y=1"])
def test_what_is_no_goal_of_the_pusher(goal: str) -> None:
    with pytest.raises(UserError, match=r"takes --goal x=\.\.\., y=\.\.\. or"):
        make_world("arm", "pusher", goal)


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
    with pytest.raises(UserError, match="'goal' draws its goal anew in every episode, got goal '0'"):
        TASKS["goal"](1.0, "0")


@pytest.mark.parametrize(("task", "ends"), [("maze", False), ("open", True), ("goal", False)])
def test_a_fall_is_reported_and_ends_only_the_open_floor(task: str, ends: bool) -> None:
    world = make_world("ant", task)
    world.reset()
    world.physics.qpos[:, 3:7] = ON_ITS_BACK
    step = world.step(np.zeros((1, 8), np.float32))
    assert step.fallen[0]
    assert step.terminated[0] == ends
    assert not step.success[0]
    assert step.reward[0] == 0.0 or task == "open"


def test_headings_at_the_start() -> None:
    rng = np.random.default_rng(0)
    anywhere = TASKS["open"](1.0, None).start_heading(100, rng)
    assert anywhere.min() < -2.0
    assert anywhere.max() > 2.0
    assert not maze(1.0, None).start_heading(100, rng).any()


@pytest.mark.parametrize(
    ("body", "distance", "radius"),
    [("ant", 8.0, 0.5), ("ball", 4.0, 0.25), ("quadruped", 8.0, 0.5), ("car", 4.0, 0.25)],
)
def test_a_distant_goal_pays_once_where_it_is(body: str, distance: float, radius: float) -> None:
    world = make_world(body, "goal", seed=4)
    world.reset()
    assert np.linalg.norm(world.goal[0]) == pytest.approx(distance, rel=1e-12)
    for short, there in ((1.1 * radius, False), (0.9 * radius, True)):
        world.physics.qpos[:, :2] = world.goal * (1.0 - short / distance)
        world.physics.qvel[:] = 0.0
        step = world.step(np.zeros((1, len(world.action_names)), np.float32))
        assert step.reward[0] == float(there)
        assert (step.terminated[0], step.success[0], step.truncated[0]) == (there, there, False)


def test_distant_goals_lie_in_all_directions() -> None:
    goals = distant_goal(1.0, None).draw_goal(4000, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(goals, axis=1), 8.0, rtol=1e-12)
    angle = np.arctan2(goals[:, 1], goals[:, 0])
    octants = np.histogram(angle, bins=8, range=(-np.pi, np.pi))[0]
    assert np.abs(octants - 500).max() < 4 * np.sqrt(4000 * 1 / 8 * 7 / 8)  # four standard deviations
    again = distant_goal(1.0, "random").draw_goal(4000, np.random.default_rng(0))
    np.testing.assert_array_equal(again, goals)


def test_a_distant_goal_as_a_turned_body_sees_it() -> None:
    world = make_world("ant", "goal", seed=1)
    world.reset()
    turned = np.array([0.0, 0.0, 0.0, 1.0])  # half a turn about the vertical: ahead is -x, left is -y
    world.physics.qpos[0, :2], world.physics.qpos[0, 3:7] = (1.0, -2.0), turned
    east, north = world.goal[0] - (1.0, -2.0)
    seen = world.observe()[0, world.layout.span("target_ego")]
    np.testing.assert_allclose(seen, [-east, -north], atol=1e-5)
    assert world.actor_groups[-1] == "target_ego"
    assert not {"position", "heading"} & set(world.actor_groups)


def test_a_distant_goal_comes_back_with_the_state() -> None:
    world, other = (make_world("ball", "goal", num_worlds=2, seed=seed) for seed in (1, 2))
    world.reset()
    other.set_state(world.get_state())
    np.testing.assert_array_equal(other.goal, world.goal)
    assert (world.episode_steps, world.rewards[0].weight) == (400, 1.0)
    assert abs(world.heading[0] - world.heading[1]) > 0.01  # facing anywhere at the start
