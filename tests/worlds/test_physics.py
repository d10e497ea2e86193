"""The batch of simulations: what is not active stands still, and its state comes back whole."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from skillkit.bodies.ball import Ball
from skillkit.worlds.arenas import floor
from skillkit.worlds.model import build_model
from skillkit.worlds.physics import Physics, SerialPhysics, simulate

KINDS = pytest.mark.parametrize("derived", [(), ("cfrc_ext",)], ids=["batch", "serial"])


def rolling(count: int, derived: tuple[str, ...]) -> Physics:
    physics = simulate(build_model(Ball(), floor(0.5)), count, 1, derived)
    physics.reset(np.ones(count, bool), np.zeros((count, 5)), np.zeros((count, 5)))
    physics.ctrl[:] = (1.0, 0.5)
    return physics


@KINDS
def test_only_active_simulations_move(derived: tuple[str, ...]) -> None:
    physics = rolling(3, derived)
    physics.step(5, np.array([True, False, True]))
    assert (np.abs(physics.qpos).sum(axis=1) > 0.0).tolist() == [True, False, True]
    physics.step(5, np.zeros(3, bool))
    physics.step(5)
    assert np.abs(physics.qpos[1]).sum() > 0.0


@KINDS
def test_reset_touches_the_masked_ones_only(derived: tuple[str, ...]) -> None:
    physics = rolling(2, derived)
    physics.step(20)
    before = physics.qpos[0].copy()
    physics.reset(np.array([False, True]), np.full((1, 5), 0.1), np.zeros((1, 5)))
    np.testing.assert_array_equal(physics.qpos[0], before)
    np.testing.assert_array_equal(physics.qpos[1], np.full(5, 0.1))
    np.testing.assert_array_equal(physics.qvel[1], np.zeros(5))


@KINDS
def test_state_comes_back_whole(derived: tuple[str, ...]) -> None:
    physics = rolling(2, derived)
    physics.step(20)
    state = physics.get_state()
    physics.step(20)
    expected = physics.get_state()
    other = rolling(2, derived)
    other.ctrl[:] = -1.0
    other.set_state(state)
    other.step(20)
    np.testing.assert_array_equal(other.get_state(), expected)
    assert not np.array_equal(state, expected)


def test_both_kinds_step_alike() -> None:
    batch, serial = rolling(2, ()), rolling(2, ("cfrc_ext",))
    for physics in (batch, serial):
        physics.step(40)
    np.testing.assert_allclose(serial.qpos, batch.qpos, atol=1e-9)
    np.testing.assert_allclose(serial.qvel, batch.qvel, atol=1e-9)


def test_contact_forces_carry_the_weight_of_a_resting_ball() -> None:
    physics = rolling(1, ("cfrc_ext",))
    assert isinstance(physics, SerialPhysics)
    physics.ctrl[:] = 0.0
    physics.step(400)
    model = physics.model
    weight = -model.opt.gravity[2] * mujoco.mj_getTotalmass(model)
    upward = physics.derived["cfrc_ext"][0, :, 5].sum()  # the last of torque and force
    assert upward == pytest.approx(weight, rel=1e-3)
    state = physics.get_state()
    physics.step(1)
    physics.set_state(state)
    assert physics.derived["cfrc_ext"][0, :, 5].sum() == pytest.approx(upward, rel=1e-12)


@KINDS
def test_state_has_what_was_written_and_a_reset_lets_go_of_the_motors(derived: tuple[str, ...]) -> None:
    physics, other = rolling(1, derived), rolling(1, derived)
    physics.qpos[:] = 0.25
    other.set_state(physics.get_state())
    np.testing.assert_array_equal(other.qpos, np.full((1, 5), 0.25))
    physics.reset(np.ones(1, bool), np.zeros((1, 5)), np.zeros((1, 5)))
    np.testing.assert_array_equal(physics.ctrl, np.zeros((1, 2)))
