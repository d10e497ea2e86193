from __future__ import annotations

import importlib.util

import pytest

from skillkit.benchmark.measures import _makers, contender, own_measures
from skillkit.errors import UserError


def test_every_entry_can_be_made_and_compares_with_one_that_is_there() -> None:
    for measure in own_measures():
        keys = [entry.key for entry in measure.entries]
        assert len(set(keys)) == len(keys)
        for entry in measure.entries:
            assert set(entry.against) <= set(keys)
            assert entry.command[-1] in _makers()
            assert importlib.util.find_spec(entry.command[-2]) is not None


def test_an_unknown_contender() -> None:
    with pytest.raises(UserError, match="unknown contender 'flow-2'"):
        contender("flow-2")
