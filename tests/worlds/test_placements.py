"""Placements: in their rings, apart, near enough to be pushed, and no more than the room holds."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.worlds.errands import Errands
from skillkit.worlds.placements import draw_placements, fits


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Between all places (n, k, 2) and (n, m, 2), (n, k, m) m."""
    return np.linalg.norm(one[:, :, None] - other[:, None], axis=-1)


def test_things_lie_in_their_rings_and_apart() -> None:
    targets, boxes = draw_placements(Errands(3, 2, ((),)), 500, np.random.default_rng(0))
    assert (targets.shape, boxes.shape) == ((500, 3, 2), (500, 2, 2))
    for places, near, far in ((targets, 2.0, 4.0), (boxes, 1.8, 2.8)):
        radius = np.linalg.norm(places, axis=2)
        assert near <= radius.min() < near + 0.1
        assert far - 0.1 < radius.max() <= far
        assert np.histogram(np.arctan2(places[..., 1], places[..., 0]), bins=4)[0].min() > 0.2 * radius.size
    assert distances(targets, boxes).min() >= 1.3
    assert distances(targets[:, :1], targets[:, 1:]).min() >= 1.5
    assert distances(boxes[:, :1], boxes[:, 1:]).min() >= 1.6  # two diagonals of 0.71 m, and more than a touch


def test_what_is_to_be_pushed_there_is_not_farther_off_than_a_push() -> None:
    asked = Errands(3, 3, ((),), deliveries=((0, 1), (2, 0)), touches=((0, 1),))
    targets, boxes = draw_placements(asked, 500, np.random.default_rng(0))
    for box, target in asked.deliveries:
        apart = np.linalg.norm(boxes[:, box] - targets[:, target], axis=1)
        assert 1.3 <= apart.min() < 1.4
        assert 1.9 < apart.max() <= 2.0  # 1.5 m, and the 0.5 m within which a target is reached
    touching = np.linalg.norm(boxes[:, 0] - boxes[:, 1], axis=1)
    assert 2.4 < touching.max() <= 2.5  # 1.5 m, and half a side of each
    assert np.linalg.norm(boxes[:, 1] - targets[:, 2], axis=1).max() > 5.0  # not asked for


def test_no_things_are_no_trouble() -> None:
    targets, boxes = draw_placements(Errands(0, 2, ((),)), 3, np.random.default_rng(0))
    assert (targets.shape, boxes.shape) == ((3, 0, 2), (3, 2, 2))
    assert draw_placements(Errands(1, 0, ((),)), 0, np.random.default_rng(0))[0].shape == (0, 1, 2)


def test_more_than_the_room_holds_are_refused() -> None:
    assert not fits(Errands(30, 0, ((),)))
    with pytest.raises(ValueError, match="30 targets and 0 boxes do not fit"):
        draw_placements(Errands(30, 0, ((),)), 1, np.random.default_rng(0), tries=5)
