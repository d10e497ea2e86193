"""What each world of a batch is after in its episode: the goal that it drew, and how far it is from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from skillkit.types import Bool, Float, Float32
from skillkit.worlds.task import Task


@dataclass(frozen=True)
class Scene:
    """What n worlds look like now: the body's position (n, 2) m and heading (n,) rad, and all that moves beside it.

    boxes: (n, boxes, 3), x and y in m, yaw in rad; boxes_velocity: the same, per second.
    """

    position: Float
    heading: Float
    boxes: Float
    boxes_velocity: Float


@dataclass(frozen=True)
class Verdict:
    """How things stand in n worlds.

    reached: (n,), whether all that was asked for holds; parts: (n,), how many of its parts hold for the first time in
    the episode; distance: (n,) m from it, None where nothing is asked for.
    """

    reached: Bool
    parts: Float
    distance: Float | None


class Aim(Protocol):
    """What a batch of worlds is after."""

    def draw(self, chosen: Bool, rng: np.random.Generator) -> Float:
        """Draw anew for the k worlds that are chosen; where their boxes stand then, (k, boxes, 3) in m and rad."""
        ...

    def judge(self, scene: Scene, running: Bool) -> Verdict:
        """How things stand; parts that hold are remembered where the world is running."""
        ...

    def observe(self, scene: Scene) -> Float32:
        """The task's groups side by side, (n, sum of widths)."""
        ...

    def goal(self, position: Float) -> Float:
        """The goals of bodies at positions (n, 2), (n, 2) m; zeros where there is no single one."""
        ...

    def marks(self, position: Float) -> list[Float]:
        """For each world with its body at positions (n, 2) the discs of a picture, (k, 3): x, y, radius in m."""
        ...

    def get_state(self) -> Any:
        """Everything that a later `set_state` needs."""
        ...

    def set_state(self, state: Any) -> None:
        """Take over what `get_state` returned."""
        ...


class GoalAim:
    """The goals of a task that has them, or none. Implements `Aim`."""

    def __init__(self, task: Task, num_worlds: int) -> None:
        self.task = task
        self._drawn: Float = np.zeros((num_worlds, 2))

    def draw(self, chosen: Bool, rng: np.random.Generator) -> Float:
        """Goals; there are no boxes."""
        count = int(chosen.sum())
        self._drawn[chosen] = self.task.draw_goal(count, rng)
        return np.zeros((count, 0, 3))

    def judge(self, scene: Scene, running: Bool) -> Verdict:
        """Whether the goal is reached; it has no parts."""
        goal = self.goal(scene.position)
        distance = None if self.task.goal is None else np.linalg.norm(scene.position - goal, axis=1)
        return Verdict(self.task.reached(scene.position, goal), np.zeros(len(goal)), distance)

    def observe(self, scene: Scene) -> Float32:
        """The task's groups side by side, (n, sum of widths)."""
        return self.task.observe(scene.position, scene.heading, self.goal(scene.position))

    def goal(self, position: Float) -> Float:
        """The goals of bodies at positions (n, 2), (n, 2) m; of a region its nearest point."""
        return self.task.goal_from(position, self._drawn)

    def marks(self, position: Float) -> list[Float]:
        """For each world the discs that a picture shows, (k, 3): x, y, radius in m."""
        if self.task.goal is None:
            return [np.zeros((0, 3))] * len(position)
        return [self.task.arena.marks(goal) for goal in self.goal(position)]

    def get_state(self) -> Float:
        """The goals that were drawn."""
        return self._drawn.copy()

    def set_state(self, state: Any) -> None:
        """Take over what `get_state` returned."""
        self._drawn = np.array(state)
