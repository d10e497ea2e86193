"""What the rooms of skillkit hand to one another: observation layouts, steps, batches, and the protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]
Int = NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """One named part of an observation.

    name: snake_case; width: how many numbers; unit: of each number ("m", "rad/s", "1" for none).
    """

    name: str
    width: int
    unit: str


@dataclass(frozen=True)
class Layout:
    """The order in which groups stand in a flat observation vector."""

    groups: tuple[Group, ...]

    @property
    def width(self) -> int:
        """Length of the flat vector."""
        return sum(group.width for group in self.groups)

    @property
    def names(self) -> tuple[str, ...]:
        """Group names in order."""
        return tuple(group.name for group in self.groups)

    def group(self, name: str) -> Group:
        """The group of that name; KeyError when absent."""
        for group in self.groups:
            if group.name == name:
                return group
        raise KeyError(name)

    def span(self, name: str) -> slice:
        """Where a group stands in the flat vector."""
        start = 0
        for group in self.groups:
            if group.name == name:
                return slice(start, start + group.width)
            start += group.width
        raise KeyError(name)

    def indices(self, names: Sequence[str]) -> Int:
        """Columns of the named groups, in the order of `names`; shape (sum of widths,)."""
        spans = [self.span(name) for name in names]
        columns = [np.arange(span.start, span.stop, dtype=np.int64) for span in spans]
        return np.concatenate(columns) if columns else np.zeros(0, np.int64)

    def subset(self, names: Sequence[str]) -> Layout:
        """A layout of the named groups only, in the order of `names`."""
        return Layout(tuple(self.group(name) for name in names))


@dataclass(frozen=True)
class Step:
    """What one step of a batch of n worlds brought.

    observation: (n, layout.width), the true next one, also where the episode ended; reward: (n,), summed as
    gamma^i r_i over the control steps executed; terminated, truncated, success, fallen: (n,); duration: (n,)
    control steps executed (0 for a world that was not active); terms: each reward term, weighted, (n,);
    goal_distance: (n,) m, None where there is no goal.
    """

    observation: Float32
    reward: Float
    terminated: Bool
    truncated: Bool
    duration: Int
    terms: Mapping[str, Float]
    success: Bool
    fallen: Bool
    goal_distance: Float | None = None

    @property
    def ended(self) -> Bool:
        """Worlds whose episode is over, (n,)."""
        return self.terminated | self.truncated


class World(Protocol):
    """A batch of worlds that step together; a frozen skill wrapped around it is a world again."""

    num_worlds: int
    layout: Layout
    actor_groups: tuple[str, ...]  # what a policy sees unless it declares its own
    low_groups: tuple[str, ...]  # what a low level sees by default: the body, and groups of the task free of targets
    high_groups: tuple[str, ...]  # what a high level may see that does not know its body
    action_names: tuple[str, ...]
    action_bounded: bool
    highest_return: float | None  # the most that an episode can pay, None where that depends on its length

    def reset(self, mask: Bool | None = None) -> Float32:
        """Start new episodes where `mask` (everywhere by default); returns all observations, (n, width)."""
        ...

    def step(self, action: Float32, active: Bool | None = None) -> Step:
        """Step the worlds that are `active` (all by default) with actions of shape (n, len(action_names))."""
        ...

    def get_state(self) -> dict[str, Any]:
        """Everything that a later `set_state` needs to go on exactly from here."""
        ...

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned."""
        ...


class Layer(Protocol):
    """One frozen level: what a body senses and a latent in, the action of the world below out."""

    @property
    def latent_width(self) -> int:
        """Length of its latent."""
        ...

    def act(self, observation: Float32, latent: Float32) -> Float32:
        """Actions (n, action width) for observations (n, layout width) and latents (n, latent width)."""
        ...


PolicyState = dict[str, Tensor]


class Policy(Protocol):
    """What a collector needs of a policy: actions, and the state (held latents) that goes with them."""

    def initial_state(self, count: int) -> PolicyState:
        """The state at the start of an episode, for `count` worlds."""
        ...

    def act(self, observation: Tensor, state: PolicyState, generator: torch.Generator) -> tuple[Tensor, PolicyState]:
        """Actions (n, action width) and the next state, for raw observations (n, width)."""
        ...


@runtime_checkable
class CollectingPolicy(Policy, Protocol):
    """A policy that is learnt from, too."""

    def record(self, action: Tensor, state: PolicyState) -> Tensor:
        """What the replay keeps of an action that left the policy in a state, (n, any): mostly the action itself."""
        ...


@dataclass(frozen=True)
class Batch:
    """Transitions as tensors: `discount` is gamma^duration, 0 after a true termination.

    observation, next_observation: (batch, width); action: (batch, action width); reward, discount: (batch,).
    """

    observation: Tensor
    action: Tensor
    reward: Tensor
    discount: Tensor
    next_observation: Tensor

    def tensors(self) -> tuple[Tensor, ...]:
        """The fields in order."""
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class SequenceBatch(Batch):
    """Sequences of transitions, each from one episode: rows hold all first steps, then all second ones, and so on.

    action: whatever a policy records of its decisions, (rows, any); valid: 0 where a sequence is over, (rows,).
    """

    valid: Tensor


BatchSource = Callable[[int], list[Batch]]  # that many batches; asked from one thread at a time


class Learner(Protocol):
    """Improves a policy from batches; knows nothing of worlds."""

    def acting_policy(self) -> CollectingPolicy:
        """The policy that collects: a copy that `publish` brings up to date."""
        ...

    def publish(self) -> None:
        """Copy the newest weights and statistics to the acting policy."""
        ...

    def observe(self, observation: Tensor) -> None:
        """Take newly collected observations (n, width) into the running statistics."""
        ...

    def update(self, sample: BatchSource, updates: int) -> Mapping[str, Tensor]:
        """So many gradient updates of everything that learns; returns metrics as 0-d tensors."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Everything that learning needs to go on exactly from here."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        ...
