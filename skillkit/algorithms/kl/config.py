"""The numbers of KL-regularized learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class KlSettings:
    """Settings of `KlSteps`.

    kl_cost: what a nat of divergence from the default policy costs, or "auto", which steers it to `kl_target` nats a
    step from `initial_kl_cost`; entropy_cost: what a nat of the commands' entropy is worth to the policy's own loss;
    value_samples: decisions that a value is the mean of; trace_decay: lambda of Retrace; target_update_interval:
    updates after which the critics become their own targets; bound: the most that an action can be worth, None where
    it is not known.
    """

    learning_rate: float
    reward_scale: float
    kl_cost: float | Literal["auto"]
    initial_kl_cost: float
    kl_target: float
    entropy_cost: float
    value_samples: int
    trace_decay: float
    target_update_interval: int
    bound: float | None = None

    @property
    def start_temperature(self) -> float:
        """The KL cost of the first update: in its place in the maximum-entropy objective stands the temperature."""
        return self.initial_kl_cost if self.kl_cost == "auto" else float(self.kl_cost)
