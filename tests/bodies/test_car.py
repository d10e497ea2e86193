"""The car drives along its heading about as fast as the ball, and turns by its wheels' difference."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.bodies import BODIES
from skillkit.worlds.factory import make_world
from skillkit.worlds.mujoco_world import MujocoWorld


def driven(body: str, command: tuple[float, float], steps: int) -> MujocoWorld:
    world = make_world(body, "maze")  # where it starts along x
    world.reset()
    world.physics.qpos[:] = BODIES[body].initial_state(np.zeros(1), np.random.default_rng(0))[0]
    world.physics.qvel[:] = 0.0
    for _ in range(steps):
        world.step(np.array([command], np.float32))
    return world


def test_it_drives_along_its_heading_as_fast_as_the_ball() -> None:
    (x, y), (ball, _) = driven("car", (1.0, 1.0), 40).position[0], driven("ball", (1.0, 0.0), 40).position[0]
    assert 1.5 < x < 3.0
    assert abs(y) < 0.05 * x
    assert 0.7 < x / ball < 1.4


def test_it_turns_on_the_spot() -> None:
    left, right = driven("car", (-1.0, 1.0), 8), driven("car", (1.0, -1.0), 8)
    assert left.heading[0] > 0.3
    assert right.heading[0] == pytest.approx(-left.heading[0], rel=0.05)
    assert np.linalg.norm(left.position) < 0.05


def test_its_wheels_have_speeds_alone() -> None:
    groups = [(group.name, group.width) for group in BODIES["car"].groups]
    assert groups == [
        ("height", 1),
        ("gravity", 3),
        ("body_velocity", 3),
        ("body_angular_velocity", 3),
        ("joint_vel", 2),
    ]
    assert (BODIES["car"].motors, BODIES["car"].scale) == (("left_wheel", "right_wheel"), BODIES["ball"].scale)
