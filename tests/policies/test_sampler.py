"""The sampler: any map of noise, whose density nobody knows."""

from __future__ import annotations

import torch

from skillkit.policies import PolicySizes, build_policy


def test_outputs_are_the_latent_and_what_the_network_adds() -> None:
    torch.manual_seed(0)
    policy = build_policy(PolicySizes("sampler", (8,), normalize=False), torch.arange(3), 2, squash=True)
    observation, latent = torch.randn(5, 3), torch.randn(5, 2)
    action, log_prob = policy(observation, latent)
    added = policy.transform.network(torch.cat([observation, latent], 1))
    torch.testing.assert_close(action, torch.tanh(latent + added))
    assert bool(torch.isnan(log_prob).all())
