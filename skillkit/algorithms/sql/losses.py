"""The estimates of soft Q-learning: soft values from sampled actions, and the direction that particles move in."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

SMALLEST_BANDWIDTH = 1e-6  # where particles coincide


def soft_value(
    values: Float[Tensor, "samples batch"], divergence: Float[Tensor, "samples batch"], temperature: Float[Tensor, ""]
) -> Float[Tensor, " batch"]:
    """alpha log E_q[exp(Q / alpha) p / q], estimated from actions of q (Haarnoja 2018, equation 3.8).

    divergence: log q - log p of each action; p is the prior of the actions, 1 on [-1, 1]^d or a unit Gaussian.
    """
    weighted = values / temperature - divergence
    return temperature * (torch.logsumexp(weighted, 0) - math.log(len(values)))


def squared_distances(
    first: Float[Tensor, "fixed batch width"], second: Float[Tensor, "moved batch width"]
) -> Float[Tensor, "fixed moved batch"]:
    """Between every particle of one half and every one of the other."""
    return (first[:, None] - second[None]).square().sum(-1)


def bandwidth(distances: Float[Tensor, "fixed moved batch"]) -> Float[Tensor, " batch"]:
    """The kernel's h: the median of a state's squared distances over log(particles + 1) (Liu and Wang 2016)."""
    flat = distances.flatten(0, 1)
    median = flat.kthvalue((len(flat) + 1) // 2, dim=0).values
    return (median / math.log(len(distances) + 1.0)).clamp_min(SMALLEST_BANDWIDTH)


def stein_direction(
    fixed: Float[Tensor, "fixed batch width"],
    score: Float[Tensor, "fixed batch width"],
    moved: Float[Tensor, "moved batch width"],
) -> Float[Tensor, "moved batch width"]:
    """Where particles go to become samples of a density (Haarnoja 2018, equation 3.11, over the temperature).

    The mean over fixed particles u of k(u, v) score(u) + grad_u k(u, v), for each moved v; k = exp(-|u - v|^2 / h).
    score: the gradient of the log density at the fixed particles, in the same coordinates as the particles.
    """
    distances = squared_distances(fixed, moved)
    width = bandwidth(distances)
    kernel = torch.exp(-distances / width)
    pulled = torch.einsum("fmb,fbw->mbw", kernel, score)
    # grad_u k = -2 / h (u - v) k, summed over u
    pushed = torch.einsum("fmb,fbw->mbw", kernel, fixed) - moved * kernel.sum(0)[..., None]
    return (pulled - 2.0 / width[:, None] * pushed) / len(fixed)
