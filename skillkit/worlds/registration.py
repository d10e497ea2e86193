"""The worlds that `gymnasium.make` knows once skillkit is imported; needs neither torch nor MuJoCo."""

from __future__ import annotations

import gymnasium

WORLDS: dict[str, dict[str, str]] = {
    "skillkit/AntOpen-v0": {"body": "ant", "task": "open"},
    "skillkit/AntMaze-v0": {"body": "ant", "task": "maze", "goal": "0"},
    "skillkit/AntGoal-v0": {"body": "ant", "task": "goal"},
    "skillkit/BallOpen-v0": {"body": "ball", "task": "open"},
    "skillkit/BallMaze-v0": {"body": "ball", "task": "maze", "goal": "0"},
    "skillkit/BallGoal-v0": {"body": "ball", "task": "goal"},
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
