"""The keys of a recipe by their dotted names."""

from __future__ import annotations

import pytest

from skillkit.config.keys import known_keys, locate, unknown_key


def test_known_keys_are_dotted_and_in_schema_order() -> None:
    keys = known_keys()
    assert keys[:8] == ("name", "description", "base", "init", "head", "adapt_base", "world", "world.body")
    assert keys[-1] == "training.with_replay"


@pytest.mark.parametrize(
    ("key", "exists"),
    [
        ("training.steps", True),
        ("world.rewards.anything", True),
        ("world.rewards.anything.weight", True),
        ("training.step", False),
        ("training.steps.x", False),
        ("world.rewards.anything.wait", False),
        ("", False),
    ],
)
def test_locate(key: str, exists: bool) -> None:
    assert (locate(tuple(key.split("."))) is not None) == exists


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("training.stepz", "did you mean 'training.steps'?"),
        ("discount", "did you mean 'algorithm.discount'?"),
        ("kind", "did you mean 'policy.kind'?"),
        ("algorithm.knd", "did you mean 'algorithm.kind'?"),
        ("trainig.steps", "did you mean 'training.steps'?"),
        ("world.rewards.alive.weigth", "did you mean 'world.rewards.alive.weight'?"),
        ("world.rewards.alive.zzz", "known: weight, window"),
        ("policy.hidden.0", "policy.hidden holds a single value, set it as a whole"),
    ],
)
def test_an_unknown_key_names_the_nearest(key: str, hint: str) -> None:
    assert str(unknown_key(tuple(key.split(".")))) == f"unknown key {key!r}; {hint}"
