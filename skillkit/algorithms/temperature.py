"""Where a temperature goes: to an end that was set, or to where the policy is as far from its prior as asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Annealing:
    """Where a temperature goes: its end, and how far its logarithm moves at an update."""

    temperature: float
    rate: float


def annealed(log_temperature: Float[Tensor, ""], annealing: Annealing | None) -> Float[Tensor, ""]:
    """The log temperature after an update, on its straight way to the end (Haarnoja 2018, appendix C.1)."""
    if annealing is None:
        return log_temperature
    left = math.log(annealing.temperature) - log_temperature
    return log_temperature + left.clamp(-annealing.rate, annealing.rate)


def temperature_gradient(divergence: Float[Tensor, ""], divergence_target: float) -> Float[Tensor, ""]:
    """Gradient in log temperature of -log_temperature * (divergence - target) (Haarnoja 2018, equation 4.13).

    Descent raises the temperature while the policy is further from its prior than the target.
    """
    return divergence_target - divergence
