"""Soft Q-learning's three steps: soft values over many actions, and a policy that follows Stein's gradient."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from skillkit.algorithms.flat_parameters import adam, join, split
from skillkit.algorithms.losses import action_divergence
from skillkit.algorithms.sql import losses
from skillkit.algorithms.sql.config import SqlSettings
from skillkit.algorithms.sql.proposals import from_prior
from skillkit.algorithms.steps import ACTOR_TENSORS, ActorState, Steps
from skillkit.algorithms.temperature import annealed
from skillkit.policies import AnyLatentPolicy
from skillkit.policies.latent_policy import standard_normal_log_prob, tanh_log_det


class SqlSteps(Steps):
    """The steps of soft Q-learning with an amortised sampler (Haarnoja 2018, algorithm 1).

    Particles, score and kernel are all in u, the action before its tanh, where the density has no edge: in the action
    itself it ends at +-1, and Stein's identity lacks a boundary term.
    """

    settings: SqlSettings
    learns_from_set = True
    actor_metrics = ("stein_norm", "temperature")

    def __init__(self, policy: AnyLatentPolicy, critic: nn.Module, settings: SqlSettings) -> None:
        super().__init__(policy, critic, settings)
        self._unsquashed = policy.unsquashed()
        self._squash = policy.squash

    @property
    def samples(self) -> tuple[int, int]:
        """Latents of the actions in a soft value, and of both halves of the particles."""
        return self.settings.value_samples, 2 * self.settings.particles

    def target_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Reward and discounted soft value."""
        target, policy, log_temperature, reward, discount, next_observation, noise, *buffers = tensors
        count = self.settings.value_samples
        action, divergence = self._proposals(split(self._policy, policy), buffers, next_observation, noise)
        values = self.values(split(self._critic, target), buffers, next_observation, action).min(0).values
        soft = losses.soft_value(values.view(count, -1), divergence.view(count, -1), log_temperature.exp())
        return (self.settings.reward_scale * reward + discount * soft,)

    def actor_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Half of the particles say where the other half goes, and the policy's weights follow (equation 3.12)."""
        state, (critic, observation, noise, *buffers) = ActorState(*tensors[:ACTOR_TENSORS]), tensors[ACTOR_TENSORS:]
        count = self.settings.particles
        parameters, frozen = split(self._policy, state.policy), split(self._critic, critic)

        def particles(learnt: dict[str, Tensor], latent: Tensor) -> Tensor:
            outputs: Tensor = self.call(self._unsquashed, learnt, buffers, observation, latent)[0]
            return outputs

        def log_density(outputs: Tensor) -> Tensor:
            action = torch.tanh(outputs) if self._squash else outputs
            values = self.values(frozen, buffers, observation, action).min(0).values
            return (values / state.log_temperature.exp() + self._log_base(outputs, action)).sum()

        first, second = noise.chunk(2)
        fixed = particles(parameters, first)
        score = torch.func.grad(log_density)(fixed)
        moved, pull_back, *_ = torch.func.vjp(lambda learnt: particles(learnt, second), parameters)
        shape = (count, -1, moved.shape[1])
        direction = losses.stein_direction(fixed.reshape(shape), score.reshape(shape), moved.reshape(shape))
        (gradient,) = pull_back(-direction.reshape(moved.shape) / len(moved))
        policy, moments = adam(state.policy, join(gradient), state.adam, self.settings.learning_rate)
        temperature = annealed(state.log_temperature, self.settings.annealing)
        norm = direction.square().sum(-1).sqrt().mean()
        return (policy, *moments, temperature, *state.temperature_adam, norm, state.log_temperature.exp())

    def _proposals(
        self, parameters: dict[str, Tensor], buffers: list[Tensor], observation: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Actions, and log q - log p of each."""
        gaussian = self.settings.action_prior == "gaussian"
        if self.settings.proposal == "prior":
            return from_prior(noise, bounded=self._squash, gaussian=gaussian)
        action, log_prob = self.call(self._policy, parameters, buffers, observation, noise)
        return action, action_divergence(log_prob, action, gaussian)

    def _log_base(self, outputs: Tensor, action: Tensor) -> Tensor:
        """The log density in u of actions that are drawn from their prior alone, up to a constant."""
        gaussian = self.settings.action_prior == "gaussian"
        log_prior = standard_normal_log_prob(action) if gaussian else torch.zeros_like(action[:, 0])
        return log_prior + tanh_log_det(outputs) if self._squash else log_prior
