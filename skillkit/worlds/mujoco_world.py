"""A batch of MuJoCo worlds: a body on a task's arena, observed by named groups, rewarded by named terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from skillkit.bodies import Body, FeelsContact
from skillkit.errors import Diverged
from skillkit.types import Bool, Float, Float32, Int, Layout, Step
from skillkit.worlds.aims import Aim, GoalAim, Scene, Verdict
from skillkit.worlds.boxes import COORDINATES
from skillkit.worlds.errand_aim import ErrandAim
from skillkit.worlds.model import build_model
from skillkit.worlds.physics import simulate
from skillkit.worlds.rewards import Motion, RewardTerm
from skillkit.worlds.task import Task
from skillkit.worlds.window import WINDOW_GROUP, Window, window_displacement

NEVER = 10**9  # control steps
LARGEST = 1e10  # m, m/s, rad, rad/s: beyond, MuJoCo calls a simulation bad


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
        self.body_model = body.spec().compile()  # without the arena: boxes stand behind its columns
        self._qpos, self._qvel = self.physics.qpos[:, : self.body_model.nq], self.physics.qvel[:, : self.body_model.nv]
        self.recording: list[Float] | None = None  # where a recorder listens: qpos after every control step

        self._window = Window(self.rewards, body.time_step, num_worlds)
        self.layout = Layout((*body.groups, *task.groups, *([WINDOW_GROUP] if self._window.looked_at else [])))
        own = tuple(group.name for group in body.groups)
        self.low_groups, self.high_groups = (*own, *task.low_groups), task.actor_groups
        self.actor_groups = (*own, *task.actor_groups)
        self.action_names = body.motors
        parts = task.errands.most_parts if task.errands else 0
        most = [term.most(parts) for term in self.rewards]
        self.highest_return: float | None = None if None in most else sum(value or 0.0 for value in most)

        self._rng = np.random.default_rng(seed)
        self._elapsed: Int = np.zeros(num_worlds, np.int64)
        self._aim: Aim = ErrandAim(task, task.errands, num_worlds) if task.errands else GoalAim(task, num_worlds)
        self._fallen: Bool = np.zeros(num_worlds, bool)
        self._lying: Int = np.zeros(num_worlds, np.int64)  # control steps since the body was last healthy
        # Where lying down costs nothing, an end of the episode would teach it; only a fall that ends it at once may.
        given_up = task.patience == 0.0 or any(term.name == "given-up" for term in self.rewards)
        self._patience = max(1, round(task.patience / body.time_step)) if given_up else NEVER

    @property
    def goal(self) -> Float:
        """Where each world's goal is, (n, 2) m; zeros where there is none, or several targets."""
        return self._aim.goal(self.position)

    def marks(self) -> list[Float]:
        """For each world the discs that a picture shows now, (k, 3): x, y, radius in m."""
        return self._aim.marks(self.position)

    @property
    def position(self) -> Float:
        """Where each body is, (n, 2) m."""
        return self.body.position(self._qpos, self.physics.derived)

    @property
    def heading(self) -> Float:
        """Which way each body faces, (n,) rad."""
        return self.body.heading(self._qpos)

    def poses(self) -> Float:
        """Joint positions now, a copy, (n, nq)."""
        return self.physics.qpos.copy()

    def planar(self, qpos: Float) -> tuple[Float, Float]:
        """Positions (k, 2) m and headings (k,) rad of the body at joint positions (k, nq)."""
        own = qpos[:, : self.body_model.nq]
        return self.body.position(own), self.body.heading(own)

    def boxes(self, qpos: Float) -> Float:
        """Where the boxes stand at joint positions (k, nq), (k, boxes, 3), x and y in m, yaw in rad."""
        return qpos[:, self.body_model.nq :].reshape(len(qpos), -1, COORDINATES)

    def seed(self, seed: int) -> None:
        """Start the stream of random numbers anew."""
        self._rng = np.random.default_rng(seed)

    def reset(self, mask: Bool | None = None) -> Float32:
        """Start new episodes where `mask` is set (everywhere by default); returns all observations."""
        chosen = np.ones(self.num_worlds, bool) if mask is None else mask
        count = int(chosen.sum())
        if count:
            heading = self.task.start_heading(count, self._rng)
            qpos, qvel = self.body.initial_state(heading, self._rng)
            boxes = self._aim.draw(chosen, self._rng).reshape(count, -1)
            still = np.zeros_like(boxes)
            self.physics.reset(chosen, np.concatenate([qpos, boxes], axis=1), np.concatenate([qvel, still], axis=1))
            self._elapsed[chosen] = 0
            self._fallen[chosen] = False
            self._lying[chosen] = 0
            self._window.start(chosen, self.position)
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
        scene = self._scene()
        verdict = self._aim.judge(scene, running)
        self._elapsed += running
        over = self._elapsed >= self.episode_steps
        self._window.note(self._elapsed, scene.position)
        healthy = self.body.healthy(self._qpos, self._qvel)
        fallen = ~healthy & running
        self._fallen |= fallen
        self._lying = np.where(running, (self._lying + 1) * fallen, self._lying)
        past = self._window.past(self._elapsed)
        motion = self._motion(scene, verdict, past, command, healthy, over)
        terms = {term.name: term(motion) for term in self.rewards}
        if active is not None:
            terms = {name: np.where(running, value, 0.0) for name, value in terms.items()}
        success = motion.success & running
        terminated = (success & (not self.task.held)) | (motion.given_up & running)
        return Step(
            observation=self._observe(scene, past),
            reward=sum(terms.values(), np.zeros(self.num_worlds)),
            terminated=terminated,
            truncated=over & running & ~terminated,
            duration=running.astype(np.int64),
            terms=terms,
            success=success,
            fallen=self._fallen.copy(),
            goal_distance=verdict.distance,
        )

    def observe(self) -> Float32:
        """All groups side by side, (n, layout.width)."""
        return self._observe(self._scene(), self._window.past(self._elapsed))

    def get_state(self) -> dict[str, Any]:
        """Physics, goals, clocks, and the state of the random numbers."""
        return {
            "physics": self.physics.get_state(),
            "elapsed": self._elapsed.copy(),
            "goal": self._aim.get_state(),
            "fallen": self._fallen.copy(),
            "lying": self._lying.copy(),
            "history": self._window.in_time(self._elapsed),
            "rng": self._rng.bit_generator.state,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned."""
        self.physics.set_state(state["physics"])
        self._elapsed = np.array(state["elapsed"])
        self._aim.set_state(state["goal"])
        self._fallen = np.array(state["fallen"])
        self._lying = np.array(state["lying"])
        self._window.take_over(self._elapsed, state["history"])
        self._rng.bit_generator.state = state["rng"]

    def _scene(self) -> Scene:
        boxes, velocity = self.boxes(self.physics.qpos), self.physics.qvel[:, self.body_model.nv :]
        return Scene(self.position, self.heading, boxes, velocity.reshape(boxes.shape))

    def _motion(self, scene: Scene, verdict: Verdict, past: Float, command: Float, healthy: Bool, over: Bool) -> Motion:
        """What the control step brought, for the rewards."""
        nowhere = np.zeros(self.num_worlds)
        return Motion(
            previous_position=past[:, 0],
            position=scene.position,
            heading=scene.heading,
            action=command,
            healthy=healthy,
            reached=verdict.reached,
            success=verdict.reached & over if self.task.held else verdict.reached,
            part_done=verdict.parts,
            given_up=self._lying >= self._patience,
            goal_distance=nowhere if verdict.distance is None else verdict.distance,
            goal_spread=self.task.arena.goal_spread,
            contact_load=self._contact_load(),
            window_start=past[:, -1],
            window=self._window.seconds,
            time_step=self.body.time_step,
        )

    def _contact_load(self) -> Float:
        """What the body's contacts weigh, (n,); zeros where its contact forces are not computed."""
        if isinstance(self.body, FeelsContact) and "cfrc_ext" in self.physics.derived:
            return self.body.contact_load(self.physics.derived)
        return np.zeros(self.num_worlds)

    def _observe(self, scene: Scene, past: Float) -> Float32:
        proprioception = self.body.proprioception(self._qpos, self._qvel, self.physics.derived)
        parts = [proprioception, self._aim.observe(scene)]
        if self._window.looked_at:
            parts.append(window_displacement(scene.position, scene.heading, past[:, 1:]))
        return np.concatenate(parts, axis=1)
