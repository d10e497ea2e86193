"""The registered names, and that registering stays quick."""

from __future__ import annotations

import subprocess
import sys

import gymnasium

from skillkit.worlds.registration import WORLDS, register


def test_registers_once_and_without_torch_or_mujoco() -> None:
    code = (
        "import sys, warnings; warnings.simplefilter('error')\n"
        "from skillkit.worlds.registration import register\n"
        "register(); register()\n"
        "import gymnasium\n"
        "print(sorted(name for name in gymnasium.registry if name.startswith('skillkit/')))\n"
        "assert not {'torch', 'mujoco'} & set(sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == str(sorted(WORLDS))
    assert set(WORLDS) == {
        "skillkit/AntBlockedMaze-v0",
        "skillkit/AntGatherBoxes-v0",
        "skillkit/AntGoal-v0",
        "skillkit/AntGotoTargets-v0",
        "skillkit/AntHallwayNarrow-v0",
        "skillkit/AntHallwayWide-v0",
        "skillkit/AntMaze-v0",
        "skillkit/AntMoveAndGoto-v0",
        "skillkit/AntMoveBox-v0",
        "skillkit/AntMoveHeavyBox-v0",
        "skillkit/AntMoveOrGoto-v0",
        "skillkit/AntOpen-v0",
        "skillkit/AntRun-v0",
        "skillkit/AntUHallway-v0",
        "skillkit/ArmPusher-v0",
        "skillkit/BallBlockedMaze-v0",
        "skillkit/BallGatherBoxes-v0",
        "skillkit/BallGoal-v0",
        "skillkit/BallGotoTargets-v0",
        "skillkit/BallHallwayNarrow-v0",
        "skillkit/BallHallwayWide-v0",
        "skillkit/BallMaze-v0",
        "skillkit/BallMoveAndGoto-v0",
        "skillkit/BallMoveBox-v0",
        "skillkit/BallMoveHeavyBox-v0",
        "skillkit/BallMoveOrGoto-v0",
        "skillkit/BallOpen-v0",
        "skillkit/BallUHallway-v0",
        "skillkit/CarBlockedMaze-v0",
        "skillkit/CarGatherBoxes-v0",
        "skillkit/CarGoal-v0",
        "skillkit/CarGotoTargets-v0",
        "skillkit/CarHallwayNarrow-v0",
        "skillkit/CarHallwayWide-v0",
        "skillkit/CarMaze-v0",
        "skillkit/CarMoveAndGoto-v0",
        "skillkit/CarMoveBox-v0",
        "skillkit/CarMoveHeavyBox-v0",
        "skillkit/CarMoveOrGoto-v0",
        "skillkit/CarOpen-v0",
        "skillkit/CarUHallway-v0",
        "skillkit/HalfCheetahRun-v0",
        "skillkit/HopperRun-v0",
        "skillkit/HumanoidRun-v0",
        "skillkit/PointMultiGoal-v0",
        "skillkit/QuadrupedBlockedMaze-v0",
        "skillkit/QuadrupedGatherBoxes-v0",
        "skillkit/QuadrupedGoal-v0",
        "skillkit/QuadrupedGotoTargets-v0",
        "skillkit/QuadrupedHallwayNarrow-v0",
        "skillkit/QuadrupedHallwayWide-v0",
        "skillkit/QuadrupedMaze-v0",
        "skillkit/QuadrupedMoveAndGoto-v0",
        "skillkit/QuadrupedMoveBox-v0",
        "skillkit/QuadrupedMoveHeavyBox-v0",
        "skillkit/QuadrupedMoveOrGoto-v0",
        "skillkit/QuadrupedOpen-v0",
        "skillkit/QuadrupedUHallway-v0",
        "skillkit/SnakeSnake-v0",
        "skillkit/SwimmerRun-v0",
        "skillkit/Walker2dRun-v0",
    }


def test_the_world_keeps_its_own_time_limit() -> None:
    register()
    assert gymnasium.spec("skillkit/AntOpen-v0").max_episode_steps is None
    env = gymnasium.make("skillkit/BallOpen-v0", episode_steps=2)
    env.reset(seed=0)
    assert [env.step(env.action_space.sample())[3] for _ in range(2)] == [False, True]
