"""A low level on its own."""

from __future__ import annotations

import torch

from skillkit.policies.low_level import LowLevel, from_gaussian_policy, to_gaussian_policy


def test_a_level_without_a_latent_is_a_gaussian_policy() -> None:
    level = LowLevel(torch.arange(3), 0, 2, hidden=(8,), normalize=True)
    level.observe(torch.randn(10, 3))
    gaussian = to_gaussian_policy(level, (8,))
    observation = torch.randn(4, 3)
    noise, nothing = torch.randn(4, 2), torch.zeros(4, 0)
    mean, log_std = level.distribution(observation, nothing)
    assert torch.allclose(gaussian(observation, noise)[0], torch.tanh(mean + log_std.exp() * noise), atol=1e-6)
    again = from_gaussian_policy(gaussian, (8,))
    assert torch.equal(again.distribution(observation, nothing)[0], level.distribution(observation, nothing)[0])
    assert torch.equal(again.distribution(observation, nothing)[1], level.distribution(observation, nothing)[1])
