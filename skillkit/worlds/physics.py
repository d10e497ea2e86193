"""The batch of simulations: the only file that knows which library steps them."""

from __future__ import annotations

import mjbatch
import mujoco
import numpy as np

from skillkit.types import Bool, Float


class Physics:
    """`count` copies of a model that step together in C++ threads, the interpreter lock released.

    qpos (count, nq), qvel (count, nv) and ctrl (count, nu) are live views: writing to them sets the simulation.
    """

    def __init__(self, model: mujoco.MjModel, count: int, threads: int) -> None:
        self.model = model
        self.count = count
        self._batch = mjbatch.Batch(model, count, num_threads=min(threads, count))
        self._batch.reset()
        self._state: Float = self._batch.bind("state")
        self._fresh = self._state[0].copy()
        self.qpos: Float = self._batch.bind("qpos")
        self.qvel: Float = self._batch.bind("qvel")
        self.ctrl: Float = self._batch.bind("ctrl")

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

    def get_state(self) -> Float:
        """The whole integration state (count, nstate), a copy."""
        return self._state.copy()

    def set_state(self, state: Float) -> None:
        """Take over what `get_state` returned."""
        self._state[:] = state
