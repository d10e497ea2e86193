"""A frozen layer becomes part of the world: what was the action is now its latent, held for some steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from skillkit.types import Bool, Float32, Layer, Step, World


class SkillWorld:
    """`world` with `layer` embedded in it; its action is the layer's latent (Haarnoja et al. 2018, section 5).

    hold: steps of `world` for which a latent is held, the layer's action recomputed at each; without a layer the
    world's own action is held. The reward of a step is the sum of discount^i r_i over the control steps i really
    executed. Implements `skillkit.types.World`.
    """

    def __init__(self, world: World, layer: Layer | None, *, hold: int, discount: float) -> None:
        self.world, self.layer = world, layer
        self.hold, self.discount = hold, discount
        self.num_worlds, self.layout, self.actor_groups = world.num_worlds, world.layout, world.actor_groups
        self.low_groups, self.high_groups = world.low_groups, world.high_groups
        self.action_names, self.action_bounded = world.action_names, world.action_bounded
        self.highest_return = world.highest_return
        if layer is not None:
            self.action_names = tuple(f"latent_{index}" for index in range(layer.latent_width))
            self.action_bounded = False
        self._observation: Float32 | None = None

    def reset(self, mask: Bool | None = None) -> Float32:
        """Start new episodes in the world below."""
        self._observation = self.world.reset(mask)
        return self._observation

    def step(self, action: Float32, active: Bool | None = None) -> Step:
        """Hold latents (n, latent width) for `hold` steps, or until the episode ends."""
        assert self._observation is not None, "reset the world before its first step"
        running = np.ones(self.num_worlds, bool) if active is None else active.copy()
        total = Tally.zero(self.num_worlds)
        for _ in range(self.hold):
            command = action if self.layer is None else self.layer.act(self._observation, action)
            below = self.world.step(command, running)
            total.add(below, self.discount)
            self._observation = below.observation
            running &= ~below.ended
            if not running.any():
                break
        return total.as_step(self._observation)

    def get_state(self) -> dict[str, Any]:
        """The state of the world below, and the last observation."""
        return {"world": self.world.get_state(), "observation": self._observation}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned."""
        self.world.set_state(state["world"])
        self._observation = state["observation"]


class Tally:
    """Adds up the steps of a held latent."""

    def __init__(self, reward: np.ndarray, flags: np.ndarray, duration: np.ndarray) -> None:
        self.reward, self.duration = reward, duration
        self.terminated, self.truncated, self.success, self.fallen = flags
        self.terms: dict[str, np.ndarray] = {}
        self.goal_distance: np.ndarray | None = None

    @classmethod
    def zero(cls, count: int) -> Tally:
        """Nothing executed yet, for `count` worlds."""
        return cls(np.zeros(count), np.zeros((4, count), bool), np.zeros(count, np.int64))

    def add(self, step: Step, discount: float) -> None:
        """One more step of the world below; inactive worlds bring zeros."""
        weight = discount**self.duration
        self.reward += weight * step.reward
        for name, value in step.terms.items():
            self.terms[name] = self.terms.get(name, 0.0) + value
        self.terminated |= step.terminated
        self.truncated |= step.truncated
        self.success |= step.success
        self.fallen |= step.fallen
        self.duration += step.duration
        self.goal_distance = step.goal_distance  # a world that has stopped stays where it is

    def as_step(self, observation: Float32) -> Step:
        """The whole hold as one step."""
        return Step(
            observation,
            self.reward,
            self.terminated,
            self.truncated,
            self.duration,
            self.terms,
            self.success,
            self.fallen,
            self.goal_distance,
        )
