"""Losses that the algorithms share: tensors in, loss and metrics out."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from skillkit.policies.latent_policy import standard_normal_log_prob

Metrics = dict[str, Tensor]


def mean_of_valid(
    values: Float[Tensor, "*shape batch"], valid: Float[Tensor, " batch"] | None = None
) -> Float[Tensor, ""]:
    """The mean of those where `valid` is 1 and not 0; of all, where it is None."""
    if valid is None:
        return values.mean()
    return (values * valid).sum() / (valid.sum() * (values.numel() // valid.numel()))


def critic_loss(
    values: Float[Tensor, "2 batch"], returns: Float[Tensor, " batch"], valid: Float[Tensor, " batch"] | None = None
) -> tuple[Float[Tensor, ""], Metrics]:
    """Squared Bellman error, the mean over both critics (Haarnoja et al. 2018b, equation 5).

    returns: what they should have said, soft ones for maximum entropy.
    """
    error = mean_of_valid((values - returns).square(), valid)
    return error, {"critic_loss": error.detach(), "value": mean_of_valid(values, valid).detach()}


def action_divergence(
    log_prob: Float[Tensor, " batch"], action: Float[Tensor, "batch width"], gaussian_prior: bool
) -> Float[Tensor, " batch"]:
    """log pi(a) - log p(a): p is the unit Gaussian, or uniform on [-1, 1]^d up to its constant, which is left out."""
    if not gaussian_prior:
        return log_prob
    return log_prob - standard_normal_log_prob(action)
