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
    "skillkit/AntHallwayWide-v0": {"body": "ant", "task": "hallway-wide"},
    "skillkit/AntHallwayNarrow-v0": {"body": "ant", "task": "hallway-narrow"},
    "skillkit/AntUHallway-v0": {"body": "ant", "task": "u-hallway"},
    "skillkit/AntBlockedMaze-v0": {"body": "ant", "task": "blocked-maze"},
    "skillkit/BallHallwayWide-v0": {"body": "ball", "task": "hallway-wide"},
    "skillkit/BallHallwayNarrow-v0": {"body": "ball", "task": "hallway-narrow"},
    "skillkit/BallUHallway-v0": {"body": "ball", "task": "u-hallway"},
    "skillkit/BallBlockedMaze-v0": {"body": "ball", "task": "blocked-maze"},
    "skillkit/PointMultiGoal-v0": {"body": "point", "task": "multi-goal"},
    "skillkit/SnakeSnake-v0": {"body": "snake", "task": "snake"},
    "skillkit/ArmPusher-v0": {"body": "arm", "task": "pusher", "goal": "x=-1"},
    "skillkit/AntRun-v0": {"body": "ant", "task": "run"},
    "skillkit/HalfCheetahRun-v0": {"body": "half-cheetah", "task": "run"},
    "skillkit/HopperRun-v0": {"body": "hopper", "task": "run"},
    "skillkit/HumanoidRun-v0": {"body": "humanoid", "task": "run"},
    "skillkit/SwimmerRun-v0": {"body": "swimmer", "task": "run"},
    "skillkit/Walker2dRun-v0": {"body": "walker2d", "task": "run"},
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
