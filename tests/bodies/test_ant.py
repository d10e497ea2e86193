"""The ant's senses by hand, their invariance, and its health rule."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from skillkit.bodies.ant import Ant
from skillkit.bodies.rotation import yaw_quaternion
from skillkit.types import Float, Layout
from skillkit.worlds.factory import make_world

ANT = Ant()
STILL = np.zeros((1, 14))
LAYOUT = Layout(ANT.groups)
HALF = np.sqrt(0.5)


def standing(quaternion: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0), height: float = 0.55) -> Float:
    qpos, _ = ANT.initial_state(np.zeros(1), np.random.default_rng(0))
    qpos[0, 2], qpos[0, 3:7] = height, quaternion
    return qpos


def sense(name: str, qpos: Float, qvel: Float | None = None) -> Float:
    qvel = np.zeros((1, 14)) if qvel is None else qvel
    return ANT.proprioception(qpos, qvel)[0, LAYOUT.span(name)].astype(np.float64)


@pytest.mark.parametrize(
    ("quaternion", "gravity"),
    [
        ((1.0, 0.0, 0.0, 0.0), (0.0, 0.0, -1.0)),  # upright
        ((HALF, HALF, 0.0, 0.0), (0.0, -1.0, 0.0)),  # on its right side
        ((HALF, 0.0, HALF, 0.0), (1.0, 0.0, 0.0)),  # nose down
        ((0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),  # on its back
    ],
)
def test_gravity(quaternion: tuple[float, ...], gravity: tuple[float, ...]) -> None:
    np.testing.assert_allclose(sense("gravity", standing(quaternion)), gravity, atol=1e-6)


def test_velocity_is_seen_from_the_torso() -> None:
    facing_left = standing((HALF, 0.0, 0.0, HALF))
    qvel = np.zeros((1, 14))
    qvel[0, :6] = (0.0, 2.0, 0.5, 0.1, 0.2, 0.3)
    np.testing.assert_allclose(sense("body_velocity", facing_left, qvel), [2.0, 0.0, 0.5], atol=1e-6)
    np.testing.assert_allclose(sense("body_angular_velocity", facing_left, qvel), [0.1, 0.2, 0.3], atol=1e-6)
    np.testing.assert_allclose(sense("height", facing_left), [0.55], atol=1e-6)


def test_senses_know_neither_place_nor_direction() -> None:
    rng = np.random.default_rng(1)
    qpos, qvel = rng.standard_normal((5, 15)), rng.standard_normal((5, 14))
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    angle = rng.uniform(-np.pi, np.pi, 5)
    moved, velocity = qpos.copy(), qvel.copy()
    moved[:, :2] += rng.uniform(-9.0, 9.0, (5, 2))
    for row, turn in enumerate(yaw_quaternion(angle)):
        mujoco.mju_mulQuat(moved[row, 3:7], turn, qpos[row, 3:7])
        mujoco.mju_rotVecQuat(velocity[row, :3], qvel[row, :3], turn)
    np.testing.assert_allclose(ANT.proprioception(moved, velocity), ANT.proprioception(qpos, qvel), atol=1e-5)
    turned = ANT.heading(moved) - ANT.heading(qpos) - angle
    np.testing.assert_allclose(np.cos(turned), 1.0)


def test_health_wants_a_plausible_height_and_an_upright_torso() -> None:
    assert ANT.healthy(standing(), STILL)[0]
    assert not ANT.healthy(standing(height=0.19), STILL)[0]
    assert not ANT.healthy(standing(height=1.01), STILL)[0]
    assert not ANT.healthy(standing((0.0, 1.0, 0.0, 0.0)), STILL)[0]


@pytest.mark.parametrize(("degrees", "healthy"), [(74.0, True), (76.0, False)])
def test_health_ends_at_a_tilt_of_75_degrees(degrees: float, healthy: bool) -> None:
    half = np.radians(degrees) / 2.0
    assert ANT.healthy(standing((np.cos(half), 0.0, np.sin(half), 0.0)), STILL)[0] == healthy


def test_starts_where_it_should_and_stays_healthy_at_rest() -> None:
    qpos, _ = ANT.initial_state(np.array([0.0, 2.0]), np.random.default_rng(0))
    np.testing.assert_allclose(ANT.position(qpos), 0.0)
    np.testing.assert_allclose(ANT.heading(qpos), [0.0, 2.0])
    world = make_world("ant", "open", num_worlds=4)
    world.reset()
    for _ in range(60):
        step = world.step(np.zeros((4, 8), np.float32))
    assert not step.fallen.any()


def test_motors_are_named_after_their_joints() -> None:
    model = ANT.spec().compile()
    assert tuple(model.actuator(index).name for index in range(model.nu)) == ANT.motors
    np.testing.assert_allclose(model.actuator_ctrlrange, [[-1.0, 1.0]] * 8)
    assert model.opt.timestep * ANT.substeps == pytest.approx(ANT.time_step)
