"""Any registered Gymnasium environment with continuous actions as a batch of worlds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import mujoco
import numpy as np
from gymnasium.spaces import Box
from gymnasium.wrappers import FlattenObservation

from skillkit.errors import UserError, unknown_name
from skillkit.types import Bool, Float, Float32, Group, Layout, Step

# What some environments read before a step moves anything: MuJoCo leaves them one physics step behind the state.
LAGGING = ("xpos", "xquat", "xmat", "xipos", "ximat", "geom_xpos", "geom_xmat", "site_xpos", "site_xmat")


class GymWorld:
    """`num_worlds` copies of the environment `id`, stepped one after another. seed: of the first episodes.

    One group, "observation": whatever the environment shows, flattened. Actions in [-1, 1] are scaled to the
    environment's bounds; its time limit comes as a truncation. Implements `skillkit.types.World`.
    """

    action_bounded = True
    highest_return: float | None = None
    actor_groups: tuple[str, ...] = ("observation",)

    def __init__(self, id: str, *, num_worlds: int = 1, seed: int = 0) -> None:
        self.id, self.num_worlds = id, num_worlds
        self._envs = [make_env(id) for _ in range(num_worlds)]
        box = action_box(self._envs[0], id)
        self._action_shape = box.shape
        self._low, self._high = box.low.astype(np.float64).ravel(), box.high.astype(np.float64).ravel()
        width = gymnasium.spaces.flatdim(self._envs[0].observation_space)
        self.layout = Layout((Group("observation", width, "1"),))
        self.action_names = tuple(f"action_{index}" for index in range(self._low.size))
        self._observation: Float32 = np.zeros((num_worlds, width), np.float32)
        self._cut: Bool = np.zeros(num_worlds, bool)  # episodes that a checkpoint could not keep
        for index, env in enumerate(self._envs):
            env.reset(seed=seed + index)

    def reset(self, mask: Bool | None = None) -> Float32:
        """Start new episodes where `mask` is set (everywhere by default); returns all observations."""
        chosen = np.ones(self.num_worlds, bool) if mask is None else mask
        for index in np.flatnonzero(chosen):
            self._observation[index], _ = self._envs[index].reset()
        self._cut &= ~chosen
        return self._observation.copy()

    def step(self, action: Float32, active: Bool | None = None) -> Step:
        """Step the active environments with actions (n, action width), clipped to [-1, 1]."""
        running = np.ones(self.num_worlds, bool) if active is None else active
        share = (np.clip(action, -1.0, 1.0).astype(np.float64) + 1.0) / 2.0
        commands = (self._low + share * (self._high - self._low)).astype(np.float32)
        reward = np.zeros(self.num_worlds)
        terminated, success = np.zeros((2, self.num_worlds), bool)
        truncated: Bool = running & self._cut
        moving = running & ~self._cut
        for index in np.flatnonzero(moving):
            command = commands[index].reshape(self._action_shape)
            observation, reward[index], ended, timed_out, info = self._envs[index].step(command)
            self._observation[index] = observation
            terminated[index], truncated[index] = ended, timed_out and not ended
            success[index] = bool(info.get("success", info.get("is_success", False)))
        return Step(
            observation=self._observation.copy(),
            reward=reward,
            terminated=terminated,
            truncated=truncated,
            duration=moving.astype(np.int64),
            terms={"reward": reward.copy()},
            success=success,
            fallen=np.zeros(self.num_worlds, bool),
        )

    def get_state(self) -> dict[str, Any]:
        """Random numbers, and the episode so far where MuJoCo simulates it; others keep no episode."""
        return {"observation": self._observation.copy(), "worlds": [env_state(env) for env in self._envs]}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned; the next step truncates an episode that it could not keep."""
        self._observation = np.array(state["observation"])
        for index, (env, kept) in enumerate(zip(self._envs, state["worlds"], strict=True)):
            env.reset()
            self._cut[index] = kept["simulation"] is None
            if kept["simulation"] is not None:
                set_simulation(env, kept["simulation"])
                env.set_wrapper_attr("_elapsed_steps", kept["elapsed"], force=False)
            env.unwrapped.np_random.bit_generator.state = kept["rng"]


def make_env(id: str) -> gymnasium.Env[Float32, Float32]:
    """The environment with flattened observations; UserError when it is not known or not installed."""
    try:
        env = gymnasium.make(id, disable_env_checker=True)
    except gymnasium.error.UnregisteredEnv as error:
        raise unknown_name("Gymnasium environment", id, gymnasium.registry) from error
    except (gymnasium.error.Error, ImportError) as error:
        raise UserError(f"the Gymnasium environment {id!r} cannot be made: {error}") from error
    flat: gymnasium.Env[Float32, Float32] = FlattenObservation(env)
    if not isinstance(flat.observation_space, Box):
        raise UserError(f"{id!r} must have observations of a fixed width, got {env.observation_space}; try another.")
    return flat


def action_box(env: gymnasium.Env[Float32, Float32], id: str) -> Box:
    """The action space; UserError unless it is continuous with finite bounds."""
    space = env.action_space
    if not isinstance(space, Box) or not np.issubdtype(space.dtype, np.floating):
        raise UserError(f"{id!r} must have continuous actions, got {space}; choose another environment.")
    if not (np.isfinite(space.low).all() and np.isfinite(space.high).all()):
        raise UserError(f"{id!r} must have finite action bounds, got {space}; choose another environment.")
    return space


def env_state(env: gymnasium.Env[Float32, Float32]) -> dict[str, Any]:
    """Random numbers, and simulation and steps so far where there is a MuJoCo model to ask."""
    elapsed = env.get_wrapper_attr("_elapsed_steps") if env.has_wrapper_attr("_elapsed_steps") else None
    rng = env.unwrapped.np_random.bit_generator.state
    return {"rng": rng, "simulation": get_simulation(env), "elapsed": elapsed}


def get_simulation(env: gymnasium.Env[Float32, Float32]) -> dict[str, Float] | None:
    """MuJoCo's integration state and what lags behind it; None for other environments."""
    model, data = getattr(env.unwrapped, "model", None), getattr(env.unwrapped, "data", None)
    if not isinstance(model, mujoco.MjModel) or not isinstance(data, mujoco.MjData):
        return None
    everything = mujoco.mjtState.mjSTATE_INTEGRATION.value
    state = np.empty(mujoco.mj_stateSize(model, everything))
    mujoco.mj_getState(model, data, state, everything)
    return {"state": state, **{name: getattr(data, name).copy() for name in LAGGING}}


def set_simulation(env: gymnasium.Env[Float32, Float32], simulation: Mapping[str, Float]) -> None:
    """Take over what `get_simulation` returned."""
    model, data = env.get_wrapper_attr("model"), env.get_wrapper_attr("data")
    mujoco.mj_setState(model, data, simulation["state"], mujoco.mjtState.mjSTATE_INTEGRATION.value)
    mujoco.mj_forward(model, data)
    for name in LAGGING:
        getattr(data, name)[:] = simulation[name]
