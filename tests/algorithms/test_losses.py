"""The losses that the algorithms share, by hand."""

from __future__ import annotations

import pytest
import torch

from skillkit.algorithms import losses
from skillkit.policies.latent_policy import standard_normal_log_prob


def test_critic_loss_is_the_squared_error_of_both_members() -> None:
    # Errors of the first member: -3.15, 3, 0; of the second: -4.15, 4, -1.
    loss, metrics = losses.critic_loss(
        torch.tensor([[1.0, 2.0, 3.8225], [0.0, 3.0, 2.8225]]), torch.tensor([4.15, -1.0, 3.8225])
    )
    first, second = (3.15**2 + 9.0) / 3.0, (4.15**2 + 16.0 + 1.0) / 3.0
    assert loss.item() == pytest.approx(0.5 * (first + second), rel=1e-5)
    assert metrics["critic_loss"].item() == pytest.approx((first + second) / 2.0, rel=1e-5)
    assert metrics["value"].item() == pytest.approx((6.8225 + 5.8225) / 6.0, rel=1e-5)


def test_critic_loss_moves_values_towards_the_soft_return() -> None:
    values = torch.tensor([[1.0], [4.0]], requires_grad=True)
    losses.critic_loss(values, torch.tensor([3.0]))[0].backward()
    assert values.grad is not None
    assert values.grad.flatten().tolist() == pytest.approx([-2.0, 1.0])  # value - soft return


def test_what_is_not_valid_weighs_nothing() -> None:
    values = torch.tensor([[1.0, 100.0], [3.0, 100.0]])
    loss, metrics = losses.critic_loss(values, torch.tensor([2.0, 0.0]), torch.tensor([1.0, 0.0]))
    assert (loss.item(), metrics["value"].item()) == (1.0, 2.0)


def test_divergence_from_the_gaussian_prior_is_zero_for_the_prior_itself() -> None:
    action = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    divergence = losses.action_divergence(standard_normal_log_prob(action), action, gaussian_prior=True)
    assert float(divergence.abs().max()) < 1e-5


def test_divergence_of_a_shifted_gaussian() -> None:
    # N(1, 1) against N(0, 1) at a = 1: log pi - log prior = a - 1/2 = 0.5.
    log_prob = standard_normal_log_prob(torch.zeros(1, 1))
    divergence = losses.action_divergence(log_prob, torch.ones(1, 1), gaussian_prior=True)
    assert divergence.item() == pytest.approx(0.5, abs=1e-6)


def test_divergence_from_the_uniform_prior_is_the_log_density() -> None:
    log_prob = torch.tensor([0.25, -3.0])
    assert torch.equal(losses.action_divergence(log_prob, torch.rand(2, 4), gaussian_prior=False), log_prob)
