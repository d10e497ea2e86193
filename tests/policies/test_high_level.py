"""The process that latents start from, by hand, and what frozen levels keep of it."""

from __future__ import annotations

import math

import pytest
import torch

from skillkit.policies.gaussian import gaussian_kl
from skillkit.policies.high_level import LEAST_STD, DefaultHighLevel, HighLevel, ar1

LAST, BEGUN = torch.tensor([[2.0], [2.0]]), torch.tensor([[1.0], [0.0]])


def test_the_process_by_hand() -> None:
    """0.6 * 2, with standard deviation sqrt(1 - 0.36) = 0.8; at an episode's first step N(0, 1)."""
    mean, log_std = ar1(LAST, BEGUN, 0.6)
    assert mean[:, 0].tolist() == pytest.approx([1.2, 0.0])
    assert log_std.exp()[:, 0].tolist() == pytest.approx([0.8, 1.0])


def test_an_isotropic_default_forgets() -> None:
    mean, log_std = DefaultHighLevel(1, 0.0, hidden=None)(LAST, BEGUN)
    assert mean.abs().max() == 0.0
    assert log_std.abs().max() == 0.0


def test_the_marginal_of_the_process_is_standard_normal() -> None:
    default, generator = DefaultHighLevel(1, 0.95, hidden=None), torch.Generator().manual_seed(0)
    latent, begun = torch.zeros(20_000, 1), torch.zeros(20_000, 1)
    for _ in range(50):
        mean, log_std = default(latent, begun)
        latent = mean + log_std.exp() * torch.randn(latent.shape, generator=generator)
        begun = torch.ones_like(begun)
    assert latent.mean().item() == pytest.approx(0.0, abs=0.03)
    assert latent.std().item() == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("hidden", [None, (4,)])
def test_a_new_high_level_is_no_nat_from_its_default(hidden: tuple[int, ...] | None) -> None:
    torch.manual_seed(0)
    high = HighLevel(torch.arange(3), 1, 0.6, hidden=(8,), normalize=True)
    default = DefaultHighLevel(1, 0.6, hidden=hidden)
    kl = gaussian_kl(*high.distribution(torch.randn(2, 3), LAST, BEGUN), *default(LAST, BEGUN))
    assert kl.abs().max() < 1e-6


def test_a_learnt_default_has_a_least_width_and_starts_at_the_standard_normal() -> None:
    default = DefaultHighLevel(1, 0.99, hidden=(4,))
    assert default.network is not None
    with torch.no_grad():
        default.network[-1].bias.copy_(torch.tensor([1.0, -50.0]))  # type: ignore[operator, union-attr]
    mean, log_std = default(LAST, BEGUN)
    assert log_std[0].exp().item() == pytest.approx(LEAST_STD)
    assert mean[0].item() == pytest.approx(0.99 * 2.0 + math.sqrt(1 - 0.99**2))
    assert (mean[1].item(), log_std[1].item()) == (0.0, 0.0)
