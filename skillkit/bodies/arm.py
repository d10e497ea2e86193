"""A planar arm that pushes a cylinder about on a table."""

from __future__ import annotations

from importlib.resources import files

import mujoco
import numpy as np

from skillkit.bodies.body import NOTHING, Derived
from skillkit.types import Bool, Float, Float32, Group

LINKS = (0.7, 0.7, 0.4)  # m, as in the MJCF
APART = 0.4  # m; at least so far are the centres of hand and cylinder at first, their radii are 0.15 and 0.18


class Arm:
    """Three joints that reach 1.8 m around the origin; what tasks follow is the cylinder. Implements `HasHand`.

    A new episode has the cylinder anywhere with x in [-1, 1] and y in [-1.1, -0.3] m and the hand anywhere around it,
    so that what pushes it to a line has seen all of the line, from all sides.
    """

    name = "arm"
    description = "planar arm with a cylinder to push, 3 motors"
    scale = 1.0
    time_step = 0.05
    substeps = 5
    control_range = 1.0
    derived: tuple[str, ...] = ()
    root = "cylinder"
    motors: tuple[str, ...] = ("shoulder", "elbow", "wrist")
    groups: tuple[Group, ...] = (
        Group("joint_direction", 6, "1"),  # cosines, then sines
        Group("joint_vel", 3, "rad/s"),
        Group("hand", 2, "m"),
        Group("cylinder_from_hand", 2, "m"),
        Group("cylinder_velocity", 2, "m/s"),
    )

    def spec(self) -> mujoco.MjSpec:
        """The MJCF beside this file."""
        return mujoco.MjSpec.from_string((files("skillkit.bodies") / "arm.xml").read_text(encoding="utf-8"))

    def proprioception(self, qpos: Float, qvel: Float, derived: Derived = NOTHING) -> Float32:
        """Joints, hand, and the cylinder as seen from it."""
        joints, hand = qpos[:, :3], self._hand(qpos)
        parts = [np.cos(joints), np.sin(joints), qvel[:, :3], hand, qpos[:, 3:5] - hand, qvel[:, 3:5]]
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def position(self, qpos: Float, derived: Derived = NOTHING) -> Float:
        """Centre of the cylinder, (n, 2) m."""
        return qpos[:, 3:5]

    def heading(self, qpos: Float) -> Float:
        """0, (n,) rad: the cylinder looks the same from everywhere."""
        return np.zeros(len(qpos))

    def healthy(self, qpos: Float, qvel: Float) -> Bool:
        """Always, (n,)."""
        return np.ones(len(qpos), bool)

    def hand_distance(self, qpos: Float) -> Float:
        """From the hand's centre to the cylinder's, (n,) m."""
        distance: Float = np.linalg.norm(qpos[:, 3:5] - self._hand(qpos), axis=1)
        return distance

    def initial_state(self, heading: Float, rng: np.random.Generator) -> tuple[Float, Float]:
        """At rest, hand and cylinder apart."""
        count = len(heading)
        qpos = self._anywhere(count, rng)
        while (close := self.hand_distance(qpos) < APART).any():
            qpos[close] = self._anywhere(int(close.sum()), rng)
        return qpos, np.zeros((count, 5))

    def _anywhere(self, count: int, rng: np.random.Generator) -> Float:
        """Joints and cylinder drawn from their ranges, (count, 5)."""
        return rng.uniform((-2.8, -1.5, -1.0, -1.0, -1.1), (-0.3, 1.5, 1.0, 1.0, -0.3), (count, 5))

    def _hand(self, qpos: Float) -> Float:
        """Centre of the hand, (n, 2) m."""
        angle = np.cumsum(qpos[:, :3], axis=1)
        return np.stack([np.cos(angle) @ LINKS, np.sin(angle) @ LINKS], axis=1)
