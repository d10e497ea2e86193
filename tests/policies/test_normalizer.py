"""Running statistics: merged batches are their union, and only `observe` moves them."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from skillkit.policies.normalizer import CLIP, Normalizer


def test_merged_batches_give_the_statistics_of_their_union() -> None:
    values = 5.0 + torch.tensor([1.0, 3.0, 0.1]) * torch.randn(100, 3, generator=torch.Generator().manual_seed(0))
    normalizer = Normalizer(3)
    for part in values.split([1, 7, 32, 60]):
        normalizer.observe(part)
    assert float(normalizer.count) == 100
    assert_close(normalizer.mean, values.mean(0))
    assert_close(normalizer.variance, values.var(0, unbiased=False))


def test_a_column_that_joins_later_has_statistics_of_its_own() -> None:
    first, second = torch.randn(50, 1), 6.0 + torch.randn(30, 2)
    normalizer = Normalizer(2)
    normalizer.observe(torch.cat([first, torch.zeros(50, 1)], 1))
    normalizer.mean[1], normalizer.variance[1] = 0.0, 1.0
    normalizer.lag = torch.tensor([0.0, 50.0], dtype=torch.float64)
    for part in second.split([10, 20]):
        normalizer.observe(part)
    assert float(normalizer.count) == 80
    assert_close(normalizer.mean, torch.stack([torch.cat([first[:, 0], second[:, 0]]).mean(), second[:, 1].mean()]))
    assert_close(normalizer.variance[1], second[:, 1].var(unbiased=False))
    assert "lag" not in normalizer.state_dict()


def test_numbers_of_two_batches() -> None:
    # 1, 3 then 8: mean 4, variance (9 + 1 + 16) / 3.
    normalizer = Normalizer(1)
    normalizer.observe(torch.tensor([[1.0], [3.0]]))
    normalizer.observe(torch.tensor([[8.0]]))
    assert normalizer.mean.item() == pytest.approx(4.0)
    assert normalizer.variance.item() == pytest.approx(26.0 / 3.0)
    outputs = normalizer(torch.tensor([[4.0 + (26.0 / 3.0) ** 0.5]]))
    assert outputs.item() == pytest.approx(1.0, abs=1e-4)


def test_statistics_are_frozen_unless_observing() -> None:
    normalizer = Normalizer(2)
    normalizer.observe(torch.randn(10, 2))
    before = {name: value.clone() for name, value in normalizer.state_dict().items()}
    normalizer.train()
    normalizer(torch.randn(10, 2))
    assert all(torch.equal(value, before[name]) for name, value in normalizer.state_dict().items())
    assert not list(normalizer.parameters())


def test_far_observations_are_clipped() -> None:
    normalizer = Normalizer(1)
    normalizer.observe(torch.tensor([[0.0], [2.0]]))
    assert normalizer(torch.tensor([[1e6], [-1e6]])).flatten().tolist() == [CLIP, -CLIP]


def test_a_constant_observation_is_zero_not_nan() -> None:
    normalizer = Normalizer(1)
    normalizer.observe(torch.full((5, 1), 3.0))
    assert normalizer(torch.full((1, 1), 3.0)).item() == pytest.approx(0.0, abs=1e-4)


def test_disabled_passes_observations_on() -> None:
    normalizer = Normalizer(2, enabled=False)
    normalizer.observe(torch.full((4, 2), 7.0))
    values = torch.tensor([[100.0, -3.0]])
    assert torch.equal(normalizer(values), values)
