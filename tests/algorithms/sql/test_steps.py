"""Soft Q-learning's steps against densities and integrals that are known."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from skillkit.algorithms.sql.config import SqlSettings
from skillkit.algorithms.sql.steps import SqlSteps
from skillkit.algorithms.steps import ACTOR_TENSORS, ActorState
from skillkit.algorithms.temperature import Annealing
from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.chain import LatentChain
from skillkit.policies.critic import TwinCritic
from skillkit.policies.latent_policy import LatentPolicy

SETTINGS = SqlSettings(3e-3, 1.0, "uniform", 1.0, 1000, 16, 16, "prior")
PAIR = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])


class Slope(nn.Module):
    """Q(a) = 3 a, whatever the state; its one parameter is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, observation: Tensor, action: Tensor) -> Tensor:
        return self.value(action).expand(2, -1)

    def value(self, action: Tensor) -> Tensor:
        return 3.0 * action[:, 0]


class TwoHills(Slope):
    """log of an even mixture of two Gaussians at (-1, 0) and (1, 0), standard deviation 0.3."""

    def value(self, action: Tensor) -> Tensor:
        square = (action[:, None] - PAIR).square().sum(-1)
        return torch.logsumexp(-0.5 * square / 0.09, 1)


def policy_of(kind: str, width: int, squash: bool) -> LatentPolicy:
    torch.manual_seed(0)
    sizes = PolicySizes(kind, (64, 64), couplings=4, embedding=4, coupling_hidden=32, normalize=False)
    return build_policy(sizes, torch.arange(1), width, squash=squash)


def trained(policy: LatentPolicy, critic: nn.Module, settings: SqlSettings, updates: int) -> Tensor:
    """2000 actions of the policy after so many steps of the actor, at one state."""
    steps = SqlSteps(policy, critic, settings)
    critics, actor = steps.start(torch.tensor(settings.start_temperature).log())
    buffers = [tensor for of_one in steps.buffers() for tensor in of_one]
    generator = torch.Generator().manual_seed(0)
    for _ in range(updates):
        noise = torch.randn(2 * settings.particles, policy.width, generator=generator)
        outputs = steps.actor_step(*actor, critics.critic, torch.zeros(1, 1), noise, *buffers)
        actor = ActorState(*outputs[:ACTOR_TENSORS])
    nn.utils.vector_to_parameters(actor.policy, policy.parameters())
    with torch.no_grad():
        return policy(torch.zeros(2000, 1), torch.randn(2000, policy.width, generator=generator))[0]


@pytest.mark.parametrize("kind", ["sampler", "flow"])
def test_a_bounded_action_has_the_right_mean(kind: str) -> None:
    # exp(3 a) on [-1, 1] has the mean coth(3) - 1/3; a kernel or score in a itself would end elsewhere (0.49).
    settings = replace(SETTINGS, particles=32)
    action = trained(policy_of(kind, 1, squash=True), Slope(), settings, 1000)
    assert action.mean().item() == pytest.approx(1.0 / math.tanh(3.0) - 1.0 / 3.0, abs=0.03)
    assert bool((action.abs() <= 1.0).all())


def test_a_temperature_widens_the_density() -> None:
    # At temperature 3 the density is exp(a): coth(1) - 1.
    settings = replace(SETTINGS, particles=32, start_temperature=3.0)
    action = trained(policy_of("sampler", 1, squash=True), Slope(), settings, 1000)
    assert action.mean().item() == pytest.approx(1.0 / math.tanh(1.0) - 1.0, abs=0.04)


def test_a_sampler_finds_both_hills() -> None:
    # The density is the mixture times the prior N(0, I), each hill a Gaussian again: variance 1 / (1 / 0.09 + 1),
    # centre 1 / 0.09 times that.
    settings = replace(SETTINGS, action_prior="gaussian", particles=64, learning_rate=3e-3)
    action = trained(policy_of("sampler", 2, squash=False), TwoHills(), settings, 1500)
    variance = 1.0 / (1.0 / 0.09 + 1.0)
    centre = variance / 0.09
    generator = torch.Generator().manual_seed(1)
    side = torch.randint(2, (2000, 1), generator=generator) * 2.0 - 1.0
    known = torch.cat([side, torch.zeros(2000, 1)], 1) * centre
    known = known + variance**0.5 * torch.randn(2000, 2, generator=generator)
    right = action[:, 0] > 0.0
    assert 0.4 < right.float().mean().item() < 0.6
    assert action[right].mean(0).tolist() == pytest.approx([centre, 0.0], abs=0.08)
    assert action[~right].mean(0).tolist() == pytest.approx([-centre, 0.0], abs=0.08)
    assert action.var(0).tolist() == pytest.approx(known.var(0).tolist(), abs=0.12)
    assert two_sample_p_value(action[:200], known[:200]) > 0.05


def two_sample_p_value(one: Tensor, other: Tensor) -> float:
    """Of the energy distance between two samples (Szekely and Rizzo 2013), by 200 permutations of both together."""
    both, count = torch.cat([one, other]), len(one)
    distance, generator = torch.cdist(both, both), torch.Generator().manual_seed(2)

    def energy(order: Tensor) -> float:
        first, second = order[:count], order[count:]
        within = distance[first][:, first].mean() + distance[second][:, second].mean()
        return float(2.0 * distance[first][:, second].mean() - within)

    found = energy(torch.arange(len(both)))
    permuted = [energy(torch.randperm(len(both), generator=generator)) for _ in range(200)]
    return (1 + sum(value >= found for value in permuted)) / 201


