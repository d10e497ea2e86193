"""Retrace by hand."""

from __future__ import annotations

import math

import pytest
import torch

from skillkit.algorithms.kl import losses


def column(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers)[:, None]


def test_retrace_by_hand() -> None:
    """Three steps, rho = 2, 1/2, 2, lambda = 1/2.

    Errors: 1 + 0.5 * 4 - 1 = 2; 0 + 0.5 * 6 - 2 = 1; 2 + 0.5 * 8 - 3 = 3. Traces: c_1 = 1/2 * 1/2, c_2 = 1/2 * 1.
    Returns: 3 + 3 = 6; 2 + 1 + 0.5 * 0.5 * 3 = 3.75; 1 + 2 + 0.5 * 0.25 * (1 + 0.5 * 0.5 * 3) = 3.21875.
    """
    returns = losses.retrace(
        action_value=column(1.0, 2.0, 3.0),
        next_value=column(4.0, 6.0, 8.0),
        reward=column(1.0, 0.0, 2.0),
        discount=column(0.5, 0.5, 0.5),
        log_ratio=column(math.log(2.0), math.log(0.5), math.log(2.0)),
        valid=torch.ones(3, 1),
        trace_decay=0.5,
    )
    assert returns[:, 0].tolist() == pytest.approx([3.21875, 3.75, 6.0])


def test_on_policy_with_full_traces_the_return_is_the_sum_of_rewards_and_the_last_value() -> None:
    """1 + 0.9 * (2 + 0.9 * (3 + 0.9 * 10)), whatever the values in between, where those follow one another."""
    taken = column(5.0, -7.0, 2.0)
    following = torch.cat([taken[1:], torch.tensor([[10.0]])])
    returns = losses.retrace(
        taken, following, column(1.0, 2.0, 3.0), torch.full((3, 1), 0.9), torch.zeros(3, 1), torch.ones(3, 1), 1.0
    )
    assert returns[0, 0].item() == pytest.approx(1.0 + 0.9 * (2.0 + 0.9 * (3.0 + 0.9 * 10.0)))


def test_a_sequence_is_cut_where_its_episode_ends() -> None:
    """The second step ends by a time limit, the third is not valid: neither sees it, and the value beyond counts."""
    returns = losses.retrace(
        action_value=column(1.0, 2.0, 100.0),
        next_value=column(2.0, 6.0, 100.0),
        reward=column(1.0, 0.0, 100.0),
        discount=column(0.5, 0.5, 0.5),
        log_ratio=torch.zeros(3, 1),
        valid=column(1.0, 1.0, 0.0),
        trace_decay=1.0,
    )
    assert returns[:2, 0].tolist() == pytest.approx([1.0 + 1.0 - 1.0 + 1.0 + 0.5 * (3.0 - 2.0), 3.0])


def test_a_true_end_has_no_value_beyond_it() -> None:
    returns = losses.retrace(
        column(1.0), column(50.0), column(2.0), column(0.0), torch.zeros(1, 1), torch.ones(1, 1), 1.0
    )
    assert returns.item() == 2.0


def test_actor_loss_by_hand() -> None:
    """0.5 * (2 + 1 + 0.1 * 6) - 0.1 * 4 - mean(1, 3) = 1.8 - 0.4 - 2."""
    one = torch.ones(1)
    loss, metrics = losses.actor_loss(
        torch.tensor([[1.0], [3.0]]), 2.0 * one, one, 6.0 * one, 4.0 * one, one, torch.tensor(0.5), 0.1
    )
    assert loss.item() == pytest.approx(-0.6)
    assert (metrics["high_kl"].item(), metrics["low_kl"].item(), metrics["entropy"].item()) == (2.0, 1.0, 4.0)
