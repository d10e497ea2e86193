"""Off-policy learning of policy and critics: the state of it, and who computes which step of an update."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor

from skillkit.algorithms.compiled import TensorFunction, compile_ahead, compile_on_device
from skillkit.algorithms.flat_parameters import bind, load_vector
from skillkit.algorithms.losses import Metrics
from skillkit.algorithms.second_thread import SecondThread, SharedJobs
from skillkit.algorithms.steps import (
    ACTOR_TENSORS,
    CRITIC_METRICS,
    CRITIC_TENSORS,
    ActorState,
    CriticState,
    Steps,
)
from skillkit.policies import Trainable
from skillkit.policies.critic import TwinCritic
from skillkit.policies.latent_policy import LatentActor, ShrinkingSet
from skillkit.types import Batch, BatchSource, CollectingPolicy

TURN = 8  # updates that critics and policy make before they see each other's new weights

# An update's batch, and latents of its next and of its own actions, (samples * batch, latent width) each.
Turn = list[tuple[Batch, Tensor, Tensor]]
First = TypeVar("First")
Second = TypeVar("Second")


class ActorCriticLearner:
    """Trains a policy and twin critics by the steps of an algorithm. Implements `skillkit.types.Learner`.

    steps: of this policy and these critics; collecting: what acts with a copy of the policy; shrinking: the latents of
    a "shrinking" draw; seed: of the noise of the updates; device: where the updates are computed, the acting policy
    stays on the CPU.
    """

    def __init__(
        self,
        policy: Trainable,
        critic: TwinCritic,
        steps: Steps,
        *,
        collecting: Callable[[Any], CollectingPolicy],
        shrinking: ShrinkingSet | None = None,
        seed: int,
        device: str = "cpu",
    ) -> None:
        self._acting = copy.deepcopy(policy)
        self._acting_vector = bind(self._acting)
        self.policy, self.critic, self.steps = policy.to(device), critic.to(device), steps
        self._device = torch.device(device)
        self._collecting = collecting(self._acting)
        self._set = shrinking
        self._generator = torch.Generator().manual_seed(seed)
        self.critics, self.actor = steps.start(torch.tensor(steps.settings.start_temperature, device=device).log())
        self._made_of, self._samples, self._actor_metrics = steps.made_of(), steps.samples, steps.actor_metrics
        self._policy_buffers, self._critic_buffers = steps.buffers()  # they change in place
        self._target_steps: tuple[TensorFunction, TensorFunction] = (steps.target_step,) * 2  # a thread's own each
        self._critic_step: TensorFunction = steps.critic_step
        self._actor_step: TensorFunction = steps.actor_step
        self._second_thread: SecondThread | None = None

    def compile(self, batch_size: int, *, parallel: bool = False) -> None:
        """Turn all steps into machine code for batches of this size; RuntimeError where it cannot be done.

        parallel: compute the policy's steps, and some of the targets, on a second core, which changes no byte.
        """
        batch = self._moved(self.steps.empty_batch(batch_size, self.critic.normalizer.mean.shape[0]))
        rows = len(batch.reward)
        latents = [torch.zeros(count * rows, self.policy.width, device=self._device) for count in self._samples]
        on_cpu = self._device.type == "cpu"
        turn_into_code = partial(compile_ahead, made_of=self._made_of) if on_cpu else compile_on_device
        first, second = (turn_into_code(step, self._target_inputs(batch, latents[0])) for step in self._target_steps)
        critic_step = turn_into_code(self._critic_step, self._critic_inputs(self.critics, batch, batch.reward))
        actor_step = turn_into_code(self._actor_step, self._actor_inputs(self.actor, batch, latents[1]))
        self._target_steps, self._critic_step, self._actor_step = (first, second), critic_step, actor_step
        self._second_thread = SecondThread() if parallel and on_cpu else None

    def acting_policy(self) -> CollectingPolicy:
        """A copy of the policy that collects with the weights of the last `publish`."""
        return self._collecting

    def publish(self) -> None:
        """Copy the newest weights and statistics to the acting policy."""
        self._acting_vector.copy_(self.actor.policy)
        for own, newest in zip(self._acting.normalizer.buffers(), self.policy.normalizer.buffers(), strict=True):
            own.copy_(newest)
        if self._set is not None and isinstance(self._collecting, LatentActor):
            self._collecting.choices = self._set.left(int(self.actor.step))

    def observe(self, observation: Tensor) -> None:
        """Take newly collected observations into the statistics of policy and critics."""
        moved = observation.to(self._device)
        self.policy.observe(moved)
        self.critic.normalizer.observe(moved)

    def update(self, sample: BatchSource, updates: int) -> Metrics:
        """So many updates of critics, policy, temperature and target; returns the last ones' metrics.

        They come in turns of up to `TURN`. Within a turn nobody sees what the others have learnt: targets use policy,
        temperature and target critics from the turn's start, and the policy learns against the critics from there.
        """
        metrics: Metrics = {}
        turn = self._fetch(sample, min(TURN, updates))
        while turn:
            updates -= len(turn)
            targets = SharedJobs[Sequence[Tensor]]([self._target_inputs(batch, latents) for batch, latents, _ in turn])
            critic_turn = partial(self._critic_turn, turn, targets)
            actor_turn = partial(self._actor_turn, turn, targets, partial(self._fetch, sample, min(TURN, updates)))
            (self.critics, of_critics), (self.actor, of_actor, turn) = self._both(critic_turn, actor_turn)
            metrics = of_critics | of_actor
        return metrics

    def trained_policy(self) -> Trainable:
        """The policy module with the newest weights in it."""
        load_vector(self.policy, self.actor.policy)
        return self.policy

    def trained_critic(self) -> TwinCritic:
        """The critics with the newest weights in them."""
        load_vector(self.critic, self.critics.critic)
        return self.critic

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

    def _fetch(self, sample: BatchSource, updates: int) -> Turn:
        if updates == 0:
            return []
        batches = [self._moved(batch) for batch in sample(updates)]
        shape = (updates, sum(self._samples), len(batches[0].action), self.policy.width)
        latents = torch.randn(shape, generator=self._generator).to(self._device)
        following, own = (part.flatten(1, 2) for part in latents.split(self._samples, dim=1))
        if self._set is not None and self.steps.learns_from_set:
            left = self._set.left(int(self.actor.step)).to(self._device)
            own = left[torch.randint(len(left), own.shape[:-1], generator=self._generator).to(self._device)]
        return list(zip(batches, following, own, strict=True))

    def _critic_turn(self, turn: Turn, targets: SharedJobs[Sequence[Tensor]]) -> tuple[CriticState, Metrics]:
        critics, outputs = self.critics, tuple[Tensor, ...]()
        for index, (batch, _, _) in enumerate(turn):
            (soft_returns,) = targets.take(index, self._target_steps[0])
            outputs = tuple(self._critic_step(*self._critic_inputs(critics, batch, soft_returns)))
            critics = CriticState(*outputs[:CRITIC_TENSORS])
        return critics, dict(zip(CRITIC_METRICS, outputs[CRITIC_TENSORS:], strict=True))

    def _actor_turn(
        self, turn: Turn, targets: SharedJobs[Sequence[Tensor]], fetch: Callable[[], Turn]
    ) -> tuple[ActorState, Metrics, Turn]:
        """The policy's part of a turn; then the next turn is fetched, and what is left of the targets is shared."""
        actor, outputs = self.actor, tuple[Tensor, ...]()
        for batch, _, latents in turn:
            outputs = tuple(self._actor_step(*self._actor_inputs(actor, batch, latents)))
            actor = ActorState(*outputs[:ACTOR_TENSORS])
        following = fetch()
        targets.help(self._target_steps[1])
        return actor, dict(zip(self._actor_metrics, outputs[ACTOR_TENSORS:], strict=True)), following

    def _both(self, first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
        """Both results, the second computed beside the first where there is a core for it."""
        if self._second_thread is None:
            return first(), second()
        self._second_thread.start(second)
        try:
            result = first()
        finally:
            other = self._second_thread.result()
        return result, other

    def _moved(self, batch: Batch) -> Batch:
        """The batch where updates are computed."""
        return type(batch)(*(tensor.to(self._device) for tensor in batch.tensors()))

    def _target_inputs(self, batch: Batch, latents: Tensor) -> tuple[Tensor, ...]:
        learnt = (self.critics.target, self.actor.policy, self.actor.log_temperature)
        return (*learnt, *self.steps.target_inputs(batch), latents, *self._policy_buffers, *self._critic_buffers)

    def _critic_inputs(self, critics: CriticState, batch: Batch, soft_returns: Tensor) -> tuple[Tensor, ...]:
        return (*critics, soft_returns, *self.steps.critic_inputs(batch), *self._critic_buffers)

    def _actor_inputs(self, actor: ActorState, batch: Batch, latents: Tensor) -> tuple[Tensor, ...]:
        buffers = (*self._policy_buffers, *self._critic_buffers)
        return (*actor, self.critics.critic, *self.steps.actor_inputs(batch), latents, *buffers)
