"""The ring of transitions, by hand."""

from __future__ import annotations

import pytest
import torch

from skillkit.training.replay import Replay
from skillkit.types import Batch


def transitions(*numbers: float) -> Batch:
    """Transition x: observation (x, x), action 10 x, reward x, discount x / 100, next observation (x + 1, x + 1)."""
    values = torch.tensor(numbers, dtype=torch.float32)
    pairs = values[:, None].repeat(1, 2)
    return Batch(pairs, 10.0 * values[:, None], values, values / 100.0, pairs + 1.0)


def replay_with(*numbers: float, capacity: int = 4, seed: int = 0) -> Replay:
    replay = Replay(capacity, 2, 1, seed)
    for number in numbers:
        replay.add(transitions(number))
    return replay


def drawn(replay: Replay, count: int = 200) -> set[float]:
    """The transitions that turn up among many."""
    batch = next(replay.sample(count, 1))
    return set(batch.reward.tolist())


def test_oldest_goes_first_once_the_ring_is_full() -> None:
    replay = Replay(4, 2, 1, seed=0)
    replay.add(transitions(0, 1, 2))
    assert (replay.size, drawn(replay)) == (3, {0.0, 1.0, 2.0})
    replay.add(transitions(3, 4, 5))
    assert (replay.size, drawn(replay)) == (4, {2.0, 3.0, 4.0, 5.0})
    assert replay.state_dict()["data"]["reward"].tolist() == [4.0, 5.0, 2.0, 3.0]
    replay.add(transitions(6))
    assert replay.state_dict()["data"]["reward"].tolist() == [4.0, 5.0, 6.0, 3.0]


def test_fields_of_a_transition_stay_together() -> None:
    for batch in replay_with(1, 2, 3, 4, 5).sample(8, 3):
        number = batch.reward
        assert torch.equal(batch.observation, number[:, None].repeat(1, 2))
        assert torch.equal(batch.action, 10.0 * number[:, None])
        assert torch.equal(batch.discount, number / 100.0)
        assert torch.equal(batch.next_observation, batch.observation + 1.0)


def test_only_filled_rows_are_drawn() -> None:
    assert drawn(replay_with(1, 2, capacity=1000)) == {1.0, 2.0}


def test_sampling_is_uniform() -> None:
    rewards = next(replay_with(0, 1, 2, 3).sample(8000, 1)).reward
    shares = [float((rewards == number).float().mean()) for number in range(4)]
    assert shares == pytest.approx([0.25] * 4, abs=0.02)  # four standard deviations


def test_batches_have_the_size_and_number_asked_for() -> None:
    batches = list(replay_with(1, 2).sample(5, 3))
    assert [batch.observation.shape for batch in batches] == [(5, 2)] * 3
    assert [batch.reward.shape for batch in batches] == [(5,)] * 3


def test_draws_depend_on_the_seed_alone() -> None:
    first, same, other = (next(replay_with(0, 1, 2, 3, seed=seed).sample(50, 1)).reward for seed in (3, 3, 4))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("numbers", [(1, 2), (1, 2, 3, 4, 5, 6)])
def test_state_is_a_round_trip(numbers: tuple[float, ...]) -> None:
    first, second = replay_with(*numbers), replay_with(9, seed=7)
    next(first.sample(3, 1))
    second.load_state_dict(first.state_dict())
    for number in (7, 8):
        first.add(transitions(number))
        second.add(transitions(number))
        pair = (next(replay.sample(20, 1)) for replay in (first, second))
        assert all(torch.equal(a, b) for a, b in zip(*(batch.tensors() for batch in pair), strict=True))
    assert first.state_dict()["data"]["reward"].tolist() == second.state_dict()["data"]["reward"].tolist()