def test_the_two_sample_test_tells_one_hill_from_two() -> None:
    generator = torch.Generator().manual_seed(0)
    hill, same = (torch.randn(200, 2, generator=generator) for _ in range(2))
    assert two_sample_p_value(hill, same) > 0.05
    assert two_sample_p_value(hill, same + torch.tensor([0.5, 0.0])) < 0.05


@pytest.mark.parametrize(("kind", "proposal"), [("sampler", "prior"), ("flow", "policy")])
@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_the_target_is_the_integral(kind: str, proposal: str, temperature: float) -> None:
    # V = T log of the integral of exp(3 a / T) over [-1, 1], which is 2 T / 3 sinh(3 / T).
    policy = policy_of(kind, 1, squash=True)
    settings = replace(SETTINGS, value_samples=40_000, proposal=proposal, reward_scale=3.0)
    steps = SqlSteps(policy, Slope(), settings)
    critics, actor = steps.start(torch.tensor(temperature).log())
    buffers = [tensor for of_one in steps.buffers() for tensor in of_one]
    noise = torch.randn(80_000, 1, generator=torch.Generator().manual_seed(0))
    reward, discount = torch.tensor([1.0, 2.0]), torch.tensor([0.9, 0.0])
    (found,) = steps.target_step(
        critics.target, actor.policy, actor.log_temperature, reward, discount, torch.zeros(2, 1), noise, *buffers
    )
    value = temperature * math.log(2.0 * temperature / 3.0 * math.sinh(3.0 / temperature))
    assert found.tolist() == pytest.approx([3.0 + 0.9 * value, 6.0], abs=0.03)


def test_the_latent_of_a_layer_below_has_a_gaussian_prior() -> None:
    # V = T log E[exp(3 h / T)] over N(0, 1) = T / 2 (3 / T)^2.
    steps = SqlSteps(
        policy_of("sampler", 1, squash=False),
        Slope(),
        replace(SETTINGS, value_samples=400_000, action_prior="gaussian"),
    )
    critics, actor = steps.start(torch.tensor(3.0).log())
    buffers = [tensor for of_one in steps.buffers() for tensor in of_one]
    noise = torch.randn(400_000, 1, generator=torch.Generator().manual_seed(0))
    zero = torch.zeros(1)
    (found,) = steps.target_step(
        critics.target, actor.policy, actor.log_temperature, zero, zero + 1.0, torch.zeros(1, 1), noise, *buffers
    )
    assert found.item() == pytest.approx(1.5, abs=0.02)


def test_targets_are_copied_once_in_a_while() -> None:
    policy, critic = (
        policy_of("sampler", 1, squash=True),
        TwinCritic(1, 1, hidden=(4,), layer_norm=False, normalize=False),
    )
    steps = SqlSteps(policy, critic, replace(SETTINGS, target_update_interval=3))
    critics, _ = steps.start(torch.tensor(0.0))
    first = critics.target
    for update in range(1, 7):
        outputs = steps.critic_step(*critics, torch.ones(4), torch.zeros(4, 1), torch.zeros(4, 1), *steps.buffers()[1])
        critics = type(critics)(*outputs[: len(critics)])
        if update % 3 == 0:
            first = critics.critic
        assert torch.equal(critics.target, first)


def test_the_temperature_is_annealed_along_a_straight_line_of_its_logarithm() -> None:
    # From 1 to 0.01 in four updates: a factor of sqrt(0.1) each, and then it stays.
    annealing = Annealing(0.01, math.log(100.0) / 4.0)
    policy = policy_of("sampler", 1, squash=True)
    steps = SqlSteps(policy, Slope(), replace(SETTINGS, annealing=annealing))
    critics, actor = steps.start(torch.tensor(1.0).log())
    buffers = [tensor for of_one in steps.buffers() for tensor in of_one]
    found = []
    for _ in range(6):
        outputs = steps.actor_step(*actor, critics.critic, torch.zeros(1, 1), torch.randn(32, 1), *buffers)
        actor = ActorState(*outputs[:ACTOR_TENSORS])
        found.append(actor.log_temperature.exp().item())
    assert found == pytest.approx([10**-0.5, 0.1, 10**-1.5, 0.01, 0.01, 0.01])


def test_several_layers_learn_together() -> None:
    layers = [policy_of("flow", 1, squash=True), policy_of("flow", 1, squash=False)]
    chain = LatentChain(layers)
    latent = torch.randn(8, 1)
    raw, action = chain.unsquashed()(torch.zeros(8, 1), latent)[0], chain(torch.zeros(8, 1), latent)[0]
    assert_close(torch.tanh(raw), action)
    steps = SqlSteps(chain, Slope(), SETTINGS)
    critics, actor = steps.start(torch.tensor(0.0))
    buffers = [tensor for of_one in steps.buffers() for tensor in of_one]
    after = steps.actor_step(*actor, critics.critic, torch.zeros(1, 1), torch.randn(32, 1), *buffers)[0]
    assert bool(torch.isfinite(after).all())
    assert not torch.equal(after, actor.policy)
