"""Control steps per second of the simulation alone, and the limit: MuJoCo in C++ threads, nothing around it."""

from __future__ import annotations

import mujoco
import numpy as np
from mujoco.rollout import Rollout

from skillkit.benchmark.learner import repeat
from skillkit.benchmark.protocol import Reading
from skillkit.machine import cores
from skillkit.types import Float
from skillkit.worlds.factory import make_world

ANTS = 16
CHUNK = 100  # control steps of every ant in one call of the raw simulation


class Worlds:
    """skillkit's ants under random actions: observations, rewards, resets."""

    def __init__(self) -> None:
        self.name = "skillkit worlds"
        self.threads = cores()
        self.settings = f"{ANTS} ants"

    def warm_up(self) -> None:
        """Build the worlds and step them for a second."""
        self._world = make_world("ant", "open", num_worlds=ANTS, threads=self.threads)
        shape = (CHUNK, ANTS, len(self._world.action_names))
        self._actions = np.random.default_rng(0).uniform(-1.0, 1.0, shape).astype(np.float32)
        self._world.reset()
        self._turn = 0
        self.run(1.0)

    def run(self, seconds: float) -> Reading:
        """Control steps summed over the worlds."""
        return repeat(self._step, seconds)

    def _step(self) -> int:
        step = self._world.step(self._actions[self._turn % CHUNK])
        if step.ended.any():
            self._world.reset(step.ended)
        self._turn += 1
        return ANTS


class RawThreads:
    """The same ants stepped by MuJoCo's own rollout in a thread a core, the same stretch again and again."""

    def __init__(self) -> None:
        self.threads = cores()
        self.name = f"raw mj_step in {self.threads} C++ threads"
        self.settings = f"{ANTS} ants, {CHUNK} control steps a call"

    def warm_up(self) -> None:
        """Build model, starts and controls, and step for a second."""
        self._rollout = Rollout(nthread=self.threads if self.threads > 1 else 0)
        world = make_world("ant", "open", num_worlds=ANTS)
        world.reset()
        self._model = world.physics.model
        self._data = [mujoco.MjData(self._model) for _ in range(self.threads)]
        self._starts = full_states(self._model, world.physics.qpos, world.physics.qvel)
        shape = (ANTS, CHUNK, self._model.nu)
        commands = np.random.default_rng(0).uniform(-1.0, 1.0, shape)
        self._controls = np.repeat(commands, world.body.substeps, axis=1)
        self.run(1.0)

    def run(self, seconds: float) -> Reading:
        """Control steps summed over the ants."""
        return repeat(self._chunk, seconds)

    def _chunk(self) -> int:
        self._rollout.rollout(self._model, self._data, self._starts, self._controls)
        return ANTS * CHUNK


class RawCore(RawThreads):
    """One thread of the above, times the cores: what they could do if nothing were shared between them."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.threads = f"raw mj_step on one core, times {cores()}", 1

    def run(self, seconds: float) -> Reading:
        """Control steps of one core, counted once for every core."""
        done = super().run(seconds)
        return Reading(done.count * cores(), done.seconds)


def full_states(model: mujoco.MjModel, qpos: Float, qvel: Float) -> Float:
    """Simulation states (n, nstate) of fresh data at joint positions (n, nq) and velocities (n, nv)."""
    kind, data = mujoco.mjtState.mjSTATE_FULLPHYSICS.value, mujoco.MjData(model)
    states = np.empty((len(qpos), mujoco.mj_stateSize(model, kind)))
    for state, data.qpos[:], data.qvel[:] in zip(states, qpos, qvel, strict=True):
        mujoco.mj_getState(model, data, state, kind)
    return states
