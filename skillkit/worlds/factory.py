"""From the names of a body and a task to a batch of worlds."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from skillkit import bodies
from skillkit.bodies import BODIES, GYMNASIUM_BODIES, Body
from skillkit.errors import UserError, unknown_name
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import RewardTerm
from skillkit.worlds.task import Task
from skillkit.worlds.tasks import MULTI_GOAL, PUSHER, RUN, SNAKE, TASKS


def make_world(
    body: str | Body,
    task: str,
    goal: str | int | None = None,
    *,
    count: int | None = None,
    box_mass: float | None = None,
    rewards: tuple[RewardTerm, ...] | None = None,
    episode_steps: int | None = None,
    num_worlds: int = 1,
    threads: int = 1,
    seed: int = 0,
) -> MujocoWorld:
    """Worlds with a body, ours by name or any other, on the named task, the arena scaled to the body.

    goal: a goal's number, "random", a region's name, or None for the task's own; count: of a task's targets or boxes;
    box_mass: kg; None for the task's own; the rest as in `MujocoWorld`.
    Raises UserError for a name that is not known, and for a goal, a count or a mass that the task cannot have.
    """
    chosen, rules = body_on_task(body, task, None if goal is None else str(goal), count=count, box_mass=box_mass)
    if any(term.name == "contact-cost" for term in rewards or ()) and "cfrc_ext" not in chosen.derived:
        raise UserError(
            f"the reward 'contact-cost' needs contact forces, which the {chosen.name} does not have on the task "
            f"{task!r}; leave it out, or use the ant or the humanoid on the task 'run'."
        )
    return MujocoWorld(
        chosen,
        rules,
        rewards=rewards,
        episode_steps=episode_steps,
        num_worlds=num_worlds,
        threads=threads,
        seed=seed,
    )


def bodies_on(task: str) -> Mapping[str, Body]:
    """The bodies of a task, by name."""
    alone: dict[str, Body] = {SNAKE: bodies.SNAKE, MULTI_GOAL: bodies.POINT, PUSHER: bodies.ARM}
    if task in alone:
        return {alone[task].name: alone[task]}
    return GYMNASIUM_BODIES if task == RUN else BODIES


def body_on_task(body: str | Body, task: str, goal: str | None, **chosen: float | None) -> tuple[Body, Task]:
    """The body as the task has it, and the task scaled to it; `chosen` and errors as for `make_world`."""
    if not isinstance(body, str):
        return _on_common_task(body, task, goal, **chosen)
    if all(body not in bodies_on(each) for each in TASKS):
        raise unknown_name("body", body, {name for each in TASKS for name in bodies_on(each)})
    if task not in TASKS:
        raise unknown_name("task", task, TASKS)
    known = bodies_on(task)
    if body not in known:
        others = next(each for each in TASKS if body in bodies_on(each))
        raise UserError(
            f"the task {task!r} is for the bodies {', '.join(known)}, got {body!r}; choose one, or --task {others}."
        )
    if task == RUN:
        _taken(task, **chosen)
        return GYMNASIUM_BODIES[body], TASKS[task](GYMNASIUM_BODIES[body].rewards, goal)
    return known[body], TASKS[task](known[body].scale, goal, **_taken(task, **chosen))


def _taken(task: str, **values: float | None) -> dict[str, Any]:
    """The values that were given, by name; a UserError for one that the task's function does not take."""
    given = {name: value for name, value in values.items() if value is not None}
    for name, value in given.items():
        if name not in inspect.signature(TASKS[task]).parameters:
            raise UserError(f"the task {task!r} has no {name} to choose, got {value:g}; leave {name} out.")
    return given


def _on_common_task(body: Body, task: str, goal: str | None, **chosen: float | None) -> tuple[Body, Task]:
    """A body that has no name here, on a task that has no bodies of its own."""
    if task not in TASKS:
        raise unknown_name("task", task, TASKS)
    if bodies_on(task) is not BODIES:
        free = ", ".join(each for each in TASKS if bodies_on(each) is BODIES)
        raise UserError(
            f"the task {task!r} is for the bodies {', '.join(bodies_on(task))}, got {body.name!r}; "
            f"choose one of {free}."
        )
    return body, TASKS[task](body.scale, goal, **_taken(task, **chosen))
