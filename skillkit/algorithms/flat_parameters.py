"""Parameters as one flat vector, so that an optimiser or a target update is one operation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn


class AdamState(NamedTuple):
    """Moments of Adam (Kingma and Ba 2015) for a flat vector of parameters, and the number of steps taken.

    first_scale, second_scale: what the next step takes the bias out of the moments with; computed a step ahead, a
    compiled step loads two numbers instead of raising to a power for every parameter.
    """

    first: Tensor
    second: Tensor
    step: Tensor
    first_scale: Tensor
    second_scale: Tensor


def flatten(module: nn.Module) -> Float[Tensor, " parameters"]:
    """A copy of all parameters of a module, in their own order."""
    return join({name: parameter.detach() for name, parameter in module.named_parameters()})


def join(tensors: Mapping[str, Tensor]) -> Float[Tensor, " parameters"]:
    """Tensors in their own order as one vector, a copy."""
    return torch.cat([tensor.reshape(-1) for tensor in tensors.values()])


def split(module: nn.Module, vector: Float[Tensor, " parameters"]) -> dict[str, Tensor]:
    """Views of `vector` in the shapes of the module's parameters, by name."""
    tensors: dict[str, Tensor] = {}
    start = 0
    for name, parameter in module.named_parameters():
        count = math.prod(parameter.shape)
        tensors[name] = vector[start : start + count].view(parameter.shape)
        start += count
    return tensors


@torch.no_grad()
def bind(module: nn.Module) -> Float[Tensor, " parameters"]:
    """One vector that the module's parameters are views of from now on: writing to it sets them all at once."""
    vector = flatten(module)
    for parameter, view in zip(module.parameters(), split(module, vector).values(), strict=True):
        parameter.data = view
    return vector


@torch.no_grad()
def load_vector(module: nn.Module, vector: Float[Tensor, " parameters"]) -> None:
    """Copy a flat vector into the module's parameters."""
    nn.utils.vector_to_parameters(vector.clone(), module.parameters())


def adam_start(vector: Tensor) -> AdamState:
    """Moments before the first step."""
    none = vector.new_zeros(())
    return AdamState(torch.zeros_like(vector), torch.zeros_like(vector), none, *_scales(none))


def adam(
    vector: Float[Tensor, "*shape"], gradient: Float[Tensor, "*shape"], state: AdamState, rate: float
) -> tuple[Float[Tensor, "*shape"], AdamState]:
    """One step of Adam with PyTorch's defaults (0.9, 0.999, 1e-8); pure, so that it compiles into the update."""
    first = torch.lerp(state.first, gradient, 0.1)
    second = torch.lerp(state.second, gradient.square(), 0.001)
    spread = second.sqrt() * state.second_scale + 1e-8
    step = state.step + 1.0
    return vector - rate * state.first_scale * first / spread, AdamState(first, second, step, *_scales(step))


def _scales(step: Tensor) -> tuple[Tensor, Tensor]:
    """For the step after that many: 1 / (1 - 0.9^t) and 1 / sqrt(1 - 0.999^t)."""
    return 1.0 / (1.0 - 0.9 ** (step + 1.0)), (1.0 - 0.999 ** (step + 1.0)).rsqrt()
