"""Every kind of policy is built from its sizes."""

from __future__ import annotations

import pytest
import torch

from skillkit.policies import POLICIES, PolicySizes, build_policy


@pytest.mark.parametrize("squash", [False, True])
@pytest.mark.parametrize("kind", POLICIES)
def test_build_gives_actions_of_the_width_asked_for(kind: str, squash: bool) -> None:
    policy = build_policy(PolicySizes(kind, (8, 8)), torch.tensor([4, 0]), 3, squash=squash)
    action, log_prob = policy(torch.randn(5, 6), 30.0 * torch.ones(5, policy.width))
    assert action.shape == (5, 3)
    assert log_prob.shape == (5,)
    assert bool((action.abs() <= 1.0).all()) == squash
    assert policy.squash == squash


@pytest.mark.parametrize("kind", [kind for kind in POLICIES if kind != "mixture"])
def test_several_latents_of_an_observation_are_as_many_observations(kind: str) -> None:
    policy = build_policy(PolicySizes(kind, (8, 8)), torch.arange(4), 3, squash=True)
    observation, latent = torch.randn(5, 4), torch.randn(15, 3)
    together, one_by_one = policy(observation, latent), policy(observation.repeat(3, 1), latent)
    for found, expected in zip(together, one_by_one, strict=True):
        torch.testing.assert_close(found, expected, equal_nan=True)


@pytest.mark.parametrize("kind", POLICIES)
def test_same_seed_gives_the_same_weights(kind: str) -> None:
    built = []
    for _ in range(2):
        torch.manual_seed(5)
        built.append(build_policy(PolicySizes(kind), torch.arange(3), 2, squash=True))
    pairs = zip(built[0].parameters(), built[1].parameters(), strict=True)
    assert all(torch.equal(first, second) for first, second in pairs)
