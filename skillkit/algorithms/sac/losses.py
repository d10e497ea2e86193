"""The losses of soft actor-critic: tensors in, loss and metrics out."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from skillkit.algorithms.losses import Metrics


def soft_return(
    next_values: Float[Tensor, "2 batch"],
    next_divergence: Float[Tensor, " batch"],
    reward: Float[Tensor, " batch"],
    discount: Float[Tensor, " batch"],
    temperature: Float[Tensor, ""],
    highest: Float[Tensor, ""] | None,
) -> Float[Tensor, " batch"]:
    """What the critics should have said: reward and discounted soft value (Haarnoja et al. 2018b, equations 3 and 5).

    next_divergence: log pi - log prior of the next action; discount: gamma^duration, 0 where the episode terminated;
    highest: what no action can be worth, which cuts off what bootstrapping adds (Andrychowicz et al. 2017, appendix A),
    None where it is not known. It bounds expectations, so the sampled divergence is left out of the cut.
    """
    values = next_values.min(0).values
    values = values if highest is None else values.minimum(highest)
    return reward + discount * (values - temperature * next_divergence)


def actor_loss(
    values: Float[Tensor, "2 batch"],
    divergence: Float[Tensor, " batch"],
    temperature: Float[Tensor, ""],
    weights: Float[Tensor, " batch"] | None = None,
) -> tuple[Float[Tensor, ""], Metrics]:
    """Divergence from the Boltzmann policy of the smaller critic (Haarnoja et al. 2018b, equation 7).

    weights: of actions that stand for more or less than one draw, with a mean of 1.
    """
    loss = expectation(temperature * divergence - values.min(0).values, weights)
    return loss, {"actor_loss": loss.detach(), "divergence": expectation(divergence, weights).detach()}


def expectation(values: Float[Tensor, " batch"], weights: Float[Tensor, " batch"] | None) -> Float[Tensor, ""]:
    """Their mean, weighted where there are weights, whose own mean is 1."""
    return values.mean() if weights is None else (weights * values).mean()
