"""The quadruped stands by itself, keeps standing under random commands, and each motor moves its own joint."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.bodies import BODIES
from skillkit.worlds.factory import make_world

QUADRUPED = BODIES["quadruped"]


@pytest.mark.parametrize("reach", [0.0, 1.0])
def test_it_stands(reach: float) -> None:
    world, rng = make_world("quadruped", "open", num_worlds=4), np.random.default_rng(0)
    world.reset()
    for _ in range(60):
        step = world.step(reach * rng.uniform(-1.0, 1.0, (4, 12)).astype(np.float32))
        assert not step.fallen.any()
    if reach == 0.0:
        np.testing.assert_allclose(world.physics.qpos[:, 2], 0.5, atol=0.04)  # its springs give a little


def test_each_motor_moves_its_joint_the_way_of_its_sign() -> None:
    world = make_world("quadruped", "open", num_worlds=12)
    world.reset()
    world.physics.qpos[:] = world.physics.qpos[:1]
    world.physics.qpos[:, 2] = 3.0  # in the air
    world.physics.qvel[:] = 0.0
    before = world.physics.qpos[:, 7:].copy()
    world.step(np.eye(12, dtype=np.float32))
    moved = world.physics.qpos[:, 7:] - before
    still = moved - np.diag(np.diag(moved))
    assert np.diag(moved).min() > 0.02
    assert np.diag(moved).min() > np.abs(np.median(still, axis=0)).max()


def test_motors_are_named_after_their_joints() -> None:
    model = QUADRUPED.spec().compile()
    assert [model.joint(index).name for index in range(1, model.njnt)] == list(QUADRUPED.motors)
    assert model.opt.timestep * QUADRUPED.substeps == pytest.approx(QUADRUPED.time_step)
    assert (QUADRUPED.scale, QUADRUPED.time_step, len(QUADRUPED.motors)) == (1.0, 0.05, 12)
