"""Gymnasium's ant: a torso on four two-jointed legs, eight motors."""

from __future__ import annotations

from importlib.resources import as_file, files

import mujoco
import numpy as np

from skillkit.bodies.body import NOTHING, Derived
from skillkit.bodies.rotation import to_body_frame, upright, upward, yaw, yaw_quaternion
from skillkit.types import Bool, Float, Float32, Group

LEAST_UPRIGHT = np.cos(np.radians(75.0))  # vertical part of the torso's own upward axis


class Ant:
    """The ant of Gymnasium's `Ant-v5`, its MJCF read from the installed package.

    Healthy while the torso is 0.2 to 1.0 m high (Gymnasium's rule) and tilted by less than 75 degrees, so
    that an ant on its back is not.
    """

    name = "ant"
    description = "Gymnasium's four-legged ant, 8 motors"
    scale = 1.0
    time_step = 0.05
    substeps = 5
    control_range = 1.0
    control_middle = 0.0
    derived: tuple[str, ...] = ()
    root = "torso"
    motors: tuple[str, ...] = ("hip_4", "ankle_4", "hip_1", "ankle_1", "hip_2", "ankle_2", "hip_3", "ankle_3")
    groups: tuple[Group, ...] = (
        Group("height", 1, "m"),
        Group("gravity", 3, "1"),
        Group("joint_pos", 8, "rad"),
        Group("body_velocity", 3, "m/s"),
        Group("body_angular_velocity", 3, "rad/s"),
        Group("joint_vel", 8, "rad/s"),
    )
    _nominal_height = 0.55
    _nominal_joints = np.array([0.0, 1.0, 0.0, -1.0, 0.0, -1.0, 0.0, 1.0])

    def spec(self) -> mujoco.MjSpec:
        """The asset as shipped, its motors named after their joints."""
        assets = files("gymnasium") / "envs" / "mujoco" / "assets"  # by this name its renderer is not imported
        with as_file(assets / "ant.xml") as path:
            spec = mujoco.MjSpec.from_file(str(path))
        for actuator in spec.actuators:
            actuator.name = actuator.target
        return spec

    def proprioception(self, qpos: Float, qvel: Float, derived: Derived = NOTHING) -> Float32:
        """Height, gravity direction, joint angles, velocities in the torso's frame, joint velocities."""
        turn = qpos[:, 3:7]
        velocity = to_body_frame(turn, qvel[:, 0:3])
        parts = [qpos[:, 2:3], -upward(turn), qpos[:, 7:], velocity, qvel[:, 3:]]
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def position(self, qpos: Float, derived: Derived = NOTHING) -> Float:
        """Torso centre, (n, 2) m."""
        return qpos[:, 0:2]

    def heading(self, qpos: Float) -> Float:
        """Yaw of the torso, (n,) rad."""
        return yaw(qpos[:, 3:7])

    def healthy(self, qpos: Float, qvel: Float) -> Bool:
        """Torso at a plausible height and upright, (n,)."""
        height = qpos[:, 2]
        healthy: Bool = (height >= 0.2) & (height <= 1.0) & (upright(qpos[:, 3:7]) > LEAST_UPRIGHT)
        return healthy

    def initial_state(self, heading: Float, rng: np.random.Generator) -> tuple[Float, Float]:
        """Gymnasium's nominal pose; joints +-0.1 rad, velocities of standard deviation 0.1."""
        count = len(heading)
        qpos = np.zeros((count, 15))
        qpos[:, 2] = self._nominal_height
        qpos[:, 3:7] = yaw_quaternion(heading)
        qpos[:, 7:] = self._nominal_joints + rng.uniform(-0.1, 0.1, (count, 8))
        return qpos, 0.1 * rng.standard_normal((count, 14))
