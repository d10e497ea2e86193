"""The high level of a hierarchy and its default policy: Gaussians over a latent, given the latent before.

Both start from an autoregressive process, z = rho z_before + sqrt(1 - rho^2) noise, whose marginal is a standard
normal; rho = 0 makes the latents of different steps independent. What they learn shifts and scales that process, in
units of its own standard deviation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.networks import mlp
from skillkit.policies.normalizer import Normalizer

LOG_SCALE_LIMIT = 2.0  # of a learnt scale, either way
LEAST_STD = 0.1  # of a learnt default policy

LatentGaussian = tuple[Float[Tensor, "batch latent"], Float[Tensor, "batch latent"]]  # mean, log std


def ar1(last: Float[Tensor, "batch latent"], begun: Float[Tensor, "batch 1"], coefficient: float) -> LatentGaussian:
    """The autoregressive process with coefficient rho; before an episode's first step, where `begun` is 0, N(0, I)."""
    log_std = 0.5 * math.log(1.0 - coefficient**2) * begun
    return coefficient * begun * last, log_std.expand_as(last)


def shifted_and_scaled(of_process: LatentGaussian, raw: Float[Tensor, "batch outputs"]) -> LatentGaussian:
    """A process as a network's numbers, (batch, 2 * latent), shift and scale it; where they are 0, as it was."""
    (mean, log_std), (shift, scale) = of_process, raw.chunk(2, 1)
    scale = LOG_SCALE_LIMIT * torch.tanh(scale / LOG_SCALE_LIMIT)
    return mean + log_std.exp() * shift, log_std + scale


class DefaultHighLevel(nn.Module):
    """The default high level pi_0(z | z_before) (Tirumala et al. 2020, section 3.1).

    coefficient: rho, 0 for an isotropic Gaussian, else of an AR(1) process; hidden: of the network that changes the
    process, None where it is as it is.
    """

    def __init__(self, latent_width: int, coefficient: float, *, hidden: Sequence[int] | None) -> None:
        super().__init__()
        self.coefficient = coefficient
        self.network = None if hidden is None else mlp((latent_width + 1, *hidden, 2 * latent_width), 0.0)

    def forward(self, last: Float[Tensor, "batch latent"], begun: Float[Tensor, "batch 1"]) -> LatentGaussian:
        """Mean and log standard deviation of the next latent."""
        own = ar1(last, begun, self.coefficient)
        if self.network is None:
            return own
        mean, log_std = shifted_and_scaled(own, begun * self.network(torch.cat([last, begun], 1)))
        return mean, log_std.clamp(min=math.log(LEAST_STD))


class HighLevel(nn.Module):
    """pi(z | x, z_before): it starts as the process with this coefficient, whatever it sees."""

    columns: Tensor

    def __init__(
        self, columns: Tensor, latent_width: int, coefficient: float, *, hidden: Sequence[int], normalize: bool
    ) -> None:
        super().__init__()
        self.network = mlp((len(columns) + latent_width + 1, *hidden, 2 * latent_width), 0.0)
        self.normalizer = Normalizer(len(columns), enabled=normalize)
        self.register_buffer("columns", columns, persistent=False)
        self.width, self.coefficient = latent_width, coefficient

    def observe(self, observation: Float[Tensor, "batch world_obs"]) -> None:
        """Take raw observations into the statistics."""
        self.normalizer.observe(observation[:, self.columns])

    def distribution(
        self,
        observation: Float[Tensor, "batch world_obs"],
        last: Float[Tensor, "batch latent"],
        begun: Float[Tensor, "batch 1"],
    ) -> LatentGaussian:
        """Mean and log standard deviation of the next latent."""
        sensed = self.normalizer(observation.index_select(1, self.columns))
        raw = self.network(torch.cat([sensed, last, begun], 1))
        return shifted_and_scaled(ar1(last, begun, self.coefficient), raw)
