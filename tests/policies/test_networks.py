"""The building blocks of networks, by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from skillkit.policies.networks import EnsembleLayerNorm, EnsembleLinear, mlp


def test_mlp_has_relu_between_its_layers_and_none_at_the_end() -> None:
    network = mlp((3, 5, 2))
    assert [type(layer) for layer in network] == [nn.Linear, nn.ReLU, nn.Linear]
    assert [tuple(parameter.shape) for parameter in network.parameters()] == [(5, 3), (5,), (2, 5), (2,)]


def test_final_scale_shrinks_the_last_layer_alone() -> None:
    torch.manual_seed(0)
    plain = mlp((3, 5, 2))
    torch.manual_seed(0)
    small = mlp((3, 5, 2), final_scale=0.01)
    ratios = [(b / a).mean().item() for a, b in zip(plain.parameters(), small.parameters(), strict=True)]
    assert ratios == pytest.approx([1.0, 1.0, 0.01, 0.01])


def test_each_member_applies_its_own_layer() -> None:
    layer = EnsembleLinear(2, 2, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[[1.0], [2.0]], [[-1.0], [0.5]]]))
        layer.bias.copy_(torch.tensor([[[10.0]], [[20.0]]]))
    outputs = layer(torch.tensor([[[3.0, 4.0]], [[3.0, 4.0]]]))
    assert outputs.flatten().tolist() == [10.0 + 3.0 + 8.0, 20.0 - 3.0 + 2.0]


def test_ensemble_starts_as_wide_as_a_linear_layer() -> None:
    # nn.Linear draws weights and biases from +-1/sqrt(fan_in): here +-0.1, standard deviation 0.1/sqrt(3).
    layer = EnsembleLinear(2, 100, 500)
    assert layer.weight.abs().max().item() <= 0.1
    assert layer.weight.std().item() == pytest.approx(0.1 / 3**0.5, rel=0.02)
    assert layer.bias.abs().max().item() <= 0.1


def test_layer_norm_numbers() -> None:
    # 1, 2, 3: mean 2, variance 2/3; 0, 0, 6: mean 2, variance 8. Gain 2 and bias 1 for the second member.
    norm = EnsembleLayerNorm(2, 3)
    with torch.no_grad():
        norm.gain[1] = 2.0
        norm.bias[1] = 1.0
    outputs = norm(torch.tensor([[[1.0, 2.0, 3.0]], [[0.0, 0.0, 6.0]]])).detach()
    root = 1.5**0.5
    assert outputs[0, 0].tolist() == pytest.approx([-root, 0.0, root], abs=1e-4)
    half = 0.5**0.5
    assert outputs[1, 0].tolist() == pytest.approx([1 - 2 * half, 1 - 2 * half, 1 + 4 * half], abs=1e-4)
