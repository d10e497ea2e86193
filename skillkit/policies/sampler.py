"""The sampler: a network from observation and noise to an action, of any shape of density, which nobody knows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.networks import mlp, repeated


class SamplerTransform(nn.Module):
    """u = f(observation, latent), not invertible (Haarnoja 2018, section 3.3); it starts near u = latent.

    The noise is its latent, so that it can be stacked upon. Its density is unknown, and given as NaN.
    """

    def __init__(self, observation_width: int, width: int, *, hidden: Sequence[int]) -> None:
        super().__init__()
        self.network = mlp((observation_width + width, *hidden, width))

    def forward(
        self, observation: Float[Tensor, "batch obs"], latent: Float[Tensor, "many width"]
    ) -> tuple[Float[Tensor, "many width"], Float[Tensor, " many"]]:
        """The outputs of latents, one or several an observation; NaN for the log |det| of an invertible map."""
        first, rest = self.network[0], self.network[1:]
        assert isinstance(first, nn.Linear)
        assert isinstance(rest, nn.Sequential)
        of_observation, of_latent = first.weight.split((observation.shape[1], latent.shape[1]), 1)
        seen = repeated(nn.functional.linear(observation, of_observation, first.bias), len(latent))
        outputs = latent + rest(seen + nn.functional.linear(latent, of_latent))
        return outputs, torch.full_like(outputs[:, 0], torch.nan)
