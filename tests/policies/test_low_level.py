"""A low level on its own."""

from __future__ import annotations

import torch

from skillkit.policies.low_level import LowLevel, from_gaussian_policy, to_gaussian_policy


def test_a_level_without_a_latent_is_a_gaussian_policy() -> None:
    level = LowLevel(torch.arange(3), 0, 2, hidden=(8,), normalize=True)
    level.observe(torch.randn(10, 3))
    gaussian = to_gaussian_policy(level, (8,))
    observation = torch.randn(4, 3)
    action, _ = gaussian(observation, torch.zeros(4, 2))
    assert torch.allclose(action, level(observation, torch.zeros(4, 0))[0], atol=1e-6)
    again, nothing = from_gaussian_policy(gaussian, (8,)), torch.zeros(4, 0)
    assert torch.equal(again.distribution(observation, nothing)[0], level.distribution(observation, nothing)[0])
    assert torch.equal(again.distribution(observation, nothing)[1], level.distribution(observation, nothing)[1])
