"""From steps to transitions and episode records, with a scripted world and a policy that counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from skillkit.training.collector import Collector, Episode
from skillkit.types import Bool, Float32, Group, Layout, PolicyState, Step


def step_of(
    observation: list[float],
    reward: list[float],
    terminated: list[int],
    truncated: list[int],
    duration: list[int],
    success: list[int] | None = None,
    fallen: list[int] | None = None,
) -> Step:
    count = len(reward)
    flags = (np.array(flag if flag else [0] * count, bool) for flag in (terminated, truncated, success, fallen))
    done, cut, won, fell = flags
    rewards = np.array(reward)
    seen = np.array(observation, np.float32)[:, None]
    return Step(seen, rewards, done, cut, np.array(duration), {"speed": 10.0 * rewards}, won, fell)


class ScriptedWorld:
    """Three worlds that bring the given steps; where they start anew they observe -1."""

    num_worlds = 3
    layout = Layout((Group("place", 1, "m"),))
    actor_groups: tuple[str, ...] = ("place",)
    low_groups = high_groups = actor_groups
    action_names: tuple[str, ...] = ("age",)
    action_bounded = False
    highest_return = None

    def __init__(self, *steps: Step) -> None:
        self.steps = steps
        self.position = 0
        self.actions: list[list[float]] = []
        self.resets: list[list[bool]] = []
        self._observation = np.zeros((3, 1), np.float32)

    def reset(self, mask: Bool | None = None) -> Float32:
        chosen = np.ones(3, bool) if mask is None else mask
        self.resets.append(chosen.tolist())
        self._observation = np.where(chosen[:, None], np.float32(-1.0), self._observation)
        return self._observation

    def step(self, action: Float32, active: Bool | None = None) -> Step:
        self.actions.append(action[:, 0].tolist())
        step = self.steps[self.position]
        self.position += 1
        self._observation = step.observation
        return step

    def get_state(self) -> dict[str, Any]:
        return {"position": self.position}

    def set_state(self, state: Mapping[str, Any]) -> None:
        self.position = state["position"]


class CountingPolicy:
    """Acts with the number of steps since the episode began, plus noise from the collector's generator."""

    def __init__(self, noise: float = 0.0) -> None:
        self.noise = noise

    def initial_state(self, count: int) -> PolicyState:
        return {"age": torch.zeros(count, 1), "flags": torch.zeros(count, 2, 2, dtype=torch.bool)}

    def act(self, observation: Tensor, state: PolicyState, generator: torch.Generator) -> tuple[Tensor, PolicyState]:
        noise = self.noise * torch.randn(state["age"].shape, generator=generator)
        return state["age"] + noise, {"age": state["age"] + 1.0, "flags": ~state["flags"]}

    def record(self, action: Tensor, state: PolicyState) -> Tensor:
        return action


# Held steps of 1, 3 and 2 control steps: the first world goes on, the second terminates, the third runs out of time.
FIRST = step_of([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [0, 1, 0], [0, 0, 1], [1, 3, 2], [0, 1, 0], [0, 0, 1])
SECOND = step_of([4.0, 5.0, 6.0], [0.5, 0.25, 0.125], [0, 0, 0], [1, 0, 0], [3, 3, 1])


def test_discounts_are_powers_kept_at_a_time_limit_and_zero_on_termination() -> None:
    collector = Collector(ScriptedWorld(FIRST), CountingPolicy(), discount=0.5, seed=0)
    batch = collector.collect().round.batch
    assert batch.discount.tolist() == [0.5, 0.0, 0.25]
    assert batch.reward.tolist() == [1.0, 2.0, 3.0]
    assert {tensor.dtype for tensor in batch.tensors()} == {torch.float32}


def test_next_observation_is_the_true_last_one_and_the_next_round_starts_from_the_reset() -> None:
    world = ScriptedWorld(FIRST, SECOND)
    collector = Collector(world, CountingPolicy(), discount=0.5, seed=0)
    first, second = collector.collect().round.batch, collector.collect().round.batch
    assert first.observation.flatten().tolist() == [-1.0, -1.0, -1.0]
    assert first.next_observation.flatten().tolist() == [1.0, 2.0, 3.0]
    assert second.observation.flatten().tolist() == [1.0, -1.0, -1.0]
    assert world.resets == [[True, True, True], [False, True, True], [True, False, False]]


def test_policy_state_starts_anew_for_ended_worlds_only() -> None:
    world = ScriptedWorld(FIRST, SECOND, SECOND)
    collector = Collector(world, CountingPolicy(), discount=0.5, seed=0)
    batches = [collector.collect().round.batch for _ in range(3)]
    assert world.actions == [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]
    assert [batch.action.flatten().tolist() for batch in batches] == world.actions


def test_episode_records() -> None:
    collector = Collector(ScriptedWorld(FIRST, SECOND), CountingPolicy(), discount=0.5, seed=0)
    first, second = collector.collect(), collector.collect()
    assert (first.steps, second.steps) == (6, 7)
    assert first.episodes == [
        Episode(episode_return=20.0, length=3, success=True, fallen=False, terms={"speed": 20.0}),
        Episode(episode_return=30.0, length=2, success=False, fallen=True, terms={"speed": 30.0}),
    ]
    # Returns are the terms' undiscounted sums.
    # The first world: 10 + 5 over 1 + 3 control steps, its totals kept over the others' ends.
    assert second.episodes == [
        Episode(episode_return=15.0, length=4, success=False, fallen=False, terms={"speed": 15.0})
    ]


def test_latents_depend_on_the_seed_alone() -> None:
    actions = []
    for seed in (0, 0, 1):
        collector = Collector(ScriptedWorld(FIRST), CountingPolicy(noise=1.0), discount=0.5, seed=seed)
        actions.append(collector.collect().round.batch.action.flatten().tolist())
    assert actions[0] == actions[1] != actions[2]


def test_going_on_from_a_state_is_the_same_as_no_interruption() -> None:
    straight = Collector(ScriptedWorld(FIRST, SECOND, SECOND), CountingPolicy(0.1), discount=0.5, seed=0)
    straight.collect()
    state = straight.get_state()
    expected = [straight.collect() for _ in range(2)]
    resumed = Collector(ScriptedWorld(FIRST, SECOND, SECOND), CountingPolicy(0.1), discount=0.5, seed=9)
    resumed.set_state(state)
    for before in expected:
        after = resumed.collect()
        assert all(map(torch.equal, before.round.batch.tensors(), after.round.batch.tensors()))
        assert before.episodes == after.episodes


def test_the_running_episode_is_a_copy_in_the_state() -> None:
    collector = Collector(ScriptedWorld(FIRST, SECOND), CountingPolicy(), discount=0.5, seed=0)
    collector.collect()
    state = collector.get_state()
    collector.collect()
    assert state["return"].tolist() == [10.0, 0.0, 0.0]
    assert state["length"].tolist() == [1, 0, 0]
    assert state["terms"]["speed"].tolist() == [10.0, 0.0, 0.0]


@pytest.mark.parametrize("discount", [1.0, 0.99])
def test_discount_of_a_plain_step(discount: float) -> None:
    step = step_of([0.0] * 3, [0.0] * 3, [0, 0, 0], [0, 0, 0], [1, 1, 1])
    collected = Collector(ScriptedWorld(step), CountingPolicy(), discount=discount, seed=0).collect()
    assert collected.round.batch.discount.tolist() == pytest.approx([discount] * 3)
    assert collected.episodes == []
