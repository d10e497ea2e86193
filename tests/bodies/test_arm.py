"""The arm: its hand is where MuJoCo has it, and the cylinder stays where it is left."""

from __future__ import annotations

import mujoco
import numpy as np

from skillkit.bodies.arm import Arm
from skillkit.worlds.factory import make_world

ARM = Arm()


def test_the_hand_is_where_mujoco_has_it() -> None:
    model = ARM.spec().compile()
    data = mujoco.MjData(model)
    rng = np.random.default_rng(0)
    for _ in range(5):
        data.qpos[:] = rng.uniform(-2.0, 2.0, 5)
        mujoco.mj_forward(model, data)
        hand, cylinder = data.geom("hand").xpos[:2], data.geom("cylinder").xpos[:2]
        sensed = ARM.proprioception(data.qpos[None].copy(), data.qvel[None].copy())[0]
        np.testing.assert_allclose(sensed[9:11], hand, atol=1e-6)
        np.testing.assert_allclose(sensed[11:13], cylinder - hand, atol=1e-6)
        np.testing.assert_allclose(ARM.hand_distance(data.qpos[None].copy()), np.linalg.norm(cylinder - hand))
        np.testing.assert_allclose(ARM.position(data.qpos[None].copy())[0], cylinder)


def test_a_start_touches_nothing_and_has_the_cylinder_in_its_field() -> None:
    qpos, qvel = ARM.initial_state(np.zeros(500), np.random.default_rng(0))
    assert ARM.hand_distance(qpos).min() >= 0.4
    assert qpos[:, 3:].min(0).round(1).tolist() == [-1.0, -1.1]
    assert qpos[:, 3:].max(0).round(1).tolist() == [1.0, -0.3]
    assert not qvel.any()


def test_the_cylinder_moves_when_it_is_pushed_and_not_by_itself() -> None:
    world = make_world("arm", "pusher", num_worlds=2)
    world.reset()
    world.physics.qpos[:, :3] = 0.0  # stretched out along x, the hand at (1.8, 0)
    world.physics.qpos[:, 3:5] = [(1.7, 0.4), (-1.0, -1.0)]
    before = world.position.copy()
    for _ in range(40):
        world.step(np.array([[1.0, 0.3, 0.1]] * 2, np.float32))
    moved = np.linalg.norm(world.position - before, axis=1)
    assert moved[0] > 0.2
    assert moved[1] == 0.0
    assert ARM.healthy(world.physics.qpos, world.physics.qvel).all()
