"""Steps the worlds with a policy and turns what happens into transitions and episode records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from skillkit.errors import Diverged
from skillkit.training.replay import Round
from skillkit.types import Batch, CollectingPolicy, PolicyState, Step, World


@dataclass(frozen=True)
class Episode:
    """A finished episode: rewards summed, control steps, whether it succeeded or fell, each term summed.

    final_distance: from the goal, m, None where there is none.
    """

    episode_return: float
    length: int
    success: bool
    fallen: bool
    terms: Mapping[str, float]
    final_distance: float | None = None


@dataclass(frozen=True)
class Collected:
    """One round: its transitions, the control steps it took, and the episodes that ended."""

    round: Round
    steps: int
    episodes: list[Episode] = field(default_factory=list)


class Collector:
    """Owns the policy's state and the running episodes. seed: of the latents that the policy draws.

    discount: per control step; a transition over n of them carries discount^n, 0 after a true termination.
    """

    def __init__(self, world: World, policy: CollectingPolicy, discount: float, seed: int) -> None:
        self.world, self.policy, self.discount = world, policy, discount
        self._generator = torch.Generator().manual_seed(seed)
        self._observation = world.reset()
        self._state = policy.initial_state(world.num_worlds)
        self._return = np.zeros(world.num_worlds)
        self._length = np.zeros(world.num_worlds, np.int64)
        self._terms: dict[str, np.ndarray] = {}

    def collect(self) -> Collected:
        """One step of all n worlds, (n, width) each; ended episodes start anew.

        Raises Diverged where an action, an observation or a reward is no longer finite.
        """
        before = torch.from_numpy(self._observation)
        action, self._state = self.policy.act(before, self._state, self._generator)
        _check_finite("an action of the policy", action.numpy())
        step = self.world.step(action.numpy())
        _check_finite("an observation", step.observation)
        for name, value in step.terms.items():
            _check_finite(f"the reward {name!r}", value)
        self._return += sum(step.terms.values())  # undiscounted, also where a hold's reward is not
        self._length += step.duration
        for name, value in step.terms.items():
            self._terms[name] = self._terms.get(name, 0.0) + value
        reward = step.reward.astype(np.float32)
        _check_finite("the reward, summed in 32 bits,", reward)
        discount = np.where(step.terminated, 0.0, self.discount**step.duration)
        moved = torch.from_numpy(step.duration > 0)  # a world may cut an episode short without a step
        batch = Batch(
            before,
            self.policy.record(action, self._state),
            torch.from_numpy(reward),
            torch.from_numpy(discount.astype(np.float32)),
            torch.from_numpy(step.observation),
        )
        ended = step.ended
        finished = np.flatnonzero(ended & (step.duration > 0)).tolist()
        episodes = [self._episode(index, step) for index in finished]
        self._observation = step.observation
        if ended.any():
            self._restart(ended)
        return Collected(Round(batch, moved, torch.from_numpy(ended)), int(step.duration.sum()), episodes)

    def get_state(self) -> dict[str, Any]:
        """Worlds, held latents, running episodes and the state of the random numbers."""
        return {
            "world": self.world.get_state(),
            "observation": self._observation,
            "policy": dict(self._state),
            "return": self._return.copy(),
            "length": self._length.copy(),
            "terms": {name: value.copy() for name, value in self._terms.items()},
            "generator": self._generator.get_state(),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned."""
        self.world.set_state(state["world"])
        self._observation = state["observation"]
        self._state = dict(state["policy"])
        self._return, self._length = state["return"].copy(), state["length"].copy()
        self._terms = {name: value.copy() for name, value in state["terms"].items()}
        self._generator.set_state(state["generator"])

    def _episode(self, index: int, step: Step) -> Episode:
        terms = {name: float(value[index]) for name, value in self._terms.items()}
        return Episode(
            float(self._return[index]),
            int(self._length[index]),
            bool(step.success[index]),
            bool(step.fallen[index]),
            terms,
            None if step.goal_distance is None else float(step.goal_distance[index]),
        )

    def _restart(self, ended: np.ndarray) -> None:
        self._observation = self.world.reset(ended)
        fresh: PolicyState = self.policy.initial_state(self.world.num_worlds)
        mask = torch.from_numpy(ended)
        for name, value in fresh.items():
            chosen = mask.view(-1, *[1] * (value.dim() - 1))
            self._state[name] = torch.where(chosen, value, self._state[name])
        for total in (self._return, self._length, *self._terms.values()):
            total[ended] = 0


def _check_finite(name: str, values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise Diverged(f"{name} is NaN or infinite")
