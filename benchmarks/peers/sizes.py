"""The two trainings that the peers are measured at, as in skillkit/benchmark/settings.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ENVIRONMENT = "Ant-v5"
REPLAY = 100_000
LEARNING_STARTS = 500
LEARNING_RATE = 3e-4


@dataclass(frozen=True)
class Size:
    """hidden: width of both hidden layers of every network; kwargs: of the environment."""

    hidden: int
    batch: int
    kwargs: Mapping[str, Any] = field(default_factory=dict)


SIZES: Mapping[str, Size] = {
    "ant-27": Size(128, 128, {"include_cfrc_ext_in_observation": False}),
    "ant-105": Size(256, 256),
}
