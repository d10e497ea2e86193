"""One update of soft actor-critic as three pure functions of tensors: the critics' targets, their step, the actor's.

What one of them needs of another comes as an argument, so that it is the learner that says how new it must be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor
from torch.func import functional_call, grad_and_value

from skillkit.algorithms.compiled import description
from skillkit.algorithms.critic import TwinCritic
from skillkit.algorithms.flat_parameters import AdamState, adam, adam_start, flatten, join, split
from skillkit.algorithms.sac import losses
from skillkit.algorithms.sac.config import SacSettings
from skillkit.policies import Trainable

CRITIC_METRICS = ("critic_loss", "value")
ACTOR_METRICS = ("actor_loss", "divergence", "entropy", "temperature")


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


class SacSteps:
    """The three steps for a policy, critics and settings; the modules give the shape, the tensors come as arguments."""

    def __init__(self, policy: Trainable, critic: TwinCritic, settings: SacSettings) -> None:
        self._policy, self._critic, self._settings = policy, critic, settings
        self._policy_buffers = tuple(name for name, _ in policy.named_buffers())
        self._critic_buffers = tuple(name for name, _ in critic.named_buffers())

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
        return [self._settings, description(self._policy), description(self._critic)]

    def target_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """(target critics, policy, log temperature, *ends, noise, *both modules' buffers) -> (soft returns,).

        ends: reward, discount and next observation of a batch; noise: (batch, action width).
        """
        target, policy, log_temperature, reward, discount, next_observation, noise, *buffers = tensors
        next_action, next_log_prob = self._act(split(self._policy, policy), buffers, next_observation, noise)
        soft_returns = losses.soft_return(
            self._values(split(self._critic, target), buffers, next_observation, next_action),
            self._divergence(next_log_prob, next_action),
            self._settings.reward_scale * reward,
            discount,
            log_temperature.exp(),
            self._highest(log_temperature),
        )
        return (soft_returns,)

    def _highest(self, log_temperature: Tensor) -> Tensor | None:
        """What no action can be worth more than, None where that is not known."""
        bound = self._settings.bound
        return None if bound is None else bound.reward + log_temperature.exp() * bound.nats

    def critic_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """(*CriticState, soft returns, observation, action, *critic buffers) -> (*CriticState, *CRITIC_METRICS)."""
        state, (soft_returns, observation, action, *buffers) = (
            CriticState(*tensors[:CRITIC_TENSORS]),
            tensors[CRITIC_TENSORS:],
        )

        def loss(parameters: dict[str, Tensor]) -> tuple[Tensor, losses.Metrics]:
            return losses.critic_loss(self._values(parameters, buffers, observation, action), soft_returns)

        gradient, (_, metrics) = grad_and_value(loss, has_aux=True)(split(self._critic, state.critic))
        critic, moments = adam(state.critic, join(gradient), state.adam, self._settings.learning_rate)
        target = state.target.lerp(critic, self._settings.target_smoothing)
        return (critic, target, *moments, *(metrics[name] for name in CRITIC_METRICS))

    def actor_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """(*ActorState, critic, observation, noise, *both modules' buffers) -> (*ActorState, *ACTOR_METRICS)."""
        state, (critic, observation, noise, *buffers) = ActorState(*tensors[:ACTOR_TENSORS]), tensors[ACTOR_TENSORS:]
        temperature = state.log_temperature.exp()

        def loss(parameters: dict[str, Tensor]) -> tuple[Tensor, losses.Metrics]:
            action, log_prob = self._act(parameters, buffers, observation, noise)
            values = self._values(split(self._critic, critic), buffers, observation, action)
            value, metrics = losses.actor_loss(values, self._divergence(log_prob, action), temperature)
            return value, {**metrics, "entropy": -log_prob.detach().mean(), "temperature": temperature}

        gradient, (_, metrics) = grad_and_value(loss, has_aux=True)(split(self._policy, state.policy))
        policy, moments = adam(state.policy, join(gradient), state.adam, self._settings.learning_rate)
        return (
            policy,
            *moments,
            *self._temperature_step(state, metrics["divergence"]),
            *(metrics[name] for name in ACTOR_METRICS),
        )

    def _temperature_step(self, state: ActorState, divergence: Tensor) -> tuple[Tensor, ...]:
        if self._settings.temperature != "auto":
            return (state.log_temperature, *state.temperature_adam)
        slope = losses.temperature_gradient(divergence, self._settings.divergence_target)
        rate = self._settings.learning_rate
        log_temperature, moments = adam(state.log_temperature, slope, state.temperature_adam, rate)
        return (log_temperature, *moments)

    def _act(
        self, parameters: dict[str, Tensor], buffers: Sequence[Tensor], observation: Tensor, latent: Tensor
    ) -> tuple[Tensor, Tensor]:
        """buffers: the policy's first."""
        own = dict(zip(self._policy_buffers, buffers, strict=False))
        action, log_prob = functional_call(self._policy, {**parameters, **own}, (observation, latent), strict=True)
        return action, log_prob

    def _values(
        self, parameters: dict[str, Tensor], buffers: Sequence[Tensor], observation: Tensor, action: Tensor
    ) -> Tensor:
        """buffers: the critics' last."""
        own = dict(zip(self._critic_buffers, buffers[-len(self._critic_buffers) :], strict=True))
        values: Tensor = functional_call(self._critic, {**parameters, **own}, (observation, action), strict=True)
        return values

    def _divergence(self, log_prob: Tensor, action: Tensor) -> Tensor:
        return losses.action_divergence(log_prob, action, self._settings.action_prior == "gaussian")
