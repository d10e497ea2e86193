"""The few rotations that bodies need, over batches of quaternions (w, x, y, z)."""

from __future__ import annotations

import numpy as np

from skillkit.types import Float

_CYCLE = np.array([0, 1, 2, 0, 1])  # x, y, z, x, y: cross products are then two slices of each side


def to_body_frame(quaternion: Float, vector: Float) -> Float:
    """World vectors (n, 3) as seen from frames turned by `quaternion` (n, 4)."""
    scalar, axis = quaternion[:, 0], -quaternion.T[1:][_CYCLE]
    twice = 2.0 * _cross(axis, vector.T[_CYCLE])
    rotated: Float = vector.T + scalar * twice + _cross(axis, twice[_CYCLE])
    return rotated.T


def upward(quaternion: Float) -> Float:
    """The vertical (0, 0, 1) as seen from frames turned by `quaternion` (n, 4): (n, 3)."""
    w, x, y, z = quaternion.T
    return np.array([2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)]).T


def upright(quaternion: Float) -> Float:
    """How far up the own vertical of frames turned by `quaternion` (n, 4) points: its cosine with the world's, (n,)."""
    x, y = quaternion[:, 1:3].T
    return 1.0 - 2.0 * (x * x + y * y)


def to_heading_frame(heading: Float, vector: Float) -> Float:
    """Planar world vectors (n, ..., 2) as seen when facing `heading` (n,) rad: ahead, to the left."""
    heading = heading.reshape(-1, *[1] * (vector.ndim - 2))
    cos, sin = np.cos(heading), np.sin(heading)
    x, y = vector[..., 0], vector[..., 1]
    return np.stack([cos * x + sin * y, cos * y - sin * x], axis=-1)


def yaw(quaternion: Float) -> Float:
    """Heading in radians, (n,), of frames turned by `quaternion` (n, 4)."""
    w, x, y, z = quaternion.T
    angle: Float = np.arctan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
    return angle


def yaw_quaternion(heading: Float) -> Float:
    """Quaternions (n, 4) that turn about the vertical by `heading` (n,) radians."""
    half, zero = heading / 2.0, np.zeros_like(heading)
    return np.stack([np.cos(half), zero, zero, np.sin(half)], axis=1)


def _cross(one: Float, other: Float) -> Float:
    """Cross products (3, n) of vectors with their components in a cycle, (5, n); np.cross is four times slower."""
    return one[1:4] * other[2:5] - one[2:5] * other[1:4]
