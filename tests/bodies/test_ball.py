"""The ball's senses by hand, and that its two motors do what they say."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.bodies.ball import Ball
from skillkit.types import Float
from skillkit.worlds.arenas import floor
from skillkit.worlds.model import build_model
from skillkit.worlds.physics import simulate

STILL = np.zeros((1, 5))
BALL = Ball()


def driven(roll: float, turn: float, heading: float, steps: int) -> Float:
    """Joint positions after some control steps from rest, (1, 5)."""
    physics = simulate(build_model(BALL, floor(BALL.scale)), 1, 1)
    qpos = np.array([[0.0, 0.0, 0.0, heading, 0.0]])
    physics.reset(np.ones(1, bool), qpos, np.zeros((1, 5)))
    physics.ctrl[:] = (roll, turn)
    physics.step(BALL.substeps * steps)
    return physics.qpos.copy()


def test_senses_by_hand() -> None:
    facing_left = np.array([[1.0, 2.0, 0.0, np.pi / 2.0, 0.0]])
    qvel = np.array([[-0.5, 2.0, 0.0, 0.3, 8.0]])
    np.testing.assert_allclose(BALL.proprioception(facing_left, qvel), [[2.0, 0.5, 0.3, 8.0]], atol=1e-6)


def test_senses_know_neither_place_nor_direction() -> None:
    rng = np.random.default_rng(0)
    qpos, qvel, angle = rng.standard_normal((5, 5)), rng.standard_normal((5, 5)), rng.uniform(-3.0, 3.0, 5)
    moved, velocity = qpos.copy(), qvel.copy()
    moved[:, :2] += 7.0
    moved[:, 3] += angle
    velocity[:, 0] = np.cos(angle) * qvel[:, 0] - np.sin(angle) * qvel[:, 1]
    velocity[:, 1] = np.sin(angle) * qvel[:, 0] + np.cos(angle) * qvel[:, 1]
    np.testing.assert_allclose(BALL.proprioception(moved, velocity), BALL.proprioception(qpos, qvel), atol=1e-5)


@pytest.mark.parametrize("heading", [0.0, np.pi / 2.0, -2.0])
def test_rolls_along_its_heading(heading: float) -> None:
    x, y = BALL.position(driven(1.0, 0.0, heading, steps=30))[0]
    ahead, aside = np.cos(heading) * x + np.sin(heading) * y, np.cos(heading) * y - np.sin(heading) * x
    assert ahead > 0.5
    assert abs(aside) < 0.01 * ahead


def test_turns_on_the_spot() -> None:
    left, right = driven(0.0, 1.0, 0.0, steps=10), driven(0.0, -1.0, 0.0, steps=10)
    assert BALL.heading(left)[0] > 0.1
    assert BALL.heading(right)[0] == pytest.approx(-BALL.heading(left)[0], abs=1e-6)
    assert np.linalg.norm(BALL.position(left)) < 0.02


def test_heading_is_wrapped() -> None:
    assert BALL.heading(np.array([[0.0, 0.0, 0.0, 1.5 * np.pi, 0.0]]))[0] == pytest.approx(-np.pi / 2.0)


def test_starts_near_rest_and_is_healthy_on_the_floor() -> None:
    qpos, qvel = BALL.initial_state(np.array([0.5, 1.0]), np.random.default_rng(0))
    np.testing.assert_allclose(BALL.heading(qpos), [0.5, 1.0])
    np.testing.assert_allclose(BALL.position(qpos), 0.0)
    assert np.abs(qvel).max() < 0.3
    assert BALL.healthy(driven(0.0, 0.0, 0.0, steps=20), STILL).all()
    assert not BALL.healthy(np.array([[0.0, 0.0, -0.3, 0.0, 0.0]]), STILL)[0]
