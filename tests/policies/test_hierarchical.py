"""Two levels and their default policies."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from skillkit.policies.hierarchical import HierarchicalActor, HierarchicalPolicy
from skillkit.policies.high_level import DefaultHighLevel, HighLevel
from skillkit.policies.low_level import LowLevel

SIZES: dict[str, Any] = {"hidden": (8,), "normalize": True}


def flat(*, default: bool) -> HierarchicalPolicy:
    torch.manual_seed(0)
    low = LowLevel(torch.arange(3), 0, 2, **SIZES)
    return HierarchicalPolicy(None, low, None, LowLevel(torch.arange(2), 0, 2, **SIZES) if default else None)


def two_levels(default: LowLevel | None = None, frozen: tuple[str, ...] = ()) -> HierarchicalPolicy:
    torch.manual_seed(0)
    high, low = HighLevel(torch.arange(3), 4, 0.9, **SIZES), LowLevel(torch.arange(2), 4, 2, **SIZES)
    return HierarchicalPolicy(high, low, DefaultHighLevel(4, 0.9, hidden=None), default, frozen=frozen)


def test_a_flat_policy_has_no_latent() -> None:
    policy = flat(default=True)
    assert (policy.width, policy.record_width) == (2, 4)
    decision = policy(torch.randn(5, 3), torch.zeros(5, 0), torch.zeros(5, 1), torch.randn(5, 2))
    assert decision.latent.shape == (5, 0)
    assert decision.high_kl.abs().max() == 0.0
    assert decision.low_kl.min() > 0.0


def test_what_is_its_own_default_policy_costs_nothing() -> None:
    policy = two_levels()
    state = (torch.randn(5, 4), torch.ones(5, 1))
    decision = policy(torch.randn(5, 3), *state, torch.randn(5, 6))
    assert decision.low_kl.abs().max() == 0.0
    assert decision.high_kl.abs().max() < 1e-6  # nothing learnt yet
    twin = two_levels(LowLevel(torch.arange(2), 4, 2, **SIZES))
    assert twin(torch.randn(5, 3), *state, torch.randn(5, 6)).low_kl.min() > 0.0


def test_several_decisions_an_observation_are_those_of_each_alone() -> None:
    policy = two_levels()
    observation, last, noise = torch.randn(3, 3), torch.randn(3, 4), torch.randn(6, 6)
    both = policy(observation, last, torch.ones(3, 1), noise)
    second = policy(observation, last, torch.ones(3, 1), noise[3:])
    for many, one in zip(both, second, strict=True):
        assert torch.allclose(many[3:], one, atol=1e-6)


def test_frozen_parts_keep_their_statistics() -> None:
    policy = two_levels(frozen=("low", "default_high"))
    policy.observe(torch.randn(10, 3))
    assert policy.high is not None
    assert (policy.high.normalizer.count.item(), policy.low.normalizer.count.item()) == (10.0, 0.0)


def test_a_part_is_frozen_with_all_that_is_in_it() -> None:
    policy = two_levels(frozen=("low.normalizer", "default_high"))
    asked = ("low", "low.network.0.weight", "low.normalizer", "default_high", "default_high.network", "default_low")
    assert [policy.is_frozen(name) for name in asked] == [False, False, True, True, True, False]


def test_the_entropy_is_that_of_the_commands() -> None:
    """Minus the mean log density of tanh(u), estimated from many draws, against a numerical integral."""
    policy, observation = flat(default=False), torch.randn(1, 3)
    noise = torch.randn(200_000, 2, generator=torch.Generator().manual_seed(0))
    decision = policy(observation, torch.zeros(1, 0), torch.zeros(1, 1), noise)
    mean, log_std = policy.low.distribution(observation, torch.zeros(1, 0))
    expected = 0.0
    grid = torch.linspace(-1 + 1e-6, 1 - 1e-6, 200_001, dtype=torch.float64)
    for middle, spread in zip(mean[0].double(), log_std[0].double().exp(), strict=True):
        density = torch.distributions.Normal(middle, spread).log_prob(torch.atanh(grid)).exp() / (1 - grid.square())
        expected -= torch.trapezoid(torch.xlogy(density, density), grid).item()
    assert decision.entropy.mean().item() == pytest.approx(expected, abs=0.02)


def test_the_slope_of_the_entropy_goes_through_what_is_drawn() -> None:
    """u = m + s e: 0.5 e^2 + log s + log(1 - tanh(u)^2) has the slopes -2 tanh(u) in m, 1 - 2 tanh(u) s e in log s.

    A log std of -1.5 is the network's own number, with a slope of 1.
    """
    low = LowLevel(torch.arange(1), 0, 1, hidden=(2,), normalize=False)
    last, middle, spread, noise = low.network[-1], 0.3, math.exp(-1.5), (2.0, -0.5)
    with torch.no_grad():
        last.get_parameter("weight").zero_()
        last.get_parameter("bias").copy_(torch.tensor([middle, -1.5]))
    decision = HierarchicalPolicy(None, low, None, None)(
        torch.zeros(2, 1), torch.zeros(2, 0), torch.zeros(2, 1), torch.tensor(noise)[:, None]
    )
    (slopes,) = torch.autograd.grad(decision.entropy.mean(), last.get_parameter("bias"))
    bent = [math.tanh(middle + spread * each) for each in noise]
    in_log_std = [1.0 - 2.0 * one * spread * each for one, each in zip(bent, noise, strict=True)]
    assert slopes.tolist() == pytest.approx([-sum(bent), sum(in_log_std) / 2.0], abs=1e-5)


def test_the_actor_goes_on_from_its_last_latent() -> None:
    """With means taken and nothing learnt above, each latent is 0.9 times the one before."""
    policy = two_levels()
    actor, generator = HierarchicalActor(policy, mean=True), torch.Generator()
    state = {**actor.initial_state(1), "latent": torch.ones(1, 4), "begun": torch.ones(1, 1)}
    seen = torch.zeros(1, 3)
    action, first = actor.act(seen, state, generator)
    _, second = actor.act(seen, first, generator)
    assert first["latent"].tolist() == [pytest.approx([0.9] * 4)]
    assert second["latent"].tolist() == [pytest.approx([0.81] * 4)]
    commands, _ = policy.low.distribution(seen, first["latent"])
    assert torch.allclose(action, torch.tanh(commands))
    assert actor.initial_state(3)["begun"].sum() == 0.0


def test_the_actor_draws_both_levels() -> None:
    policy = two_levels()
    actor, generator = HierarchicalActor(policy), torch.Generator().manual_seed(0)
    many = 20_000
    seen, state = torch.zeros(many, 3), actor.initial_state(many)
    action, after = actor.act(seen, state, generator)
    assert after["latent"].std(0).tolist() == pytest.approx([1.0] * 4, abs=0.03)  # an episode's first is N(0, I)
    mean, log_std = policy.low.distribution(seen, after["latent"])
    noise = (torch.atanh(action.clamp(-0.999999, 0.999999)) - mean) / log_std.exp()
    assert noise.std(0).tolist() == pytest.approx([1.0, 1.0], abs=0.03)
    assert (actor.draw, HierarchicalActor(policy, mean=True).draw) == ("step", "zero")
