"""A policy drawn out of soft Q-functions that are known, offline: nothing is collected and no value is learnt."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.algorithms.compiled import compile_ahead
from skillkit.algorithms.flat_parameters import load_vector
from skillkit.algorithms.sql.config import SqlSettings
from skillkit.algorithms.sql.losses import soft_value
from skillkit.algorithms.sql.steps import SqlSteps
from skillkit.algorithms.steps import ACTOR_TENSORS, ActorState
from skillkit.policies import AnyLatentPolicy

MANY = 256  # actions that a soft value is estimated from where it is only looked at


def extract(
    policy: AnyLatentPolicy,
    critic: nn.Module,
    settings: SqlSettings,
    observation: Float[Tensor, "states obs"],
    *,
    updates: int,
    batch_size: int,
    seed: int,
    compiled: bool,
    progress: Callable[[int], None],
) -> None:
    """Train the policy to draw from exp(Q / temperature) in these states (Haarnoja 2018, section 6.3).

    progress: called with the updates made so far. Raises RuntimeError where `compiled` cannot be done.
    """
    generator = torch.Generator().manual_seed(seed)
    steps = SqlSteps(policy, critic, settings)
    critics, actor = steps.start(torch.tensor(settings.start_temperature).log())
    buffers = [tensor for of_one in steps.buffers() for tensor in of_one]
    shape = (steps.samples[1] * batch_size, policy.width)
    step = steps.actor_step
    if compiled:
        example = (*actor, critics.critic, observation[:1].repeat(batch_size, 1), torch.zeros(shape), *buffers)
        step = compile_ahead(step, example, made_of=steps.made_of())  # type: ignore[assignment]
    for update in range(updates):
        rows = torch.randint(len(observation), (batch_size,), generator=generator)
        latents = torch.randn(shape, generator=generator)
        outputs = step(*actor, critics.critic, observation[rows], latents, *buffers)
        actor = ActorState(*outputs[:ACTOR_TENSORS])
        progress(update + 1)
    load_vector(policy, actor.policy)


@torch.no_grad()
def soft_values(
    critic: nn.Module,
    observation: Float[Tensor, "states obs"],
    action: Float[Tensor, "samples action"],
    divergence: Float[Tensor, " samples"],
    temperature: float,
) -> Float[Tensor, " states"]:
    """The soft value of each state, from the same actions everywhere. divergence: log q - log p of each action."""
    count, states = len(action), len(observation)
    values = critic(observation, action.repeat_interleave(states, 0)).min(0).values.view(count, states)
    return soft_value(values, divergence[:, None].expand(count, states), torch.tensor(temperature))


def disagreement(
    values: Float[Tensor, "k states"],
    weights: Float[Tensor, " k"],
    composed: Float[Tensor, " states"],
    temperature: float,
) -> Float[Tensor, " states"]:
    """2 (sum of w_i V_i - V_composed) / temperature: for two equal weights the Renyi divergence of order 1/2.

    It is that of the constituents' policies, (V_1 + V_2 - 2 V_composed) / temperature (Haarnoja 2018, equation 6.4).
    """
    return 2.0 * (weights @ values - composed) / temperature
