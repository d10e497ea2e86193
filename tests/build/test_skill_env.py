"""The action is a latent: holds and discounts by hand, equality with the batch view, and misfits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import gymnasium
import numpy as np
import pytest

from skillkit.build.skill_env import SkillEnv
from skillkit.errors import UserError
from skillkit.skills.skill import Skill
from skillkit.types import Float32, Layout
from skillkit.worlds.env import WorldEnv
from skillkit.worlds.factory import make_world
from skillkit.worlds.skill_world import SkillWorld


@dataclass
class Linear:
    """A frozen layer: its action is half of its latent plus a tenth of the ball's velocity, forward and sideways."""

    hold: int = 1
    latent_width: int = 2
    group: str = "body_velocity"
    outputs: int = 2
    seen: list[Float32] = field(default_factory=list)
    columns: Any = None

    def bind(self, layout: Layout) -> Linear:
        self.columns = layout.indices([self.group])
        return self

    def act(self, observation: Float32, latent: Float32) -> Float32:
        self.seen.append(latent.copy())
        return (0.5 * latent + 0.1 * observation[:, self.columns])[:, : self.outputs]


@dataclass
class Layers:
    """What is looked at of a skill."""

    layers: tuple[Linear, ...]
    motors: tuple[str, ...] = ("roll", "turn")


def skill_env(env: gymnasium.Env[Any, Any], skill: Layers, **others: Any) -> SkillEnv:
    return SkillEnv(env, cast(Skill, skill), **others)


class Counting(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Pays 1, 2, 3 ... for the control steps that run through it, and ends at the fifth."""

    count = 0

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.count += 1
        observation, _, _, _, info = super().step(action)
        return observation, float(self.count), self.count == 5, False, info


LATENT = np.array([1.0, -0.5], np.float32)


def test_a_hold_sums_discounted_rewards_of_wrapped_steps() -> None:
    env = skill_env(Counting(WorldEnv("ball", "open")), Layers((Linear(),)), hold=3, discount=0.5)
    env.reset(seed=0)
    _, reward, terminated, _, info = env.step(LATENT)
    assert reward == 1.0 + 0.5 * 2.0 + 0.25 * 3.0
    assert (terminated, info["duration"]) == (False, 3)
    _, reward, terminated, _, info = env.step(LATENT)  # the fifth control step ends the episode
    assert reward == 4.0 + 0.5 * 5.0
    assert (terminated, info["duration"]) == (True, 2)


def test_each_layer_holds_as_the_skill_says() -> None:
    low, high = Linear(), Linear(hold=2)
    env = skill_env(WorldEnv("ball", "maze"), Layers((low, high)), hold=2)
    env.reset(seed=0)
    low.seen.clear()
    high.seen.clear()
    *_, info = env.step(LATENT)
    assert info["duration"] == 4
    assert len(high.seen) == 2  # top latent held for both
    np.testing.assert_array_equal(high.seen, [LATENT[None]] * 2)
    held = [latent.tolist() for latent in low.seen]
    assert held[0] == held[1] != held[2] == held[3]


def test_does_what_the_batch_view_does() -> None:
    env = skill_env(WorldEnv("ball", "open"), Layers((Linear(), Linear(hold=2))), hold=2, discount=0.9)
    env.reset(seed=0)
    world = make_world("ball", "open")
    layers = [Linear().bind(world.layout) for _ in range(2)]
    below = SkillWorld(world, layers[0], hold=2, discount=0.9)
    top = SkillWorld(below, layers[1], hold=2, discount=0.9)
    top.reset()
    world.set_state(env.unwrapped.world.get_state())  # type: ignore[attr-defined]
    below._observation = top._observation = world.observe()
    for _ in range(3):
        observation, reward, *_ = env.step(LATENT)
        step = top.step(LATENT[None])
        np.testing.assert_array_equal(observation, step.observation[0])
        assert reward == pytest.approx(step.reward[0])


def test_latents_are_bounded_at_three_standard_deviations() -> None:
    space = skill_env(WorldEnv("ball", "open"), Layers((Linear(),))).action_space
    assert space == gymnasium.spaces.Box(-3.0, 3.0, (2,), np.float32)


def test_misfits() -> None:
    with pytest.raises(UserError, match="needs the observation group 'joint_pos'"):
        skill_env(WorldEnv("ball", "open"), Layers((Linear(group="joint_pos"),)))
    with pytest.raises(UserError, match="has the motors roll, turn, the skill drives turn, roll"):
        skill_env(WorldEnv("ball", "open"), Layers((Linear(),), motors=("turn", "roll")))
    with pytest.raises(UserError, match="at least 1 step, got 0"):
        skill_env(WorldEnv("ball", "open"), Layers((Linear(),)), hold=0)
    with pytest.raises(UserError, match="needs a world of skillkit"):
        skill_env(gymnasium.make("MountainCarContinuous-v0"), Layers((Linear(),)))
