"""The numbers of soft actor-critic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class SacSettings:
    """Settings of `SacLearner`.

    target_smoothing: share of the new weights in the target at each update (tau); temperature: a fixed one, or
    "auto"; divergence_target: nats of E[log pi - log prior] that the automatic temperature steers to;
    action_prior: "uniform" on [-1, 1]^d, or the unit "gaussian" of a latent; reward_scale multiplies rewards.
    highest_return: the most that an episode's scaled rewards can sum to, None where that is not known; highest_bonus:
    the most that the entropy can add to it, in units of the temperature.
    """

    learning_rate: float
    target_smoothing: float
    temperature: float | Literal["auto"]
    initial_temperature: float
    divergence_target: float
    action_prior: Literal["uniform", "gaussian"]
    reward_scale: float
    highest_return: float | None = None
    highest_bonus: float = 0.0
