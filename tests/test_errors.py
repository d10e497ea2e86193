"""Errors that are the user's to mend: one sentence with the nearest name."""

from __future__ import annotations

import pytest

from skillkit.errors import UserError, nearest_name, unknown_name

BODIES = ("ant", "ball", "half-cheetah")


@pytest.mark.parametrize(
    ("name", "near"),
    [("ants", "ant"), ("bal", "ball"), ("half_cheetah", "half-cheetah"), ("walker", None), ("", None)],
)
def test_the_nearest_name(name: str, near: str | None) -> None:
    assert nearest_name(name, BODIES) == near


def test_a_close_name_is_asked_for() -> None:
    assert str(unknown_name("body", "bal", BODIES)) == "unknown body 'bal'; did you mean 'ball'?"


def test_without_a_close_name_all_are_listed_in_order() -> None:
    assert str(unknown_name("body", "xyz", ("b", "a"))) == "unknown body 'xyz'; known: a, b."


def test_names_may_come_from_any_iterable() -> None:
    assert isinstance(unknown_name("body", "bal", {"ball": 1}), UserError)
    assert "'ball'" in str(unknown_name("body", "bal", iter(["ball"])))
