"""Settings of the algorithms: defaults, limits and what one does not share with another."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from skillkit.config.algorithms import ALGORITHMS, KlConfig, SacConfig, SqlConfig


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("discount", 1, 1.0),
        ("temperature", 1, 1.0),
        ("temperature", "auto", "auto"),
        ("target_entropy", -3.5, -3.5),
    ],
)
def test_accepted(key: str, value: object, read: object) -> None:
    assert getattr(SacConfig.model_validate({key: value}), key) == read


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "ppo"),
        ("discount", 0),
        ("discount", float("nan")),
        ("reward_scale", 10**400),
        ("temperature", float("nan")),
        ("temperature", 10**400),
        ("temperature", True),
        ("temperature", 0),
        ("update_to_data", 65),
        ("momentum", 0.9),
    ],
)
def test_refused(key: str, value: object) -> None:
    with pytest.raises(ValidationError):
        SacConfig.model_validate({key: value})


def test_each_has_its_own_name_and_batch_size() -> None:
    assert {name: config().model_dump()["kind"] for name, config in ALGORITHMS.items()} == {
        name: name for name in ("sac", "sql", "kl")
    }
    assert (SacConfig().batch_size, SqlConfig().batch_size, KlConfig().batch_size) == (128, 64, 32)


@pytest.mark.parametrize(
    ("prior", "flat"), [("isotropic", False), ("ar1", False), ("learned-ar", False), ("distral", True), ("none", True)]
)
def test_what_is_flat(prior: str, flat: bool) -> None:
    assert KlConfig.model_validate({"action_prior": prior}).is_flat == flat
