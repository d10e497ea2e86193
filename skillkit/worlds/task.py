"""What a task is: observations beside the body's senses, rewards, goals, and when an episode ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skillkit.bodies.rotation import to_heading_frame
from skillkit.errors import UserError
from skillkit.types import Float, Float32, Group
from skillkit.worlds.arenas import Arena
from skillkit.worlds.errands import Errands
from skillkit.worlds.rewards import RewardTerm

PATIENCE = 1.0  # seconds; time to recover from a stumble
HEADING = Group("heading", 2, "1")  # cosine and sine of the yaw
POSITION = Group("position", 2, "m")
TARGET_EGO = Group("target_ego", 2, "m")  # the goal as seen from the body: ahead, to the left
OBSERVED: dict[str, Callable[[Float, Float, Float], Float]] = {  # of position, heading and goal, by the group's name
    HEADING.name: lambda position, heading, goal: np.stack([np.cos(heading), np.sin(heading)], axis=1),
    POSITION.name: lambda position, heading, goal: position,
    TARGET_EGO.name: lambda position, heading, goal: to_heading_frame(heading, goal - position),
}


@dataclass(frozen=True)
class Task:
    """A task on an arena, for n worlds at once.

    goal: None where there is none, a goal's number, "random" (drawn each episode), or the name of the arena's region;
    errands: what is asked for instead of a goal, in a room with targets and boxes, None in any other;
    held: whether a goal must be held at the end of the episode, or ends it when it is reached; random_heading: whether
    episodes start facing anywhere, or along x; patience: seconds for which a body may be unhealthy before it is given
    up, which terminates the episode where the reward `given-up` charges for it; episode_steps: control steps; groups:
    observed beside proprioception; actor_groups: those of them that a policy sees unless it declares its own;
    low_groups: those shown to the low level of a hierarchy, free of targets; open_ended: whether nothing is
    to be solved, so that a skill is judged by where its latents lead.
    """

    name: str
    arena: Arena
    episode_steps: int
    rewards: tuple[RewardTerm, ...]
    goal: str | None = None
    errands: Errands | None = None
    held: bool = False
    random_heading: bool = False
    patience: float = 0.0
    groups: tuple[Group, ...] = (HEADING, POSITION)
    actor_groups: tuple[str, ...] = ()
    low_groups: tuple[str, ...] = ()
    open_ended: bool = False

    @property
    def can_succeed(self) -> bool:
        """Whether there is something to be reached or done."""
        return self.goal is not None or self.errands is not None

    def start_heading(self, count: int, rng: np.random.Generator) -> Float:
        """Headings at the start of an episode, (count,) rad."""
        return rng.uniform(-np.pi, np.pi, count) if self.random_heading else np.zeros(count)

    def draw_goal(self, count: int, rng: np.random.Generator) -> Float:
        """Goals for new episodes, (count, 2) m; zeros where the task has none, or a region."""
        if self.goal is None or self.arena.nearest is not None:
            return np.zeros((count, 2))
        if self.arena.goal_distance:
            angle = rng.uniform(-np.pi, np.pi, count)
            return self.arena.goal_distance * np.array([np.cos(angle), np.sin(angle)]).T
        goals = np.array(self.arena.goals)
        if self.goal == "random":
            return goals[rng.integers(len(goals), size=count)]
        return np.repeat(goals[int(str(self.goal))][None], count, axis=0)

    def goal_from(self, position: Float, goal: Float) -> Float:
        """The goals (n, 2) m at positions (n, 2): of a region its nearest point, else those that were drawn."""
        return goal if self.arena.nearest is None else self.arena.nearest(position)

    def reached(self, position: Float, goal: Float) -> np.ndarray:
        """Whether positions (n, 2) lie within the goal's radius, (n,)."""
        if self.goal is None:
            return np.zeros(len(position), bool)
        return np.linalg.norm(position - goal, axis=1) <= self.arena.goal_radius

    def observe(self, position: Float, heading: Float, goal: Float) -> Float32:
        """The task's groups side by side, (n, sum of widths)."""
        parts = [OBSERVED[group.name](position, heading, goal) for group in self.groups]
        return np.concatenate([np.zeros((len(position), 0)), *parts], axis=1, dtype=np.float32)


def no_goal(task: str, goal: str | None, own: str | None = None) -> None:
    """A UserError where a goal is named, other than the task's own, for a task that has none to choose."""
    if goal not in (None, own):
        raise UserError(f"the task {task!r} has no goals to choose from, got goal {goal!r}; leave --goal out.")
