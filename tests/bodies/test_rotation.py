"""Rotations against angles worked out by hand."""

from __future__ import annotations

import mujoco
import numpy as np

from skillkit.bodies.rotation import to_body_frame, to_heading_frame, upright, upward, yaw, yaw_quaternion

HALF = np.sqrt(0.5)
QUARTER_ABOUT_X = np.array([[HALF, HALF, 0.0, 0.0]])
QUARTER_ABOUT_Y = np.array([[HALF, 0.0, HALF, 0.0]])
QUARTER_ABOUT_Z = np.array([[HALF, 0.0, 0.0, HALF]])
X, Z = np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]])


def test_a_frame_that_faces_left_sees_the_worlds_x_to_its_right() -> None:
    np.testing.assert_allclose(to_body_frame(QUARTER_ABOUT_Z, X), [[0.0, -1.0, 0.0]], atol=1e-12)


def test_up_seen_from_frames_lying_down() -> None:
    np.testing.assert_allclose(to_body_frame(QUARTER_ABOUT_X, Z), [[0.0, 1.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(to_body_frame(QUARTER_ABOUT_Y, Z), [[-1.0, 0.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(upward(QUARTER_ABOUT_X), [[0.0, 1.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(upward(QUARTER_ABOUT_Y), [[-1.0, 0.0, 0.0]], atol=1e-12)


def test_any_turn_as_mujoco_turns_it_back() -> None:
    rng = np.random.default_rng(0)
    vectors, turns = rng.standard_normal((6, 3)), rng.standard_normal((6, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    expected = np.zeros((6, 3))
    for row, turn in enumerate(turns):
        mujoco.mju_rotVecQuat(expected[row], vectors[row], turn * (1.0, -1.0, -1.0, -1.0))
    np.testing.assert_allclose(to_body_frame(turns, vectors), expected, atol=1e-12)
    np.testing.assert_array_equal(upward(turns), to_body_frame(turns, np.tile(Z, (6, 1))))
    np.testing.assert_allclose(upright(turns), upward(turns)[:, 2], atol=1e-12)


def test_planar_vectors_are_seen_ahead_and_to_the_left_one_or_several_a_frame() -> None:
    facing = np.array([np.pi / 2.0, np.pi])  # north, west
    np.testing.assert_allclose(
        to_heading_frame(facing, np.array([[1.0, 2.0], [1.0, 2.0]])), [[2.0, -1.0], [-1.0, -2.0]]
    )
    several = to_heading_frame(facing, np.array([[[1.0, 2.0], [0.0, 1.0]], [[1.0, 2.0], [0.0, 1.0]]]))
    np.testing.assert_allclose(several, [[[2.0, -1.0], [1.0, 0.0]], [[-1.0, -2.0], [0.0, -1.0]]], atol=1e-12)


def test_yaw_reads_what_yaw_quaternion_wrote() -> None:
    angles = np.array([-3.0, -0.5, 0.0, np.pi / 2.0, 3.0])
    np.testing.assert_allclose(yaw(yaw_quaternion(angles)), angles)
    np.testing.assert_allclose(yaw_quaternion(np.array([np.pi / 2.0])), QUARTER_ABOUT_Z)
