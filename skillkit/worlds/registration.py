"""The worlds that `gymnasium.make` knows once skillkit is imported; needs neither torch nor MuJoCo."""

from __future__ import annotations

import gymnasium

ERRANDS = ("goto-targets", "move-box", "move-heavy-box", "gather-boxes", "move-or-goto", "move-and-goto")
FLOORS = ("open", "maze", "goal", "hallway-wide", "hallway-narrow", "u-hallway", "blocked-maze")
ANYWHERE = (*FLOORS, *ERRANDS)  # of these bodies:
WALKERS = ("ant", "ball", "quadruped", "car")
RUNNERS = ("ant", "half-cheetah", "hopper", "humanoid", "swimmer", "walker2d")
GOALS = {"maze": "0", "pusher": "x=-1"}
PAIRS = (
    *((body, task) for body in WALKERS for task in ANYWHERE),
    *((body, "run") for body in RUNNERS),
    *(("point", "multi-goal"), ("snake", "snake"), ("arm", "pusher")),
)


def _name(body: str, task: str) -> str:
    """As in skillkit/HalfCheetahRun-v0."""
    return f"skillkit/{''.join(part.capitalize() for part in (*body.split('-'), *task.split('-')))}-v0"


WORLDS: dict[str, dict[str, str]] = {
    _name(body, task): {"body": body, "task": task, **({"goal": GOALS[task]} if task in GOALS else {})}
    for body, task in PAIRS
}


def register() -> None:
    """Register every world that is not yet; the time limits are the worlds' own."""
    for name, kwargs in WORLDS.items():
        if name not in gymnasium.registry:
            gymnasium.register(
                id=name,
                entry_point="skillkit.worlds.env:WorldEnv",
                vector_entry_point="skillkit.worlds.env:WorldVectorEnv",
                kwargs=dict(kwargs),
            )
