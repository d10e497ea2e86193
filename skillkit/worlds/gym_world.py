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
from skillkit.types import Bool, Float32, Group, Int, Layout, Step


class GymWorld:
    """`num_worlds` copies of the environment `id`, stepped one after another. seed: of the first episodes.

    One group, "observation": whatever the environment shows, flattened. Actions in [-1, 1] are scaled to the
    environment's bounds; its time limit comes as a truncation. Implements `skillkit.types.World`.

    Every episode has a seed of its own, so that an environment's state is that seed and the commands since; these are
    what a checkpoint keeps and a resume plays again.
    """

    action_bounded = True
    highest_return: float | None = None
    actor_groups: tuple[str, ...] = ("observation",)
    low_groups = high_groups = actor_groups

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
        self._rng = np.random.default_rng(seed)
        self._seeds: Int = np.zeros(num_worlds, np.int64)  # of the running episodes
        self._commands = [self._no_commands() for _ in range(num_worlds)]  # since their starts, and room for more
        self._length: Int = np.zeros(num_worlds, np.int64)  # of them
        self.cut: Bool = np.zeros(num_worlds, bool)  # episodes that did not come out as they were when played again

    def reset(self, mask: Bool | None = None) -> Float32:
        """Start new episodes where `mask` is set (everywhere by default); returns all observations."""
        chosen = np.ones(self.num_worlds, bool) if mask is None else mask
        for index in np.flatnonzero(chosen).tolist():
            self._begin(index, int(self._rng.integers(2**31)))
        self.cut &= ~chosen
        return self._observation.copy()

    def step(self, action: Float32, active: Bool | None = None) -> Step:
        """Step the active environments with actions (n, action width), clipped to [-1, 1]."""
        running = np.ones(self.num_worlds, bool) if active is None else active
        share = (np.clip(action, -1.0, 1.0).astype(np.float64) + 1.0) / 2.0
        commands = (self._low + share * (self._high - self._low)).astype(np.float32)
        reward = np.zeros(self.num_worlds)
        terminated, success = np.zeros((2, self.num_worlds), bool)
        truncated: Bool = running & self.cut
        moving = running & ~self.cut
        for index in np.flatnonzero(moving).tolist():
            reward[index], ended, timed_out, info = self._move(index, commands[index])
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
        """The seed of every running episode, the commands since, and what came of them."""
        return {
            "rng": self._rng.bit_generator.state,
            "observation": self._observation.copy(),
            "seeds": self._seeds.copy(),
            # No copies: what is written is never written over, as an episode that begins takes memory of its own.
            "commands": [kept[:length] for kept, length in zip(self._commands, self._length.tolist(), strict=True)],
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Play again what `get_state` returned; the next step truncates an episode that comes out in another way."""
        self._rng.bit_generator.state = state["rng"]
        for index, (seed, commands) in enumerate(zip(state["seeds"].tolist(), state["commands"], strict=True)):
            self._begin(index, seed)
            for command in commands:
                self._move(index, command)
        expected = np.array(state["observation"])
        self.cut = (self._observation != expected).any(1)
        self._observation = expected

    def _no_commands(self) -> Float32:
        return np.empty((256, self._low.size), np.float32)

    def _begin(self, index: int, seed: int) -> None:
        self._seeds[index], self._commands[index], self._length[index] = seed, self._no_commands(), 0
        self._observation[index], _ = self._envs[index].reset(seed=seed)

    def _move(self, index: int, command: Float32) -> tuple[float, bool, bool, dict[str, Any]]:
        """Reward, whether the episode ended or timed out, and the environment's notes."""
        kept, length = self._commands[index], int(self._length[index])
        if length == len(kept):
            kept = self._commands[index] = np.concatenate([kept, np.empty_like(kept)])
        kept[length] = command
        self._length[index] += 1
        observation, reward, ended, timed_out, info = self._envs[index].step(command.reshape(self._action_shape))
        self._observation[index] = observation
        return float(reward), ended, timed_out, info


def make_env(id: str) -> gymnasium.Env[Float32, Float32]:
    """The environment with flattened observations; UserError when it is not known or not installed."""
    try:
        env = gymnasium.make(id, disable_env_checker=True)
    except gymnasium.error.UnregisteredEnv as error:
        raise unknown_name("Gymnasium environment", id, gymnasium.registry) from error
    except (gymnasium.error.Error, ImportError, ValueError, TypeError) as error:
        raise UserError(f"the Gymnasium environment {id!r} cannot be made: {error}") from error
    flat: gymnasium.Env[Float32, Float32] = FlattenObservation(env)
    if not isinstance(flat.observation_space, Box):
        raise UserError(f"{id!r} must have observations of a fixed width, got {env.observation_space}; try another.")
    model = getattr(env.unwrapped, "model", None)
    if isinstance(model, mujoco.MjModel):  # one that diverges shall be seen, not put back to its start
        model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET.value
    return flat


def action_box(env: gymnasium.Env[Float32, Float32], id: str) -> Box:
    """The action space; UserError unless it is continuous with finite bounds."""
    space = env.action_space
    if not isinstance(space, Box) or not np.issubdtype(space.dtype, np.floating):
        raise UserError(f"{id!r} must have continuous actions, got {space}; choose another environment.")
    if not (np.isfinite(space.low).all() and np.isfinite(space.high).all()):
        raise UserError(f"{id!r} must have finite action bounds, got {space}; choose another environment.")
    return space
