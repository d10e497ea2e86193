"""Tasks: what is observed beside the body's senses, what is rewarded, and when an episode ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from skillkit.bodies.rotation import to_heading_frame
from skillkit.errors import UserError, nearest_name
from skillkit.types import Float, Float32, Group
from skillkit.worlds.arenas import Arena, cross_maze, floor, floor_with_goal, four_goals
from skillkit.worlds.rewards import RewardTerm

HEADING = Group("heading", 2, "1")  # cosine and sine of the yaw
POSITION = Group("position", 2, "m")
TARGET_EGO = Group("target_ego", 2, "m")  # the goal as seen from the body: ahead, to the left
OBSERVED: dict[str, Callable[[Float, Float, Float], Float]] = {  # of position, heading and goal, by the group's name
    HEADING.name: lambda position, heading, goal: np.stack([np.cos(heading), np.sin(heading)], axis=1),
    POSITION.name: lambda position, heading, goal: position,
    TARGET_EGO.name: lambda position, heading, goal: to_heading_frame(heading, goal - position),
}
ANY = "any"  # every goal of the arena, whichever is nearest
PATIENCE = 1.0  # seconds; time to recover from a stumble


@dataclass(frozen=True)
class Task:
    """A task on an arena, for n worlds at once.

    goal: None where there is none, a goal's number, "random" (drawn each episode), or "any" (all of them count, the
    nearest at every moment); random_heading: whether
    episodes start facing anywhere, or along x; patience: seconds for which a body may be unhealthy before it is given
    up, which terminates the episode where the reward `given-up` charges for it; episode_steps: control steps; groups:
    observed beside proprioception; actor_groups: those of them that a policy sees unless it declares its own;
    open_ended: whether nothing is to be solved, so that a skill is judged by where its latents lead.
    """

    name: str
    arena: Arena
    episode_steps: int
    rewards: tuple[RewardTerm, ...]
    goal: str | None = None
    random_heading: bool = False
    patience: float = 0.0
    groups: tuple[Group, ...] = (HEADING, POSITION)
    actor_groups: tuple[str, ...] = ()
    open_ended: bool = False

    def start_heading(self, count: int, rng: np.random.Generator) -> Float:
        """Headings at the start of an episode, (count,) rad."""
        return rng.uniform(-np.pi, np.pi, count) if self.random_heading else np.zeros(count)

    def draw_goal(self, count: int, rng: np.random.Generator) -> Float:
        """Goals for new episodes, (count, 2) m; zeros where the task has none, or where that is not settled."""
        if self.goal in (None, ANY):
            return np.zeros((count, 2))
        if self.arena.goal_distance:
            angle = rng.uniform(-np.pi, np.pi, count)
            return self.arena.goal_distance * np.array([np.cos(angle), np.sin(angle)]).T
        goals = np.array(self.arena.goals)
        if self.goal == "random":
            return goals[rng.integers(len(goals), size=count)]
        return np.repeat(goals[int(str(self.goal))][None], count, axis=0)

    def goal_from(self, position: Float, goal: Float) -> Float:
        """Which goals (n, 2) m count at positions (n, 2), of those that were drawn."""
        if self.goal != ANY:
            return goal
        goals = np.array(self.arena.goals)
        return goals[np.linalg.norm(position[:, None] - goals, axis=2).argmin(1)]

    def reached(self, position: Float, goal: Float) -> np.ndarray:
        """Whether positions (n, 2) lie within the goal's radius, (n,)."""
        if self.goal is None:
            return np.zeros(len(position), bool)
        return np.linalg.norm(position - goal, axis=1) <= self.arena.goal_radius

    def observe(self, position: Float, heading: Float, goal: Float) -> Float32:
        """The task's groups side by side, (n, sum of widths)."""
        parts = [OBSERVED[group.name](position, heading, goal) for group in self.groups]
        return np.concatenate([np.zeros((len(position), 0)), *parts], axis=1, dtype=np.float32)


