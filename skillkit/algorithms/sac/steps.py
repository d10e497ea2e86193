"""Soft actor-critic's three steps: soft values of sampled actions, and a policy that follows their slope."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value

from skillkit.algorithms.compiled import description
from skillkit.algorithms.flat_parameters import adam, join, split
from skillkit.algorithms.losses import Metrics, action_divergence
from skillkit.algorithms.sac import losses
from skillkit.algorithms.sac.config import SacSettings
from skillkit.algorithms.steps import ACTOR_TENSORS, ActorState, Steps
from skillkit.algorithms.temperature import annealed, temperature_gradient
from skillkit.policies.latent_policy import LatentPolicy, OutputDensity, tanh_log_det
from skillkit.policies.mixture import MixtureComponents, MixturePolicy

LEAST_LOG_PROB = -8.0  # a motor, of what a prior never does; a unit Gaussian's own 3.8 standard deviations away


class SacSteps(Steps):
    """The steps of soft actor-critic (Haarnoja et al. 2018b)."""

    settings: SacSettings
    learns_from_set = False
    actor_metrics = ("actor_loss", "divergence", "entropy", "temperature")

    def target_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Soft returns with one next action of the policy."""
        target, policy, log_temperature, reward, discount, next_observation, noise, *buffers = tensors
        parameters = split(self._policy, policy)
        next_action, _, divergence = self._sample(parameters, buffers, next_observation, noise)
        soft_returns = losses.soft_return(
            self.values(split(self._critic, target), buffers, next_observation, next_action),
            divergence,
            self.settings.reward_scale * reward,
            discount,
            log_temperature.exp(),
            self._highest(log_temperature),
        )
        return (soft_returns,)

    def _highest(self, log_temperature: Tensor) -> Tensor | None:
        """What no action can be worth more than, None where that is not known."""
        bound = self.settings.bound
        return None if bound is None else bound.reward + log_temperature.exp() * bound.nats

    def next_target(self, target: Tensor, critic: Tensor, updates: Tensor) -> Tensor:
        """Some way from the target to the critics."""
        return target.lerp(critic, self.settings.target_smoothing)

    def actor_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Policy and temperature."""
        state, (critic, observation, noise, *buffers) = ActorState(*tensors[:ACTOR_TENSORS]), tensors[ACTOR_TENSORS:]
        temperature = state.log_temperature.exp()

        def loss(parameters: dict[str, Tensor]) -> tuple[Tensor, Metrics]:
            action, log_prob, divergence, weights = self._draw(parameters, buffers, observation, noise)
            values = self.values(split(self._critic, critic), buffers, observation, action)
            value, metrics = losses.actor_loss(values, divergence, temperature, weights)
            entropy = losses.expectation(-log_prob, weights).detach()
            return value, {**metrics, "entropy": entropy, "temperature": temperature}

        gradient, (_, metrics) = grad_and_value(loss, has_aux=True)(split(self._policy, state.policy))
        policy, moments = adam(state.policy, join(gradient), state.adam, self.settings.learning_rate)
        return (
            policy,
            *moments,
            *self._temperature_step(state, metrics["divergence"]),
            *(metrics[name] for name in self.actor_metrics),
        )

    def _draw(
        self, parameters: dict[str, Tensor], buffers: list[Tensor], observation: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """As `_sample`, one or several actions an observation, and weights, None where all weigh 1."""
        return (*self._sample(parameters, buffers, observation, noise), None)

    def _sample(
        self, parameters: dict[str, Tensor], buffers: list[Tensor], observation: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Actions, their log densities, and log pi - log prior."""
        action, log_prob = self.call(self._policy, parameters, buffers, observation, noise)
        return action, log_prob, self._divergence(log_prob, action)

    def _temperature_step(self, state: ActorState, divergence: Tensor) -> tuple[Tensor, ...]:
        if self.settings.temperature != "auto":
            return (annealed(state.log_temperature, self.settings.annealing), *state.temperature_adam)
        slope = temperature_gradient(divergence, self.settings.divergence_target)
        rate = self.settings.learning_rate
        log_temperature, moments = adam(state.log_temperature, slope, state.temperature_adam, rate)
        return (log_temperature, *moments)

    def _divergence(self, log_prob: Tensor, action: Tensor) -> Tensor:
        return action_divergence(log_prob, action, self.settings.action_prior == "gaussian")


class MixtureSacSteps(SacSteps):
    """Those of a mixture: an action of every component enters the loss by its weight, so that weights learn too."""

    def __init__(self, policy: MixturePolicy, critic: nn.Module, settings: SacSettings) -> None:
        super().__init__(policy, critic, settings)
        self._components = MixtureComponents(policy)

    def _draw(
        self, parameters: dict[str, Tensor], buffers: list[Tensor], observation: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        action, log_prob, weights = self.call(self._components, parameters, buffers, observation, noise)
        return action, log_prob, self._divergence(log_prob, action), self._components.count * weights


class SkillPriorSacSteps(SacSteps):
    """Those of a policy whose prior is a frozen skill on the same motors, in the place of entropy.

    Both densities are of u, the command before its tanh, which the policy gives without inverting anything. To the
    skill's a flat one of `LEAST_LOG_PROB` nats a motor is added, so that what the skill never does has a finite price
    (Tirumala et al. 2020, equation 1, with the skill as default policy).
    """

    def __init__(self, policy: LatentPolicy, critic: nn.Module, settings: SacSettings, prior: LatentPolicy) -> None:
        super().__init__(policy, critic, settings)
        self._unsquashed, self._prior = policy.unsquashed(), OutputDensity(prior)
        self._prior_tensors = dict(self._prior.named_parameters()) | dict(self._prior.named_buffers())
        self._floor = LEAST_LOG_PROB * policy.width

    def buffers(self) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Beside the policy's own, all that the prior holds, where the policy's are."""
        own, of_critics = super().buffers()
        device = next(self._policy.parameters()).device
        return (*own, *(tensor.to(device) for tensor in self._prior_tensors.values())), of_critics

    def made_of(self) -> list[object]:
        """What sets these steps apart."""
        return [*super().made_of(), description(self._prior)]

    def _sample(
        self, parameters: dict[str, Tensor], buffers: list[Tensor], observation: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        outputs, log_prob = self.call(self._unsquashed, parameters, buffers, observation, noise)
        first = len(self._policy_buffers)
        held = dict(zip(self._prior_tensors, buffers[first : first + len(self._prior_tensors)], strict=True))
        reference: Tensor = functional_call(self._prior, held, (observation, outputs), strict=True)
        floored = torch.logaddexp(reference, torch.full_like(reference, self._floor))
        return torch.tanh(outputs), log_prob - tanh_log_det(outputs), log_prob - floored
