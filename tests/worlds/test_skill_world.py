"""Held latents, summed by hand in a world that doubles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from skillkit.types import Bool, Float32, Group, Layout, Step
from skillkit.worlds.skill_world import SkillWorld


class Line:
    """x starts at 0 and grows by the action; the reward is x, and x >= limit ends the episode."""

    layout = Layout((Group("x", 1, "m"),))
    actor_groups: tuple[str, ...] = ("x",)
    low_groups = high_groups = actor_groups
    action_names: tuple[str, ...] = ("push",)
    action_bounded = True
    highest_return = None

    def __init__(self, num_worlds: int, limit: float = np.inf) -> None:
        self.num_worlds, self.limit = num_worlds, limit
        self.x = np.zeros(num_worlds)

    def reset(self, mask: Bool | None = None) -> Float32:
        self.x[slice(None) if mask is None else mask] = 0.0
        return self.x[:, None].astype(np.float32)

    def step(self, action: Float32, active: Bool | None = None) -> Step:
        running = np.ones(self.num_worlds, bool) if active is None else active
        self.x = np.where(running, self.x + action[:, 0], self.x)
        none = np.zeros(self.num_worlds, bool)
        reward = np.where(running, self.x, 0.0)
        ended = running & (self.x >= self.limit)
        seen = self.x[:, None].astype(np.float32)
        return Step(seen, reward, ended, none, running.astype(np.int64), {"x": reward}, ended, none)

    def get_state(self) -> dict[str, Any]:
        return {"x": self.x.copy()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        self.x = np.array(state["x"])


class Sum:
    """A frozen layer that acts by what it sees plus its latent."""

    latent_width = 1
    hold = 1

    def act(self, observation: Float32, latent: Float32) -> Float32:
        return observation + latent


def latents(*values: float) -> Float32:
    return np.array(values, np.float32)[:, None]


def test_a_hold_sums_discounted_rewards_and_acts_anew_at_every_step() -> None:
    world = SkillWorld(Line(1), Sum(), hold=3, discount=0.5)
    world.reset()
    step = world.step(latents(1.0))  # x: 1, 3, 7
    assert step.observation.tolist() == [[7.0]]
    assert step.reward[0] == 1.0 + 0.5 * 3.0 + 0.25 * 7.0
    assert step.terms["x"][0] == 11.0  # terms are reported undiscounted
    assert step.duration.tolist() == [3]


def test_without_a_layer_the_action_itself_is_held() -> None:
    world = SkillWorld(Line(1), None, hold=3, discount=0.5)
    assert (world.action_names, world.action_bounded) == (("push",), True)
    world.reset()
    step = world.step(latents(1.0))  # x: 1, 2, 3
    assert step.observation.tolist() == [[3.0]]
    assert step.reward[0] == 1.0 + 0.5 * 2.0 + 0.25 * 3.0


def test_an_episode_that_ends_mid_hold_stops_and_the_others_go_on() -> None:
    world = SkillWorld(Line(2, limit=3.0), Sum(), hold=3, discount=0.5)
    world.reset()
    step = world.step(latents(1.0, 0.25))  # x: 1, 3 and 0.25, 0.75, 1.75
    assert step.duration.tolist() == [2, 3]
    assert step.reward.tolist() == [2.5, 0.25 + 0.375 + 0.4375]
    assert step.terminated.tolist() == [True, False]
    assert step.success.tolist() == [True, False]
    assert step.observation.tolist() == [[3.0], [1.75]]


def test_inactive_worlds_do_not_move() -> None:
    world = SkillWorld(Line(2), Sum(), hold=2, discount=0.5)
    world.reset()
    step = world.step(latents(1.0, 1.0), np.array([False, True]))
    assert step.observation.tolist() == [[0.0], [3.0]]
    assert step.duration.tolist() == [0, 2]
    assert step.reward[0] == 0.0


def test_holds_multiply_across_levels() -> None:
    world = SkillWorld(SkillWorld(Line(1), Sum(), hold=2, discount=0.5), Sum(), hold=2, discount=0.5)
    world.reset()
    step = world.step(latents(1.0))  # lower latent 1: x 1, 3; then lower latent 3 + 1 = 4: x 10, 24
    assert step.observation.tolist() == [[24.0]]
    assert step.reward[0] == 1.0 + 0.5 * 3.0 + 0.25 * 10.0 + 0.125 * 24.0
    assert step.duration.tolist() == [4]


def test_an_end_in_the_lower_level_ends_the_upper_one() -> None:
    world = SkillWorld(SkillWorld(Line(2, limit=9.0), Sum(), hold=2, discount=0.5), Sum(), hold=2, discount=0.5)
    world.reset()
    step = world.step(latents(1.0, 0.0))  # the third control step, x = 10, is the first world's last
    assert step.duration.tolist() == [3, 4]
    assert step.reward.tolist() == [5.0, 0.0]
    assert step.terminated.tolist() == [True, False]


def test_it_is_a_world_of_latents() -> None:
    world = SkillWorld(Line(2), Sum(), hold=1, discount=1.0)
    assert world.action_names == ("latent_0",)
    assert not world.action_bounded
    assert (world.num_worlds, world.layout, world.actor_groups) == (2, Line.layout, ("x",))


def test_resuming_goes_on_from_the_same_place() -> None:
    world, other = (SkillWorld(Line(2), Sum(), hold=2, discount=0.5) for _ in range(2))
    world.reset()
    world.step(latents(1.0, 2.0))
    other.set_state(world.get_state())
    expected, found = (each.step(latents(0.5, -1.0)) for each in (world, other))
    np.testing.assert_array_equal(found.observation, expected.observation)
    np.testing.assert_array_equal(found.reward, expected.reward)


def test_a_step_before_the_first_reset_is_refused() -> None:
    with pytest.raises(AssertionError, match="reset the world"):
        SkillWorld(Line(1), Sum(), hold=1, discount=1.0).step(latents(0.0))
