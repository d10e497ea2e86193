"""The point goes where it is told, and senses nothing."""

from __future__ import annotations

import numpy as np

from skillkit.bodies.point import Point
from skillkit.worlds.factory import make_world

POINT = Point()


def test_it_moves_by_its_action() -> None:
    world = make_world("point", "multi-goal", num_worlds=2)
    world.reset()
    before = world.position.copy()
    world.step(np.array([[1.0, -0.5], [0.25, 3.0]], np.float32))  # clipped to 1
    np.testing.assert_allclose(world.position - before, [[1.0, -0.5], [0.25, 1.0]], atol=1e-4)
    world.step(np.zeros((2, 2), np.float32))
    np.testing.assert_allclose(world.position - before, [[1.0, -0.5], [0.25, 1.0]], atol=1e-4)  # it has no momentum


def test_it_senses_nothing_and_cannot_fall() -> None:
    qpos, qvel = np.ones((3, 2)), np.ones((3, 2))
    assert POINT.proprioception(qpos, qvel).shape == (3, 0)
    assert POINT.heading(qpos).tolist() == [0.0, 0.0, 0.0]
    assert POINT.healthy(qpos, qvel).all()


def test_it_starts_near_the_origin() -> None:
    qpos, qvel = POINT.initial_state(np.zeros(2000), np.random.default_rng(0))
    assert np.abs(qpos.mean(0)).max() < 0.01
    assert np.abs(qpos.std(0) - 0.1).max() < 0.01
    assert not qvel.any()
