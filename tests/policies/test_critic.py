"""Twin critics as one network are the same as two networks."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from skillkit.policies.critic import TwinCritic
from skillkit.policies.networks import EnsembleLayerNorm, EnsembleLinear


def critic_of(layer_norm: bool, normalize: bool = False) -> TwinCritic:
    torch.manual_seed(0)
    critic = TwinCritic(3, 2, hidden=(8, 6), layer_norm=layer_norm, normalize=normalize)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return critic


def plain_network(critic: TwinCritic, member: int) -> nn.Sequential:
    """One member's weights in torch's own layers."""
    layers: list[nn.Module] = []
    for layer in critic.network:
        if isinstance(layer, EnsembleLinear):
            linear = nn.Linear(layer.weight.shape[1], layer.weight.shape[2])
            linear.weight.data = layer.weight[member].T.detach().clone()
            linear.bias.data = layer.bias[member, 0].detach().clone()
            layers.append(linear)
        elif isinstance(layer, EnsembleLayerNorm):
            norm = nn.LayerNorm(layer.gain.shape[2])
            norm.weight.data = layer.gain[member, 0].detach().clone()
            norm.bias.data = layer.bias[member, 0].detach().clone()
            layers.append(norm)
        else:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def inputs() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(5, 3, generator=generator), torch.randn(5, 2, generator=generator)


@pytest.mark.parametrize("layer_norm", [False, True])
def test_equals_two_separate_networks(layer_norm: bool) -> None:
    critic = critic_of(layer_norm)
    observation, action = inputs()
    values = critic(observation, action)
    assert values.shape == (2, 5)
    for member in range(2):
        expected = plain_network(critic, member)(torch.cat([observation, action], 1))[:, 0]
        assert_close(values[member], expected)
    assert not torch.allclose(values[0], values[1])


@pytest.mark.parametrize("layer_norm", [False, True])
def test_members_are_independent(layer_norm: bool) -> None:
    critic = critic_of(layer_norm)
    critic(*inputs())[0].sum().backward()
    for parameter in critic.parameters():
        assert parameter.grad is not None
        assert float(parameter.grad[1].abs().sum()) == 0.0
    assert float(next(critic.parameters()).grad[0].abs().sum()) > 0.0  # type: ignore[index]


def test_layer_norm_stands_before_every_relu_and_nowhere_else() -> None:
    kinds = [type(layer) for layer in critic_of(layer_norm=True).network]
    block = [EnsembleLinear, EnsembleLayerNorm, nn.ReLU]
    assert kinds == [*block, *block, EnsembleLinear]
    assert EnsembleLayerNorm not in [type(layer) for layer in critic_of(layer_norm=False).network]


def test_statistics_are_of_the_observation_alone() -> None:
    critic = critic_of(layer_norm=False, normalize=True)
    observation, action = inputs()
    critic.normalizer.observe(10.0 * observation + 3.0)
    scaled = critic.normalizer(observation)
    expected = plain_network(critic, 0)(torch.cat([scaled, action], 1))[:, 0]
    assert_close(critic(observation, action)[0], expected)


@pytest.mark.parametrize("layer_norm", [False, True])
def test_several_actions_of_an_observation_are_as_many_observations(layer_norm: bool) -> None:
    critic = TwinCritic(4, 2, hidden=(8, 6), layer_norm=layer_norm, normalize=True)
    critic.normalizer.observe(1.0 + 2.0 * torch.randn(20, 4))
    observation, action = torch.randn(5, 4), torch.randn(15, 2)
    torch.testing.assert_close(critic(observation, action), critic(observation.repeat(3, 1), action))
