"""Any Gymnasium environment as a world: scaled actions, time limits, success, and what a checkpoint keeps."""

from __future__ import annotations

import itertools
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict

from skillkit.errors import UserError
from skillkit.worlds.gym_world import GymWorld


class Echo(gymnasium.Env[Any, Any]):
    """Rewards the sum of its action in [0, 10] x [-2, 2]; succeeds at its third step."""

    def __init__(self, low: float = 0.0) -> None:
        self.action_space = Box(np.array([low, -2.0], np.float32), np.array([10.0, 2.0], np.float32))
        self.observation_space = Dict({"a": Box(-1.0, 1.0, (2, 2)), "b": Box(-99.0, 99.0, (1,))})

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.steps, self.start = 0, self.np_random.uniform(0.0, 1.0)
        return self._look(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.steps += 1
        return self._look(), float(action.sum()), self.steps == 3, False, {"is_success": self.steps == 3}

    def _look(self) -> dict[str, Any]:
        return {"a": np.full((2, 2), self.start, np.float32), "b": np.array([self.steps], np.float32)}


class Moody(Echo):
    """Starts as it likes, whatever its seed."""

    starts = itertools.count()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.start = float(next(self.starts))
        return self._look(), {}


@pytest.fixture(autouse=True)
def registered() -> Any:
    gymnasium.register("test/Echo-v0", Echo)
    gymnasium.register("test/Moody-v0", Moody)
    gymnasium.register("test/Endless-v0", Echo, kwargs={"low": -np.inf})
    yield
    for name in ("Echo", "Moody", "Endless"):
        del gymnasium.registry[f"test/{name}-v0"]


def test_observations_are_flattened_and_actions_scaled() -> None:
    world = GymWorld("test/Echo-v0", num_worlds=2)
    assert (world.layout.names, world.layout.width) == (("observation",), 5)
    assert world.action_names == ("action_0", "action_1")
    assert world.reset()[:, 4].tolist() == [0.0, 0.0]
    step = world.step(np.array([[-1.0, 1.0], [0.0, 9.0]], np.float32))  # 0 + 2 and 5 + 2
    assert step.reward.tolist() == [2.0, 7.0]
    assert step.terms["reward"].tolist() == [2.0, 7.0]
    assert step.observation[:, 4].tolist() == [1.0, 1.0]
    assert step.observation.dtype == np.float32


def test_success_and_the_end() -> None:
    world = GymWorld("test/Echo-v0")
    world.reset()
    steps = [world.step(np.zeros((1, 2), np.float32)) for _ in range(3)]
    assert [bool(step.success[0]) for step in steps] == [False, False, True]
    assert [bool(step.terminated[0]) for step in steps] == [False, False, True]
    assert world.reset(np.array([True]))[0, 4] == 0.0


def test_inactive_worlds_are_not_stepped() -> None:
    world = GymWorld("test/Echo-v0", num_worlds=2)
    world.reset()
    step = world.step(np.ones((2, 2), np.float32), np.array([False, True]))
    assert step.observation[:, 4].tolist() == [0.0, 1.0]
    assert step.duration.tolist() == [0, 1]
    assert step.reward.tolist() == [0.0, 12.0]


def test_time_limits_truncate() -> None:
    world = GymWorld("Pendulum-v1")
    world.reset()
    steps = [world.step(np.zeros((1, 1), np.float32)) for _ in range(200)]
    assert [bool(step.truncated[0]) for step in steps] == [False] * 199 + [True]
    assert not steps[-1].terminated[0]


def test_seeds() -> None:
    starts = [GymWorld("Pendulum-v1", num_worlds=2, seed=seed).reset() for seed in (0, 0, 7)]
    np.testing.assert_array_equal(starts[0], starts[1])
    assert not np.array_equal(starts[0], starts[2])
    assert not np.array_equal(starts[0][0], starts[0][1])


@pytest.mark.parametrize("id", ["HalfCheetah-v5", "Ant-v5", "Pendulum-v1", "test/Echo-v0"])
def test_a_resumed_episode_goes_on_bit_for_bit(id: str) -> None:
    world, other = GymWorld(id, num_worlds=2, seed=0), GymWorld(id, num_worlds=2, seed=9)
    actions = np.random.default_rng(0).uniform(-1.0, 1.0, (12, 2, len(world.action_names))).astype(np.float32)
    world.reset()
    for action in actions[:2]:
        world.step(action)
    other.set_state(world.get_state())
    assert not other.cut.any()
    for action in actions[2:]:
        expected, found = world.step(action), other.step(action)
        np.testing.assert_array_equal(found.observation, expected.observation)
        np.testing.assert_array_equal(found.reward, expected.reward)
    np.testing.assert_array_equal(world.reset(), other.reset())


def test_a_resumed_time_limit_is_the_same() -> None:
    world, other = GymWorld("Pendulum-v1"), GymWorld("Pendulum-v1")
    world.reset()
    for _ in range(198):
        world.step(np.zeros((1, 1), np.float32))
    other.set_state(world.get_state())
    steps = [other.step(np.zeros((1, 1), np.float32)) for _ in range(2)]
    assert [bool(step.truncated[0]) for step in steps] == [False, True]


def test_what_does_not_come_out_again_is_cut_when_resumed() -> None:
    world, other = GymWorld("test/Moody-v0", seed=0), GymWorld("test/Moody-v0", seed=9)
    world.reset()
    last = world.step(np.ones((1, 2), np.float32)).observation
    other.set_state(world.get_state())
    assert other.cut.tolist() == [True]
    cut = other.step(np.ones((1, 2), np.float32))
    np.testing.assert_array_equal(cut.observation, last)
    assert (cut.reward[0], cut.duration[0], cut.truncated[0], cut.terminated[0]) == (0.0, 0, True, False)
    other.reset(cut.ended)
    assert not other.step(np.ones((1, 2), np.float32)).ended[0]


def test_a_simulation_that_diverges_is_not_put_back() -> None:
    world = GymWorld("HalfCheetah-v5")
    world.reset()
    world._envs[0].get_wrapper_attr("data").qvel[0] = 1e30
    with np.errstate(all="ignore"):
        found = [world.step(np.zeros((1, 6), np.float32)).observation for _ in range(3)]
    assert not np.isfinite(found).all()


def test_environments_that_cannot_be_used() -> None:
    with pytest.raises(UserError, match="unknown Gymnasium environment 'HalfChetah-v5'; did you mean 'HalfCheetah-v5'"):
        GymWorld("HalfChetah-v5")
    with pytest.raises(UserError, match="unknown Gymnasium environment 'Pendulum-v9'; did you mean 'Pendulum-v1'"):
        GymWorld("Pendulum-v9")
    with pytest.raises(UserError, match="must have continuous actions"):
        GymWorld("CartPole-v1")
    with pytest.raises(UserError, match="must have finite action bounds"):
        GymWorld("test/Endless-v0")
    with pytest.raises(UserError, match="cannot be made"):
        GymWorld("no_such_module:Thing-v0")
