"""Body and task by name, and the world where they meet."""

from __future__ import annotations

from skillkit.bodies import BODIES
from skillkit.errors import unknown_name
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import RewardTerm
from skillkit.worlds.tasks import TASKS


def make_world(
    body: str,
    task: str,
    goal: str | None = None,
    *,
    rewards: tuple[RewardTerm, ...] | None = None,
    episode_steps: int | None = None,
    num_worlds: int = 1,
    threads: int = 1,
    seed: int = 0,
) -> MujocoWorld:
    """Worlds of a body on a task, both by name; see `MujocoWorld`. UserError for names that are not known."""
    if body not in BODIES:
        raise unknown_name("body", body, BODIES)
    if task not in TASKS:
        raise unknown_name("task", task, TASKS)
    made = BODIES[body]()
    return MujocoWorld(
        made,
        TASKS[task](made.scale, goal),
        rewards=rewards,
        episode_steps=episode_steps,
        num_worlds=num_worlds,
        threads=threads,
        seed=seed,
    )
