"""Flat parameters and Adam on them, against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from skillkit.algorithms.flat_parameters import adam, adam_start, bind, flatten, join, load_vector, split
from skillkit.policies.normalizer import Normalizer


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(Normalizer(2), nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))


def test_adam_takes_the_steps_of_torch() -> None:
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(7, generator=generator)
    reference = nn.Parameter(start.clone())
    optimizer = torch.optim.Adam([reference], lr=3e-2)
    vector, state = start, adam_start(start)
    for scale in (1.0, 1e-3, 10.0, 0.0, 1.0):
        gradient = scale * torch.randn(7, generator=generator)
        reference.grad = gradient.clone()
        optimizer.step()
        vector, state = adam(vector, gradient, state, 3e-2)
        assert_close(vector, reference.data, atol=1e-6, rtol=1e-6)
    assert state.step.item() == 5.0


def test_first_adam_step_is_the_rate_against_the_gradients_sign() -> None:
    start = torch.tensor([1.0, 1.0])
    vector, _ = adam(start, torch.tensor([1e-3, -20.0]), adam_start(start), 0.1)
    assert vector.tolist() == pytest.approx([0.9, 1.1], abs=1e-5)


def test_adam_changes_nothing_in_place() -> None:
    start, state = torch.ones(2), adam_start(torch.ones(2))
    adam(start, torch.ones(2), state, 0.1)
    assert start.tolist() == [1.0, 1.0]
    assert [tensor.sum().item() for tensor in state[:3]] == [0.0, 0.0, 0.0]
    assert [tensor.item() for tensor in state[3:]] == pytest.approx([1.0 / 0.1, 1.0 / 0.001**0.5], rel=1e-3)


def test_splitting_and_joining_are_a_round_trip() -> None:
    module = network()
    vector = flatten(module)
    assert vector.shape == (2 * 3 + 3 + 3 + 1,)
    tensors = split(module, vector)
    assert set(tensors) == {name for name, _ in module.named_parameters()}
    for name, value in module.named_parameters():
        assert torch.equal(tensors[name], value)
    assert torch.equal(join(tensors), vector)


def test_flatten_copies_and_split_views() -> None:
    module = network()
    vector = flatten(module)
    views = split(module, vector)
    vector.zero_()
    assert float(views["1.weight"].detach().abs().sum()) == 0.0
    assert float(module[1].get_parameter("weight").detach().abs().sum()) > 0.0


def test_load_vector_fills_the_parameters() -> None:
    module = network()
    vector = torch.arange(13.0)
    load_vector(module, vector)
    assert torch.equal(flatten(module), vector)
    assert module[1].get_parameter("weight").tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    vector.zero_()
    assert float(flatten(module).sum()) == 78.0


def test_a_bound_vector_is_the_parameters() -> None:
    module = network()
    before = flatten(module)
    vector = bind(module)
    assert torch.equal(vector, before)
    vector.copy_(torch.arange(13.0))
    assert module[1].get_parameter("weight").tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert module[3].get_parameter("bias").tolist() == [12.0]
