"""From the names of a body and a task to a batch of worlds."""

from __future__ import annotations

from skillkit.bodies import BODIES
from skillkit.errors import unknown_name
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import RewardTerm
from skillkit.worlds.tasks import TASKS


def make_world(
    body: str,
    task: str,
    goal: str | int | None = None,
    *,
    rewards: tuple[RewardTerm, ...] | None = None,
    episode_steps: int | None = None,
    num_worlds: int = 1,
    threads: int = 1,
    seed: int = 0,
) -> MujocoWorld:
    """Worlds with the named body on the named task, the arena scaled to the body.

    goal: a goal's number, "random", or None for the task's own; the rest as in `MujocoWorld`.
    Raises UserError for a name that is not known and for a goal that the task has not.
    """
    if body not in BODIES:
        raise unknown_name("body", body, BODIES)
    if task not in TASKS:
        raise unknown_name("task", task, TASKS)
    chosen = BODIES[body]()
    return MujocoWorld(
        chosen,
        TASKS[task](chosen.scale, None if goal is None else str(goal)),
        rewards=rewards,
        episode_steps=episode_steps,
        num_worlds=num_worlds,
        threads=threads,
        seed=seed,
    )
