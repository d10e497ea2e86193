"""Where targets and boxes of a room lie at the start of an episode: drawn, apart, and never more than fit."""

from __future__ import annotations

import numpy as np

from skillkit.types import Float
from skillkit.worlds.boxes import SIDE
from skillkit.worlds.errands import RADIUS, Errands

# Indices of the tables below.
TARGET, BOX = 0, 1
RINGS = np.array([[2.0, 4.0], [1.8, 2.8]])  # m from the start; beyond a box there is room to push it back from the wall
APART = np.array([[1.5, 1.3], [1.3, 1.6]])  # m between centres; half a box's diagonal is 0.71, a target's radius 0.5
PUSH = 1.5  # m, the farthest that a box has to be pushed: farther off, sparse rewards are hardly ever found
NEAR = np.array([RADIUS, SIDE]) + PUSH  # m from a box to its target, and to the box that it is to touch
CANDIDATES = 32  # places tried at once for each thing
TRIES = 1000  # of all places
CHECKED, CHECKED_TRIES = 100, 10  # a number of things fits where so many placements come out within so many tries


def draw_placements(errands: Errands, count: int, rng: np.random.Generator, tries: int = TRIES) -> tuple[Float, Float]:
    """Places (count, targets, 2) and (count, boxes, 2) m, around a body at the origin; ValueError where they don't fit.

    Boxes stand beside all targets, so that nothing is done at the start and no target is hidden under a box, and not
    farther than `NEAR` from where they may have to be.
    """
    boxes, targets = errands.boxes, errands.targets
    kinds = np.array([BOX] * boxes + [TARGET] * targets)  # boxes first: they have less room
    most = np.full((len(kinds), len(kinds)), np.inf)
    for box, target in errands.deliveries:
        most[boxes + target, box] = NEAR[TARGET]
    for box, other in errands.touches:
        most[other, box] = NEAR[BOX]
    places = np.zeros((count, len(kinds), 2))
    left = np.arange(count)
    for _ in range(tries):
        drawn, fit = _try(kinds, most, len(left), rng)
        places[left[fit]] = drawn[fit]
        left = left[~fit]
        if not left.size:
            return places[:, boxes:], places[:, :boxes]
    raise ValueError(f"{targets} targets and {boxes} boxes do not fit into the room")


def fits(errands: Errands) -> bool:
    """Whether places for all its targets and boxes are found without long search."""
    try:
        draw_placements(errands, CHECKED, np.random.default_rng(0), CHECKED_TRIES)
    except ValueError:
        return False
    return True


def _try(kinds: np.ndarray, most: Float, count: int, rng: np.random.Generator) -> tuple[Float, np.ndarray]:
    """Places (count, things, 2) m for each world, and whether all are as far apart, and as near, as they should be."""
    drawn, fit = np.zeros((count, len(kinds), 2)), np.ones(count, bool)
    for index, kind in enumerate(kinds):
        angle = rng.uniform(-np.pi, np.pi, (count, CANDIDATES))
        radius = rng.uniform(RINGS[kind, 0], RINGS[kind, 1], (count, CANDIDATES))
        places = radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        away = np.linalg.norm(places[:, :, None] - drawn[:, None, :index], axis=-1)
        free = ((away >= APART[kind, kinds[:index]]) & (away <= most[index, :index])).all(axis=2)
        drawn[:, index] = places[np.arange(count), free.argmax(axis=1)]
        fit &= free.any(axis=1)
        if not fit.any():
            break
    return drawn, fit
