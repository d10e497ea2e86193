"""The diagonal Gaussian against torch's own distributions and by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.distributions import Independent, Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform
from torch.testing import assert_close

from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.gaussian import LOG_STD_MAX, LOG_STD_MIN, GaussianTransform, gaussian_kl, gaussian_log_prob
from skillkit.policies.latent_policy import LatentPolicy

LogDensity = Callable[[LatentPolicy, Tensor, Tensor], Tensor]


def gaussian_policy(width: int, squash: bool) -> LatentPolicy:
    torch.manual_seed(width)
    return build_policy(PolicySizes("gaussian", (16,), normalize=False), torch.arange(3), width, squash=squash).double()


@pytest.mark.parametrize("squash", [False, True])
@pytest.mark.parametrize("width", [1, 2, 8])
def test_draws_and_densities_are_those_of_the_distribution(width: int, squash: bool, log_density: LogDensity) -> None:
    policy = gaussian_policy(width, squash)
    observation = torch.randn(20, 3, dtype=torch.float64)
    latent = torch.randn(20, width, dtype=torch.float64)
    with torch.no_grad():
        action, log_prob = policy(observation, latent)
        zero, _ = policy.transform(observation, torch.zeros_like(latent))
        one, _ = policy.transform(observation, torch.ones_like(latent))
    normal = Independent(Normal(zero, one - zero), 1)
    transform = TanhTransform(cache_size=1)
    expected = TransformedDistribution(normal, [transform]) if squash else normal
    outputs = zero + (one - zero) * latent
    assert_close(action, torch.tanh(outputs) if squash else outputs)
    assert_close(log_prob, expected.log_prob(action), atol=1e-6, rtol=0.0)
    with torch.no_grad():
        assert_close(log_density(policy, observation, action), log_prob, atol=1e-6, rtol=0.0)
        assert_close(policy.transform.inverse(observation, outputs)[0], latent, atol=1e-6, rtol=0.0)


@pytest.mark.parametrize("squash", [False, True])
def test_density_integrates_to_one(squash: bool, log_density: LogDensity) -> None:
    policy = gaussian_policy(1, squash)
    line = torch.linspace(-12.0, 12.0, 4001, dtype=torch.float64)
    axis = torch.tanh(line) if squash else line
    with torch.no_grad():
        density = log_density(policy, torch.randn(1, 3).double().expand(len(axis), -1), axis[:, None]).exp()
    assert float(torch.trapezoid(density, axis)) == pytest.approx(1.0, abs=1e-3)


def test_log_std_keeps_softly_within_its_bounds() -> None:
    # The last bias is the raw log std (all weights zero); at -1.5, the middle, it is kept as it is.
    transform = GaussianTransform(1, 1, hidden=(2,))
    last = transform.network[-1]
    found = []
    with torch.no_grad():
        for parameter in transform.parameters():
            parameter.zero_()
        for raw in (-1e6, -1.5, 1e6):
            last.get_parameter("bias").copy_(torch.tensor([0.25, raw]))
            outputs, log_det = transform(torch.zeros(1, 1), torch.zeros(1, 1))
            assert outputs.item() == 0.25
            found.append(log_det.item())
    assert found == pytest.approx([LOG_STD_MIN, -1.5, LOG_STD_MAX])


@pytest.mark.parametrize("value", [-50.0, 50.0])
def test_extreme_latents_give_finite_numbers(value: float) -> None:
    policy = gaussian_policy(2, squash=True).float()
    action, log_prob = policy(torch.full((1, 3), 1e6), torch.full((1, 2), value))
    assert bool(torch.isfinite(action).all() & torch.isfinite(log_prob).all())


def test_gaussian_densities_and_divergences_by_hand() -> None:
    """N(1, 2) at 3: -0.5 - log 2 - 0.5 log 2 pi. KL(N(1, 2) | N(0, 1)) = 0.5 (4 + 1 - 1) - log 2."""
    value, mean, log_std = torch.tensor([[3.0]]), torch.tensor([[1.0]]), torch.tensor([[math.log(2.0)]])
    expected = -0.5 - math.log(2.0) - 0.5 * math.log(2.0 * math.pi)
    assert gaussian_log_prob(value, mean, log_std).item() == pytest.approx(expected)
    zero = torch.zeros(1, 1)
    assert gaussian_kl(mean, log_std, zero, zero).item() == pytest.approx(2.0 - math.log(2.0))
