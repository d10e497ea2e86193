"""The deterministic policy: an action for every observation, and a fixed noise around it to explore with."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.networks import mlp, repeated

NOISE = 0.3  # standard deviation before the tanh, as of the noise in Haarnoja (2018), appendix C.1


class DeterministicTransform(nn.Module):
    """u = f(observation) + 0.3 * latent: what it learns is f, as in DDPG; the latent is the noise that explores."""

    def __init__(self, observation_width: int, width: int, *, hidden: Sequence[int]) -> None:
        super().__init__()
        self.network = mlp((observation_width, *hidden, width))

    def forward(
        self, observation: Float[Tensor, "batch obs"], latent: Float[Tensor, "many width"]
    ) -> tuple[Float[Tensor, "many width"], Float[Tensor, " many"]]:
        """The transformed latents, one or several an observation, and log |det| of the Jacobian."""
        outputs = repeated(self.network(observation), len(latent)) + NOISE * latent
        return outputs, torch.full_like(latent, NOISE).log().sum(-1)
