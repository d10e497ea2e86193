"""Windows by hand, resuming bit for bit, seeds, threads, time limits and worlds that stand still."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.types import Float32
from skillkit.worlds.factory import make_world
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import RewardTerm
from skillkit.worlds.window import WINDOW_GROUP

ONE_SECOND = (RewardTerm("displacement-norm", window=1.0),)  # 20 control steps


def commands(world: MujocoWorld, steps: int, seed: int = 0) -> Float32:
    rng = np.random.default_rng(seed)
    return rng.uniform(-1.0, 1.0, (steps, world.num_worlds, len(world.action_names))).astype(np.float32)


def play(world: MujocoWorld, actions: Float32) -> list[np.ndarray]:
    """Everything that steps bring, ended worlds restarted."""
    found: list[np.ndarray] = []
    for action in actions:
        step = world.step(action)
        found += [step.observation, step.reward, step.terminated, step.truncated, step.fallen]
        if step.ended.any():
            found.append(world.reset(step.ended))
    return found


def assert_same(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


def test_groups_in_order() -> None:
    world = make_world("ball", "maze", rewards=ONE_SECOND)
    assert world.layout.names[-4:] == ("heading", "position", "target_ego", "window_displacement")
    assert world.observe().shape == (1, world.layout.width)
    assert "window_displacement" not in world.actor_groups  # the critic's alone
    assert WINDOW_GROUP not in make_world("ball", "open").layout.groups


def test_window_displacement_by_hand() -> None:
    world = make_world("ball", "maze", rewards=ONE_SECOND)
    world.reset()
    world.physics.qpos[0, :4] = (0.3, 0.4, 0.0, np.pi / 2.0)  # all of the window was at the origin
    seen = world.observe()[0, world.layout.span("window_displacement")]
    np.testing.assert_allclose(seen, [0.4] * 4 + [-0.3] * 4, atol=1e-6)


def test_window_looks_back_by_quarters() -> None:
    world = make_world("ball", "open", rewards=ONE_SECOND, seed=3)
    world.reset()
    track = [world.position[0].copy()]
    for step in range(1, 31):
        result = world.step(np.array([[1.0, 0.3]], np.float32))
        track.append(world.position[0].copy())
        moved = track[-1] - track[max(0, step - 20)]
        assert result.reward[0] == pytest.approx(np.linalg.norm(moved) / 1.0)
    ahead = np.array([np.cos(world.heading[0]), np.sin(world.heading[0])])
    expected = [ahead @ (track[30] - track[30 - lag]) for lag in (5, 10, 15, 20)]
    seen = result.observation[0, world.layout.span("window_displacement")][:4]
    np.testing.assert_allclose(seen, expected, atol=1e-5)


def test_each_world_keeps_its_own_window() -> None:
    world = make_world("ball", "open", rewards=ONE_SECOND, num_worlds=3, seed=3)
    world.reset()
    tracks = [[place.copy()] for place in world.position]
    rng = np.random.default_rng(0)
    for number in range(60):
        active = rng.random(3) < (0.3, 0.6, 0.9)
        step = world.step(np.ones((3, 2), np.float32), active)
        for index in np.flatnonzero(active):
            tracks[index].append(world.position[index].copy())
            window = np.array([tracks[index][0]] * 21 + tracks[index])[-21:]
            assert step.reward[index] == pytest.approx(np.linalg.norm(window[-1] - window[0]))
            np.testing.assert_array_equal(world.get_state()["history"][index], window)  # oldest first
        if number == 30:
            world.reset(np.array([False, False, True]))
            tracks[2] = [world.position[2].copy()]
    assert [len(track) > 20 for track in tracks] == [False, True, True]


def test_terms_are_weighted_and_summed() -> None:
    world = make_world("ball", "open", rewards=(RewardTerm("alive", 0.5), RewardTerm("control-cost", 0.1)))
    world.reset()
    step = world.step(np.array([[1.0, -9.0]], np.float32))  # clipped to -1
    assert step.terms["alive"][0] == 0.5
    assert step.terms["control-cost"][0] == pytest.approx(-0.2)
    assert step.reward[0] == pytest.approx(0.3)


def test_time_limit_truncates() -> None:
    world = make_world("ball", "open", episode_steps=2)
    world.reset()
    first, second = (world.step(np.zeros((1, 2), np.float32)) for _ in range(2))
    assert (first.truncated[0], second.truncated[0], second.terminated[0]) == (False, True, False)


ON_ITS_BACK = [0.0, 0.0, 0.3, 0.0, 1.0, 0.0, 0.0]  # position, and half a turn around x


@pytest.mark.parametrize("task", ["maze", "goal"])
def test_a_body_that_lies_for_a_second_is_given_up(task: str) -> None:
    world = make_world("ant", task, num_worlds=3)
    still, active = np.zeros((3, 8), np.float32), np.array([True, True, False])
    world.reset()
    world.physics.qpos[1:, :7] = ON_ITS_BACK
    steps = [world.step(still, active) for _ in range(9)]
    world, state = make_world("ant", task, num_worlds=3), world.get_state()
    world.set_state(state)  # a resumed world goes on counting
    steps += [world.step(still, active) for _ in range(11)]
    assert [step.terminated.tolist() for step in steps] == [[False] * 3] * 19 + [[False, True, False]]
    assert [step.reward.any() for step in steps] == [False] * 19 + [True]
    assert steps[-1].reward.tolist() == [0.0, {"maze": -100.0, "goal": -0.1}[task], 0.0]
    assert steps[-1].fallen.tolist() == [False, True, False]
    world.reset(steps[-1].terminated)
    world.physics.qpos[1, :7] = ON_ITS_BACK
    assert not world.step(still, active).terminated.any()  # the new episode counts anew


def test_nobody_is_given_up_where_that_costs_nothing() -> None:
    world = make_world("ant", "maze", rewards=(RewardTerm("goal-reached", 1000.0),))
    world.reset()
    world.physics.qpos[:, :7] = ON_ITS_BACK
    steps = [world.step(np.zeros((1, 8), np.float32)) for _ in range(40)]
    assert not any(step.ended[0] for step in steps)
    assert steps[-1].fallen[0]


def test_a_body_that_gets_up_in_time_goes_on() -> None:
    world = make_world("ant", "maze")
    world.reset()
    standing = world.physics.qpos.copy()
    for _ in range(3):
        world.physics.qpos[0, :7] = ON_ITS_BACK
        ended = [bool(world.step(np.zeros((1, 8), np.float32)).ended[0]) for _ in range(15)]
        world.physics.qpos[:] = standing
        ended.append(bool(world.step(np.zeros((1, 8), np.float32)).ended[0]))
        assert not any(ended)


def test_inactive_worlds_stand_still() -> None:
    world = make_world("ball", "open", num_worlds=2, episode_steps=3)
    before = world.reset()
    for _ in range(3):
        step = world.step(np.ones((2, 2), np.float32), np.array([True, False]))
    np.testing.assert_array_equal(step.observation[1], before[1])
    assert step.duration.tolist() == [1, 0]
    assert step.reward[1] == 0.0
    assert step.truncated.tolist() == [True, False]


def test_reset_leaves_the_other_worlds_alone() -> None:
    world = make_world("ball", "maze", "random", num_worlds=2)
    world.reset()
    moved = world.step(np.ones((2, 2), np.float32)).observation
    again = world.reset(np.array([False, True]))
    np.testing.assert_array_equal(again[0], moved[0])
    assert not np.array_equal(again[1], moved[1])


@pytest.mark.parametrize(("body", "task", "goal"), [("ant", "maze", "random"), ("ball", "open", None)])
def test_resuming_goes_on_bit_for_bit(body: str, task: str, goal: str | None) -> None:
    world, other = (
        make_world(body, task, goal, rewards=ONE_SECOND, episode_steps=9, num_worlds=3, seed=seed) for seed in (1, 2)
    )
    actions = commands(world, 24)
    world.reset()
    play(world, actions[:12])
    state = world.get_state()
    uninterrupted = play(world, actions[12:])
    other.set_state(state)
    assert_same(play(other, actions[12:]), uninterrupted)


def test_same_seed_same_trajectory_on_any_number_of_threads() -> None:
    worlds = [
        make_world("ant", "maze", "random", episode_steps=8, num_worlds=3, threads=threads, seed=seed)
        for threads, seed in ((1, 5), (2, 5), (1, 6))
    ]
    starts = [world.reset() for world in worlds]
    played = [play(world, commands(world, 10)) for world in worlds]
    np.testing.assert_array_equal(starts[0], starts[1])
    assert_same(played[0], played[1])
    assert not np.array_equal(starts[0], starts[2])


def test_a_recorder_hears_every_control_step() -> None:
    world = make_world("ball", "open")
    world.reset()
    world.recording = []
    for _ in range(3):
        world.step(np.ones((1, 2), np.float32))
    assert len(world.recording) == 3
    np.testing.assert_array_equal(world.recording[-1], world.poses())
    position, heading = world.planar(world.recording[-1])
    np.testing.assert_array_equal(position, world.position)
    np.testing.assert_array_equal(heading, world.heading)
