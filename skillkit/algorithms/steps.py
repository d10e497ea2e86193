"""An update as three pure functions of tensors: the critics' targets, their step, the actor's; what algorithms share.

What one of them needs of another comes as an argument, so that it is the learner that says how new it must be.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value

from skillkit.algorithms.compiled import description
from skillkit.algorithms.flat_parameters import AdamState, adam, adam_start, flatten, join, split
from skillkit.algorithms.losses import Metrics, critic_loss
from skillkit.policies import Trainable
from skillkit.types import Batch

CRITIC_METRICS = ("critic_loss", "value")


class CriticState(NamedTuple):
    """What the critics' step changes: both critics and their targets as vectors, and Adam's moments."""

    critic: Tensor
    target: Tensor
    first: Tensor
    second: Tensor
    step: Tensor
    first_scale: Tensor
    second_scale: Tensor

    @property
    def adam(self) -> AdamState:
        """Adam's part."""
        return AdamState(self.first, self.second, self.step, self.first_scale, self.second_scale)


class ActorState(NamedTuple):
    """What the actor's step changes: the policy as a vector, the log temperature, and Adam's moments of each."""

    policy: Tensor
    first: Tensor
    second: Tensor
    step: Tensor
    first_scale: Tensor
    second_scale: Tensor
    log_temperature: Tensor
    temperature_first: Tensor
    temperature_second: Tensor
    temperature_step: Tensor
    temperature_first_scale: Tensor
    temperature_second_scale: Tensor

    @property
    def adam(self) -> AdamState:
        """Adam's part for the policy."""
        return AdamState(self.first, self.second, self.step, self.first_scale, self.second_scale)

    @property
    def temperature_adam(self) -> AdamState:
        """Adam's part for the temperature."""
        return AdamState(
            self.temperature_first,
            self.temperature_second,
            self.temperature_step,
            self.temperature_first_scale,
            self.temperature_second_scale,
        )


CRITIC_TENSORS, ACTOR_TENSORS = len(CriticState._fields), len(ActorState._fields)


class Steps(ABC):
    """The three steps for a policy, critics and settings; the modules give the shape, the tensors come as arguments.

    actor_metrics: names of what the actor's step returns last; learns_from_set: whether the actor learns with the
    latents of a shrinking set alone, or with all, as what weighs its entropy must; samples: latents for each transition
    of a batch, for the targets and for the actor; settings: the algorithm's own, with `learning_rate`,
    `start_temperature`, and for this `next_target` with `target_update_interval`.
    """

    actor_metrics: ClassVar[tuple[str, ...]]
    learns_from_set: ClassVar[bool]

    def __init__(self, policy: Trainable, critic: nn.Module, settings: Any) -> None:
        self._policy, self._critic, self.settings = policy, critic, settings
        self._policy_buffers = tuple(name for name, _ in policy.named_buffers())
        self._critic_buffers = tuple(name for name, _ in critic.named_buffers())

    @property
    def samples(self) -> tuple[int, int]:
        """One latent for the next action, and one for the own."""
        return 1, 1

    def start(self, log_temperature: Tensor) -> tuple[CriticState, ActorState]:
        """The states before the first update."""
        policy, critic = flatten(self._policy), flatten(self._critic)
        return (
            CriticState(critic, critic.clone(), *adam_start(critic)),
            ActorState(policy, *adam_start(policy), log_temperature, *adam_start(log_temperature)),
        )

    def buffers(self) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """What policy and critics hold beside their parameters: columns and statistics, arguments of the steps."""
        return tuple(self._policy.buffers()), tuple(self._critic.buffers())

    def made_of(self) -> list[object]:
        """What sets these steps apart from those of other policies, critics and settings."""
        return [self.settings, description(self._policy), description(self._critic)]

    def empty_batch(self, batch_size: int, observation_width: int) -> Batch:
        """A batch of that size, all zeros, which shows the shapes of any."""
        shapes = ((observation_width,), (self._policy.record_width,), (), (), (observation_width,))
        return Batch(*(torch.zeros(batch_size, *shape) for shape in shapes))

    def target_inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """The parts of a batch that its targets are computed from."""
        return batch.reward, batch.discount, batch.next_observation

    def critic_inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """The parts that the critics learn from."""
        return batch.observation, batch.action

    def actor_inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """The parts that the actor learns from."""
        return (batch.observation,)

    @abstractmethod
    def target_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """(target critics, policy, log temperature, *target inputs, noise, *both modules' buffers) -> (soft returns,).

        noise: (samples * batch, latent width).
        """

    def critic_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """(*CriticState, returns, *critic inputs, *critic buffers) -> (*CriticState, *CRITIC_METRICS)."""
        state, rest = CriticState(*tensors[:CRITIC_TENSORS]), tensors[CRITIC_TENSORS:]
        parameters = split(self._critic, state.critic)
        gradient, (_, metrics) = grad_and_value(self.critic_objective, has_aux=True)(parameters, *rest)
        critic, moments = adam(state.critic, join(gradient), state.adam, self.settings.learning_rate)
        target = self.next_target(state.target, critic, moments.step)
        return (critic, target, *moments, *(metrics[name] for name in CRITIC_METRICS))

    def critic_objective(self, critic: dict[str, Tensor], *tensors: Tensor) -> tuple[Tensor, Metrics]:
        """The loss of the critics' parameters, given (returns, *critic inputs, *critic buffers), and its metrics."""
        returns, observation, action, *buffers = tensors
        return critic_loss(self.values(critic, buffers, observation, action), returns)

    def next_target(self, target: Tensor, critic: Tensor, updates: Tensor) -> Tensor:
        """The target critics after so many updates, the last of which led to `critic`: these once in a while.

        So in Haarnoja (2018), appendix C.1; an algorithm may have a way of its own.
        """
        return torch.where(updates % self.settings.target_update_interval == 0, critic, target)

    @abstractmethod
    def actor_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """(*ActorState, critic, *actor inputs, noise, *both modules' buffers) -> (*ActorState, *actor_metrics)."""

    def call(self, policy: nn.Module, parameters: dict[str, Tensor], buffers: Sequence[Tensor], *inputs: Tensor) -> Any:
        """What the policy, or another with its parameters and buffers, makes of inputs; buffers: the policy's first."""
        own = dict(zip(self._policy_buffers, buffers, strict=False))
        return functional_call(policy, {**parameters, **own}, inputs, strict=True)

    def values(
        self, parameters: dict[str, Tensor], buffers: Sequence[Tensor], observation: Tensor, action: Tensor
    ) -> Tensor:
        """Both members' values, (2, batch); buffers: the critics' last."""
        own = dict(zip(self._critic_buffers, buffers[len(buffers) - len(self._critic_buffers) :], strict=True))
        values: Tensor = functional_call(self._critic, {**parameters, **own}, (observation, action), strict=True)
        return values
