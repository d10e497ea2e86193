"""The arm: its hand is where MuJoCo has it, and takes the cylinder along."""

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
        hand, cylinder = data.geom("palm").xpos[:2], data.geom("cylinder").xpos[:2]
        sensed = ARM.proprioception(data.qpos[None].copy(), data.qvel[None].copy())[0]
        np.testing.assert_allclose(sensed[9:11], hand, atol=1e-6)
        np.testing.assert_allclose(sensed[11:13], cylinder - hand, atol=1e-6)
        np.testing.assert_allclose(ARM.position(data.qpos[None].copy())[0], cylinder)


def test_it_starts_anywhere_about_the_table_with_the_cylinder_in_its_hand() -> None:
    qpos, qvel = ARM.initial_state(np.zeros(2000), np.random.default_rng(0))
    sensed = ARM.proprioception(qpos, qvel)
    np.testing.assert_allclose(sensed[:, 11:13], 0.0, atol=1e-6)
    assert qpos[:, 3:].min(0).round(1).tolist() == [-1.1, -1.2]
    assert qpos[:, 3:].max(0).round(1).tolist() == [1.1, 0.5]
    for axis, (low, high) in enumerate(((-1.1, 1.1), (-1.2, 0.5))):  # uniform: thirds are equally likely
        thirds = np.histogram(qpos[:, 3 + axis], bins=3, range=(low, high))[0] / 2000.0
        np.testing.assert_allclose(thirds, 1.0 / 3.0, atol=0.05)
    assert np.abs(qpos[:, 1:3]).max() < 2.7
    assert not qvel.any()


def test_its_fingers_push_the_cylinder_along_and_never_lose_it() -> None:
    world = make_world("arm", "pusher", num_worlds=32, seed=3)
    world.reset()
    before, rng = world.position.copy(), np.random.default_rng(0)
    sensed = world.layout.span("cylinder_from_hand")
    for _ in range(20):
        command = rng.uniform(-1.0, 1.0, (32, 3)).astype(np.float32)
        for _ in range(5):  # long enough to gather speed
            step = world.step(command)
            assert np.linalg.norm(step.observation[:, sensed], axis=1).max() < 0.15
    moved = np.linalg.norm(world.position - before, axis=1)
    assert np.median(moved) > 0.3
    assert ARM.healthy(world.physics.qpos, world.physics.qvel).all()


def test_a_cylinder_out_of_the_hand_stays_where_it_is() -> None:
    world = make_world("arm", "pusher")
    world.reset()
    world.physics.qpos[:] = [0.0, 0.0, 0.0, -1.0, -1.0]
    for _ in range(20):
        world.step(np.array([[0.5, 0.1, 0.0]], np.float32))
    assert world.position.tolist() == [[-1.0, -1.0]]
