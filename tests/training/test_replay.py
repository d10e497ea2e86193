"""The ring of transitions, by hand."""

from __future__ import annotations

import pytest
import torch

from skillkit.training.replay import Replay, Round
from skillkit.types import Batch, SequenceBatch

CAPACITY = 8


def round_of(*numbers: float, ended: bool = False, moved: tuple[bool, ...] | None = None) -> Round:
    """A transition x for each world: from (x, x) to (x + 1, x + 1), action 10 x, reward x, discount x / 100."""
    values = torch.tensor(numbers, dtype=torch.float32)
    pairs = values[:, None].repeat(1, 2)
    batch = Batch(pairs, 10.0 * values[:, None], values, values / 100.0, pairs + 1.0)
    count = len(numbers)
    return Round(batch, torch.tensor(moved or (True,) * count), torch.full((count,), ended))


def one_world(*numbers: float, capacity: int = CAPACITY, seed: int = 0) -> Replay:
    """A replay of one world that went through these transitions, each going on where the one before ended."""
    replay = Replay(capacity, 1, 2, 1, seed)
    for number in numbers:
        replay.add(round_of(number))
    return replay


def drawn(replay: Replay, count: int = 400) -> set[float]:
    """The transitions that turn up among many."""
    return set(replay.sample(count, 1)[0].reward.tolist())


def stored(replay: Replay) -> list[float]:
    """The first column of the observations, in the order of their rows."""
    observations: list[float] = replay.state_dict()["data"]["observation"][:, 0].tolist()
    return observations


def test_an_observation_is_stored_once() -> None:
    replay = one_world(1, 2, 3)
    assert stored(replay) == [1.0, 2.0, 3.0, 4.0]
    assert replay.state_dict()["data"]["following"].tolist() == [1, 2, 3, -1]
    assert (replay.size, drawn(replay)) == (3, {1.0, 2.0, 3.0})


def test_the_last_observation_of_an_episode_begins_no_transition() -> None:
    replay = Replay(CAPACITY, 1, 2, 1, seed=0)
    replay.add(round_of(1, ended=True))
    replay.add(round_of(7))  # the next episode starts elsewhere
    assert stored(replay) == [1.0, 2.0, 7.0, 8.0]
    assert replay.state_dict()["data"]["following"].tolist() == [1, -1, 3, -1]
    assert (replay.size, drawn(replay)) == (2, {1.0, 7.0})
    batch = replay.sample(50, 1)[0]
    assert torch.equal(batch.next_observation, batch.observation + 1.0)


def test_worlds_keep_to_themselves() -> None:
    replay = Replay(CAPACITY, 2, 2, 1, seed=0)
    for numbers in ((10, 20), (11, 21), (12, 22)):
        replay.add(round_of(*numbers))
    assert stored(replay) == [10.0, 20.0, 11.0, 21.0, 12.0, 22.0, 13.0, 23.0]
    assert replay.state_dict()["data"]["following"].tolist() == [2, 3, 4, 5, 6, 7, -1, -1]


def test_a_world_that_did_not_move_brings_no_transition() -> None:
    replay = Replay(CAPACITY, 2, 2, 1, seed=0)
    replay.add(round_of(10, 20, moved=(True, False), ended=True))
    assert (replay.size, drawn(replay), stored(replay)) == (1, {10.0}, [10.0, 11.0])


