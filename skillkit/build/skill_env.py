"""A Gymnasium environment whose action is the latent of a frozen skill, for any reinforcement learning library."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box

from skillkit.errors import UserError
from skillkit.skills.skill import BoundLayer, Skill, SkillLayer
from skillkit.types import Float32, Layout
from skillkit.worlds.env import WorldEnv

LATENT_LIMIT = 3.0  # standard deviations of a latent's standard normal prior


class SkillEnv(gymnasium.Wrapper[Any, Float32, Any, Float32]):
    """`env`, a `WorldEnv` under any wrappers, acted on through `skill` by the latent of its top layer.

    hold: how many steps of the top layer a latent lasts; layers below hold theirs as the skill says, so that holds
    multiply. Motor commands are computed anew at every control step, and each control step runs through the
    wrappers. A step's reward is the sum of discount^i r_i over the control steps i executed, `info` is the last
    one's with their number as "duration". Latents are bounded at 3 standard deviations of their prior.
    Raises UserError when the skill's groups or motors do not fit.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Float32],
        skill: Skill,
        hold: int = 1,
        discount: float = 1.0,
    ) -> None:
        super().__init__(env)
        if not isinstance(env.unwrapped, WorldEnv):
            raise UserError(f"SkillEnv needs a world of skillkit below, got {env.unwrapped}; make one of skillkit/*.")
        if hold < 1:
            raise UserError(f"hold must be at least 1 step, got {hold}.")
        self._world = env.unwrapped.world
        if skill.motors != tuple(self._world.action_names):
            expected, came = ", ".join(self._world.action_names), ", ".join(skill.motors)
            raise UserError(f"this body has the motors {expected}, the skill drives {came}; use its own body.")
        self.discount = discount
        self._layers = [bind(layer, self._world.layout) for layer in skill.layers]
        self._periods = np.cumprod([layer.hold for layer in skill.layers]).tolist()
        self._steps = hold * self._periods[-1]
        width = skill.layers[-1].latent_width
        self.action_space = Box(-LATENT_LIMIT, LATENT_LIMIT, (width,), np.float32)

    def step(self, action: Float32) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Hold a latent (latent width,) for its control steps, or until the episode ends."""
        signals = [np.empty((1, 0), np.float32)] * len(self._layers)
        signals.append(np.asarray(action, np.float32)[None])
        total = 0.0
        for index in range(self._steps):
            self._refresh(signals, index)
            observation, reward, terminated, truncated, info = self.env.step(signals[0][0])
            total += self.discount**index * float(reward)
            if terminated or truncated:
                break
        return observation, total, terminated, truncated, {**info, "duration": index + 1}

    def _refresh(self, signals: list[Float32], index: int) -> None:
        """Ask every layer whose hold is over, from the top down: signals[k] is what layer k gives to the one below."""
        sensed = self._world.observe()
        for level in reversed(range(len(self._layers))):
            if index % self._periods[level] == 0:
                signals[level] = self._layers[level].act(sensed, signals[level + 1])


def bind(layer: SkillLayer, layout: Layout) -> BoundLayer:
    """The layer with its groups found in the layout; UserError that names the one that is absent."""
    try:
        return layer.bind(layout)
    except KeyError as error:
        known = ", ".join(layout.names)
        raise UserError(f"the skill needs the observation group {error}, the world has {known}.") from error
