"""A velocity-controlled point, the smallest body of all."""

from __future__ import annotations

from importlib.resources import files

import mujoco
import numpy as np

from skillkit.bodies.body import NOTHING, Derived
from skillkit.types import Bool, Float, Float32, Group


class Point:
    """A point that moves by its action, up to 1 m a control step along each axis; it senses nothing of its own."""

    name = "point"
    description = "point in the plane, 2 motors (velocity along x and y)"
    scale = 1.0
    time_step = 0.1
    substeps = 1
    control_range = 10.0
    control_middle = 0.0
    derived: tuple[str, ...] = ()
    root = "torso"
    motors: tuple[str, ...] = ("x", "y")
    groups: tuple[Group, ...] = ()

    def spec(self) -> mujoco.MjSpec:
        """The MJCF beside this file."""
        return mujoco.MjSpec.from_string((files("skillkit.bodies") / "point.xml").read_text(encoding="utf-8"))

    def proprioception(self, qpos: Float, qvel: Float, derived: Derived = NOTHING) -> Float32:
        """Nothing, (n, 0)."""
        return np.zeros((len(qpos), 0), np.float32)

    def position(self, qpos: Float, derived: Derived = NOTHING) -> Float:
        """Centre, (n, 2) m."""
        return qpos[:, 0:2]

    def heading(self, qpos: Float) -> Float:
        """0, (n,) rad: it does not turn."""
        return np.zeros(len(qpos))

    def healthy(self, qpos: Float, qvel: Float) -> Bool:
        """Always, (n,)."""
        return np.ones(len(qpos), bool)

    def initial_state(self, heading: Float, rng: np.random.Generator) -> tuple[Float, Float]:
        """At rest near the origin (standard deviation 0.1 m)."""
        return 0.1 * rng.standard_normal((len(heading), 2)), np.zeros((len(heading), 2))
