"""A rolling ball: the smallest body that has to learn where forward is."""

from __future__ import annotations

from importlib.resources import files

import mujoco
import numpy as np

from skillkit.bodies.body import NOTHING, Derived
from skillkit.bodies.rotation import to_heading_frame
from skillkit.types import Bool, Float, Float32, Group


class Ball:
    """A ball of 0.25 m radius that rolls along its heading and turns about the vertical; it cannot fall."""

    name = "ball"
    description = "rolling ball, 2 motors (roll and turn)"
    scale = 0.5
    time_step = 0.05
    substeps = 5
    control_range = 1.0
    control_middle = 0.0
    derived: tuple[str, ...] = ()
    root = "torso"
    motors: tuple[str, ...] = ("roll", "turn")
    groups: tuple[Group, ...] = (
        Group("body_velocity", 2, "m/s"),
        Group("turn_rate", 1, "rad/s"),
        Group("roll_rate", 1, "rad/s"),
    )

    def spec(self) -> mujoco.MjSpec:
        """The MJCF beside this file."""
        return mujoco.MjSpec.from_string((files("skillkit.bodies") / "ball.xml").read_text(encoding="utf-8"))

    def proprioception(self, qpos: Float, qvel: Float, derived: Derived = NOTHING) -> Float32:
        """Planar velocity along and across the heading, turn rate, roll rate."""
        velocity = to_heading_frame(qpos[:, 3], qvel[:, 0:2])
        return np.concatenate([velocity, qvel[:, 3:5]], axis=1, dtype=np.float32)

    def position(self, qpos: Float, derived: Derived = NOTHING) -> Float:
        """Centre, (n, 2) m."""
        return qpos[:, 0:2]

    def heading(self, qpos: Float) -> Float:
        """Angle of the turn joint wrapped to (-pi, pi], (n,) rad."""
        return np.arctan2(np.sin(qpos[:, 3]), np.cos(qpos[:, 3]))

    def healthy(self, qpos: Float, qvel: Float) -> Bool:
        """Always, while it stays on the floor, (n,)."""
        return np.abs(qpos[:, 2]) < 0.2

    def initial_state(self, heading: Float, rng: np.random.Generator) -> tuple[Float, Float]:
        """At rest on the floor but for small random velocities (standard deviation 0.05)."""
        qpos = np.zeros((len(heading), 5))
        qpos[:, 3] = heading
        qvel = 0.05 * rng.standard_normal((len(heading), 5))
        qvel[:, 2] = 0.0
        return qpos, qvel
