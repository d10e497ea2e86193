"""Soft actor-critic for any latent policy: the state of learning, and who computes which step of an update."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from skillkit.algorithms.beside import Beside
from skillkit.algorithms.compiled import TensorFunction, compile_ahead, compile_on_device
from skillkit.algorithms.critic import TwinCritic
from skillkit.algorithms.sac.config import SacSettings
from skillkit.algorithms.sac.steps import (
    ACTOR_METRICS,
    ACTOR_TENSORS,
    CRITIC_METRICS,
    CRITIC_TENSORS,
    ActorState,
    CriticState,
    SacSteps,
)
from skillkit.algorithms.vector import bind, load_vector
from skillkit.policies.latent_policy import LatentActor, LatentDraw, LatentPolicy
from skillkit.types import Batch


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
        device: str = "cpu",
    ) -> None:
        self._acting = copy.deepcopy(policy)
        self._acting_vector = bind(self._acting)
        self.policy, self.critic, self.settings = policy.to(device), critic.to(device), settings
        self._device = torch.device(device)
        self._draw: LatentDraw = draw
        self._generator = torch.Generator().manual_seed(seed)
        steps = SacSteps(self.policy, self.critic, settings)
        start = settings.initial_temperature if settings.temperature == "auto" else settings.temperature
        self.critics, self.actor = steps.start(torch.tensor(float(start), device=device).log())
        self._buffers = steps.buffers()  # they change in place
        self._critic_step: TensorFunction = steps.critic_step
        self._actor_step: TensorFunction = steps.actor_step
        self._beside: Beside | None = None

    def compile(self, batch_size: int, *, parallel: bool = False) -> None:
        """Turn both steps into machine code for batches of this size; RuntimeError where it cannot be done.

        parallel: compute the actor's step on a second core, which changes no byte.
        """
        width, action_width = self.critic.normalizer.mean.shape[0], self.policy.width
        shapes = ((width,), (action_width,), (), (), (width,))
        batch = Batch(*(torch.zeros(batch_size, *shape, device=self._device) for shape in shapes))
        noise = torch.zeros(2, batch_size, action_width, device=self._device)
        on_cpu = self._device.type == "cpu"
        turn_into_code = compile_ahead if on_cpu else compile_on_device
        self._critic_step = turn_into_code(self._critic_step, self._critic_inputs(batch, noise[0]))
        self._actor_step = turn_into_code(self._actor_step, self._actor_inputs(batch, noise[1]))
        self._beside = Beside() if parallel and on_cpu else None

    def acting_policy(self) -> LatentActor:
        """A copy of the policy that collects with the weights of the last `publish`."""
        return LatentActor(self._acting, self._draw)

    def publish(self) -> None:
        """Copy the newest weights and statistics to the acting policy."""
        self._acting_vector.copy_(self.actor.policy)
        for own, newest in zip(self._acting.normalizer.buffers(), self.policy.normalizer.buffers(), strict=True):
            own.copy_(newest)

    def observe(self, observation: Tensor) -> None:
        """Take newly collected observations into the statistics of policy and critics."""
        moved = observation.to(self._device)
        self.policy.observe(moved)
        self.critic.normalizer.observe(moved)

    def update(self, batches: Sequence[Batch]) -> dict[str, Tensor]:
        """One update of critics, policy, temperature and target for each batch; returns the last one's metrics."""
        noise = torch.randn(len(batches), 2, *batches[0].action.shape, generator=self._generator).to(self._device)
        metrics: dict[str, Tensor] = {}
        for batch, draws in zip(batches, noise, strict=True):
            moved = Batch(*(tensor.to(self._device) for tensor in batch.tensors()))
            metrics = self._update(moved, draws)
        return metrics

    def trained_policy(self) -> LatentPolicy:
        """The policy module with the newest weights in it."""
        load_vector(self.policy, self.actor.policy)
        return self.policy

    def state_dict(self) -> dict[str, Any]:
        """Networks, targets, moments, temperature, statistics and the state of the noise."""
        return {
            "critics": self.critics._asdict(),
            "actor": self.actor._asdict(),
            "policy_statistics": self.policy.normalizer.state_dict(),
            "critic_statistics": self.critic.normalizer.state_dict(),
            "generator": self._generator.get_state(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self.critics = CriticState(**{name: value.to(self._device) for name, value in state["critics"].items()})
        self.actor = ActorState(**{name: value.to(self._device) for name, value in state["actor"].items()})
        self.policy.normalizer.load_state_dict(state["policy_statistics"])
        self.critic.normalizer.load_state_dict(state["critic_statistics"])
        self._generator.set_state(state["generator"])
        self.publish()

    def _update(self, batch: Batch, noise: Tensor) -> dict[str, Tensor]:
        critic_inputs, actor_inputs = self._critic_inputs(batch, noise[0]), self._actor_inputs(batch, noise[1])
        if self._beside is not None:
            self._beside.start(self._actor_step, *actor_inputs)
            try:
                critics = self._critic_step(*critic_inputs)
            finally:
                actor = self._beside.result()
        else:
            critics, actor = self._critic_step(*critic_inputs), self._actor_step(*actor_inputs)
        self.critics, self.actor = CriticState(*critics[:CRITIC_TENSORS]), ActorState(*actor[:ACTOR_TENSORS])
        metrics = (*critics[CRITIC_TENSORS:], *actor[ACTOR_TENSORS:])
        return dict(zip((*CRITIC_METRICS, *ACTOR_METRICS), metrics, strict=True))

    def _critic_inputs(self, batch: Batch, noise: Tensor) -> tuple[Tensor, ...]:
        actor = self.actor
        return (*self.critics, actor.policy, actor.log_temperature, *batch.tensors(), noise, *self._buffers)

    def _actor_inputs(self, batch: Batch, noise: Tensor) -> tuple[Tensor, ...]:
        return (*self.actor, self.critics.critic, batch.observation, noise, *self._buffers)
