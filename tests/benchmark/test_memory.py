from __future__ import annotations

import torch

from skillkit.benchmark.memory import fill
from skillkit.training.replay import Replay


def test_a_full_replay_draws_from_every_row_but_the_newest() -> None:
    replay = Replay(100, 4, 3, 2, seed=0)
    fill(replay, 4)
    assert replay.size == 96
    (batch,) = replay.sample(32, 1)
    assert torch.equal(batch.observation, batch.next_observation)
    assert batch.observation.shape == (32, 3)
