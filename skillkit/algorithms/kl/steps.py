"""SVG(0) with Retrace, held to a default policy: returns along sequences, and a policy up the critics' slope."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.func import grad_and_value

from skillkit.algorithms.flat_parameters import adam, join, split
from skillkit.algorithms.kl import losses
from skillkit.algorithms.kl.config import KlSettings
from skillkit.algorithms.losses import Metrics, critic_loss
from skillkit.algorithms.steps import ACTOR_TENSORS, ActorState, Steps
from skillkit.algorithms.temperature import temperature_gradient
from skillkit.policies.hierarchical import Decision, HierarchicalPolicy, RecordDensity
from skillkit.types import Batch, SequenceBatch

LEAST_KL_COST = 1e-4  # of an automatic one, which would fall to nothing where nothing has been paid yet


class KlSteps(Steps):
    """The steps of Tirumala et al. (2020), appendix A, for sequences of decisions that were recorded.

    The critics judge command, latent and state, Q(a, z, x). Their slope reaches the high level through the command
    alone, as in the paper; what the latent costs comes from its divergence in closed form.
    """

    settings: KlSettings
    learns_from_set = False
    actor_metrics = ("actor_loss", "high_kl", "low_kl", "entropy", "kl_cost")

    def __init__(self, policy: HierarchicalPolicy, critic: nn.Module, settings: KlSettings, length: int) -> None:
        super().__init__(policy, critic, settings)
        self._hierarchy, self._density, self._length = policy, RecordDensity(policy), length
        self._learnt = tuple(name for name, _ in policy.named_parameters() if not policy.is_frozen(name))
        # Of a frozen low level nobody can change the noise: its entropy would only sway the choice of latents.
        self._entropy_cost = 0.0 if policy.is_frozen("low") else settings.entropy_cost

    def made_of(self) -> list[object]:
        """What sets these steps apart, the length of sequences among it."""
        return [*super().made_of(), self._length]

    @property
    def samples(self) -> tuple[int, int]:
        """Decisions of a value, and one of the policy."""
        return self.settings.value_samples, 1

    def empty_batch(self, batch_size: int, observation_width: int) -> Batch:
        """A batch of `batch_size` sequences, all zeros."""
        plain = super().empty_batch(batch_size * self._length, observation_width)
        return SequenceBatch(**vars(plain), valid=torch.zeros_like(plain.reward))

    def target_inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """What the targets are computed from."""
        assert isinstance(batch, SequenceBatch)
        return batch.tensors()

    def critic_inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """What the critics learn to judge."""
        assert isinstance(batch, SequenceBatch)
        return batch.observation, batch.action, batch.valid

    actor_inputs = critic_inputs

    def target_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Returns of every step of the sequences, one after another."""
        target, policy, log_kl_cost, *rest = tensors
        observation, action, reward, discount, next_observation, valid, noise, *buffers = rest
        parameters, critic = split(self._policy, policy), split(self._critic, target)
        record, count = self._hierarchy.record(action), self.settings.value_samples
        density = (observation, record.last, record.begun, record.latent, record.outputs)
        log_ratio = self.call(self._density, parameters, buffers, *density) - record.log_prob[:, 0]
        begun = torch.ones_like(record.begun)  # a step that follows another
        following: Decision = self.call(
            self._policy, parameters, buffers, next_observation, record.latent, begun, noise
        )
        values = self._values(critic, buffers, next_observation, following.outputs, following.latent).mean(0)
        bound = self.settings.bound
        values = values if bound is None else values.clamp(max=bound)
        soft = values - log_kl_cost.exp() * (following.high_kl + following.low_kl)
        taken = self._values(critic, buffers, observation, record.outputs, record.latent).mean(0)
        along = (self._length, -1)
        returns = losses.retrace(
            taken.view(along),
            soft.view(count, -1).mean(0).view(along),
            self.settings.reward_scale * reward.view(along),
            discount.view(along),
            log_ratio.view(along),
            valid.view(along),
            self.settings.trace_decay,
        )
        return (returns.reshape(-1),)

    def critic_objective(self, critic: dict[str, Tensor], *tensors: Tensor) -> tuple[Tensor, Metrics]:
        """The loss of what was decided where a sequence is not over."""
        returns, observation, action, valid, *buffers = tensors
        record = self._hierarchy.record(action)
        values = self._values(critic, buffers, observation, record.outputs, record.latent)
        return critic_loss(values, returns, valid)

    def actor_step(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Policy, learnt default policies and KL cost."""
        state, rest = ActorState(*tensors[:ACTOR_TENSORS]), tensors[ACTOR_TENSORS:]
        critic, observation, action, valid, noise, *buffers = rest
        record, kl_cost = self._hierarchy.record(action), state.log_temperature.exp()
        everything = split(self._policy, state.policy)
        learnt = {name: everything[name] for name in self._learnt}

        def loss(parameters: dict[str, Tensor]) -> tuple[Tensor, Metrics]:
            where = (observation, record.last, record.begun, noise)
            decided: Decision = self.call(self._policy, everything | parameters, buffers, *where)
            values = self._values(
                split(self._critic, critic), buffers, observation, decided.outputs, decided.latent.detach()
            )
            kl = decided.high_kl, decided.low_kl, decided.default_kl
            value, metrics = losses.actor_loss(values, *kl, decided.entropy, valid, kl_cost, self._entropy_cost)
            return value, {**metrics, "kl_cost": kl_cost}

        gradient, (_, metrics) = grad_and_value(loss, has_aux=True)(learnt)
        whole = join({name: gradient.get(name, torch.zeros_like(value)) for name, value in everything.items()})
        policy, moments = adam(state.policy, whole, state.adam, self.settings.learning_rate)
        temperature = self._kl_cost_step(state, metrics["high_kl"] + metrics["low_kl"])
        return (policy, *moments, *temperature, *(metrics[name] for name in self.actor_metrics))

    def _kl_cost_step(self, state: ActorState, kl: Tensor) -> tuple[Tensor, ...]:
        if self.settings.kl_cost != "auto":
            return (state.log_temperature, *state.temperature_adam)
        slope = temperature_gradient(kl, self.settings.kl_target)
        log_cost, moments = adam(state.log_temperature, slope, state.temperature_adam, self.settings.learning_rate)
        return (log_cost.clamp(min=math.log(LEAST_KL_COST)), *moments)

    def _values(
        self, parameters: dict[str, Tensor], buffers: list[Tensor], observation: Tensor, outputs: Tensor, latent: Tensor
    ) -> Tensor:
        """Both critics' values of commands and latents, (2, many)."""
        return self.values(parameters, buffers, observation, torch.cat([torch.tanh(outputs), latent], 1))
