"""Playing episodes: every one is counted once, whole, and its numbers add up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch

from skillkit.evaluation.rollout import FixedLatents, play
from skillkit.types import Bool, Float, Float32, Group, Layout, Step


class Rails:
    """Worlds whose bodies move along x by their action; world i of wave k ends after `lengths[k][i]` steps.

    The reward is the number of the step, from 1. Implements World and Recorded.
    """

    layout = Layout((Group("x", 1, "m"),))
    actor_groups: tuple[str, ...] = ("x",)
    action_names: tuple[str, ...] = ("push",)
    action_bounded = True
    highest_return = None
    low_groups = high_groups = actor_groups

    def __init__(self, lengths: list[list[int]], lasting: int = 1) -> None:
        self.lengths, self.num_worlds, self.lasting = lengths, len(lengths[0]), lasting
        self.wave = -1
        self.recording: list[Float] | None = None
        self.x, self.age = np.zeros(self.num_worlds), np.zeros(self.num_worlds, np.int64)
        self.stepped: list[list[bool]] = []

    @property
    def goal(self) -> Float:
        return np.stack([self.wave + np.arange(self.num_worlds), np.zeros(self.num_worlds)], axis=1)

    def marks(self) -> list[Float]:
        return [np.array([[*place, 0.5]]) for place in self.goal]

    def poses(self) -> Float:
        return np.stack([self.x, -self.x, self.x * 0 + 0.5], axis=1)

    def planar(self, qpos: Float) -> tuple[Float, Float]:
        return qpos[:, :2], qpos[:, 2]

    def reset(self, mask: Bool | None = None) -> Float32:
        assert mask is None
        self.wave += 1
        self.x[:], self.age[:] = 10.0 * self.wave, 0
        return self.x.astype(np.float32)[:, None]

    def step(self, action: Float32, active: Bool | None = None) -> Step:
        assert active is not None
        self.stepped.append(active.tolist())
        reward, duration = np.zeros(self.num_worlds), np.zeros(self.num_worlds, np.int64)
        running = active.copy()
        length = np.array(self.lengths[self.wave])
        for _ in range(self.lasting):
            self.age += running
            self.x += action[:, 0] * running
            reward += self.age * running
            duration += running
            if self.recording is not None:
                self.recording.append(self.poses())
            running = running & (self.age < length)
        over = (self.age >= length) & active
        odd = np.arange(self.num_worlds) % 2 == 1
        return Step(
            self.x.astype(np.float32)[:, None],
            reward,
            over & ~odd,
            over & odd,
            duration,
            {},
            over & ~odd,
            np.ones(self.num_worlds, bool) & odd & over,
            self.x.copy(),
        )

    def get_state(self) -> dict[str, Any]:
        raise NotImplementedError

    def set_state(self, state: Mapping[str, Any]) -> None:
        raise NotImplementedError


class Counting:
    """Acts with the number of the step of its wave, from 1; remembers it in its state."""

    def initial_state(self, count: int) -> dict[str, torch.Tensor]:
        return {"steps": torch.zeros(count, 1)}

    def act(
        self, observation: torch.Tensor, state: dict[str, torch.Tensor], generator: torch.Generator
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        return state["steps"] + 1, {"steps": state["steps"] + 1}


def test_every_episode_adds_up() -> None:
    world = Rails([[2, 1, 3], [4, 2, 9]])
    played = play(world, Counting(), world, 5, seed=0)
    assert [episode.length for episode in played] == [2, 1, 3, 4, 2]
    assert [episode.episode_return for episode in played] == [3.0, 1.0, 6.0, 10.0, 3.0]  # 1 + 2 + ... + length
    assert [episode.success for episode in played] == [True, False, True, True, False]
    assert [episode.fallen for episode in played] == [False, True, False, False, True]


def test_the_last_wave_moves_no_more_worlds_than_it_needs() -> None:
    world = Rails([[2, 1, 3], [4, 2, 9]])
    play(world, Counting(), world, 5, seed=0)
    first = [[True, True, True], [True, False, True], [False, False, True]]
    last = [[True, True, False], [True, True, False], [True, False, False], [True, False, False]]
    assert world.stepped == first + last


def test_paths_run_from_the_start_to_the_end_of_the_episode() -> None:
    world = Rails([[2, 1], [1, 3]])
    played = play(world, Counting(), world, 4, seed=0)
    xs = [[0, 1, 3], [0, 1], [10, 11], [10, 11, 13, 16]]
    for episode, x in zip(played, xs, strict=True):
        assert episode.path is not None
        assert episode.poses is not None
        assert episode.path.tolist() == [[value, -value] for value in x]
        assert episode.poses.shape == (episode.length + 1, 3)
        assert episode.heading == 0.5
    assert [episode.goal.tolist() for episode in played if episode.goal is not None] == [[0, 0], [1, 0], [1, 0], [2, 0]]
    marks = [episode.marks.tolist() for episode in played if episode.marks is not None]
    assert marks == [[[0, 0, 0.5]], [[1, 0, 0.5]], [[1, 0, 0.5]], [[2, 0, 0.5]]]
    assert [episode.final_distance for episode in played] == [3.0, 1.0, 11.0, 16.0]  # x, which is from 0
    assert world.recording is None


def test_a_step_that_lasts_counts_and_records_every_control_step() -> None:
    world = Rails([[5, 2]], lasting=3)
    played = play(world, Counting(), world, 2, seed=0)
    assert [episode.length for episode in played] == [5, 2]
    assert [episode.episode_return for episode in played] == [15.0, 3.0]
    assert played[0].path is not None
    assert played[0].path[:, 0].tolist() == [0, 1, 2, 3, 5, 7]
    assert played[1].path is not None
    assert played[1].path[:, 0].tolist() == [0, 1, 2]


def test_without_a_recorder_there_are_numbers_only() -> None:
    world = Rails([[2, 1]])
    first, _ = play(world, Counting(), None, 2, seed=0)
    assert (first.episode_return, first.length, first.success) == (3.0, 2, True)
    assert (first.path, first.poses, first.goal, first.heading) == (None, None, None, 0.0)


@pytest.mark.parametrize("episodes", [1, 2, 3, 4, 7])
def test_as_many_episodes_as_asked_for(episodes: int) -> None:
    world = Rails([[1, 2, 3]] * 3)
    assert len(play(world, Counting(), world, episodes, seed=0)) == episodes


def test_fixed_latents_stay_whatever_is_observed() -> None:
    latents = torch.tensor([[1.0], [2.0]])
    policy = FixedLatents(latents)
    generator = torch.Generator()
    state = policy.initial_state(2)
    for value in (0.0, 5.0):
        action, state = policy.act(torch.full((2, 1), value), state, generator)
        assert torch.equal(action, latents)
