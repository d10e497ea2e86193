"""The sampler: a network from observation and noise to an action, of any shape of density, which nobody knows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.networks import mlp


class SamplerTransform(nn.Module):
    """u = f(observation, latent), not invertible (Haarnoja 2018, section 3.3); it starts near u = latent.

    The noise is its latent, so that it can be stacked upon. Its density is unknown, and given as NaN.
    """

    def __init__(self, observation_width: int, width: int, *, hidden: Sequence[int]) -> None:
        super().__init__()
        self.network = mlp((observation_width + width, *hidden, width))

    def forward(
        self, observation: Float[Tensor, "batch obs"], latent: Float[Tensor, "batch width"]
    ) -> tuple[Float[Tensor, "batch width"], Float[Tensor, " batch"]]:
        """The outputs, and NaN for the log |det| that an invertible map would have."""
        outputs = latent + self.network(torch.cat([observation, latent], -1))
        return outputs, torch.full_like(outputs[:, 0], torch.nan)

    def inverse(self, observation: Tensor, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Raises NotImplementedError: which latents give an output is not known."""
        raise NotImplementedError("a sampler has no inverse; use a flow or a Gaussian policy")
