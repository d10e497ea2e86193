"""Transitions of the pusher's trainings, judged by the goals of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from skillkit.training.checkpoint import CheckpointFolder, load_state
from skillkit.training.replay import FIELDS
from skillkit.types import Batch
from skillkit.worlds.factory import make_world
from studies.jobs import Job, newest_run


class Relabelled:
    """Transitions of trainings that have a goal each, with the mean of their rewards. Implements `BatchSource`.

    Each is judged by all goals: what the motors cost is the same for all, the distance is the mean of theirs.
    """

    def __init__(self, trainings: Sequence[Job], goals: Sequence[str], seed: int, batch_size: int) -> None:
        self._rows = [_transitions(job) for job in trainings]
        self._goals = goals
        self._batch_size, self._generator = batch_size, torch.Generator().manual_seed(seed)
        self._position = make_world("arm", "pusher").layout.span("position")
        self.observed = torch.cat([rows.observation for rows in self._rows])

    def __call__(self, batches: int) -> list[Batch]:
        """So many batches, an equal share of each from every training."""
        return [self._batch() for _ in range(batches)]

    def _batch(self) -> Batch:
        share, parts = self._batch_size // len(self._rows), []
        for own, rows in enumerate(self._rows):
            chosen = torch.randint(len(rows.reward), (share,), generator=self._generator)
            batch = Batch(*(tensor[chosen] for tensor in rows.tensors()))
            place = batch.next_observation[:, self._position].double().numpy()
            costs = [torch.from_numpy(distances(place, goal)).float() for goal in self._goals]
            parts.append(replace(batch, reward=batch.reward + costs[own] - torch.stack(costs).mean(0)))
        fields = zip(*(part.tensors() for part in parts), strict=True)
        return Batch(*(torch.cat(field) for field in fields))


def _transitions(job: Job) -> Batch:
    """All that a training collected."""
    run = newest_run(job.work)
    assert run is not None
    newest = CheckpointFolder(run / "checkpoints").newest()
    assert newest is not None
    data = load_state(newest / "replay.safetensors")["data"]
    rows = torch.nonzero(data["following"] >= 0)[:, 0]
    following = data["observation"][data["following"][rows].long()]
    observation, action, reward, discount = (data[name][rows] for name in FIELDS[:-1])
    return Batch(observation, action, reward, discount, following)


def _place(goal: str) -> np.ndarray:
    """The coordinates that a goal names, (2,) m, NaN for a free one."""
    named = dict(part.split("=") for part in goal.split(","))
    return np.array([float(named.get(axis, "nan")) for axis in ("x", "y")])


def distances(ends: np.ndarray, goal: str) -> np.ndarray:
    """How far from a line or place each end is, (episodes,) m."""
    apart = ends - _place(goal)
    return np.linalg.norm(np.where(np.isnan(apart), 0.0, apart), axis=1)
