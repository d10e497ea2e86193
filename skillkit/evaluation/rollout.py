"""Plays whole episodes with a policy and keeps what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch

from skillkit.errors import Diverged
from skillkit.types import Bool, Float, Policy, World

WAVE = 25  # episodes that run side by side


class Recorded(Protocol):
    """The physical world under a policy, as far as recording goes; `recording` takes qpos after every control step."""

    recording: list[Float] | None

    def poses(self) -> Float:
        """Joint positions of all worlds now, (n, nq)."""
        ...

    def planar(self, qpos: Float) -> tuple[Float, Float]:
        """Positions (k, 2) m and headings (k,) rad of the body at joint positions (k, nq)."""
        ...

    @property
    def goal(self) -> Float:
        """Where each world's goal is, (n, 2) m."""
        ...

    def marks(self) -> list[Float]:
        """For each world the discs that a picture shows now, (k, 3): x, y, radius in m."""
        ...


@dataclass(frozen=True)
class PlayedEpisode:
    """One episode: rewards summed, control steps, outcome; poses (length + 1, nq), path (length + 1, 2) m.

    heading: first heading in rad; goal: (2,) m; marks: discs that a picture shows, (k, 3): x, y, radius in m;
    final_distance: m from the goal, None where there is none. Gymnasium environments give no poses, path or heading.
    """

    episode_return: float
    length: int
    success: bool
    fallen: bool
    poses: Float | None = None
    path: Float | None = None
    heading: float = 0.0
    goal: Float | None = None
    marks: Float | None = None
    final_distance: float | None = None


def play(world: World, policy: Policy, recorded: Recorded | None, episodes: int, seed: int) -> list[PlayedEpisode]:
    """`episodes` whole episodes, `world.num_worlds` at a time. seed: of the policy's latents."""
    generator = torch.Generator().manual_seed(seed)
    played: list[PlayedEpisode] = []
    while len(played) < episodes:
        count = min(world.num_worlds, episodes - len(played))
        played += _wave(world, policy, recorded, count, generator)
    return played


class FixedLatents:
    """A policy for a world whose action is a latent: world i always gets row i. Implements `skillkit.types.Policy`."""

    def __init__(self, latents: torch.Tensor) -> None:
        self.latents = latents

    def initial_state(self, count: int) -> dict[str, torch.Tensor]:
        """Nothing to remember."""
        return {}

    def act(
        self, observation: torch.Tensor, state: dict[str, torch.Tensor], generator: torch.Generator
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The rows, whatever is observed."""
        return self.latents, state


def _wave(
    world: World, policy: Policy, recorded: Recorded | None, count: int, generator: torch.Generator
) -> Iterator[PlayedEpisode]:
    observation = world.reset()
    state = policy.initial_state(world.num_worlds)
    active: Bool = np.arange(world.num_worlds) < count
    episode_return, length = np.zeros(world.num_worlds), np.zeros(world.num_worlds, np.int64)
    success, fallen = np.zeros((2, world.num_worlds), bool)
    poses: list[Float] = []
    if recorded is not None:
        poses = [recorded.poses()]
        recorded.recording = poses
    while active.any():
        action, state = policy.act(torch.from_numpy(observation), state, generator)
        step = world.step(action.numpy(), active)
        if not (torch.isfinite(action).all() and np.isfinite(step.reward).all()):
            raise Diverged("an action or a reward is NaN or infinite")
        observation = step.observation
        episode_return += step.reward
        length += step.duration
        success |= step.success & active
        fallen |= step.fallen & active
        active &= ~step.ended
    if recorded is None:
        return (
            PlayedEpisode(float(episode_return[i]), int(length[i]), bool(success[i]), bool(fallen[i]))
            for i in range(count)
        )
    recorded.recording = None
    # Of the end: where any of several goals counts, the nearest then; a world that has stopped stays where it is.
    goal, marks, distance = recorded.goal.copy(), recorded.marks(), step.goal_distance
    frames = np.stack(poses)
    return (
        replace(
            _with_path(recorded, frames[: length[i] + 1, i]),
            episode_return=float(episode_return[i]),
            success=bool(success[i]),
            fallen=bool(fallen[i]),
            goal=goal[i],
            marks=marks[i],
            final_distance=None if distance is None else float(distance[i]),
        )
        for i in range(count)
    )


def _with_path(recorded: Recorded, poses: Float) -> PlayedEpisode:
    path, heading = recorded.planar(poses)
    return PlayedEpisode(0.0, len(poses) - 1, False, False, poses, path, float(heading[0]))
