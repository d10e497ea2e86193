"""Several latent policies trained as one: the output of each is the latent of the one below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.latent_policy import LatentPolicy, standard_normal_log_prob


class LatentChain(nn.Module):
    """Policies of one width, bottom first, that act together at every step; a latent policy in all that trains one."""

    def __init__(self, layers: Sequence[LatentPolicy]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.width = self.record_width = layers[0].width
        self.squash = layers[0].squash

    @property
    def parts(self) -> tuple[LatentPolicy, ...]:
        """The policies, bottom first."""
        return tuple(cast(LatentPolicy, layer) for layer in self.layers)

    def unsquashed(self) -> LatentChain:
        """The same policies without a tanh at the bottom: they share all parameters and statistics."""
        bottom, *others = self.parts
        return LatentChain([bottom.unsquashed(), *others])

    @property
    def normalizer(self) -> nn.ModuleList:
        """The statistics of all layers, bottom first."""
        return nn.ModuleList(layer.normalizer for layer in self.parts)

    def observe(self, observation: Float[Tensor, "batch world_obs"]) -> None:
        """Take raw observations into the statistics of all layers."""
        for layer in self.parts:
            layer.observe(observation)

    def forward(
        self, observation: Float[Tensor, "batch world_obs"], latent: Float[Tensor, "many width"]
    ) -> tuple[Float[Tensor, "many width"], Float[Tensor, " many"]]:
        """The action of the top layer's latent, and its log density under a standard-normal one."""
        *lower, top = self.parts
        signal, log_prob = top(observation, latent)
        for layer in reversed(lower):
            before = standard_normal_log_prob(signal)
            signal, below = layer(observation, signal)
            log_prob = log_prob + below - before  # a layer's own log density is N(its latent) - log |det|
        return signal, log_prob
