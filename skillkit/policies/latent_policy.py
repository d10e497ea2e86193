"""A policy as a map from a standard-normal latent to an action: what is trained, frozen and stacked upon."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.normalizer import Normalizer
from skillkit.types import PolicyState

LatentDraw = Literal["step", "episode", "pink", "shrinking", "zero"]

SET_SIZE = 32  # latents that a shrinking set starts with
OCTAVES = 10  # autoregressive processes that add up to pink noise: their memory doubles from 1 to 512 steps


@runtime_checkable
class Transform(Protocol):
    """A map of latents, conditioned on observations; see `FlowTransform`."""

    def __call__(self, observation: Tensor, latent: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs (batch, width) and log |det| (batch,)."""
        ...


@runtime_checkable
class InvertibleTransform(Transform, Protocol):
    """One that says which latent led to given outputs: a flow's, or a Gaussian's."""

    def inverse(self, observation: Tensor, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Latents (batch, latent width) and log |det| of the forward map (batch,)."""
        ...


class LatentPolicy(nn.Module):
    """Observation columns -> statistics -> transform -> tanh, if the action is bounded.

    columns: which columns of the world's flat observation it sees; width: of the latent, and but for a mixture of the
    action, which is what the replay keeps, `record_width`; squash: whether the action is a motor command in (-1, 1), or
    the unbounded latent of a layer below.
    """

    columns: Tensor
    transform: Transform

    def __init__(self, transform: Transform, columns: Tensor, width: int, *, squash: bool, normalize: bool) -> None:
        super().__init__()
        self.transform = transform
        self.normalizer = Normalizer(len(columns), enabled=normalize)
        self.register_buffer("columns", columns, persistent=False)
        self.width = self.record_width = width
        self.squash = squash

    def unsquashed(self) -> LatentPolicy:
        """The same policy without its tanh: it shares all parameters and statistics."""
        view = copy.copy(self)
        view.squash = False
        return view

    def observe(self, observation: Float[Tensor, "batch world_obs"]) -> None:
        """Take raw observations into the statistics."""
        self.normalizer.observe(observation[:, self.columns])

    def forward(
        self, observation: Float[Tensor, "batch world_obs"], latent: Float[Tensor, "many latent"]
    ) -> tuple[Float[Tensor, "many width"], Float[Tensor, " many"]]:
        """The actions of latents and their log densities under standard-normal latents; nothing is inverted.

        Of several latents an observation, the first of all observations come first, then the second, and so on.
        """
        outputs, log_det = self.transform(self._sense(observation), latent)
        log_prob = standard_normal_log_prob(latent) - log_det
        if not self.squash:
            return outputs, log_prob
        return torch.tanh(outputs), log_prob - tanh_log_det(outputs)

    def _sense(self, observation: Tensor) -> Tensor:
        sensed: Tensor = self.normalizer(observation.index_select(1, self.columns))
        return sensed


class OutputDensity(nn.Module):
    """How likely a policy is to give certain outputs before its tanh; shares its parts under the same names.

    policy: one whose transform can be inverted.
    """

    columns: Tensor
    transform: InvertibleTransform

    def __init__(self, policy: LatentPolicy) -> None:
        super().__init__()
        assert isinstance(policy.transform, InvertibleTransform)
        self.transform, self.normalizer = policy.transform, policy.normalizer
        self.register_buffer("columns", policy.columns, persistent=False)

    def forward(
        self, observation: Float[Tensor, "batch world_obs"], outputs: Float[Tensor, "batch width"]
    ) -> Float[Tensor, " batch"]:
        """Log density of the outputs."""
        sensed = self.normalizer(observation.index_select(1, self.columns))
        latent, log_det = self.transform.inverse(sensed, outputs)
        log_prob: Tensor = standard_normal_log_prob(latent) - log_det
        return log_prob


@runtime_checkable
class ActingPolicy(Protocol):
    """What an actor needs of a policy: how wide its latent is, and its action for one with the log density."""

    width: int

    def __call__(self, observation: Tensor, latent: Tensor) -> tuple[Tensor, Tensor]:
        """Actions (n, width) and log densities (n,)."""
        ...


class LatentActor:
    """Acts with a latent policy; its state is the latent that it holds. Implements `skillkit.types.CollectingPolicy`.

    draw: "step" draws a latent at every step, "episode" keeps the one drawn at the episode's first step,
    "pink" lets it wander, with a power spectrum of 1/f and a standard normal at every step (Eberhard et al. 2023),
    "shrinking" draws one of `choices` at every step, "zero" always uses the latent's mode.

    choices: (any, width), what is left of a set that whoever made this actor lets shrink.
    """

    def __init__(self, policy: ActingPolicy, draw: LatentDraw) -> None:
        self.policy = policy
        self.draw = draw
        self.choices = torch.zeros(1, policy.width)

    def initial_state(self, count: int) -> PolicyState:
        """No latent drawn yet; a pink one is the sum of its octaves."""
        shape = (count, OCTAVES, self.policy.width) if self.draw == "pink" else (count, self.policy.width)
        return {"latent": torch.zeros(shape), "drawn": torch.zeros(count, 1, dtype=torch.bool)}

    @torch.no_grad()
    def act(self, observation: Tensor, state: PolicyState, generator: torch.Generator) -> tuple[Tensor, PolicyState]:
        """Actions (n, width) for raw observations (n, world width)."""
        kept = self._next(state["latent"], state["drawn"], generator)
        latent = kept.sum(1) / math.sqrt(OCTAVES) if self.draw == "pink" else kept
        action, _ = self.policy(observation, latent)
        return action, {"latent": kept, "drawn": torch.ones_like(state["drawn"])}

    def record(self, action: Tensor, state: PolicyState) -> Tensor:
        """The action itself, (n, width)."""
        return action

    def _next(self, kept: Tensor, drawn: Tensor, generator: torch.Generator) -> Tensor:
        if self.draw == "zero":
            return kept
        if self.draw == "shrinking":
            return self.choices[torch.randint(len(self.choices), (len(kept),), generator=generator)]
        fresh = torch.randn(kept.shape, generator=generator)
        if self.draw == "episode":
            return torch.where(drawn, kept, fresh)
        if self.draw == "pink":
            memory = torch.exp(-(2.0 ** -torch.arange(OCTAVES)))[:, None]
            return torch.where(drawn[:, :, None], memory * kept + (1.0 - memory.square()).sqrt() * fresh, fresh)
        return fresh


@dataclass(frozen=True)
class ShrinkingSet:
    """Latents of which fewer and fewer are used, the first of them to the end (Haarnoja 2018, appendix C.1).

    latents: (any, width); updates: after which only the first is left.
    """

    latents: Tensor
    updates: float

    def left(self, updates: int) -> Tensor:
        """Those that are left after so many updates."""
        count = len(self.latents) - int((len(self.latents) - 1) * min(1.0, updates / self.updates))
        return self.latents[:count]


def shrinking_set(width: int, updates: float, seed: int) -> ShrinkingSet:
    """The latent's mode, and 31 standard normal ones."""
    latents = torch.randn(SET_SIZE, width, generator=torch.Generator().manual_seed(seed))
    latents[0] = 0.0
    return ShrinkingSet(latents, updates)


def standard_normal_log_prob(value: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch"]:
    """Log density of N(0, I)."""
    return -0.5 * (value.square() + math.log(2.0 * math.pi)).sum(-1)


def tanh_log_det(value: Float[Tensor, "batch width"]) -> Float[Tensor, " batch"]:
    """log |det| of tanh at `value`: the sum of log(1 - tanh^2), in a form that never overflows."""
    return (2.0 * (math.log(2.0) - value - nn.functional.softplus(-2.0 * value))).sum(-1)
