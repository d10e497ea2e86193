"""The few rotations that bodies need, over batches of quaternions (w, x, y, z)."""

from __future__ import annotations

import numpy as np

from skillkit.types import Float


def to_body_frame(quaternion: Float, vector: Float) -> Float:
    """World vectors (n, 3) as seen from frames turned by `quaternion` (n, 4)."""
    scalar, axis = quaternion[:, :1], -quaternion[:, 1:]
    twice = 2.0 * np.cross(axis, vector)
    rotated: Float = vector + scalar * twice + np.cross(axis, twice)
    return rotated


def to_heading_frame(heading: Float, vector: Float) -> Float:
    """Planar world vectors (n, 2) as seen when facing `heading` (n,) rad: ahead, to the left."""
    cos, sin = np.cos(heading), np.sin(heading)
    x, y = vector.T
    return np.stack([cos * x + sin * y, cos * y - sin * x], axis=1)


def yaw(quaternion: Float) -> Float:
    """Heading in radians, (n,), of frames turned by `quaternion` (n, 4)."""
    w, x, y, z = quaternion.T
    angle: Float = np.arctan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
    return angle


def yaw_quaternion(heading: Float) -> Float:
    """Quaternions (n, 4) that turn about the vertical by `heading` (n,) radians."""
    half, zero = heading / 2.0, np.zeros_like(heading)
    return np.stack([np.cos(half), zero, zero, np.sin(half)], axis=1)
