"""Twin critics as one network: both members go through every matrix product together."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.networks import EnsembleLayerNorm, EnsembleLinear
from skillkit.policies.normalizer import Normalizer

MEMBERS = 2


class WeightedCritics(nn.Module):
    """The weighted mean of several critics' smaller values: the soft Q-function of a composed task, approximately.

    Haarnoja 2018, equation 6.2; weights: one for each critic, (k,), with a sum of 1.
    """

    weights: Tensor

    def __init__(self, critics: Sequence[TwinCritic], weights: Sequence[float]) -> None:
        super().__init__()
        self.critics = nn.ModuleList(critics)
        self.register_buffer("weights", torch.tensor(weights))

    def forward(
        self, observation: Float[Tensor, "batch obs"], action: Float[Tensor, "many action"]
    ) -> Float[Tensor, "1 many"]:
        """The mean, in the place of twins' values."""
        values = torch.stack([critic(observation, action).min(0).values for critic in self.critics])
        return (self.weights @ values)[None]


class TwinCritic(nn.Module):
    """Two independent action values Q(s, a) of the raw, whole observation.

    layer_norm: normalise every hidden layer before its ReLU, which keeps bootstrapped values from diverging.
    """

    def __init__(
        self,
        observation_width: int,
        action_width: int,
        *,
        hidden: Sequence[int],
        layer_norm: bool,
        normalize: bool,
    ) -> None:
        super().__init__()
        self.normalizer = Normalizer(observation_width, enabled=normalize)
        layers: list[nn.Module] = []
        fan_in = observation_width + action_width
        for width in hidden:
            layers.append(EnsembleLinear(MEMBERS, fan_in, width))
            layers += [EnsembleLayerNorm(MEMBERS, width)] if layer_norm else []
            layers.append(nn.ReLU())
            fan_in = width
        self.network = nn.Sequential(*layers, EnsembleLinear(MEMBERS, fan_in, 1))

    def forward(
        self, observation: Float[Tensor, "batch obs"], action: Float[Tensor, "many action"]
    ) -> Float[Tensor, "2 many"]:
        """Both members' values of actions, one or several an observation, ordered as a policy's latents."""
        sensed = self.normalizer(observation)
        if len(action) == len(observation):
            inputs = torch.cat([sensed, action], -1)
            values: Tensor = self.network(inputs.unsqueeze(0).expand(MEMBERS, -1, -1))
            return values.squeeze(-1)
        first, rest = self.network[0], self.network[1:]
        assert isinstance(first, EnsembleLinear)
        of_observation, of_action = first.weight.split((sensed.shape[1], action.shape[1]), 1)
        seen = torch.baddbmm(first.bias, sensed.expand(MEMBERS, -1, -1), of_observation)
        seen = seen.repeat(1, len(action) // len(observation), 1)
        values = rest(torch.baddbmm(seen, action.expand(MEMBERS, -1, -1), of_action))
        return values.squeeze(-1)
