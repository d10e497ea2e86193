"""Layouts: where named groups stand in a flat vector; steps that end."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from skillkit.types import Batch, Group, Layout, Step

LAYOUT = Layout((Group("a", 2, "m"), Group("b", 1, "1"), Group("c", 3, "rad")))


def test_a_layout_adds_up() -> None:
    assert LAYOUT.width == 6
    assert LAYOUT.names == ("a", "b", "c")
    assert LAYOUT.group("c") == Group("c", 3, "rad")
    assert [LAYOUT.span(name) for name in LAYOUT.names] == [slice(0, 2), slice(2, 3), slice(3, 6)]


def test_columns_come_in_the_order_that_is_asked_for() -> None:
    assert LAYOUT.indices(["c", "a"]).tolist() == [3, 4, 5, 0, 1]
    assert LAYOUT.indices([]).tolist() == []
    assert LAYOUT.indices([]).dtype == np.int64
    assert LAYOUT.subset(["c", "a"]) == Layout((LAYOUT.groups[2], LAYOUT.groups[0]))


def test_unknown_groups_are_key_errors() -> None:
    for ask in (LAYOUT.group, LAYOUT.span, lambda name: LAYOUT.indices([name]), lambda name: LAYOUT.subset([name])):
        with pytest.raises(KeyError, match="nope"):
            ask("nope")


def test_an_episode_ends_either_way() -> None:
    none, zeros = np.zeros(4, bool), np.zeros(4)
    terminated, truncated = np.array([True, False, True, False]), np.array([True, True, False, False])
    observation = np.zeros((4, 1), np.float32)
    step = Step(observation, zeros, terminated, truncated, np.ones(4, np.int64), {}, none, none)
    assert step.ended.tolist() == [True, True, True, False]


def test_a_batch_lists_its_tensors_in_order() -> None:
    tensors = tuple(torch.full((2,), float(index)) for index in range(5))
    assert Batch(*tensors).tensors() == tensors
