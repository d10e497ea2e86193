"""Small networks that policies and critics are made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn


def mlp(widths: Sequence[int], final_scale: float = 1.0) -> nn.Sequential:
    """Linear layers of these widths with ReLU between them; the last one's weights start times `final_scale`."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    last = layers[-2]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.weight.mul_(final_scale)
        last.bias.mul_(final_scale)
    return nn.Sequential(*layers[:-1])


def repeated(values: Float[Tensor, "batch width"], count: int) -> Float[Tensor, "count width"]:
    """Rows one after another, again and again until there are `count`, a multiple of them."""
    return values if len(values) == count else values.repeat(count // len(values), 1)


class EnsembleLinear(nn.Module):
    """`members` linear layers side by side, one batched matrix product."""

    def __init__(self, members: int, fan_in: int, fan_out: int) -> None:
        super().__init__()
        bound = fan_in**-0.5
        self.weight = nn.Parameter(torch.empty(members, fan_in, fan_out).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(members, 1, fan_out).uniform_(-bound, bound))

    def forward(self, inputs: Float[Tensor, "members batch fan_in"]) -> Float[Tensor, "members batch fan_out"]:
        """Each member's layer applied to its own inputs."""
        if self.weight.shape[-1] == 1:  # a matrix library is slow at a single column; a sum is not
            return (inputs * self.weight.mT).sum(-1, keepdim=True) + self.bias
        return torch.baddbmm(self.bias, inputs, self.weight)


class EnsembleLayerNorm(nn.Module):
    """Layer normalisation with a gain and bias for each member (Ba et al. 2016)."""

    def __init__(self, members: int, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(members, 1, width))
        self.bias = nn.Parameter(torch.zeros(members, 1, width))

    def forward(self, inputs: Float[Tensor, "members batch width"]) -> Float[Tensor, "members batch width"]:
        """Inputs normalised over their last axis."""
        normalised = nn.functional.layer_norm(inputs, inputs.shape[-1:])
        return normalised * self.gain + self.bias
