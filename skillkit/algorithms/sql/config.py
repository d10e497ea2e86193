"""The numbers of soft Q-learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from skillkit.algorithms.temperature import Annealing


@dataclass(frozen=True)
class SqlSettings:
    """Settings of `SqlSteps`.

    start_temperature: of the policy exp(Q / temperature) before any `annealing`; action_prior: "uniform"
    on [-1, 1]^d, or the unit "gaussian" of a latent; reward_scale multiplies rewards; target_update_interval: updates
    after which the critics become their own targets; value_samples: actions that a soft value is estimated from;
    particles: actions in each half of a Stein gradient; proposal: where the actions of a value come from, the policy
    where its density is known, else the prior.
    """

    learning_rate: float
    start_temperature: float
    action_prior: Literal["uniform", "gaussian"]
    reward_scale: float
    target_update_interval: int
    value_samples: int
    particles: int
    proposal: Literal["policy", "prior"]
    annealing: Annealing | None = None
