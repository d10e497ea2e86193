"""Conditional RealNVP: an invertible map from latent to action, given what the body senses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.networks import mlp, repeated

INITIAL_SCALE = 0.01  # the last layers start near zero, so that the map starts near the identity


class Coupling(nn.Module):
    """One affine coupling layer over contiguous halves (Dinh et al. 2016).

    The passive half and the embedding decide how the active half is scaled and shifted; `odd` says which half
    is active. A one-dimensional latent has no passive half: its layer depends on the embedding alone.
    """

    def __init__(self, width: int, embedding: int, hidden: int, log_scale_limit: float, odd: bool) -> None:
        super().__init__()
        split = width // 2
        self.odd = odd and split > 0
        self.split = split
        passive = width - split if self.odd else split
        widths = (passive + embedding, hidden, width - passive)
        self.log_scale = mlp(widths, INITIAL_SCALE)
        self.shift = mlp(widths, INITIAL_SCALE)
        self.limit = log_scale_limit

    def forward(
        self, inputs: Float[Tensor, "batch width"], embedding: Float[Tensor, "batch embedding"]
    ) -> tuple[Float[Tensor, "batch width"], Float[Tensor, " batch"]]:
        """Outputs and log |det| of the Jacobian."""
        passive, active = self._split(inputs)
        log_scale, shift = self._affine(passive, embedding)
        return self._join(passive, active * log_scale.exp() + shift), log_scale.sum(-1)

    def inverse(
        self, outputs: Float[Tensor, "batch width"], embedding: Float[Tensor, "batch embedding"]
    ) -> tuple[Float[Tensor, "batch width"], Float[Tensor, " batch"]]:
        """Inputs, and log |det| of the forward Jacobian."""
        passive, active = self._split(outputs)
        log_scale, shift = self._affine(passive, embedding)
        return self._join(passive, (active - shift) * (-log_scale).exp()), log_scale.sum(-1)

    def _affine(self, passive: Tensor, embedding: Tensor) -> tuple[Tensor, Tensor]:
        inputs = torch.cat([passive, embedding], -1)
        return self.limit * torch.tanh(self.log_scale(inputs) / self.limit), self.shift(inputs)

    def _split(self, values: Tensor) -> tuple[Tensor, Tensor]:
        first, second = values[:, : self.split], values[:, self.split :]
        return (second, first) if self.odd else (first, second)

    def _join(self, passive: Tensor, active: Tensor) -> Tensor:
        return torch.cat([active, passive] if self.odd else [passive, active], -1)


class FlowTransform(nn.Module):
    """Alternating couplings, all fed by one embedding of the observation (Haarnoja et al. 2018, section 6.1).

    hidden: widths of the embedding network; embedding: its output width; coupling_hidden: hidden width of the scale
    and shift networks; log_scale_limit: bound of every log scale, by a soft clamp.
    """

    def __init__(
        self,
        observation_width: int,
        width: int,
        *,
        hidden: Sequence[int],
        couplings: int,
        embedding: int,
        coupling_hidden: int,
        log_scale_limit: float,
    ) -> None:
        super().__init__()
        self.embed = mlp((observation_width, *hidden, embedding))
        self.couplings = nn.ModuleList(
            Coupling(width, embedding, coupling_hidden, log_scale_limit, odd=index % 2 == 1)
            for index in range(couplings)
        )

    def forward(
        self, observation: Float[Tensor, "batch obs"], latent: Float[Tensor, "many width"]
    ) -> tuple[Float[Tensor, "many width"], Float[Tensor, " many"]]:
        """The transformed latents, one or several an observation, and log |det| of the Jacobian."""
        embedding = repeated(self.embed(observation), len(latent))
        log_det = latent.new_zeros(latent.shape[0])
        for coupling in self.couplings:
            latent, change = coupling(latent, embedding)
            log_det = log_det + change
        return latent, log_det

    def inverse(
        self, observation: Float[Tensor, "batch obs"], outputs: Float[Tensor, "batch width"]
    ) -> tuple[Float[Tensor, "batch width"], Float[Tensor, " batch"]]:
        """The latent that gave `outputs`, and log |det| of the forward Jacobian there."""
        embedding = self.embed(observation)
        log_det = outputs.new_zeros(outputs.shape[0])
        for coupling in reversed(cast(Sequence[Coupling], self.couplings)):
            outputs, change = coupling.inverse(outputs, embedding)
            log_det = log_det + change
        return outputs, log_det
