"""The bodies of the task run, as Gymnasium's v5 environments observe, judge and reset them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import as_file, files

import mujoco
import numpy as np

from skillkit.bodies.body import NOTHING, Derived
from skillkit.bodies.rotation import yaw
from skillkit.types import Bool, Float, Float32, Group

_UNITS = {
    "cinert": "kg m^2, kg m, kg",
    "cvel": "rad/s, m/s",
    "qfrc_actuator": "N m, N",  # of hinges; of slides
    "cfrc_ext": "N m, N",
}
_NAMES = {
    "cinert": "com_inertia",
    "cvel": "com_velocity",
    "qfrc_actuator": "actuator_force",
    "cfrc_ext": "contact_force",
}
_ANYTHING = (-np.inf, np.inf)


@dataclass(frozen=True)
class GymnasiumBody:
    """A body in Gymnasium's v5 environment of that name, its MJCF read from the installed package.

    Implements `Body`, but for two things that follow from the environments: what it senses knows the absolute heading,
    and it always starts along x. Source: Gymnasium 1.4, `gymnasium.envs.mujoco`.

    rewards: weights by name.
    skipped: how many joint positions are not observed: those of the root along the floor.
    velocity_limit: what observed velocities are clipped to.
    forces: MjData fields that are observed after positions and velocities.
    tracked: where x is measured: by the root's joint ("qpos"), its frame ("xpos") or the centre of mass ("xipos").
    height: healthy range of the first observed joint position, m.
    angle: healthy limit of the second one, rad.
    state_limit: healthy limit of all positions and velocities but the first two.
    position_noise, velocity_noise: of a start, uniform within it; velocities are `normal` with it where that is set.
    control_range, control_middle: how far the actuators' commands reach, and around what.
    contact_limit, contact_cap: what single contact forces, and the sum of their squares, are limited to in their cost.
    """

    name: str
    description: str
    asset: str
    substeps: int
    rewards: Mapping[str, float]
    skipped: int = 1
    velocity_limit: float = np.inf
    forces: tuple[str, ...] = ()
    tracked: str = "qpos"
    height: tuple[float, float] = _ANYTHING
    angle: float = np.inf
    state_limit: float = np.inf
    position_noise: float = 0.1
    velocity_noise: float = 0.1
    normal: bool = False
    control_range: float = 1.0
    control_middle: float = 0.0
    contact_limit: float = np.inf
    contact_cap: float = np.inf
    scale: float = field(default=1.0, init=False)

    @cached_property
    def _model(self) -> mujoco.MjModel:
        return self.spec().compile()

    @property
    def time_step(self) -> float:
        """Seconds a control step."""
        return float(self._model.opt.timestep) * self.substeps

    @property
    def root(self) -> str:
        """The torso."""
        return str(self._model.body(1).name)

    @property
    def motors(self) -> tuple[str, ...]:
        """Motors by the names of their joints."""
        return tuple(self._model.actuator(index).name for index in range(self._model.nu))

    @property
    def derived(self) -> tuple[str, ...]:
        """MjData fields that are observed or that x is measured by."""
        return (*self.forces, *(() if self.tracked == "qpos" else (self.tracked,)))

    @property
    def groups(self) -> tuple[Group, ...]:
        """Joint positions, joint velocities, forces."""
        model, data = self._model, mujoco.MjData(self._model)
        known = [Group("qpos", model.nq - self.skipped, "m, rad"), Group("qvel", model.nv, "m/s, rad/s")]
        forces = {name: self._observed(name, getattr(data, name)[None]).size for name in self.forces}
        return (*known, *(Group(_NAMES[name], size, _UNITS[name]) for name, size in forces.items()))

    def spec(self) -> mujoco.MjSpec:
        """The asset as shipped, its motors named after their joints."""
        assets = files("gymnasium") / "envs" / "mujoco" / "assets"
        with as_file(assets / self.asset) as path:
            spec = mujoco.MjSpec.from_file(str(path))
        for actuator in spec.actuators:
            actuator.name = actuator.target
        return spec

    def proprioception(self, qpos: Float, qvel: Float, derived: Derived = NOTHING) -> Float32:
        """Gymnasium's observation, (n, width)."""
        velocity = np.clip(qvel, -self.velocity_limit, self.velocity_limit)
        forces = [self._observed(name, derived[name]) for name in self.forces]
        return np.concatenate([qpos[:, self.skipped :], velocity, *forces], axis=1, dtype=np.float32)

    def position(self, qpos: Float, derived: Derived = NOTHING) -> Float:
        """Where x is measured, (n, 2) m; the root's joint where `derived` lacks the field for it."""
        if self.tracked in derived:
            place = derived[self.tracked]
            if self.tracked == "xpos":
                return place[:, 1, :2]
            mass = self._model.body_mass
            centre: Float = np.einsum("b,nbk->nk", mass, place[:, :, :2]) / mass.sum()
            return centre
        return qpos[:, :2] if self.skipped == 2 else np.stack([qpos[:, 0], np.zeros(len(qpos))], axis=1)

    def heading(self, qpos: Float) -> Float:
        """Yaw of a body with a free joint, 0 of the others, (n,) rad."""
        return yaw(qpos[:, 3:7]) if self._model.nq > self._model.nv else np.zeros(len(qpos))

    def healthy(self, qpos: Float, qvel: Float) -> Bool:
        """Within all of the environment's limits, (n,)."""
        height, angle = qpos[:, self.skipped], qpos[:, self.skipped + 1]
        low, high = self.height
        state = np.concatenate([qpos[:, 2:], qvel], axis=1)
        healthy: Bool = (height > low) & (height < high) & (np.abs(angle) < self.angle)
        return healthy & (np.abs(state) < self.state_limit).all(axis=1)

    def contact_load(self, derived: Derived) -> Float:
        """Squared contact torques and forces, N^2 m^2 and N^2, each and their sum limited as there, (n,)."""
        forces = np.clip(derived["cfrc_ext"], -self.contact_limit, self.contact_limit)
        load: Float = np.minimum(np.square(forces).sum(axis=(1, 2)), self.contact_cap)
        return load

    def initial_state(self, heading: Float, rng: np.random.Generator) -> tuple[Float, Float]:
        """The model's own pose with the environment's noise; it faces along x, whatever `heading` says."""
        count, model = len(heading), self._model
        qpos = model.qpos0 + rng.uniform(-self.position_noise, self.position_noise, (count, model.nq))
        shape, noise = (count, model.nv), self.velocity_noise
        return qpos, noise * rng.standard_normal(shape) if self.normal else rng.uniform(-noise, noise, shape)

    def _observed(self, name: str, values: Float) -> Float:
        """A field (n, ...) as it is observed: without the world's own row, without the root's joints: (n, k)."""
        if name == "qfrc_actuator":
            return values[:, 6:]
        limit = self.contact_limit if name == "cfrc_ext" else np.inf
        return np.clip(values[:, 1:], -limit, limit).reshape(len(values), -1)


