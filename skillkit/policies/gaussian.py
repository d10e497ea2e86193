"""The diagonal Gaussian: mean and standard deviation from the observation; its noise is its latent."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.networks import mlp, repeated

LOG_STD_MIN, LOG_STD_MAX = -5.0, 2.0


class GaussianTransform(nn.Module):
    """u = mean(observation) + std(observation) * latent, log std softly kept in [-5, 2] (Haarnoja et al. 2018b)."""

    def __init__(self, observation_width: int, width: int, *, hidden: Sequence[int]) -> None:
        super().__init__()
        self.network = mlp((observation_width, *hidden, 2 * width))

    def forward(
        self, observation: Float[Tensor, "batch obs"], latent: Float[Tensor, "many width"]
    ) -> tuple[Float[Tensor, "many width"], Float[Tensor, " many"]]:
        """The transformed latents, one or several an observation, and log |det| of the Jacobian."""
        mean, log_std = (repeated(part, len(latent)) for part in self._mean_and_log_std(observation))
        return mean + log_std.exp() * latent, log_std.sum(-1)

    def inverse(
        self, observation: Float[Tensor, "batch obs"], outputs: Float[Tensor, "batch width"]
    ) -> tuple[Float[Tensor, "batch width"], Float[Tensor, " batch"]]:
        """The latent that gave `outputs`, and log |det| of the forward Jacobian."""
        mean, log_std = self._mean_and_log_std(observation)
        return (outputs - mean) * (-log_std).exp(), log_std.sum(-1)

    def _mean_and_log_std(self, observation: Tensor) -> tuple[Tensor, Tensor]:
        mean, raw = self.network(observation).chunk(2, -1)
        return mean, soft_log_std(raw)


def soft_log_std(raw: Tensor) -> Tensor:
    """A network's numbers as log standard deviations, softly kept in [-5, 2]."""
    middle, half = (LOG_STD_MAX + LOG_STD_MIN) / 2, (LOG_STD_MAX - LOG_STD_MIN) / 2
    return middle + half * torch.tanh((raw - middle) / half)


def gaussian_log_prob(
    value: Float[Tensor, "batch width"], mean: Float[Tensor, "batch width"], log_std: Float[Tensor, "batch width"]
) -> Float[Tensor, " batch"]:
    """Log density of a diagonal Gaussian."""
    return (-0.5 * ((value - mean) * (-log_std).exp()).square() - log_std - 0.5 * math.log(2.0 * math.pi)).sum(-1)


def gaussian_kl(
    mean: Float[Tensor, "batch width"],
    log_std: Float[Tensor, "batch width"],
    other_mean: Float[Tensor, "batch width"],
    other_log_std: Float[Tensor, "batch width"],
) -> Float[Tensor, " batch"]:
    """The Kullback-Leibler divergence of a diagonal Gaussian from another, nats."""
    ratio, apart = log_std - other_log_std, (mean - other_mean) * (-other_log_std).exp()
    return (0.5 * ((2.0 * ratio).exp() + apart.square() - 1.0) - ratio).sum(-1)
