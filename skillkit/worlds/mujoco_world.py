"""A batch of MuJoCo worlds: a body on a task's arena, observed by named groups, rewarded by named terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from skillkit.bodies import Body, FeelsContact
from skillkit.errors import Diverged, UserError
from skillkit.types import Bool, Float, Float32, Group, Int, Layout, Step
from skillkit.worlds.model import build_model
from skillkit.worlds.physics import simulate
from skillkit.worlds.rewards import Motion, RewardTerm
from skillkit.worlds.task import Task

WINDOW_LAGS = 4  # the critic sees the displacement since 1/4, 2/4, 3/4 and 4/4 of the window ago
NEVER = 10**9  # control steps
LARGEST = 1e10  # m, m/s, rad, rad/s: beyond, MuJoCo calls a simulation bad
WINDOW_GROUP = Group("window_displacement", 2 * WINDOW_LAGS, "m")


class MujocoWorld:
    """`num_worlds` independent copies of one body on one task.

    rewards: the terms that are summed; None for the task's own. episode_steps: control steps to the time limit;
    None for the task's own. threads: C++ threads of the physics. seed: of everything random in here.
    Implements `skillkit.types.World`.
    """

    action_bounded = True

    def __init__(
        self,
        body: Body,
        task: Task,
        *,
        rewards: tuple[RewardTerm, ...] | None = None,
        episode_steps: int | None = None,
        num_worlds: int = 1,
        threads: int = 1,
        seed: int = 0,
    ) -> None:
        self.body, self.task = body, task
        self.rewards = rewards if rewards is not None else task.rewards
        self.episode_steps = episode_steps if episode_steps is not None else task.episode_steps
        self.num_worlds = num_worlds
        self.physics = simulate(build_model(body, task.arena), num_worlds, threads, body.derived)
        self.recording: list[Float] | None = None  # where a recorder listens: qpos after every control step

        windowed = sorted({term.looks_back for term in self.rewards if term.looks_back is not None})
        if len(windowed) > 1:
            named = ", ".join(f"{seconds:g}" for seconds in windowed)
            raise UserError(f"expected one window for all rewards that look back, got {named} s; give them the same.")
        wanted = windowed[0] if windowed else body.time_step
        self._window = max(1, round(wanted / body.time_step)) * body.time_step
        window_groups = (WINDOW_GROUP,) if windowed else ()
        self.layout = Layout((*body.groups, *task.groups, *window_groups))
        self.actor_groups = (*(group.name for group in body.groups), *task.actor_groups)
        self.action_names = body.motors
        most = [term.most for term in self.rewards]
        self.highest_return: float | None = None if None in most else sum(value or 0.0 for value in most)

        self._rng = np.random.default_rng(seed)
        self._elapsed: Int = np.zeros(num_worlds, np.int64)
        self._goal: Float = np.zeros((num_worlds, 2))
        self._fallen: Bool = np.zeros(num_worlds, bool)
        self._lying: Int = np.zeros(num_worlds, np.int64)  # control steps since the body was last healthy
        # Where lying down costs nothing, an end of the episode would teach it; only a fall that ends it at once may.
        given_up = task.patience == 0.0 or any(term.name == "given-up" for term in self.rewards)
        self._patience = max(1, round(task.patience / body.time_step)) if given_up else NEVER
        steps = max(1, round(self._window / body.time_step))
        self._windowed = bool(windowed)
        self._lags = np.array([1, *(round(steps * lag / WINDOW_LAGS) for lag in range(1, WINDOW_LAGS + 1))])
        self._in_time = np.arange(steps, -1, -1)  # lags, the longest first
        self._history: Float = np.zeros((num_worlds, steps + 1, 2))  # a ring: `_slots` knows what stands where
        self._rows = np.arange(num_worlds)[:, None]

    @property
    def goal(self) -> Float:
        """Where each world's goal is, (n, 2) m."""
        return self._goal

    @property
    def position(self) -> Float:
        """Where each body is, (n, 2) m."""
        return self.body.position(self.physics.qpos, self.physics.derived)

    @property
    def heading(self) -> Float:
        """Which way each body faces, (n,) rad."""
        return self.body.heading(self.physics.qpos)

    def poses(self) -> Float:
        """Joint positions now, a copy, (n, nq)."""
        return self.physics.qpos.copy()

    def planar(self, qpos: Float) -> tuple[Float, Float]:
        """Positions (k, 2) m and headings (k,) rad of the body at joint positions (k, nq)."""
        return self.body.position(qpos), self.body.heading(qpos)

    def seed(self, seed: int) -> None:
        """Start the stream of random numbers anew."""
        self._rng = np.random.default_rng(seed)

    def reset(self, mask: Bool | None = None) -> Float32:
        """Start new episodes where `mask` is set (everywhere by default); returns all observations."""
        chosen = np.ones(self.num_worlds, bool) if mask is None else mask
        count = int(chosen.sum())
        if count:
            heading = self.task.start_heading(count, self._rng)
            self.physics.reset(chosen, *self.body.initial_state(heading, self._rng))
            self._goal[chosen] = self.task.draw_goal(count, self._rng)
            self._elapsed[chosen] = 0
            self._fallen[chosen] = False
            self._lying[chosen] = 0
            self._history[chosen] = self.position[chosen][:, None, :]
            self._goal = self.task.goal_from(self.position, self._goal)
        return self.observe()

    def step(self, action: Float32, active: Bool | None = None) -> Step:
        """One control step of the active worlds with motor commands (n, motors), clipped to [-1, 1].

        Raises Diverged when a simulation is no longer finite.
        """
        running = np.ones(self.num_worlds, bool) if active is None else active
        command = np.clip(action, -1.0, 1.0, dtype=np.float64)
        np.multiply(command, self.body.control_range, out=self.physics.ctrl)
        self.physics.ctrl += self.body.control_middle
        self.physics.step(self.body.substeps, active)
        if self.recording is not None:
            self.recording.append(self.physics.qpos.copy())

        if not ((np.abs(self.physics.qpos) < LARGEST).all() and (np.abs(self.physics.qvel) < LARGEST).all()):
            raise Diverged(
                f"the simulation of the {self.body.name} has positions or speeds that are NaN or beyond all bounds"
            )
        position, heading = self.position, self.heading
        self._goal = self.task.goal_from(position, self._goal)
        goal_distance = self._goal_distance(position)
        self._elapsed += running
        over = self._elapsed >= self.episode_steps
        self._history[self._rows, self._slots(0)] = position[:, None]
        past = self._past()
        healthy = self.body.healthy(self.physics.qpos, self.physics.qvel)
        fallen = ~healthy & running
        self._fallen |= fallen
        self._lying = np.where(running, (self._lying + 1) * fallen, self._lying)
        reached = self.task.reached(position, self._goal)
        motion = Motion(
            previous_position=past[:, 0],
            position=position,
            heading=heading,
            action=command,
            healthy=healthy,
            reached=reached,
            success=reached & over if self.task.held else reached,
            given_up=self._lying >= self._patience,
            goal_distance=np.zeros(self.num_worlds) if goal_distance is None else goal_distance,
            goal_spread=self.task.arena.goal_spread,
            contact_load=self._contact_load(),
            window_start=past[:, -1],
            window=self._window,
            time_step=self.body.time_step,
        )
        terms = {term.name: term(motion) for term in self.rewards}
        if active is not None:
            terms = {name: np.where(running, value, 0.0) for name, value in terms.items()}
        success = motion.success & running
        terminated = (success & (not self.task.held)) | (motion.given_up & running)
        return Step(
            observation=self._observe(position, heading, past),
            reward=sum(terms.values(), np.zeros(self.num_worlds)),
            terminated=terminated,
            truncated=over & running & ~terminated,
            duration=running.astype(np.int64),
            terms=terms,
            success=success,
            fallen=self._fallen.copy(),
            goal_distance=goal_distance,
        )

    def observe(self) -> Float32:
        """All groups side by side, (n, layout.width)."""
        return self._observe(self.position, self.heading, self._past())

    def get_state(self) -> dict[str, Any]:
        """Physics, goals, clocks, and the state of the random numbers."""
        return {
            "physics": self.physics.get_state(),
            "elapsed": self._elapsed.copy(),
            "goal": self._goal.copy(),
            "fallen": self._fallen.copy(),
            "lying": self._lying.copy(),
            "history": self._history[self._rows, self._slots(self._in_time)],
            "rng": self._rng.bit_generator.state,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned."""
        self.physics.set_state(state["physics"])
        self._elapsed = np.array(state["elapsed"])
        self._goal = np.array(state["goal"])
        self._fallen = np.array(state["fallen"])
        self._lying = np.array(state["lying"])
        self._history[self._rows, self._slots(self._in_time)] = state["history"]
        self._rng.bit_generator.state = state["rng"]

    def _goal_distance(self, position: Float) -> Float | None:
        return None if self.task.goal is None else np.linalg.norm(position - self._goal, axis=1)

    def _contact_load(self) -> Float:
        """What the body's contacts weigh, (n,); zeros where its contact forces are not computed."""
        if isinstance(self.body, FeelsContact) and "cfrc_ext" in self.physics.derived:
            return self.body.contact_load(self.physics.derived)
        return np.zeros(self.num_worlds)

    def _slots(self, lags: Int | int) -> Int:
        """Where in each world's ring the positions of `lags` (k,) control steps ago stand, (n, k)."""
        return (self._elapsed[:, None] - lags) % self._history.shape[1]

    def _past(self) -> Float:
        """Where the bodies were one control step ago and each quarter of the window ago, (n, 1 + 4, 2) m."""
        return self._history[self._rows, self._slots(self._lags)]

    def _observe(self, position: Float, heading: Float, past: Float) -> Float32:
        physics = self.physics
        proprioception = self.body.proprioception(physics.qpos, physics.qvel, physics.derived)
        parts = [proprioception, self.task.observe(position, heading, self._goal)]
        if self._windowed:
            parts.append(window_displacement(position, heading, past[:, 1:]))
        return np.concatenate(parts, axis=1)


def window_displacement(position: Float, heading: Float, past: Float) -> Float32:
    """Displacement since each of k past positions (n, k, 2), in the heading's frame: (n, 2 k) m, ahead then left."""
    moved = position[:, None] - past
    x, y = moved[..., 0], moved[..., 1]
    cos, sin = np.cos(heading)[:, None], np.sin(heading)[:, None]
    return np.concatenate([cos * x + sin * y, cos * y - sin * x], axis=1, dtype=np.float32)
