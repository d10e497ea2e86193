"""Where temperatures go, by hand."""

from __future__ import annotations

import pytest
import torch

from skillkit.algorithms import temperature


def test_temperature_rises_by_descent_while_the_divergence_is_too_large() -> None:
    slopes = [temperature.temperature_gradient(torch.tensor(divergence), 2.0).item() for divergence in (5.0, 2.0, 1.5)]
    assert slopes == [-3.0, 0.0, 0.5]


def test_a_temperature_goes_straight_to_its_end_and_stays_there() -> None:
    annealing = temperature.Annealing(temperature=1.0, rate=0.5)
    found = [temperature.annealed(torch.tensor(start), annealing).item() for start in (-2.0, -0.25, 0.0, 0.75)]
    assert found == pytest.approx([-1.5, 0.0, 0.0, 0.25])
    assert temperature.annealed(torch.tensor(-2.0), None).item() == -2.0
