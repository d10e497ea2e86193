"""A body from a description and its MJCF: the quadruped and the car of ours, and any robot of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import mujoco
import numpy as np

from skillkit.bodies.body import NOTHING, Derived
from skillkit.bodies.mjcf import body_spec, compiled, fault, motor_names, root_address, unknown_part
from skillkit.bodies.rotation import to_body_frame, upright, upward, yaw, yaw_quaternion
from skillkit.body_description import BodyDescription
from skillkit.errors import UserError
from skillkit.types import Bool, Float, Float32, Group

SENSORS = "sensordata"  # the field of MjData
HINGE, SLIDE = mujoco.mjtJoint.mjJNT_HINGE.value, mujoco.mjtJoint.mjJNT_SLIDE.value


class MjcfBody:
    """A robot on a free root whose frame has x ahead and z up. Implements `Body`.

    It senses what the ant senses: height, gravity, joints, velocities. Of joints without limits, such as wheels, the
    speed alone. After these come the MJCF's sensors that are named. A motor's [-1, 1] is its ctrlrange, [-1, 1] where
    it has none. It starts in its nominal pose, hinges with limits +-0.1 rad off, velocities of standard deviation 0.1.
    Raises UserError where the description does not fit the MJCF, or MuJoCo rejects this.
    """

    def __init__(self, described: BodyDescription) -> None:
        self.described = described
        self.name, self.description, self.root = described.name, described.description, described.root
        self.scale, self.time_step = described.scale, described.time_step
        model = compiled(self.spec(), f"the body {self.name!r}")
        self.substeps = self._substeps(model.opt.timestep)
        self._at, self._speed_at = root_address(model, described)
        self.motors = motor_names(model)
        joints = self._sensed(model)
        limited = [joint for joint in joints if model.jnt_limited[joint]]
        self._positions, self._speeds = _columns(model.jnt_qposadr[limited]), _columns(model.jnt_dofadr[joints])
        self._sensors = self._sensor_columns(model)
        self.derived: tuple[str, ...] = (SENSORS,) if self._sensors else ()
        slides = any(model.jnt_type[joints] == SLIDE)
        self.groups = _groups(len(limited), len(joints), len(self._sensors), slides=slides)
        ranges = np.where(model.actuator_ctrllimited[:, None] == 1, model.actuator_ctrlrange, (-1.0, 1.0))
        self.unlimited_motors = tuple(np.array(self.motors)[model.actuator_ctrllimited == 0].tolist())
        self.control_range, self.control_middle = np.diff(ranges)[:, 0] / 2.0, ranges.mean(axis=1)
        self._least_upright = np.cos(np.radians(described.healthy.tilt))
        self.nominal, self._dofs = self._nominal_pose(model), model.nv
        self._swing = _swing(model)
        if not self.healthy(self.nominal[None], np.zeros((1, model.nv)))[0]:
            low, high = described.healthy.height
            raise self._fault(
                f"its nominal pose is not healthy: expected a height of {low:g} to {high:g} m, got "
                f"{self.nominal[self.height_at]:g} m; change nominal.height or healthy.height"
            )

    @property
    def height_at(self) -> int:
        """Where the root's height stands in qpos."""
        return self._at + 2

    def spec(self) -> mujoco.MjSpec:
        """Its MJCF with the chosen motors, on a floor."""
        return body_spec(self.described)

    def proprioception(self, qpos: Float, qvel: Float, derived: Derived = NOTHING) -> Float32:
        """Height, gravity direction, joint positions, velocities in the root's frame, joint speeds, sensors."""
        at, speed_at = self._at, self._speed_at
        turn = qpos[:, at + 3 : at + 7]
        velocity = to_body_frame(turn, qvel[:, speed_at : speed_at + 3])
        spin = qvel[:, speed_at + 3 : speed_at + 6]
        height = qpos[:, at + 2 : at + 3]
        parts = [height, -upward(turn), qpos[:, self._positions], velocity, spin, qvel[:, self._speeds]]
        parts += [derived[SENSORS][:, self._sensors]] if self._sensors else []
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def position(self, qpos: Float, derived: Derived = NOTHING) -> Float:
        """Origin of the root, (n, 2) m."""
        return qpos[:, self._at : self._at + 2]

    def heading(self, qpos: Float) -> Float:
        """Yaw of the root, (n,) rad."""
        return yaw(qpos[:, self._at + 3 : self._at + 7])

    def healthy(self, qpos: Float, qvel: Float) -> Bool:
        """Root at a height as described, and leaning less than described, (n,)."""
        low, high = self.described.healthy.height
        height, turn = qpos[:, self._at + 2], qpos[:, self._at + 3 : self._at + 7]
        healthy: Bool = (height >= low) & (height <= high) & (upright(turn) > self._least_upright)
        return healthy

    def initial_state(self, heading: Float, rng: np.random.Generator) -> tuple[Float, Float]:
        """The nominal pose turned to `heading`, slightly random."""
        count = len(heading)
        qpos = np.tile(self.nominal, (count, 1))
        qpos[:, self._at + 3 : self._at + 7] = yaw_quaternion(heading)
        columns, low, high = self._swing
        qpos[:, columns] = np.clip(qpos[:, columns] + rng.uniform(-0.1, 0.1, (count, len(columns))), low, high)
        return qpos, 0.1 * rng.standard_normal((count, self._dofs))

    def _substeps(self, timestep: float) -> int:
        count = round(self.time_step / timestep)
        if count < 1 or abs(count * timestep - self.time_step) > 1e-9:
            raise self._fault(
                f"expected a time_step that is a multiple of the MJCF's timestep {timestep:g} s, got "
                f"{self.time_step:g} s; change one of them"
            )
        return count

    def _sensed(self, model: mujoco.MjModel) -> list[int]:
        """The joints that it senses, in the MJCF's order unless the description has another."""
        own = [joint for joint in range(model.njnt) if model.jnt_type[joint] in (HINGE, SLIDE)]
        if self.described.joints is None:
            return own
        return self._named("joint", self.described.joints, "joints", {model.joint(joint).name: joint for joint in own})

    def _sensor_columns(self, model: mujoco.MjModel) -> list[int]:
        """Where the numbers of the sensors that it senses stand among those of all, in the description's order."""
        known = {model.sensor(index).name: index for index in range(model.nsensor)}
        chosen = self._named("sensor", self.described.sensors or (), "sensors", known)
        return [int(model.sensor_adr[one]) + at for one in chosen for at in range(model.sensor_dim[one])]

    def _nominal_pose(self, model: mujoco.MjModel) -> Float:
        """Positions of all joints (nq,) at the origin."""
        pose = model.qpos0.copy()
        pose[self._at : self._at + 2] = 0.0
        if self.described.nominal.height is not None:
            pose[self._at + 2] = self.described.nominal.height
        known = {model.joint(j).name: j for j in range(model.njnt) if model.jnt_type[j] in (HINGE, SLIDE)}
        angles = self.described.nominal.joints
        joints = self._named("joint", angles, "nominal.joints", known)
        for joint, (name, value) in zip(joints, angles.items(), strict=True):
            low, high = model.jnt_range[joint]
            if model.jnt_limited[joint] and not low <= value <= high:
                raise self._fault(
                    f"expected nominal.joints.{name} within the joint's range {low:.3g} to {high:.3g}, got {value:g}; "
                    "change it"
                )
            pose[model.jnt_qposadr[joint]] = value
        return pose

    def _named(self, kind: str, names: Iterable[str], key: str, known: Mapping[str, int]) -> list[int]:
        """The indices of parts that the description names under a key."""
        for name in names:
            if name not in known:
                raise unknown_part(self.described, kind, name, known, key)
        return [known[name] for name in names]

    def _fault(self, problem: str) -> UserError:
        return fault(self.described, problem)


def _groups(limited: int, joints: int, sensors: int, *, slides: bool) -> tuple[Group, ...]:
    groups = (
        Group("height", 1, "m"),
        Group("gravity", 3, "1"),
        Group("joint_pos", limited, "rad, m" if slides else "rad"),
        Group("body_velocity", 3, "m/s"),
        Group("body_angular_velocity", 3, "rad/s"),
        Group("joint_vel", joints, "rad/s, m/s" if slides else "rad/s"),
        Group("sensors", sensors, "as each has"),
    )
    return tuple(group for group in groups if group.width)


def _columns(addresses: Sequence[int]) -> slice | list[int]:
    """Addresses as a slice where they follow each other, which NumPy reads faster."""
    found = [int(address) for address in addresses]
    if not found or found != list(range(found[0], found[0] + len(found))):
        return found
    return slice(found[0], found[0] + len(found))


def _swing(model: mujoco.MjModel) -> tuple[list[int], Float, Float]:
    """Where the hinges with limits stand in qpos, and their limits in rad."""
    chosen = [j for j in range(model.njnt) if model.jnt_type[j] == HINGE and model.jnt_limited[j]]
    low, high = model.jnt_range[chosen].T
    return [int(address) for address in model.jnt_qposadr[chosen]], low, high
