"""Proposals from the prior: where they lie, and how much each stands for."""

from __future__ import annotations

import math

import torch
from torch.testing import assert_close

from skillkit.algorithms.sql.proposals import from_prior

# The normal distribution function is 0.8413447 at 1.
NOISE = torch.tensor([[0.0, 1.0], [-1.0, 0.0]])


def test_bounded_actions_are_uniform() -> None:
    action, divergence = from_prior(NOISE, bounded=True, gaussian=False)
    assert_close(action, torch.tensor([[0.0, 0.6826895], [-0.6826895, 0.0]]))
    # The uniform prior's own constant density is left out, as everywhere: log q = -2 log 2.
    assert_close(divergence, torch.full((2,), -2.0 * math.log(2.0)))


def test_unbounded_actions_are_their_prior_s() -> None:
    action, divergence = from_prior(NOISE, bounded=False, gaussian=True)
    assert_close(action, NOISE)
    assert_close(divergence, torch.zeros(2))


def test_bounded_actions_under_a_gaussian_prior_are_weighed_by_it() -> None:
    action, divergence = from_prior(NOISE, bounded=True, gaussian=True)
    prior = -0.5 * action.square().sum(1) - math.log(2.0 * math.pi)
    assert_close(divergence, -2.0 * math.log(2.0) - prior)
