"""Where targets and boxes of a room lie at the start of an episode: drawn, apart, and never more than fit."""

from __future__ import annotations

from itertools import count as counting

import numpy as np

from skillkit.types import Float

# Indices of the tables below.
TARGET, BOX = 0, 1
RINGS = np.array([[2.0, 4.0], [1.8, 2.8]])  # m from the start; beyond a box there is room to push it back from the wall
APART = np.array([[1.5, 1.3], [1.3, 1.6]])  # m between centres; half a box's diagonal is 0.71, a target's radius 0.5
CANDIDATES = 32  # places tried at once for each thing
TRIES = 1000  # of a whole layout
LIMIT = 100  # things, more than any room of this size holds
CHECKED, CHECKED_TRIES = 100, 10  # a number of things fits where so many layouts come out within so many tries


def draw_layouts(
    targets: int, boxes: int, count: int, rng: np.random.Generator, tries: int = TRIES
) -> tuple[Float, Float]:
    """Places (count, targets, 2) and (count, boxes, 2) m, around a body at the origin; ValueError where they don't fit.

    Boxes stand beside all targets, so that nothing is done at the start and no target is hidden under a box.
    """
    kinds = np.array([BOX] * boxes + [TARGET] * targets)  # boxes first: they have less room
    places = np.zeros((count, len(kinds), 2))
    left = np.arange(count)
    for _ in range(tries):
        drawn, fits = _try(kinds, len(left), rng)
        places[left[fits]] = drawn[fits]
        left = left[~fits]
        if not left.size:
            return places[:, boxes:], places[:, :boxes]
    raise ValueError(f"{targets} targets and {boxes} boxes do not fit into the room")


def fits(targets: int, boxes: int) -> bool:
    """Whether layouts of so many things are found without long search."""
    if targets + boxes > LIMIT:
        return False
    try:
        draw_layouts(targets, boxes, CHECKED, np.random.default_rng(0), CHECKED_TRIES)
    except ValueError:
        return False
    return True


def most_that_fit(targets: int, boxes: int, more_boxes: int) -> int:
    """How many times so many targets and boxes fit into the room together, with `more_boxes` beside them."""
    return next(number - 1 for number in counting(1) if not fits(number * targets, number * boxes + more_boxes))


def _try(kinds: np.ndarray, count: int, rng: np.random.Generator) -> tuple[Float, np.ndarray]:
    """One layout (count, things, 2) m for each world, and whether all in it is as far apart as it should be."""
    drawn, fit = np.zeros((count, len(kinds), 2)), np.ones(count, bool)
    for index, kind in enumerate(kinds):
        angle = rng.uniform(-np.pi, np.pi, (count, CANDIDATES))
        radius = rng.uniform(RINGS[kind, 0], RINGS[kind, 1], (count, CANDIDATES))
        places = radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        away = np.linalg.norm(places[:, :, None] - drawn[:, None, :index], axis=-1)
        free = (away >= APART[kind, kinds[:index]]).all(axis=2)
        drawn[:, index] = places[np.arange(count), free.argmax(axis=1)]
        fit &= free.any(axis=1)
        if not fit.any():
            break
    return drawn, fit
