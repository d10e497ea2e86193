"""The tasks by name: each a function from the scale of a body, and a goal, to a task."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from skillkit.errors import UserError, nearest_name
from skillkit.worlds.arenas import (
    Arena,
    blocked_passage,
    cross_maze,
    finish_line,
    floor,
    floor_with_goal,
    four_goals,
    hallway,
    table_with_target,
    u_turn,
)
from skillkit.worlds.errand_tasks import (
    gather_boxes,
    goto_targets,
    move_and_goto,
    move_box,
    move_heavy_box,
    move_or_goto,
)
from skillkit.worlds.rewards import RewardTerm
from skillkit.worlds.task import HEADING, PATIENCE, POSITION, TARGET_EGO, Task, no_goal

PLACES = 2.0  # m; how far out a coordinate of the pusher's target may be


def open_floor(scale: float, goal: str | None) -> Task:
    """A floor without walls, any initial heading; a fall ends the episode."""
    no_goal("open", goal)
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
    no_goal(MULTI_GOAL, goal, "any")
    return Task(
        name=MULTI_GOAL,
        arena=four_goals(scale),
        episode_steps=30,
        rewards=(
            RewardTerm("goal-reached", weight=10.0),
            RewardTerm("squared-goal-distance"),
            RewardTerm("control-cost", weight=30.0),
        ),
        goal="any",
        groups=(POSITION,),
        actor_groups=(POSITION.name,),
    )


def snake(scale: float, goal: str | None) -> Task:
    """Swim along x, which pays the same either way; beyond a finish line ahead, every step pays more.

    After the swimming snake of Haarnoja (2018), section 3.4, whose sizes are not given.
    """
    no_goal(SNAKE, goal, "line")
    return Task(
        name=SNAKE,
        arena=finish_line(scale),
        episode_steps=500,
        rewards=(RewardTerm("x-displacement-norm", window=2.0), RewardTerm("at-goal")),
        goal="line",
        held=True,
        groups=(POSITION,),
        actor_groups=(POSITION.name,),
    )


def wide_hallway(scale: float, goal: str | None) -> Task:
    """A hallway 6 m wide at scale 1: speed is paid as on the open floor, and the walls leave one way to go."""
    return _hallway("hallway-wide", hallway(scale, 6.0), goal)


def narrow_hallway(scale: float, goal: str | None) -> Task:
    """A hallway 3 m wide at scale 1: speed is paid as on the open floor, and the walls leave one way to go."""
    return _hallway("hallway-narrow", hallway(scale, 3.0), goal)


def u_hallway(scale: float, goal: str | None) -> Task:
    """A hallway that turns back: nearness to the goal at its end is paid, as the crow flies."""
    return _near_goal("u-hallway", u_turn(scale), goal)


def blocked_maze(scale: float, goal: str | None) -> Task:
    """Two passages, one of them blocked further on: nearness to the goal behind both is paid."""
    return _near_goal("blocked-maze", blocked_passage(scale), goal)


def pusher(scale: float, goal: str | None) -> Task:
    """Push a cylinder across a table to a line or a place, --goal x=-1, y=-1 or x=-1,y=-1, and leave it there.

    A step costs the cylinder's distance from it, m, and 0.01 times the squared action; the published code of Haarnoja
    et al. (2018a) charges 0.1 for the action.
    """
    x, y = _target(goal if goal is not None else "x=-1")
    named = [f"{axis}={place:g}" for axis, place in (("x", x), ("y", y)) if place is not None]
    return Task(
        name=PUSHER,
        arena=table_with_target(x, y),
        episode_steps=100,
        rewards=(RewardTerm("goal-distance"), RewardTerm("control-cost", weight=0.01)),
        goal=",".join(named),
        held=True,
        groups=(POSITION,),
        actor_groups=(POSITION.name,),
    )


def run(weights: Mapping[str, float], goal: str | None) -> Task:
    """Gymnasium's v5 running environments: along x as fast as it can; an unhealthy body ends the episode.

    Commands beyond [-1, 1] are clipped before they are charged, where Gymnasium charges them as they came.
    """
    no_goal(RUN, goal)
    return Task(
        name="run",
        arena=floor(1.0),
        episode_steps=1000,
        rewards=tuple(RewardTerm(name, weight) for name, weight in weights.items()),
        groups=(),
    )


RUN, MULTI_GOAL, SNAKE, PUSHER = "run", "multi-goal", "snake", "pusher"  # tasks that have bodies of their own
TASKS: dict[str, Callable[..., Task]] = {
    "open": open_floor,
    "maze": maze,
    "goal": distant_goal,
    MULTI_GOAL: multi_goal,
    "hallway-wide": wide_hallway,
    "hallway-narrow": narrow_hallway,
    "u-hallway": u_hallway,
    "blocked-maze": blocked_maze,
    "goto-targets": goto_targets,
    "move-box": move_box,
    "move-heavy-box": move_heavy_box,
    "gather-boxes": gather_boxes,
    "move-or-goto": move_or_goto,
    "move-and-goto": move_and_goto,
    SNAKE: snake,
    PUSHER: pusher,
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


def _hallway(name: str, arena: Arena, goal: str | None) -> Task:
    no_goal(name, goal)
    return Task(
        name=name,
        arena=arena,
        episode_steps=500,
        rewards=(RewardTerm("displacement-norm"),),
        actor_groups=(HEADING.name, POSITION.name),
    )


def _near_goal(name: str, arena: Arena, goal: str | None) -> Task:
    return Task(
        name=name,
        arena=arena,
        episode_steps=500,
        rewards=(RewardTerm("goal-proximity"),),
        goal=_checked_goal(name, goal, len(arena.goals)),
        held=True,
        actor_groups=(HEADING.name, POSITION.name),
    )


def _target(goal: str) -> tuple[float | None, float | None]:
    """The coordinates that the pusher's goal names, m, None for one that is free."""
    named = dict(re.findall(r"(?:^|,)([xy])=([-+]?[0-9]+\.?[0-9]*)(?=,|$)", goal.replace(" ", "")))
    whole = goal.replace(" ", "").count(",") + 1 == len(named)
    x, y = (float(named[axis]) if whole and axis in named else None for axis in ("x", "y"))
    if (x is None and y is None) or any(place is not None and abs(place) > PLACES for place in (x, y)):
        raise UserError(
            f"the task 'pusher' takes --goal x=..., y=... or x=...,y=... within {PLACES:g} m, as in x=-1,y=-1; "
            f"got {goal!r}."
        )
    return x, y
