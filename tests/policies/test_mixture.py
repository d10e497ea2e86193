"""The mixture: its density, how its latent chooses a component, and acting by the best of them."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.critic import TwinCritic
from skillkit.policies.latent_policy import tanh_log_det
from skillkit.policies.mixture import BestComponent, MixtureComponents, MixturePolicy

STD = math.exp(-1.5)  # where a network's output is 0: the middle of [-5, 2]


def mixture(width: int = 1, components: int = 2, *, squash: bool = False) -> MixturePolicy:
    torch.manual_seed(0)
    sizes = PolicySizes("mixture", (8,), normalize=False, components=components)
    policy = build_policy(sizes, torch.arange(2), width, squash=squash)
    assert isinstance(policy, MixturePolicy)
    return policy


def constant(log_weights: list[float], means: list[float], *, squash: bool = False) -> MixturePolicy:
    """A one-dimensional mixture that does not look at what it sees, every std the same."""
    policy = mixture(1, len(means), squash=squash)
    last = policy.transform.network[-1]
    with torch.no_grad():
        raw = (math.atanh((math.log(STD) + 1.5) / 3.5) * 3.5 - 1.5) * torch.ones(len(means))
        last.weight.zero_()
        last.bias.copy_(torch.cat([torch.tensor(log_weights), torch.tensor(means), raw]))
    return policy


def log_density(policy: MixturePolicy, observation: Tensor, action: Tensor) -> Tensor:
    """The log density of actions, whichever component they came of."""
    outputs = torch.atanh(action) if policy.squash else action
    density = policy.transform.log_density(policy.transform.parts(observation), outputs[:, None])[:, 0]
    return density - tanh_log_det(outputs) if policy.squash else density


def seen(count: int) -> Tensor:
    return torch.zeros(count, 2)


def test_its_latent_is_one_number_wider_than_its_action() -> None:
    policy = mixture(3)
    assert (policy.width, policy.record_width) == (4, 3)
    assert policy(torch.randn(5, 2), torch.randn(5, 4))[0].shape == (5, 3)


def test_the_first_number_chooses_a_component_by_its_weight() -> None:
    policy = constant([math.log(0.2), math.log(0.5), math.log(0.3)], [-4.0, 0.0, 4.0])
    # the normal distribution function is 0.2 at -0.8416 and 0.7 at 0.5244
    latent = torch.tensor([[-0.85, 1.0], [-0.83, 1.0], [0.52, 0.0], [0.53, -1.0]])
    action, _ = policy(seen(4), latent)
    assert_close(action[:, 0], torch.tensor([-4.0 + STD, STD, 0.0, 4.0 - STD]))


@pytest.mark.parametrize("squash", [False, True])
def test_its_density_integrates_to_one_and_is_that_of_its_samples(squash: bool) -> None:
    policy = constant([math.log(0.3), math.log(0.7)], [-1.0, 0.5], squash=squash)
    grid = torch.linspace(-0.9999, 0.9999, 20001) if squash else torch.linspace(-6.0, 6.0, 20001)
    density = log_density(policy, seen(len(grid)), grid[:, None]).exp()
    assert torch.trapezoid(density, grid).item() == pytest.approx(1.0, abs=1e-3)
    action, log_prob = policy(seen(4000), torch.randn(4000, 2))
    assert_close(log_density(policy, seen(4000), action), log_prob, atol=1e-3, rtol=1e-3)
    centre = math.tanh(-0.25) if squash else -0.25
    assert (action < centre).float().mean().item() == pytest.approx(0.3, abs=0.03)


def test_its_density_where_it_can_be_worked_out_by_hand() -> None:
    policy = constant([math.log(0.25), math.log(0.75)], [0.0, 1.0])
    peak = 1.0 / (STD * math.sqrt(2.0 * math.pi))
    far = math.exp(-0.5 / STD**2)
    expected = math.log(peak * (0.25 + 0.75 * far))
    assert log_density(policy, seen(1), torch.zeros(1, 1)).item() == pytest.approx(expected, abs=1e-5)


def test_all_components_together_give_the_same_actions_and_densities_one_by_one() -> None:
    policy = constant([math.log(0.2), math.log(0.8)], [-1.0, 2.0], squash=True)
    action, log_prob, weights = MixtureComponents(policy)(seen(3), torch.full((3, 2), 0.5))
    outputs = torch.tensor([-1.0 + 0.5 * STD] * 3 + [2.0 + 0.5 * STD] * 3)
    assert_close(action[:, 0], torch.tanh(outputs))
    assert_close(weights, torch.tensor([0.2] * 3 + [0.8] * 3))
    assert_close(log_prob, log_density(policy, seen(6), action), atol=1e-4, rtol=1e-4)


def test_it_acts_by_the_component_whose_mean_is_worth_most() -> None:
    policy = constant([math.log(0.9), math.log(0.1)], [-1.0, 2.0])
    critic = TwinCritic(1, 1, hidden=(2,), layer_norm=False, normalize=False)
    first, last = critic.network[0], critic.network[2]
    with torch.no_grad():  # relu(a) - relu(-a) = a, times what is observed
        first.weight.copy_(torch.tensor([[0.0, 0.0], [1.0, -1.0]]).expand(2, 2, 2))
        first.bias.zero_()
        last.weight.copy_(torch.tensor([[1.0], [-1.0]]).expand(2, 2, 1))
        last.bias.zero_()
    best = BestComponent(policy, critic, torch.tensor([1]))
    action, log_prob = best(seen(2), torch.zeros(2, 2))
    assert_close(action, torch.full((2, 1), 2.0))  # the larger action, though it is the rarer one
    assert_close(log_prob, log_density(policy, seen(2), action))
