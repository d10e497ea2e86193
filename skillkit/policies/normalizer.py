"""Observation statistics that belong to a network and freeze with it."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

CLIP = 10.0


class Normalizer(nn.Module):
    """Shifts and scales observations by their running mean and standard deviation, clipped to +-10.

    With `enabled` false it passes observations on as they are. The statistics change only in `observe`. lag: how many
    of the `count` observations each column has not seen, (width,), None for none; it is not saved.
    """

    mean: Tensor
    variance: Tensor
    count: Tensor
    lag: Tensor | None

    def __init__(self, width: int, enabled: bool = True) -> None:
        super().__init__()
        self.enabled = enabled
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))
        self.register_buffer("count", torch.zeros((), dtype=torch.float64))
        self.register_buffer("lag", None, persistent=False)

    @torch.no_grad()
    def observe(self, observation: Float[Tensor, "batch width"]) -> None:
        """Merge a batch into the statistics (Chan et al. 1979)."""
        batch = observation.double()
        added, seen = batch.shape[0], self.count if self.lag is None else self.count - self.lag
        total = seen + added
        delta = batch.mean(0) - self.mean
        spread = self.variance * seen + batch.var(0, unbiased=False) * added
        spread = spread + delta.square() * seen * added / total
        self.mean.copy_(self.mean + delta * added / total)
        self.variance.copy_(spread / total)
        self.count += added

    def forward(self, observation: Float[Tensor, "batch width"]) -> Float[Tensor, "batch width"]:
        """Normalised observations."""
        if not self.enabled:
            return observation
        scaled = (observation - self.mean) * torch.rsqrt(self.variance + 1e-4)
        return scaled.clamp(-CLIP, CLIP)
