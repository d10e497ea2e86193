"""The losses of KL-regularized learning: tensors in, loss and metrics out."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from skillkit.algorithms.losses import Metrics, mean_of_valid

DEFAULT_SHARE = 0.1  # of the KL cost; nothing else keeps a learnt default policy from following the policy anywhere


def retrace(
    action_value: Float[Tensor, "steps batch"],
    next_value: Float[Tensor, "steps batch"],
    reward: Float[Tensor, "steps batch"],
    discount: Float[Tensor, "steps batch"],
    log_ratio: Float[Tensor, "steps batch"],
    valid: Float[Tensor, "steps batch"],
    trace_decay: float,
) -> Float[Tensor, "steps batch"]:
    """What the critics should have said of what was done at each step of a sequence (Munos et al. 2016).

    With delta_s = r_s + gamma_s V_s+1 - Q_s and c_s = lambda min(1, rho_s),
    return_t = Q_t + sum over s >= t of (product of gamma c over t < i <= s) delta_s.
    Tirumala et al. (2020), algorithm 1, is damaged in print; this is what it means.

    action_value: target values of what was done; next_value: of the state after it, expected under the policy, its KL
    cost taken off; discount: gamma, 0 where the episode terminated; log_ratio: of the policy to the one that acted, for
    latent and command together; valid: 0 from where the sequence's episode is over.
    """
    trace = trace_decay * log_ratio.clamp(max=0.0).exp() * valid
    error = reward + discount * next_value - action_value
    correction = torch.zeros_like(reward[0])
    returns = []
    for step in reversed(range(len(reward))):
        correction = error[step] + (0.0 if step + 1 == len(reward) else discount[step] * trace[step + 1]) * correction
        returns.append(action_value[step] + correction)
    return torch.stack(returns[::-1])


def actor_loss(
    values: Float[Tensor, "2 rows"],
    high_kl: Float[Tensor, " rows"],
    low_kl: Float[Tensor, " rows"],
    default_kl: Float[Tensor, " rows"],
    entropy: Float[Tensor, " rows"],
    valid: Float[Tensor, " rows"],
    kl_cost: Float[Tensor, ""],
    entropy_cost: float,
) -> tuple[Float[Tensor, ""], Metrics]:
    """Minus the value of what is decided, with both divergences at their cost (Tirumala et al. 2020, equation 4).

    default_kl: of a learnt default policy over latents from the process that it started as, which holds it (ours).
    """
    cost = kl_cost * (high_kl + low_kl + DEFAULT_SHARE * default_kl) - entropy_cost * entropy
    loss = mean_of_valid(cost - values.mean(0), valid)
    parts = {"high_kl": high_kl, "low_kl": low_kl, "entropy": entropy}
    means = {name: mean_of_valid(part, valid).detach() for name, part in parts.items()}
    return loss, {"actor_loss": loss.detach(), **means}
