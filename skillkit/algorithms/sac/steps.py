"""Soft actor-critic's three steps: soft values of sampled actions, and a policy that follows their slope."""

from __future__ import annotations

from torch import Tensor, nn
from torch.func import grad_and_value

from skillkit.algorithms.flat_parameters import adam, join, split
from skillkit.algorithms.losses import Metrics, action_divergence
from skillkit.algorithms.sac import losses
from skillkit.algorithms.sac.config import SacSettings
from skillkit.algorithms.steps import ACTOR_TENSORS, ActorState, Steps
from skillkit.algorithms.temperature import annealed, temperature_gradient
from skillkit.policies.mixture import MixtureComponents, MixturePolicy


class SacSteps(Steps):
    """The steps of soft actor-critic (Haarnoja et al. 2018b)."""

    settings: SacSettings
    learns_from_set = False
    actor_metrics = ("actor_loss", "divergence", "entropy", "temperature")

    def target_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Soft returns with one next action of the policy."""
        target, policy, log_temperature, reward, discount, next_observation, noise, *buffers = tensors
        parameters = split(self._policy, policy)
        next_action, next_log_prob = self.call(self._policy, parameters, buffers, next_observation, noise)
        soft_returns = losses.soft_return(
            self.values(split(self._critic, target), buffers, next_observation, next_action),
            self._divergence(next_log_prob, next_action),
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
            action, log_prob, weights = self._draw(parameters, buffers, observation, noise)
            values = self.values(split(self._critic, critic), buffers, observation, action)
            value, metrics = losses.actor_loss(values, self._divergence(log_prob, action), temperature, weights)
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
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Actions, one or several an observation, their log densities, and weights, None where all weigh 1."""
        return (*self.call(self._policy, parameters, buffers, observation, noise), None)

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
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        action, log_prob, weights = self.call(self._components, parameters, buffers, observation, noise)
        return action, log_prob, self._components.count * weights
