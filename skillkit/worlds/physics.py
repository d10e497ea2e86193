"""The batch of simulations: the only file that knows which library steps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import mjbatch
import mujoco
import numpy as np

from skillkit.types import Bool, Float

OFFERED = {"sensordata"}  # fields of MjData that simulations in C++ threads offer


class Physics(Protocol):
    """`count` copies of a model that step together.

    qpos (count, nq), qvel (count, nv) and ctrl (count, nu) are live: writing to them sets the simulation; derived:
    further fields of MjData by name, (count, ...), to be read.
    """

    model: mujoco.MjModel
    count: int
    qpos: Float
    qvel: Float
    ctrl: Float
    derived: Mapping[str, Float]

    def step(self, substeps: int, active: Bool | None = None) -> None:
        """Advance the active simulations (all by default) by `substeps` of the model's time step."""
        ...

    def reset(self, mask: Bool, qpos: Float, qvel: Float) -> None:
        """Restart the masked simulations from qpos (k, nq) and qvel (k, nv), all else as in a fresh model."""
        ...

    def get_state(self) -> Float:
        """The whole integration state (count, nstate), a copy."""
        ...

    def set_state(self, state: Float) -> None:
        """Take over what `get_state` returned."""
        ...


def simulate(model: mujoco.MjModel, count: int, threads: int, derived: tuple[str, ...] = ()) -> Physics:
    """Simulations in C++ threads, or one after another in Python where these do not offer the derived fields."""
    return (
        BatchPhysics(model, count, threads, derived) if {*derived} <= OFFERED else SerialPhysics(model, count, derived)
    )


class BatchPhysics:
    """Simulations that step together in C++ threads, the interpreter lock released. Implements `Physics`.

    derived: some of `OFFERED`; after a step of the last substep's own evaluation, after a reset of the new state.
    """

    def __init__(self, model: mujoco.MjModel, count: int, threads: int, derived: tuple[str, ...] = ()) -> None:
        self.model = model
        self.count = count
        self._batch = mjbatch.Batch(model, count, num_threads=min(threads, count))
        self._batch.reset()
        self._state: Float = self._batch.bind("state")
        self._fresh = self._state[0].copy()
        self.qpos: Float = self._batch.bind("qpos")
        self.qvel: Float = self._batch.bind("qvel")
        self.ctrl: Float = self._batch.bind("ctrl")
        self.derived: Mapping[str, Float] = {name: self._batch.bind(name) for name in derived}

    def step(self, substeps: int, active: Bool | None = None) -> None:
        """Advance the active simulations (all by default) by `substeps` of the model's time step."""
        if active is None:
            self._batch.step(nstep=substeps)
        elif active.any():
            self._batch.step(np.ascontiguousarray(active), nstep=substeps)

    def reset(self, mask: Bool, qpos: Float, qvel: Float) -> None:
        """Restart the masked simulations from qpos (k, nq) and qvel (k, nv), all else as in a fresh model."""
        self._state[mask] = self._fresh
        self.qpos[mask] = qpos
        self.qvel[mask] = qvel
        if self.derived:
            self._batch.forward(np.flatnonzero(mask))

    def get_state(self) -> Float:
        """The whole integration state (count, nstate) with the derived fields behind it, a copy."""
        return np.concatenate([self._state, *self.derived.values()], axis=1)

    def set_state(self, state: Float) -> None:
        """Take over what `get_state` returned."""
        start = self._state.shape[1]
        self._state[:] = state[:, :start]
        for field in self.derived.values():
            field[:] = state[:, start : start + field.shape[1]]
            start += field.shape[1]


class SerialPhysics:
    """Simulations one after another, with fields that MuJoCo computes only where asked. Implements `Physics`.

    After a step, contact forces are brought up to date (`mj_rnePostConstraint`) and the other derived fields are
    those of the last substep's own evaluation, as in Gymnasium; after a reset they are of the new state.
    """

    def __init__(self, model: mujoco.MjModel, count: int, derived: tuple[str, ...]) -> None:
        self.model = model
        self.count = count
        self._data = [mujoco.MjData(model) for _ in range(count)]
        self.qpos: Float = np.zeros((count, model.nq))
        self.qvel: Float = np.zeros((count, model.nv))
        self.ctrl: Float = np.zeros((count, model.nu))
        first = self._data[0]
        self.derived: Mapping[str, Float] = {name: np.zeros((count, *getattr(first, name).shape)) for name in derived}
        every = np.ones(count, bool)
        self.reset(every, np.tile(model.qpos0, (count, 1)), np.zeros((count, model.nv)))

    def step(self, substeps: int, active: Bool | None = None) -> None:
        """Advance the active simulations (all by default) by `substeps` of the model's time step."""
        for index in range(self.count) if active is None else np.flatnonzero(active).tolist():
            data = self._data[index]
            self._write(index)
            mujoco.mj_step(self.model, data, nstep=substeps)
            mujoco.mj_rnePostConstraint(self.model, data)
            self._read(index)

    def reset(self, mask: Bool, qpos: Float, qvel: Float) -> None:
        """Restart the masked simulations from qpos (k, nq) and qvel (k, nv), all else as in a fresh model."""
        for index, position, velocity in zip(np.flatnonzero(mask).tolist(), qpos, qvel, strict=True):
            data = self._data[index]
            mujoco.mj_resetData(self.model, data)
            data.qpos[:], data.qvel[:] = position, velocity
            mujoco.mj_forward(self.model, data)
            self._read(index)

    def get_state(self) -> Float:
        """The whole integration state (count, nstate) with the derived fields behind it, a copy."""
        kind = mujoco.mjtState.mjSTATE_INTEGRATION
        states = np.zeros((self.count, mujoco.mj_stateSize(self.model, kind)))
        for index, data in enumerate(self._data):
            self._write(index)
            mujoco.mj_getState(self.model, data, states[index], kind)
        return np.concatenate([states, *(field.reshape(self.count, -1) for field in self.derived.values())], axis=1)

    def set_state(self, state: Float) -> None:
        """Take over what `get_state` returned."""
        kind = mujoco.mjtState.mjSTATE_INTEGRATION
        size = mujoco.mj_stateSize(self.model, kind)
        for index, data in enumerate(self._data):
            mujoco.mj_setState(self.model, data, state[index, :size], kind)
            self._read(index)
        start = size
        for field in self.derived.values():
            width = field[0].size
            field[:] = state[:, start : start + width].reshape(field.shape)
            start += width

    def _write(self, index: int) -> None:
        data = self._data[index]
        data.qpos[:], data.qvel[:], data.ctrl[:] = self.qpos[index], self.qvel[index], self.ctrl[index]

    def _read(self, index: int) -> None:
        data = self._data[index]
        self.qpos[index], self.qvel[index], self.ctrl[index] = data.qpos, data.qvel, data.ctrl
        for name, field in self.derived.items():
            field[index] = getattr(data, name)
