"""The deterministic policy: its action does not depend on the latent but for a fixed noise."""

from __future__ import annotations

import math

import torch
from torch.testing import assert_close

from skillkit.policies import PolicySizes, build_policy


def test_the_latent_is_a_fixed_noise_before_the_tanh() -> None:
    policy = build_policy(PolicySizes("deterministic", (8,), normalize=False), torch.arange(3), 2, squash=True)
    observation, latent = torch.randn(5, 3), torch.randn(5, 2)
    action, log_prob = policy(observation, latent)
    centre, _ = policy(observation, torch.zeros(5, 2))
    assert_close(action, torch.tanh(torch.atanh(centre) + 0.3 * latent), atol=1e-5, rtol=1e-5)
    noise = -0.5 * latent.square().sum(1) - math.log(2.0 * math.pi) - 2.0 * math.log(0.3)
    assert_close(log_prob, noise - torch.log(1.0 - action.square()).sum(1), atol=1e-4, rtol=1e-4)
