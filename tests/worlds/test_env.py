"""The Gymnasium views: Gymnasium's own checks, goals, seeds, and restarts in the same step."""

from __future__ import annotations

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from skillkit.worlds.env import WorldEnv, WorldVectorEnv
from skillkit.worlds.registration import WORLDS, register
from skillkit.worlds.rewards import RewardTerm

FORWARD = np.array([1.0, 0.0], np.float32)


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_passes_gymnasiums_checks(name: str) -> None:
    register()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_env(gymnasium.make(name).unwrapped, skip_render_check=True)
    assert all("infinity" in str(warning.message) for warning in caught)  # observations have no bounds


def test_a_task_without_goal_shows_every_group() -> None:
    env = WorldEnv("ball", "open")
    observation, info = env.reset(seed=0)
    assert observation.shape == (env.layout.width,)
    assert env.layout == env.world.layout
    assert observation in env.observation_space
    assert info == {}
    np.testing.assert_array_equal(observation, env.world.observe()[0])


def test_a_task_with_a_goal_can_be_relabelled() -> None:
    env = WorldEnv("ball", "maze", "2")
    observation, _ = env.reset(seed=0)
    assert "target_ego" not in env.layout.names
    assert observation["observation"].shape == (env.layout.width,)
    np.testing.assert_array_equal(observation["desired_goal"], [6.0, 0.0])
    np.testing.assert_array_equal(observation["achieved_goal"], [0.0, 0.0])
    position = observation["observation"][env.layout.span("position")]
    np.testing.assert_allclose(position, observation["achieved_goal"])


@pytest.mark.parametrize(
    ("body", "task"), [("arm", "pusher"), ("ball", "u-hallway"), ("ball", "blocked-maze"), ("snake", "snake")]
)
def test_a_goal_that_is_not_shown_cannot_be_relabelled(body: str, task: str) -> None:
    env = WorldEnv(body, task)
    observation, _ = env.reset(seed=0)
    assert observation.shape == (env.world.layout.width,)


def test_compute_reward_for_one_and_for_many() -> None:
    env, goal = WorldEnv("ball", "maze"), np.array([3.0, -3.0])  # its radius is 1 m
    assert env.compute_reward(np.array([3.0, -2.0]), goal, {}) == 1000.0
    many = env.compute_reward(np.array([[3.0, -3.0], [3.0, -1.9], [0.0, 0.0]]), np.tile(goal, (3, 1)), [{}] * 3)
    assert many.tolist() == [1000.0, 0.0, 0.0]
    doubled = WorldEnv("ball", "maze", rewards=(RewardTerm("goal-reached", 2.0), RewardTerm("alive")))
    assert doubled.compute_reward(goal, goal, {}) == 2.0


def test_reaching_the_goal() -> None:
    env = WorldEnv("ball", "maze", "2")
    env.reset(seed=0)
    env.world.physics.qpos[0, :2] = (6.0, 0.0)
    observation, reward, terminated, truncated, info = env.step(0.0 * FORWARD)
    assert (reward, terminated, truncated) == (1000.0, True, False)
    rewards = {"reward/goal-reached": 1000.0, "reward/given-up": 0.0}
    assert info == {"success": True, "is_success": True, "fallen": False, **rewards}
    assert env.compute_reward(observation["achieved_goal"], observation["desired_goal"], info) == reward


def test_episodes_follow_from_the_seed_and_differ() -> None:
    first, second = WorldEnv("ball", "open"), WorldEnv("ball", "open")
    starts = [env.reset(seed=4)[0] for env in (first, second)] + [env.reset()[0] for env in (first, second)]
    np.testing.assert_array_equal(starts[0], starts[1])
    np.testing.assert_array_equal(starts[2], starts[3])
    assert not np.array_equal(starts[0], starts[2])
    assert not np.array_equal(WorldEnv("ball", "open").reset()[0], WorldEnv("ball", "open").reset()[0])


