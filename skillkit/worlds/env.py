"""The worlds as Gymnasium environments, one at a time (`WorldEnv`) or as a batch (`WorldVectorEnv`)."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Space
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from skillkit.bodies import Body
from skillkit.types import Bool, Float, Float32, Layout, Step
from skillkit.worlds.factory import make_world
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.picture import Picture
from skillkit.worlds.task import TARGET_EGO

Observation = Float32 | dict[str, Float32 | Float]


class WorldEnv(gymnasium.Env[Any, Float32]):
    """One body on one task; the arguments are those of `make_world`.

    options: count, box_mass, rewards and episode_steps, as there.
    A task is observed as the flat vector of all groups. One that shows its goal gives "observation", the flat vector of
    the groups that do not depend on it, and "achieved_goal" and "desired_goal", (2,) m each, so that goals can be
    relabelled. `layout` says which groups stand where in the flat vector; `world` is
    the world itself, whose `observe()` gives every group. An episode's randomness follows from `reset(seed=)`.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012 - as Gymnasium declares it

    def __init__(
        self,
        body: str | Body,
        task: str,
        goal: str | int | None = None,
        *,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        self.world = make_world(body, task, goal, num_worlds=1, threads=1, seed=0, **options)
        self.metadata = {**self.metadata, "render_fps": round(1.0 / self.world.body.time_step)}
        self.layout = free_of_goal(self.world.layout)
        self.observation_space = observation_space(self.world)
        self.action_space = motor_space(self.world)
        self.render_mode = render_mode
        self._picture: Picture | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode; there are no options."""
        super().reset(seed=seed)
        self.world.seed(int(self.np_random.integers(2**32)))
        return _first(present(self.world, self.world.reset())), {}

    def step(self, action: Float32) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """One control step with motor commands (motors,), clipped to [-1, 1]."""
        step = self.world.step(np.asarray(action, np.float32)[None])
        info = {name: value[0].item() for name, value in describe(step).items()}
        observation = _first(present(self.world, step.observation))
        return observation, float(step.reward[0]), bool(step.terminated[0]), bool(step.truncated[0]), info

    def compute_reward(self, achieved_goal: Float, desired_goal: Float, info: Any) -> Any:
        """What reaching the goal pays, for one pair of goals (2,) or many (..., 2); `info` is not looked at."""
        return goal_reward(self.world, achieved_goal, desired_goal)

    def render(self) -> np.ndarray | None:
        """The world as (480, 480, 3) pixels; None without a render mode. UserError where nothing can draw."""
        if self.render_mode is None:
            return None
        self._picture = self._picture or Picture(self.world)
        return self._picture.draw()

    def close(self) -> None:
        """Free the graphics."""
        if self._picture is not None:
            self._picture.close()
            self._picture = None


class WorldVectorEnv(VectorEnv[Any, Float32, Any]):
    """`num_envs` copies of `WorldEnv` that step together in C++ threads; ended ones restart in the same step."""

    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012 - as Gymnasium declares it

    def __init__(
        self,
        num_envs: int,
        body: str | Body,
        task: str,
        goal: str | int | None = None,
        *,
        threads: int = 1,
        **options: Any,
    ) -> None:
        self.num_envs = num_envs
        self.world = make_world(body, task, goal, num_worlds=num_envs, threads=threads, seed=0, **options)
        self.layout = free_of_goal(self.world.layout)
        self.single_observation_space = observation_space(self.world)
        self.single_action_space = motor_space(self.world)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start new episodes, everywhere or where `options["reset_mask"]`, (num_envs,) bool, is set."""
        super().reset(seed=seed)
        self.world.seed(int(self.np_random.integers(2**32)))
        return present(self.world, self.world.reset((options or {}).get("reset_mask"))), {}

    def step(self, actions: Float32) -> tuple[Any, Float, Bool, Bool, dict[str, Any]]:
        """One control step with motor commands (num_envs, motors), clipped to [-1, 1]."""
        step = self.world.step(np.asarray(actions, np.float32))
        observation, ended = present(self.world, step.observation), step.ended
        infos: dict[str, Any] = dict(masked(describe(step), ~ended))
        if ended.any():
            infos |= {"final_obs": final_observations(observation, ended), "_final_obs": ended.copy()}
            infos |= {"final_info": masked(describe(step), ended), "_final_info": ended.copy()}
            observation = present(self.world, self.world.reset(ended))
        return observation, step.reward, step.terminated, step.truncated, infos

    def compute_reward(self, achieved_goal: Float, desired_goal: Float, info: Any) -> Any:
        """What reaching the goal pays, for one pair of goals (2,) or many (..., 2); `info` is not looked at."""
        return goal_reward(self.world, achieved_goal, desired_goal)


def free_of_goal(layout: Layout) -> Layout:
    """The groups that do not depend on the goal."""
    return layout.subset([name for name in layout.names if name != TARGET_EGO.name])


def is_goal_conditioned(world: MujocoWorld) -> bool:
    """Whether the task shows its goal, so that another one could have been asked for."""
    return TARGET_EGO.name in world.layout.names


def observation_space(world: MujocoWorld) -> Space[Any]:
    """The space of what `present` gives for one world."""
    flat = Box(-np.inf, np.inf, (free_of_goal(world.layout).width,), np.float32)
    if not is_goal_conditioned(world):
        return flat
    goals = {name: Box(-np.inf, np.inf, (2,), np.float64) for name in ("achieved_goal", "desired_goal")}
    return Dict({"observation": flat, **goals})


def motor_space(world: MujocoWorld) -> Space[Any]:
    """Commands of one body's motors."""
    return Box(-1.0, 1.0, (len(world.action_names),), np.float32)


def present(world: MujocoWorld, observation: Float32) -> Observation:
    """Observations (n, layout width) as Gymnasium shows them, with a leading axis of n."""
    if not is_goal_conditioned(world):
        return observation
    flat = observation[:, world.layout.indices(free_of_goal(world.layout).names)]
    return {"observation": flat, "achieved_goal": world.position.copy(), "desired_goal": world.goal.copy()}


def describe(step: Step) -> dict[str, np.ndarray]:
    """The `info` of a step, (n,) each: success under both its customary names, fallen, the reward's terms."""
    terms = {f"reward/{name}": value for name, value in step.terms.items()}
    return {"success": step.success, "is_success": step.success, "fallen": step.fallen, **terms}


def masked(infos: dict[str, np.ndarray], mask: Bool) -> dict[str, np.ndarray]:
    """Gymnasium's vector infos: each value where `mask` is set, zero elsewhere, and the mask as `_<name>`."""
    found = {name: np.where(mask, value, np.zeros_like(value)) for name, value in infos.items()}
    return found | {f"_{name}": mask.copy() for name in infos}


def final_observations(observation: Observation, ended: Bool) -> np.ndarray:
    """An object array (n,) with the last observation of each world that ended, None elsewhere."""
    final = np.full(len(ended), None, dtype=object)
    for index in np.flatnonzero(ended):
        final[index] = _pick(observation, int(index))
    return final


def goal_reward(world: MujocoWorld, achieved: Float, desired: Float) -> Any:
    """The weighted goal-reached term of positions that might have been, a float or an array (...)."""
    pairs = np.broadcast_arrays(achieved, desired)
    reached = world.task.reached(*(pair.reshape(-1, 2) for pair in pairs)).reshape(pairs[0].shape[:-1])
    weight = sum(term.weight for term in world.rewards if term.name == "goal-reached")
    return weight * reached.astype(np.float64)


def _pick(observation: Observation, index: int) -> Observation:
    if isinstance(observation, dict):
        return {name: value[index].copy() for name, value in observation.items()}
    return observation[index].copy()


def _first(observation: Observation) -> Observation:
    return _pick(observation, 0)
