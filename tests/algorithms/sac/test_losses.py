"""The losses of soft actor-critic, by hand."""

from __future__ import annotations

import pytest
import torch

from skillkit.algorithms.sac import losses


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


def test_actor_loss_uses_the_smaller_critic() -> None:
    # 0.5 * 1 - min(2, 3) = -1.5 and 0.5 * 3 - min(5, 4) = -2.5.
    values = torch.tensor([[2.0, 5.0], [3.0, 4.0]], requires_grad=True)
    loss, metrics = losses.actor_loss(values, torch.tensor([1.0, 3.0]), torch.tensor(0.5))
    assert loss.item() == pytest.approx(-2.0)
    assert metrics["divergence"].item() == pytest.approx(2.0)
    loss.backward()
    assert values.grad is not None
    assert values.grad.tolist() == [[-0.5, 0.0], [0.0, -0.5]]
