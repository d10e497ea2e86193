"""Where transitions wait to be learnt from: raw values, uniform sampling, oldest out first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from skillkit.types import Batch

FIELDS = ("observation", "action", "reward", "discount", "next_observation")


class Replay:
    """A ring of up to `capacity` transitions; memory is touched only as it fills.

    seed: of the indices that `sample` draws.
    """

    def __init__(self, capacity: int, observation_width: int, action_width: int, seed: int) -> None:
        self.capacity = capacity
        self.size = 0
        self._next = 0
        self._generator = torch.Generator().manual_seed(seed)
        shapes = ((observation_width,), (action_width,), (), (), (observation_width,))
        self._data = {name: torch.empty(capacity, *shape) for name, shape in zip(FIELDS, shapes, strict=True)}

    def add(self, batch: Batch) -> None:
        """Append transitions, overwriting the oldest once full."""
        count = len(batch.reward)
        rows = (self._next + torch.arange(count)) % self.capacity
        for name, values in zip(FIELDS, batch.tensors(), strict=True):
            self._data[name][rows] = values
        self._next = (self._next + count) % self.capacity
        self.size = min(self.size + count, self.capacity)

    def sample(self, batch_size: int, batches: int) -> Iterator[Batch]:
        """`batches` batches drawn uniformly with replacement; all indices and rows are fetched at once."""
        rows = torch.randint(self.size, (batches * batch_size,), generator=self._generator)
        fields = [self._data[name].index_select(0, rows).split(batch_size) for name in FIELDS]
        return (Batch(*parts) for parts in zip(*fields, strict=True))

    def state_dict(self) -> dict[str, Any]:
        """The filled part, the write position and the state of the random numbers."""
        filled: dict[str, Tensor] = {name: values[: self.size] for name, values in self._data.items()}
        return {"data": filled, "next": self._next, "generator": self._generator.get_state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self.size = len(state["data"]["reward"])
        for name, values in state["data"].items():
            self._data[name][: self.size] = values
        self._next = state["next"]
        self._generator.set_state(state["generator"])
