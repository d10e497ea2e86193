"""The losses of soft actor-critic, by hand."""

from __future__ import annotations

import pytest
import torch

from skillkit.algorithms.sac import losses
from skillkit.policies.latent_policy import standard_normal_log_prob


def test_soft_return_of_a_step_a_termination_and_a_held_step() -> None:
    # Temperature 0.5; soft next values min(5, 4) - 0.5, min(1, 2) - 1, min(3, 2) + 0.5 = 3.5, 0, 2.5.
    # Returns: 1 + 0.9 * 3.5, then -1 alone, then 2 + 0.9^3 * 2.5 for a latent held 3 steps.
    step: dict[str, torch.Tensor] = {
        "next_values": torch.tensor([[5.0, 1.0, 3.0], [4.0, 2.0, 2.0]]),
        "next_divergence": torch.tensor([1.0, 2.0, -1.0]),
        "reward": torch.tensor([1.0, -1.0, 2.0]),
        "discount": torch.tensor([0.9, 0.0, 0.9**3]),
        "temperature": torch.tensor(0.5),
    }
    assert losses.soft_return(**step, highest=None).tolist() == pytest.approx([4.15, -1.0, 3.8225])
    # With no action worth over 3 the first one's is 3 - 0.5, its return 1 + 0.9 * 2.5.
    assert losses.soft_return(**step, highest=torch.tensor(3.0)).tolist() == pytest.approx([3.25, -1.0, 3.8225])


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


def test_actor_loss_uses_the_smaller_critic() -> None:
    # 0.5 * 1 - min(2, 3) = -1.5 and 0.5 * 3 - min(5, 4) = -2.5.
    values = torch.tensor([[2.0, 5.0], [3.0, 4.0]], requires_grad=True)
    loss, metrics = losses.actor_loss(values, torch.tensor([1.0, 3.0]), torch.tensor(0.5))
    assert loss.item() == pytest.approx(-2.0)
    assert metrics["divergence"].item() == pytest.approx(2.0)
    loss.backward()
    assert values.grad is not None
    assert values.grad.tolist() == [[-0.5, 0.0], [0.0, -0.5]]


def test_temperature_rises_by_descent_while_the_divergence_is_too_large() -> None:
    slopes = [losses.temperature_gradient(torch.tensor(divergence), 2.0).item() for divergence in (5.0, 2.0, 1.5)]
    assert slopes == [-3.0, 0.0, 0.5]


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
