"""Soft values and Stein's gradient, by hand and against integrals."""

from __future__ import annotations

import math

import pytest
import torch

from skillkit.algorithms.sql import losses


def test_soft_value_by_hand() -> None:
    # Temperature 2, two actions: log q - log p is 0 and log 3 for the first state, 0 for the second.
    values = torch.tensor([[2.0, 1.0], [4.0, 1.0]])
    divergence = torch.tensor([[0.0, 0.0], [math.log(3.0), 0.0]])
    expected = 2.0 * math.log((math.exp(1.0) + math.exp(2.0) / 3.0) / 2.0)
    found = losses.soft_value(values, divergence, torch.tensor(2.0))
    assert found.tolist() == pytest.approx([expected, 1.0])


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_soft_value_is_the_integral(temperature: float) -> None:
    # Q(a) = 2 sin(3 a) on [-1, 1], and uniform actions, whose density is 1/2.
    grid = torch.linspace(-1.0, 1.0, 20_001, dtype=torch.float64)
    integral = torch.trapezoid(torch.exp(2.0 * torch.sin(3.0 * grid) / temperature), grid).item()
    action = 2.0 * torch.rand(400_000, 1, generator=torch.Generator().manual_seed(0)) - 1.0
    level = torch.tensor(temperature)
    found = losses.soft_value(2.0 * torch.sin(3.0 * action), torch.full_like(action, -math.log(2.0)), level)
    assert found.item() == pytest.approx(temperature * math.log(integral), abs=0.01)


def test_bandwidth_is_the_median_over_the_logarithm_of_the_count() -> None:
    # Particles 0, 1, 3 and 2, 5: squared distances 4, 25, 1, 16, 1, 4, of which the third of six is 4.
    first, second = torch.tensor([0.0, 1.0, 3.0]).view(3, 1, 1), torch.tensor([2.0, 5.0]).view(2, 1, 1)
    distances = losses.squared_distances(first, second)
    assert distances[:, :, 0].tolist() == [[4.0, 25.0], [1.0, 16.0], [1.0, 4.0]]
    assert losses.bandwidth(distances).item() == pytest.approx(4.0 / math.log(4.0))
    assert losses.bandwidth(torch.zeros(3, 2, 1)).item() == pytest.approx(losses.SMALLEST_BANDWIDTH)


def test_stein_direction_is_the_mean_of_pull_and_push() -> None:
    generator = torch.Generator().manual_seed(0)
    fixed, score = torch.randn(2, 3, 4, 2, generator=generator)
    moved = torch.randn(5, 4, 2, generator=generator)
    width = losses.bandwidth(losses.squared_distances(fixed, moved))
    found = losses.stein_direction(fixed, score, moved)
    for particle in range(5):
        for state in range(4):
            expected = torch.zeros(2)
            for other in range(3):
                point = fixed[other, state].clone().requires_grad_(True)
                kernel = torch.exp(-(point - moved[particle, state]).square().sum() / width[state])
                (slope,) = torch.autograd.grad(kernel, point)
                expected += (kernel.detach() * score[other, state] + slope) / 3.0
            torch.testing.assert_close(found[particle, state], expected)


def test_particles_of_the_density_itself_stay() -> None:
    # Stein's identity: the direction's mean is 0 where the particles are samples of the density (a unit Gaussian).
    generator = torch.Generator().manual_seed(0)
    fixed, moved = torch.randn(2, 4000, 1, 1, generator=generator)
    at_home = losses.stein_direction(fixed, -fixed, moved).abs().mean()
    shifted = losses.stein_direction(fixed + 1.0, -(fixed + 1.0), moved + 1.0).abs().mean()
    assert at_home.item() < 0.03 < 0.1 < shifted.item()