def open_floor(scale: float, goal: str | None) -> Task:
    """A floor without walls, any initial heading; a fall ends the episode."""
    if goal is not None:
        raise UserError(f"the task 'open' has no goals, got goal {goal!r}; leave --goal out.")
    return Task(
        name="open",
        arena=floor(scale),
        episode_steps=1000,
        rewards=(RewardTerm("velocity-norm"),),
        random_heading=True,
        open_ended=True,
    )


def maze(scale: float, goal: str | None) -> Task:
    """The cross maze: 1000 on reaching the goal, which ends the episode; a body that is given up costs 100."""
    arena = cross_maze(scale)
    return Task(
        name="maze",
        arena=arena,
        episode_steps=1000,
        rewards=(RewardTerm("goal-reached", weight=1000.0), RewardTerm("given-up", weight=100.0)),
        goal=_checked_goal("maze", goal, len(arena.goals)),
        patience=PATIENCE,
        groups=(HEADING, POSITION, TARGET_EGO),
        actor_groups=("heading", "position", "target_ego"),
    )


def distant_goal(scale: float, goal: str | None) -> Task:
    """One goal on the open floor, in any direction: 1 on reaching it; a body that is given up costs 0.1.

    It lies 8 m away for an ant: lengths are the ant's, as in the maze, and a body of half its scale has half the way
    to go, to half the radius. Walking there at 1 m/s leaves more than half of the time. The floor looks the same from
    everywhere, so that policies see neither position nor heading.
    """
    if goal not in (None, "random"):
        raise UserError(f"the task 'goal' draws its goal anew in every episode, got goal {goal!r}; leave --goal out.")
    return Task(
        name="goal",
        arena=floor_with_goal(scale),
        episode_steps=400,
        rewards=(RewardTerm("goal-reached"), RewardTerm("given-up", weight=0.1)),
        goal="random",
        random_heading=True,
        patience=PATIENCE,
        groups=(HEADING, POSITION, TARGET_EGO),
        actor_groups=("target_ego",),
    )


def multi_goal(scale: float, goal: str | None) -> Task:
    """Four goals around the start, any of which will do: 10 on reaching one, which ends the episode.

    Every step costs the squared distance to the nearest and 30 times the squared action, as in the published code of
    Haarnoja et al. (2017); their paper has a mixture of Gaussians in its place. A policy sees where it is, no more.
    """
    if goal not in (None, ANY):
        raise UserError(f"the task 'multi-goal' takes any of its goals, got goal {goal!r}; leave --goal out.")
    return Task(
        name=MULTI_GOAL,
        arena=four_goals(scale),
        episode_steps=30,
        rewards=(
            RewardTerm("goal-reached", weight=10.0),
            RewardTerm("squared-goal-distance"),
            RewardTerm("control-cost", weight=30.0),
        ),
        goal=ANY,
        groups=(POSITION,),
        actor_groups=(POSITION.name,),
    )


def run(weights: Mapping[str, float], goal: str | None) -> Task:
    """Gymnasium's v5 running environments: along x as fast as it can; an unhealthy body ends the episode.

    Commands beyond [-1, 1] are clipped before they are charged, where Gymnasium charges them as they came.
    """
    if goal is not None:
        raise UserError(f"the task 'run' has no goals, got goal {goal!r}; leave --goal out.")
    return Task(
        name="run",
        arena=floor(1.0),
        episode_steps=1000,
        rewards=tuple(RewardTerm(name, weight) for name, weight in weights.items()),
        groups=(),
    )


RUN, MULTI_GOAL = "run", "multi-goal"  # tasks that have bodies of their own
TASKS: dict[str, Callable[..., Task]] = {
    "open": open_floor,
    "maze": maze,
    "goal": distant_goal,
    MULTI_GOAL: multi_goal,
    RUN: run,
}


def _checked_goal(task: str, goal: str | None, count: int) -> str:
    """The goal to use (0 by default), or a UserError when the task has no such goal."""
    known = [*map(str, range(count)), "random"]
    chosen = goal if goal is not None else "0"
    if chosen not in known:
        near = nearest_name(chosen, known)
        hint = f"; did you mean {near!r}?" if near else "."
        raise UserError(f"the task {task!r} has the goals {', '.join(known)}, got {chosen!r}{hint}")
    return chosen
