"""Errands: their parts' distances by hand, and what each one asks for."""

from __future__ import annotations

import numpy as np

from skillkit.worlds.errands import Errands

BOTH = Errands(
    targets=2,
    boxes=2,
    asked=((0, 1), (2,), (1, 3)),
    visits=(1,),
    deliveries=((0, 0), (1, 0)),
    touches=((0, 1),),
)


def test_distances_by_hand() -> None:
    position = np.array([[1.0, 1.0]])
    targets = np.array([[[0.0, 0.0], [4.0, 5.0]]])
    boxes = np.array([[[3.0, 4.0, 0.0], [3.0, 2.5, np.pi]]])
    # To target 1; box 0 and box 1 to target 0; between the boxes, 1.5 m apart along y.
    np.testing.assert_allclose(BOTH.distances(position, targets, boxes), [[5.0, 5.0, np.hypot(3.0, 2.5), 0.5]])
    boxes[0, 1, 1] = 3.5
    assert BOTH.distances(position, targets, boxes)[0, 3] == 0.0  # where they overlap, they touch


def test_what_is_asked_for() -> None:
    assert BOTH.most_parts == 2
    assert BOTH.limits().tolist() == [0.5, 0.5, 0.5, 0.05]
    assert BOTH.table().tolist() == [
        [True, True, False, False],
        [False, False, True, False],
        [False, True, False, True],
    ]
    assert BOTH.targets_asked().tolist() == [[True, True], [True, False], [True, False]]
