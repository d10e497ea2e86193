"""Losses that the algorithms share: tensors in, loss and metrics out."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from skillkit.policies.latent_policy import standard_normal_log_prob

Metrics = dict[str, Tensor]


def critic_loss(
    values: Float[Tensor, "2 batch"], soft_returns: Float[Tensor, " batch"]
) -> tuple[Float[Tensor, ""], Metrics]:
    """Squared soft Bellman error of both critics (Haarnoja et al. 2018b, equation 5)."""
    error = (values - soft_returns).square()
    return 0.5 * error.mean(1).sum(), {"critic_loss": error.detach().mean(), "value": values.detach().mean()}


def action_divergence(
    log_prob: Float[Tensor, " batch"], action: Float[Tensor, "batch width"], gaussian_prior: bool
) -> Float[Tensor, " batch"]:
    """log pi(a) - log p(a): p is the unit Gaussian, or uniform on [-1, 1]^d up to its constant, which is left out."""
    if not gaussian_prior:
        return log_prob
    return log_prob - standard_normal_log_prob(action)