def test_oldest_goes_first_once_the_ring_is_full() -> None:
    replay = one_world(*range(7))  # 8 rows: 0 to 7, the last one waiting
    assert (replay.size, drawn(replay)) == (7, set(map(float, range(7))))
    replay.add(round_of(7))  # its next observation takes row 0
    assert (replay.size, drawn(replay)) == (7, set(map(float, range(1, 8))))
    assert stored(replay) == [8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    for number in range(8, 100):
        replay.add(round_of(number))
    assert (replay.size, drawn(replay)) == (7, set(map(float, range(93, 100))))


def test_episodes_that_end_at_once_take_two_rows_each() -> None:
    replay = Replay(CAPACITY, 1, 2, 1, seed=0)
    for number in range(20):
        replay.add(round_of(number, ended=True))
    assert (replay.size, drawn(replay)) == (4, {16.0, 17.0, 18.0, 19.0})


def test_fields_of_a_transition_stay_together() -> None:
    for batch in one_world(*range(20)).sample(8, 3):
        number = batch.reward
        assert torch.equal(batch.observation, number[:, None].repeat(1, 2))
        assert torch.equal(batch.action, 10.0 * number[:, None])
        assert torch.equal(batch.discount, number / 100.0)
        assert torch.equal(batch.next_observation, batch.observation + 1.0)


def test_sampling_is_uniform() -> None:
    rewards = one_world(0, 1, 2, 3).sample(8000, 1)[0].reward
    shares = [float((rewards == number).float().mean()) for number in range(4)]
    assert shares == pytest.approx([0.25] * 4, abs=0.02)  # four standard deviations


def test_batches_have_the_size_and_number_asked_for() -> None:
    batches = one_world(1, 2).sample(5, 3)
    assert [batch.observation.shape for batch in batches] == [(5, 2)] * 3
    assert [batch.reward.shape for batch in batches] == [(5,)] * 3
    assert all(tensor.is_contiguous() for batch in batches for tensor in batch.tensors())


def test_draws_depend_on_the_seed_alone() -> None:
    first, same, other = (one_world(0, 1, 2, 3, seed=seed).sample(50, 1)[0].reward for seed in (3, 3, 4))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("count", [2, 6, 30])
def test_state_is_a_round_trip(count: int) -> None:
    first, second = one_world(*range(count)), one_world(9, seed=7)
    first.sample(3, 1)
    second.load_state_dict(first.state_dict())
    for number in (count, count + 1):
        first.add(round_of(number))
        second.add(round_of(number))
        pair = (replay.sample(20, 1)[0] for replay in (first, second))
        assert all(torch.equal(a, b) for a, b in zip(*(batch.tensors() for batch in pair), strict=True))
    assert (first.size, stored(first)) == (second.size, stored(second))


def test_a_ring_too_small_for_its_worlds_is_made_larger() -> None:
    assert Replay(10, 16, 2, 1, seed=0).capacity == 64


def test_sequences_follow_their_world_and_end_with_their_episode() -> None:
    """Two worlds; 0, 1 | 2, 3 and 10, 11 | 12, 13, with an episode's end after the second."""
    replay = Replay(32, 2, 2, 1, seed=0, sequence=3)
    for number in range(4):
        replay.add(round_of(number, 10 + number, ended=number == 1))
    (batch,) = replay.sample(200, 1)
    assert isinstance(batch, SequenceBatch)
    rewards, valid = batch.reward.view(3, 200), batch.valid.view(3, 200)
    follows = {0.0: (1.0,), 1.0: (), 2.0: (3.0,), 3.0: (), 10.0: (11.0,), 11.0: (), 12.0: (13.0,), 13.0: ()}
    for index in range(200):
        first = rewards[0, index].item()
        expected = [first, *follows[first]]
        assert rewards[: len(expected), index].tolist() == expected
        assert valid[:, index].tolist() == [1.0] * len(expected) + [0.0] * (3 - len(expected))
    assert torch.equal(batch.next_observation[:, 0], batch.reward + 1.0)


def test_a_sequence_that_is_over_stays_over_once_the_ring_is_full() -> None:
    """Rows 0 to 7 hold 14, 15, 2, 3, 10, 11, 12, 13: an episode ends with 3, 15 waits, row 7 goes on in row 0."""
    replay = Replay(CAPACITY, 1, 2, 1, seed=0, sequence=4)
    for number in (0, 1, 2, 10, 11, 12, 13, 14):
        replay.add(round_of(number, ended=number == 2))
    assert stored(replay) == [14.0, 15.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0]
    (batch,) = replay.sample(200, 1)
    assert isinstance(batch, SequenceBatch)
    lengths = {2.0: 1, 10.0: 4, 11.0: 4, 12.0: 3, 13.0: 2, 14.0: 1}
    firsts, valid = batch.reward.view(4, 200)[0].tolist(), batch.valid.view(4, 200)
    assert set(firsts) == set(lengths)
    for index, first in enumerate(firsts):
        assert valid[:, index].tolist() == [1.0] * lengths[first] + [0.0] * (4 - lengths[first])