def test_a_batch_of_one_does_what_the_single_world_does() -> None:
    single, batch = WorldEnv("ball", "maze", "random"), WorldVectorEnv(1, "ball", "maze", "random")
    alone, together = single.reset(seed=1)[0], batch.reset(seed=1)[0]
    for _ in range(3):
        for name, value in alone.items():
            np.testing.assert_array_equal(together[name][0], value)
        alone, together = single.step(FORWARD)[0], batch.step(FORWARD[None])[0]


@pytest.mark.parametrize("task", ["open", "maze"])
def test_restarts_look_like_gymnasiums_own(task: str) -> None:
    def make() -> WorldEnv:
        return WorldEnv("ball", task, episode_steps=2)

    ours = WorldVectorEnv(2, "ball", task, episode_steps=2)
    theirs = gymnasium.vector.SyncVectorEnv([make, make], autoreset_mode="SameStep")
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    for env in (ours, theirs):
        env.reset(seed=0)
        env.step(np.tile(FORWARD, (2, 1)))
    results = [env.step(np.tile(FORWARD, (2, 1))) for env in (ours, theirs)]
    assert [result[3].tolist() for result in results] == [[True, True]] * 2
    mine, infos = results[0][4], results[1][4]
    assert set(infos) <= set(mine)
    assert {key: value.tolist() for key, value in mine.items() if key.startswith("_final")} == {
        "_final_obs": [True, True],
        "_final_info": [True, True],
    }
    assert set(mine["final_info"]) == set(infos["final_info"])
    for final in (mine["final_obs"], infos["final_obs"]):
        assert final.dtype == object
        assert final[0] in ours.single_observation_space


def test_only_ended_worlds_have_final_observations() -> None:
    env = WorldVectorEnv(2, "ball", "maze", "2")
    env.reset(seed=0)
    env.world.physics.qpos[1, :2] = (6.0, 0.0)
    observation, reward, terminated, truncated, infos = env.step(np.zeros((2, 2), np.float32))
    assert reward.tolist() == [0.0, 1000.0]
    assert terminated.tolist() == [False, True]
    assert not truncated.any()
    assert infos["final_obs"][0] is None
    np.testing.assert_allclose(infos["final_obs"][1]["achieved_goal"], [6.0, 0.0], atol=0.05)
    np.testing.assert_array_equal(observation["achieved_goal"][1], [0.0, 0.0])
    assert infos["final_info"]["success"].tolist() == [False, True]
    assert infos["_success"].tolist() == [True, False]


def test_a_mask_restarts_some() -> None:
    env = WorldVectorEnv(2, "ball", "open")
    env.reset(seed=0)
    moved = env.step(np.ones((2, 2), np.float32))[0]
    again, _ = env.reset(options={"reset_mask": np.array([True, False])})
    np.testing.assert_array_equal(again[1], moved[1])
    assert not np.array_equal(again[0], moved[0])


def test_make_vec_finds_the_batch() -> None:
    register()
    env = gymnasium.make_vec("skillkit/BallMaze-v0", num_envs=2, goal="1")
    assert isinstance(env.unwrapped, WorldVectorEnv)
    assert env.reset(seed=0)[0]["desired_goal"].tolist() == [[3.0, 3.0]] * 2


def test_targets_and_boxes_are_chosen_by_name() -> None:
    register()
    env = gymnasium.make("skillkit/BallMoveBox-v0", count=2, box_mass=5.0)
    assert isinstance(env.unwrapped, WorldEnv)
    assert env.unwrapped.layout.group("boxes_ego").width == 4
    batch = WorldVectorEnv(3, "ball", "move-box", count=2, box_mass=5.0)
    assert batch.world.physics.model.body("skillkit/box_1").mass[0] == 5.0


@pytest.mark.parametrize("name", ["boxes", "num_worlds", "seed"])
def test_other_options_are_refused(name: str) -> None:
    register()
    with pytest.raises(TypeError, match=name):
        gymnasium.make("skillkit/BallMoveBox-v0", **{name: 2})
    with pytest.raises(TypeError, match=name):
        WorldVectorEnv(3, "ball", "move-box", **{name: 2})


def test_no_picture_without_a_render_mode() -> None:
    env = WorldEnv("ball", "open")
    env.reset()
    assert env.render() is None
    env.close()
