"""Soft actor-critic for any latent policy; one update is one graph, compiled where a compiler is found."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import functional_call, grad_and_value

from skillkit.algorithms.critic import TwinCritic
from skillkit.algorithms.sac import losses
from skillkit.algorithms.sac.config import SacSettings
from skillkit.algorithms.vector import AdamState, adam, adam_start, flatten, load_vector, unflatten
from skillkit.policies.latent_policy import LatentActor, LatentDraw, LatentPolicy
from skillkit.types import Batch


class SacState(NamedTuple):
    """All that an update changes; flat parameter vectors and their Adam moments."""

    policy: Tensor
    critic: Tensor
    target: Tensor
    log_temperature: Tensor
    policy_adam: AdamState
    critic_adam: AdamState
    temperature_adam: AdamState


class SacLearner:
    """Trains a `LatentPolicy` and twin critics by SAC (Haarnoja et al. 2018b). Implements `skillkit.types.Learner`.

    draw: how the acting policy draws its latent while collecting; seed: of the noise of the updates; device: where
    the updates are computed, the acting policy stays on the CPU.
    """

    def __init__(
        self,
        policy: LatentPolicy,
        critic: TwinCritic,
        settings: SacSettings,
        *,
        draw: LatentDraw,
        seed: int,
        compile_update: bool,
        device: str = "cpu",
    ) -> None:
        self._acting = copy.deepcopy(policy)
        self.policy, self.critic, self.settings = policy.to(device), critic.to(device), settings
        self._device = torch.device(device)
        self._draw: LatentDraw = draw
        self._generator = torch.Generator().manual_seed(seed)
        policy_vector, critic_vector = flatten(policy), flatten(critic)
        start = settings.initial_temperature if settings.temperature == "auto" else settings.temperature
        log_temperature = torch.tensor(float(start), device=device).log()
        self.state = SacState(
            policy_vector,
            critic_vector,
            critic_vector.clone(),
            log_temperature,
            adam_start(policy_vector),
            adam_start(critic_vector),
            adam_start(log_temperature),
        )
        self._update: Callable[..., tuple[SacState, dict[str, Tensor]]] = self._pure_update
        if compile_update:
            self._update = torch.compile(self._pure_update, fullgraph=True, dynamic=False)

    def acting_policy(self) -> LatentActor:
        """A copy of the policy that collects with the weights of the last `publish`."""
        return LatentActor(self._acting, self._draw)

    def publish(self) -> None:
        """Copy the newest weights and statistics to the acting policy."""
        load_vector(self._acting, self.state.policy.cpu())
        self._acting.normalizer.load_state_dict(self.policy.normalizer.state_dict())

    def observe(self, observation: Tensor) -> None:
        """Take newly collected observations into the statistics of policy and critics."""
        moved = observation.to(self._device)
        self.policy.observe(moved)
        self.critic.normalizer.observe(moved)

    def update(self, batch: Batch) -> dict[str, Tensor]:
        """One update of critics, policy, temperature and target."""
        noise = torch.randn(2, *batch.action.shape, generator=self._generator)
        tensors = (tensor.to(self._device) for tensor in (*batch.tensors(), noise))
        self.state, metrics = self._update(self.state, *tensors)
        return metrics

    def warm_up(self, batch_size: int) -> None:
        """Compile the update by running it once on zeros; nothing is learnt."""
        width, action_width = self.critic.normalizer.mean.shape[0], self.policy.width
        shapes = ((width,), (action_width,), (), (), (width,))
        zeros = [torch.zeros(batch_size, *shape, device=self._device) for shape in shapes]
        self._update(self.state, *zeros, torch.zeros(2, batch_size, action_width, device=self._device))

    def trained_policy(self) -> LatentPolicy:
        """The policy module with the newest weights in it."""
        load_vector(self.policy, self.state.policy)
        return self.policy

    def state_dict(self) -> dict[str, Any]:
        """Networks, targets, moments, temperature, statistics and the state of the noise."""
        flat = self.state
        return {
            **{name: getattr(flat, name) for name in ("policy", "critic", "target", "log_temperature")},
            **{f"{name}_adam": getattr(flat, f"{name}_adam")._asdict() for name in ("policy", "critic", "temperature")},
            "policy_statistics": self.policy.normalizer.state_dict(),
            "critic_statistics": self.critic.normalizer.state_dict(),
            "generator": self._generator.get_state(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        vectors = (state[name].to(self._device) for name in ("policy", "critic", "target", "log_temperature"))
        moments = (
            AdamState(**{part: value.to(self._device) for part, value in state[f"{name}_adam"].items()})
            for name in ("policy", "critic", "temperature")
        )
        self.state = SacState(*vectors, *moments)
        self.policy.normalizer.load_state_dict(state["policy_statistics"])
        self.critic.normalizer.load_state_dict(state["critic_statistics"])
        self._generator.set_state(state["generator"])
        self.publish()

    def _pure_update(
        self,
        state: SacState,
        observation: Tensor,
        action: Tensor,
        reward: Tensor,
        discount: Tensor,
        next_observation: Tensor,
        noise: Tensor,
    ) -> tuple[SacState, dict[str, Tensor]]:
        """The next state and the metrics; changes nothing."""
        settings = self.settings
        gaussian_prior = settings.action_prior == "gaussian"
        temperature = state.log_temperature.exp()

        def act(parameters: Tensor, sensed: Tensor, latent: Tensor) -> tuple[Tensor, Tensor]:
            chosen, log_prob = functional_call(
                self.policy, unflatten(self.policy, parameters), (sensed, latent), strict=True
            )
            return chosen, log_prob

        def values(parameters: Tensor, sensed: Tensor, chosen: Tensor) -> Tensor:
            result: Tensor = functional_call(
                self.critic, unflatten(self.critic, parameters), (sensed, chosen), strict=True
            )
            return result

        next_action, next_log_prob = act(state.policy, next_observation, noise[0])
        next_divergence = losses.action_divergence(next_log_prob, next_action, gaussian_prior)
        next_values = values(state.target, next_observation, next_action)

        def critic_loss(parameters: Tensor) -> tuple[Tensor, losses.Metrics]:
            return losses.critic_loss(
                values(parameters, observation, action),
                next_values,
                next_divergence,
                settings.reward_scale * reward,
                discount,
                temperature,
            )

        def actor_loss(parameters: Tensor) -> tuple[Tensor, losses.Metrics]:
            chosen, log_prob = act(parameters, observation, noise[1])
            divergence = losses.action_divergence(log_prob, chosen, gaussian_prior)
            loss, metrics = losses.actor_loss(values(critic, observation, chosen), divergence, temperature)
            return loss, {**metrics, "entropy": -log_prob.mean().detach()}

        gradient, (_, critic_metrics) = grad_and_value(critic_loss, has_aux=True)(state.critic)
        critic, critic_adam = adam(state.critic, gradient, state.critic_adam, settings.learning_rate)
        gradient, (_, actor_metrics) = grad_and_value(actor_loss, has_aux=True)(state.policy)
        policy, policy_adam = adam(state.policy, gradient, state.policy_adam, settings.learning_rate)
        log_temperature, temperature_adam = state.log_temperature, state.temperature_adam
        if settings.temperature == "auto":
            slope = losses.temperature_gradient(actor_metrics["divergence"], settings.divergence_target)
            log_temperature, temperature_adam = adam(log_temperature, slope, temperature_adam, settings.learning_rate)
        target = torch.lerp(state.target, critic, settings.target_smoothing)
        new = SacState(policy, critic, target, log_temperature, policy_adam, critic_adam, temperature_adam)
        return new, {**critic_metrics, **actor_metrics, "temperature": temperature}