GYMNASIUM_BODIES: dict[str, GymnasiumBody] = {
    body.name: body
    for body in (
        GymnasiumBody(
            name="swimmer",
            description="three links in a viscous plane, 2 motors",
            asset="swimmer.xml",
            substeps=4,
            rewards={"x-velocity": 1.0, "control-cost": 1e-4},
            skipped=2,
        ),
        GymnasiumBody(
            name="hopper",
            description="one planar leg, 3 motors",
            asset="hopper.xml",
            substeps=4,
            rewards={"x-velocity": 1.0, "alive": 1.0, "control-cost": 1e-3},
            velocity_limit=10.0,
            height=(0.7, np.inf),
            angle=0.2,
            state_limit=100.0,
            position_noise=5e-3,
            velocity_noise=5e-3,
        ),
        GymnasiumBody(
            name="walker2d",
            description="two planar legs, 6 motors",
            asset="walker2d_v5.xml",
            substeps=4,
            rewards={"x-velocity": 1.0, "alive": 1.0, "control-cost": 1e-3},
            velocity_limit=10.0,
            height=(0.8, 2.0),
            angle=1.0,
            position_noise=5e-3,
            velocity_noise=5e-3,
        ),
        GymnasiumBody(
            name="half-cheetah",
            description="planar cheetah of two legs, 6 motors",
            asset="half_cheetah.xml",
            substeps=5,
            rewards={"x-velocity": 1.0, "control-cost": 0.1},
            normal=True,
        ),
        GymnasiumBody(
            name="ant",
            description="Gymnasium's four-legged ant, 8 motors",
            asset="ant.xml",
            substeps=5,
            rewards={"x-velocity": 1.0, "alive": 1.0, "control-cost": 0.5, "contact-cost": 5e-4},
            skipped=2,
            forces=("cfrc_ext",),
            tracked="xpos",
            height=(0.2, 1.0),
            normal=True,
            contact_limit=1.0,
        ),
        GymnasiumBody(
            name="humanoid",
            description="humanoid of 13 bodies, 17 motors",
            asset="humanoid.xml",
            substeps=5,
            rewards={"x-velocity": 1.25, "alive": 5.0, "control-cost": 0.1 * 0.4**2, "contact-cost": 5e-7},
            skipped=2,
            forces=("cinert", "cvel", "qfrc_actuator", "cfrc_ext"),
            tracked="xipos",
            height=(1.0, 2.0),
            position_noise=1e-2,
            velocity_noise=1e-2,
            control_range=0.4,
            contact_cap=10.0 / 5e-7,
        ),
    )
}
