"""The numbers of soft actor-critic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from skillkit.algorithms.temperature import Annealing


@dataclass(frozen=True)
class ValueBound:
    """The most that an episode's scaled rewards can sum to, and the most nats that its entropy can add."""

    reward: float
    nats: float


@dataclass(frozen=True)
class SacSettings:
    """Settings of `SacSteps`.

    target_smoothing: share of the new weights in the target at each update (tau); temperature: a fixed one, or
    "auto"; divergence_target: nats of E[log pi - log prior] that the automatic temperature steers to;
    action_prior: "uniform" on [-1, 1]^d, or the unit "gaussian" of a latent; reward_scale multiplies rewards.
    bound: of what an action can be worth, None where it is not known; annealing: of a temperature that is not "auto",
    None for one that stays.
    """

    learning_rate: float
    target_smoothing: float
    temperature: float | Literal["auto"]
    initial_temperature: float
    divergence_target: float
    action_prior: Literal["uniform", "gaussian"]
    reward_scale: float
    bound: ValueBound | None = None
    annealing: Annealing | None = None

    @property
    def start_temperature(self) -> float:
        """The temperature of the first update."""
        stays = self.temperature != "auto" and self.annealing is None
        return float(self.temperature) if stays else self.initial_temperature
