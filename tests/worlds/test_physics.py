"""The batch of simulations: what is not active stands still, and its state comes back whole."""

from __future__ import annotations

import numpy as np

from skillkit.bodies.ball import Ball
from skillkit.worlds.arenas import floor
from skillkit.worlds.model import build_model
from skillkit.worlds.physics import Physics


def rolling(count: int) -> Physics:
    physics = Physics(build_model(Ball(), floor(0.5)), count, 1)
    physics.reset(np.ones(count, bool), np.zeros((count, 5)), np.zeros((count, 5)))
    physics.ctrl[:] = (1.0, 0.5)
    return physics


def test_only_active_simulations_move() -> None:
    physics = rolling(3)
    physics.step(5, np.array([True, False, True]))
    assert (np.abs(physics.qpos).sum(axis=1) > 0.0).tolist() == [True, False, True]
    physics.step(5, np.zeros(3, bool))
    physics.step(5)
    assert np.abs(physics.qpos[1]).sum() > 0.0


def test_reset_touches_the_masked_ones_only() -> None:
    physics = rolling(2)
    physics.step(20)
    before = physics.qpos[0].copy()
    physics.reset(np.array([False, True]), np.full((1, 5), 0.1), np.zeros((1, 5)))
    np.testing.assert_array_equal(physics.qpos[0], before)
    np.testing.assert_array_equal(physics.qpos[1], np.full(5, 0.1))
    np.testing.assert_array_equal(physics.qvel[1], np.zeros(5))


def test_state_comes_back_whole() -> None:
    physics = rolling(2)
    physics.step(20)
    state = physics.get_state()
    physics.step(20)
    expected = physics.get_state()
    other = rolling(2)
    other.set_state(state)
    other.step(20)
    np.testing.assert_array_equal(other.get_state(), expected)
    assert not np.array_equal(state, expected)
