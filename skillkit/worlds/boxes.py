"""Boxes that slide over the floor: how they are built, and how far apart they stand."""

from __future__ import annotations

import mujoco
import numpy as np

from skillkit.types import Float

SIDE = 1.0  # m
CLEARANCE = 0.02  # m above the floor, more than any body's contact margin: joints hold a box up, and resist it
MASS, HEAVY_MASS = 1.5, 3.0  # kg
FRICTION = 0.08  # of a box on the floor
DAMPING = 0.5  # N s/m for each kg
GRAVITY = 9.81  # m/s^2
COLOR = (0.86, 0.62, 0.34, 1.0)
COORDINATES = 3  # of a box: x, y, yaw


def add_boxes(spec: mujoco.MjSpec, count: int, mass: float) -> None:
    """Put boxes of `mass`, kg, behind all that is in a body's MJCF; their joints are x, y, m, and yaw, rad.

    The floor resists them by friction in their joints, x and y apart: 1.4 times as much across both as along one.
    """
    own = mujoco.MjSpec()  # a body's defaults, as the quadruped's springs, are not for boxes
    grip = FRICTION * GRAVITY * mass  # N
    lever, inertia = 0.38 * SIDE, SIDE**2 / 6.0  # of a square on the floor: m, and m^2 for each kg
    for index in range(count):
        body = own.worldbody.add_body(name=f"box_{index}", pos=[0.0, 0.0, CLEARANCE + SIDE / 2.0])
        slide, hinge = mujoco.mjtJoint.mjJNT_SLIDE, mujoco.mjtJoint.mjJNT_HINGE
        for name, kind, axis, friction, damping in (
            ("x", slide, [1.0, 0.0, 0.0], grip, DAMPING * mass),
            ("y", slide, [0.0, 1.0, 0.0], grip, DAMPING * mass),
            ("turn", hinge, [0.0, 0.0, 1.0], lever * grip, inertia * DAMPING * mass),
        ):
            joint = body.add_joint(name=f"box_{index}_{name}", type=kind, axis=axis, frictionloss=friction)
            joint.damping = np.array([damping, 0.0, 0.0])
        geom = body.add_geom(name=f"box_{index}", type=mujoco.mjtGeom.mjGEOM_BOX, mass=mass, rgba=COLOR)
        geom.size = [SIDE / 2.0] * 3
        geom.condim, geom.priority = 1, 1  # without friction, as walls are: a ball would climb what it pushes
    spec.attach(own, frame=spec.worldbody.add_frame(), prefix="skillkit/")


def gap(one: Float, other: Float) -> Float:
    """How far pairs of boxes (..., 3) stand apart, (...) m, negative where they overlap; x, y in m, yaw in rad.

    The most that any of their four face normals separates them by; corner to corner they are a little further apart.
    """
    between = other[..., :2] - one[..., :2]
    gaps = []
    for yaw, seen in ((one[..., 2], other[..., 2]), (other[..., 2], one[..., 2])):
        turn = seen - yaw
        reach = SIDE / 2.0 * (1.0 + np.abs(np.cos(turn)) + np.abs(np.sin(turn)))
        cos, sin = np.cos(yaw), np.sin(yaw)
        gaps.append(np.abs(cos * between[..., 0] + sin * between[..., 1]) - reach)
        gaps.append(np.abs(cos * between[..., 1] - sin * between[..., 0]) - reach)
    return np.max(gaps, axis=0)
