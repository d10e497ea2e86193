"""Where transitions wait to be learnt from: raw values, uniform sampling, oldest out first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skillkit.types import Batch, SequenceBatch

FIELDS = ("observation", "action", "reward", "discount", "following")
NONE = -1  # the following row of a row that begins no transition


@dataclass(frozen=True)
class Round:
    """What one step of all n worlds brought: a transition for each world that `moved`; `ended`: its last, (n,)."""

    batch: Batch
    moved: Tensor
    ended: Tensor

    def observed(self) -> Tensor:
        """The observations that transitions begin with, (k, width)."""
        return self.batch.observation[self.moved]


class Replay:
    """A ring of `capacity` rows, one an observation, memory touched only as it fills.

    A transition is a row and the row that follows it in its world, so that no observation is stored twice; the last
    observation of an episode takes a row that begins none. seed: of the rows that `sample` draws; sequence: how many
    transitions in a row each of them begins, where an episode goes on for so long.
    """

    def __init__(
        self, capacity: int, num_worlds: int, observation_width: int, action_width: int, seed: int, *, sequence: int = 1
    ) -> None:
        self.sequence = sequence
        self.capacity = max(capacity, 4 * num_worlds)  # so that no world's newest row is ever written over
        self.size = 0  # how many transitions can be drawn
        self._filled = 0
        self._next = 0
        self._generator = torch.Generator().manual_seed(seed)
        self._data = {
            "observation": _untouched(self.capacity, observation_width),
            "action": _untouched(self.capacity, action_width),
            "reward": _untouched(self.capacity),
            "discount": _untouched(self.capacity),
            "following": torch.full((self.capacity,), NONE, dtype=torch.int32),
        }
        self._newest = torch.full((num_worlds,), NONE)  # each world's row that waits for what follows

    def add(self, collected: Round) -> None:
        """Append one round of transitions, overwriting the oldest rows once full."""
        batch, moved = collected.batch, collected.moved
        started = moved & (self._newest == NONE)
        self._newest[started] = self._append(batch.observation[started])
        rows, following = self._newest[moved], self._append(batch.next_observation[moved])
        self._data["action"][rows] = batch.action[moved]
        self._data["reward"][rows] = batch.reward[moved]
        self._data["discount"][rows] = batch.discount[moved]
        self._data["following"][rows] = following.int()
        self.size += len(rows)
        self._newest[moved] = following
        self._newest[collected.ended] = NONE

    def sample(self, batch_size: int, batches: int) -> list[Batch]:
        """`batches` batches drawn uniformly with replacement; all of them are fetched at once.

        Of sequences longer than 1 they are `SequenceBatch`es, with rows (sequence * batch_size).
        """
        rows = torch.randint(self._filled, (batches * batch_size,), generator=self._generator)
        while bool((wrong := self._data["following"][rows] == NONE).any()):
            rows[wrong] = torch.randint(self._filled, (int(wrong.sum()),), generator=self._generator)
        if self.sequence == 1:
            return [self._fetched(chosen) for chosen in rows.split(batch_size)]
        along = self._along(rows).view(self.sequence, batches, batch_size)
        return [self._sequences(along[:, index]) for index in range(batches)]

    def observations(self) -> Tensor:
        """All observations that it holds, (n, width)."""
        return self._data["observation"][: self._filled]

    def state_dict(self) -> dict[str, Any]:
        """The filled part, where writing goes on, and the state of the random numbers."""
        return {
            "data": {name: values[: self._filled] for name, values in self._data.items()},
            "newest": self._newest,
            "next": self._next,
            "generator": self._generator.get_state(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self._filled = len(state["data"]["reward"])
        for name, values in state["data"].items():
            self._data[name][: self._filled] = values
        self.size = int((self._data["following"] != NONE).sum())
        self._newest, self._next = state["newest"].clone(), state["next"]
        self._generator.set_state(state["generator"])

    def _along(self, rows: Tensor) -> Tensor:
        """Rows (n,) and those that follow, (sequence, n); NONE from where none follows that begins a transition."""
        along = [rows]
        for _ in range(1, self.sequence):
            here = along[-1]
            following = torch.where(here == NONE, NONE, self._data["following"][here].long())
            along.append(torch.where(self._data["following"][following] == NONE, NONE, following))
        return torch.stack(along)

    def _sequences(self, rows: Tensor) -> SequenceBatch:
        """The transitions of rows (sequence, batch); where there is none, the sequence's first, which is not valid."""
        valid = rows != NONE
        chosen = torch.where(valid, rows, rows[0]).flatten()
        return SequenceBatch(**vars(self._fetched(chosen)), valid=valid.flatten().float())

    def _fetched(self, rows: Tensor) -> Batch:
        columns = {name: self._data[name].index_select(0, rows) for name in FIELDS[:-1]}
        following = self._data["following"][rows]
        return Batch(**columns, next_observation=self._data["observation"].index_select(0, following))

    def _append(self, observation: Tensor) -> Tensor:
        """The rows that these observations now stand in."""
        count = len(observation)
        rows = (self._next + torch.arange(count)) % self.capacity
        self.size -= int((self._data["following"][rows] != NONE).sum())
        self._data["observation"][rows] = observation
        self._data["following"][rows] = NONE
        self._next = (self._next + count) % self.capacity
        self._filled = min(self._filled + count, self.capacity)
        return rows


def _untouched(*shape: int) -> Tensor:
    """Zeros whose memory is taken only where it is written; NumPy asks the system for it, torch would fill it."""
    return torch.from_numpy(np.zeros(shape, np.float32))
