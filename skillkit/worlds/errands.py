"""What a task with targets and boxes may ask for: errands, each made of parts that must all hold at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skillkit.types import Bool, Float
from skillkit.worlds.boxes import gap

RADIUS = 0.5  # m within which a body or a box is at its target
TOUCH = 0.05  # m between boxes that count as in contact


@dataclass(frozen=True)
class Errands:
    """The parts that errands are made of, and the errands, of which each episode draws one.

    targets, boxes: how many there are; box_mass: kg, None where there are no boxes; count: the number that the user
    may choose, None where there is none. visits: targets that the body may have to be at; deliveries: boxes and the
    targets that they may have to be at; touches: boxes that may have to touch. asked: the parts of each errand, by
    their place among all visits, deliveries and touches, in this order.
    """

    targets: int
    boxes: int
    asked: tuple[tuple[int, ...], ...]
    box_mass: float | None = None
    count: int | None = None
    visits: tuple[int, ...] = ()
    deliveries: tuple[tuple[int, int], ...] = ()
    touches: tuple[tuple[int, int], ...] = ()

    @property
    def most_parts(self) -> int:
        """How many parts the longest errand has."""
        return max(map(len, self.asked))

    def table(self) -> Bool:
        """Which parts each errand asks for, (errands, parts)."""
        table = np.zeros((len(self.asked), len(self.visits) + len(self.deliveries) + len(self.touches)), bool)
        for errand, parts in enumerate(self.asked):
            table[errand, list(parts)] = True
        return table

    def targets_asked(self) -> Bool:
        """Which targets each errand is about, (errands, targets)."""
        places = [*self.visits, *(target for _, target in self.deliveries)]
        asked = np.zeros((len(self.asked), self.targets), bool)
        for errand, parts in enumerate(self.asked):
            asked[errand, [places[part] for part in parts if part < len(places)]] = True
        return asked

    def limits(self) -> Float:
        """The distance within which each part holds, (parts,) m."""
        return np.array([RADIUS] * (len(self.visits) + len(self.deliveries)) + [TOUCH] * len(self.touches))

    def distances(self, position: Float, targets: Float, boxes: Float) -> Float:
        """How far each part is from what it asks for, (n, parts) m.

        position: (n, 2) m; targets: (n, targets, 2) m; boxes: (n, boxes, 3), x and y in m, yaw in rad.
        """
        found = [np.linalg.norm(position[:, None] - targets[:, list(self.visits)], axis=2)]
        if self.deliveries:
            box, target = map(list, zip(*self.deliveries, strict=True))
            found.append(np.linalg.norm(boxes[:, box, :2] - targets[:, target], axis=2))
        if self.touches:
            one, other = map(list, zip(*self.touches, strict=True))
            found.append(np.maximum(gap(boxes[:, one], boxes[:, other]), 0.0))
        return np.concatenate(found, axis=1)
