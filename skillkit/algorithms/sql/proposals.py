"""Actions drawn from their prior, from which integrals over all actions are estimated."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from skillkit.algorithms.losses import action_divergence
from skillkit.policies.latent_policy import standard_normal_log_prob


def from_prior(
    noise: Float[Tensor, "batch width"], *, bounded: bool, gaussian: bool
) -> tuple[Float[Tensor, "batch width"], Float[Tensor, " batch"]]:
    """Actions made of standard normal noise, and log q - log p of each, q being where they come from and p their prior.

    bounded: whether they are uniform on [-1, 1], or the noise itself; gaussian: whether the prior is the unit Gaussian.
    """
    if bounded:
        action = torch.erf(noise / 2.0**0.5)  # twice a normal's distribution function, less one: uniform
        log_prob = torch.full_like(noise[:, 0], -noise.shape[1] * math.log(2.0))
    else:
        action, log_prob = noise, standard_normal_log_prob(noise)
    return action, action_divergence(log_prob, action, gaussian)
