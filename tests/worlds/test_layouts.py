"""Layouts: in their rings, apart, and no more than the room holds."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.worlds.layouts import draw_layouts, fits, most_that_fit


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Between all places (n, k, 2) and (n, m, 2), (n, k, m) m."""
    return np.linalg.norm(one[:, :, None] - other[:, None], axis=-1)


def test_things_lie_in_their_rings_and_apart() -> None:
    targets, boxes = draw_layouts(3, 2, 500, np.random.default_rng(0))
    assert (targets.shape, boxes.shape) == ((500, 3, 2), (500, 2, 2))
    for places, near, far in ((targets, 2.0, 4.0), (boxes, 1.8, 2.8)):
        radius = np.linalg.norm(places, axis=2)
        assert near <= radius.min() < near + 0.1
        assert far - 0.1 < radius.max() <= far
        assert np.histogram(np.arctan2(places[..., 1], places[..., 0]), bins=4)[0].min() > 0.2 * radius.size
    assert distances(targets, boxes).min() >= 1.3
    assert distances(targets[:, :1], targets[:, 1:]).min() >= 1.5
    assert distances(boxes[:, :1], boxes[:, 1:]).min() >= 1.6  # two diagonals of 0.71 m, and more than a touch


def test_no_things_are_no_trouble() -> None:
    targets, boxes = draw_layouts(0, 2, 3, np.random.default_rng(0))
    assert (targets.shape, boxes.shape) == ((3, 0, 2), (3, 2, 2))
    assert draw_layouts(1, 0, 0, np.random.default_rng(0))[0].shape == (0, 1, 2)


def test_a_room_holds_so_many() -> None:
    for each in ((1, 0, 0), (1, 1, 0), (0, 1, 0), (1, 0, 1)):
        most = most_that_fit(*each)
        targets, boxes, more = each
        assert 3 <= most <= 16
        assert not fits((most + 1) * targets, (most + 1) * boxes + more)
        draw_layouts(most * targets, most * boxes + more, 1000, np.random.default_rng(1))  # none is given up
    assert not fits(10**9, 0)
    with pytest.raises(ValueError, match="30 targets and 0 boxes do not fit"):
        draw_layouts(30, 0, 1, np.random.default_rng(0), tries=5)
