"""Distances to lines and places, and rewards as the mean of several goals, by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # studies/ is no part of the package

from skillkit.types import Batch  # noqa: E402
from skillkit.worlds.factory import make_world  # noqa: E402
from studies import relabelled as module  # noqa: E402
from studies.jobs import Job  # noqa: E402
from studies.relabelled import Relabelled, distances  # noqa: E402


def test_how_far_from_a_line_and_from_a_place() -> None:
    ends = np.array([[-1.0, 2.0], [2.0, 3.0]])
    np.testing.assert_allclose(distances(ends, "x=-1"), [0.0, 3.0])
    np.testing.assert_allclose(distances(ends, "x=-1,y=-1"), [3.0, 5.0])


def test_each_transition_is_judged_by_the_mean_of_both_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = make_world("arm", "pusher").layout
    observation = torch.zeros(3, layout.width)
    observation[:, layout.span("position")] = torch.tensor([-1.0, 1.0])  # on the first goal, 2 m from the second
    rewards = {"left": -0.5, "bottom": -2.5}  # half of it for the motors

    def collected(job: Job) -> Batch:
        return Batch(observation, torch.zeros(3, 3), torch.full((3,), rewards[job.name]), torch.ones(3), observation)

    monkeypatch.setattr(module, "_transitions", collected)
    trainings = [Job("pusher", name, 0, ()) for name in rewards]
    source = Relabelled(trainings, ["x=-1", "y=-1"], 0, 8)
    assert len(source.observed) == 6
    for batch in source(2):
        assert batch.reward.tolist() == [-1.5] * 8  # the motors' half, and the mean of 0 and 2
