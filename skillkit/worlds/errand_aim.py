"""The errands of a batch of worlds: where targets lie, what is asked for, what has been done, what is seen of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skillkit.bodies.rotation import to_heading_frame
from skillkit.types import Bool, Float, Float32, Int
from skillkit.worlds.aims import Scene, Verdict
from skillkit.worlds.errands import RADIUS, Errands
from skillkit.worlds.placements import draw_placements
from skillkit.worlds.task import OBSERVED, Task

DOT = 0.15  # m, the radius at which a picture shows a target that is not asked for


class ErrandAim:
    """One errand for each world, drawn with the places of its targets and boxes. Implements `skillkit.worlds.aims.Aim`.

    Errands of tasks that show a target's index are in order of these, first all visits, then all deliveries.
    """

    def __init__(self, task: Task, errands: Errands, num_worlds: int) -> None:
        self.task, self.errands = task, errands
        self._parts, self._about, self._limits = errands.table(), errands.targets_asked(), errands.limits()
        self._targets: Float = np.zeros((num_worlds, errands.targets, 2))
        self._drawn: Int = np.zeros(num_worlds, np.int64)
        self._done: Bool = np.zeros((num_worlds, len(self._limits)), bool)
        self._seen: dict[str, Callable[[Scene], Float]] = {
            "targets_ego": lambda scene: seen_from(scene, self._targets - scene.position[:, None]),
            "target_index": lambda scene: np.eye(errands.targets)[self._drawn % errands.targets],
            "errand": lambda scene: np.eye(2)[self._drawn // errands.targets],
            "boxes_ego": lambda scene: seen_from(scene, scene.boxes[..., :2] - scene.position[:, None]),
            "boxes_heading": _boxes_heading,
            "boxes_velocity": lambda scene: seen_from(scene, scene.boxes_velocity[..., :2]),
        }

    def draw(self, chosen: Bool, rng: np.random.Generator) -> Float:
        """Errands and placements; where the boxes stand, (k, boxes, 3) in m and rad."""
        count = int(chosen.sum())
        self._drawn[chosen] = rng.integers(len(self._parts), size=count)
        self._targets[chosen], places = draw_placements(self.errands, count, rng)
        self._done[chosen] = False
        yaw = rng.uniform(-np.pi, np.pi, (count, self.errands.boxes, 1))
        return np.concatenate([places, yaw], axis=2)

    def judge(self, scene: Scene, running: Bool) -> Verdict:
        """Whether all parts of the errand hold, how many for the first time, and how far off the farthest is."""
        distances = self.errands.distances(scene.position, self._targets, scene.boxes)
        asked, holds = self._parts[self._drawn], distances <= self._limits
        first = asked & holds & ~self._done & running[:, None]
        self._done |= first
        farthest = np.where(asked, distances, 0.0).max(axis=1)
        reached: Bool = np.all(holds | ~asked, axis=1)
        return Verdict(reached, first.sum(axis=1).astype(np.float64), farthest)

    def observe(self, scene: Scene) -> Float32:
        """The task's groups side by side, (n, sum of widths)."""
        nothing = np.zeros_like(scene.position)
        parts = [
            OBSERVED[group.name](scene.position, scene.heading, nothing)
            if group.name in OBSERVED
            else self._seen[group.name](scene)
            for group in self.task.groups
        ]
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def goal(self, position: Float) -> Float:
        """No single one, (n, 2) zeros."""
        return np.zeros_like(position)

    def marks(self, position: Float) -> list[Float]:
        """For each world its targets, (targets, 3): x, y, radius in m; those that are not asked for as dots."""
        radius = np.where(self._about[self._drawn], RADIUS, DOT)
        return list(np.concatenate([self._targets, radius[..., None]], axis=2))

    def get_state(self) -> dict[str, Any]:
        """Targets, errands, and what has been done."""
        return {"targets": self._targets.copy(), "drawn": self._drawn.copy(), "done": self._done.copy()}

    def set_state(self, state: Any) -> None:
        """Take over what `get_state` returned."""
        self._targets, self._drawn, self._done = (np.array(state[name]) for name in ("targets", "drawn", "done"))


def seen_from(scene: Scene, vectors: Float) -> Float:
    """Planar vectors (n, k, 2) as bodies see them, (n, 2 k): of each vector ahead, to the left."""
    return to_heading_frame(scene.heading, vectors).reshape(len(vectors), -1)


def _boxes_heading(scene: Scene) -> Float:
    """Cosine and sine of each box's yaw against the body's, (n, 2 boxes)."""
    turn = scene.boxes[..., 2] - scene.heading[:, None]
    return np.stack([np.cos(turn), np.sin(turn)], axis=2).reshape(len(turn), -1)
