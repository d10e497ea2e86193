"""The Gaussian mixture: several diagonal Gaussians with weights of their own, each from the observation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.critic import TwinCritic
from skillkit.policies.gaussian import soft_log_std
from skillkit.policies.latent_policy import LatentPolicy, standard_normal_log_prob, tanh_log_det
from skillkit.policies.networks import mlp


class MixtureTransform(nn.Module):
    """u = mean_k + std_k * noise; the latent's first number chooses k, the others are the noise.

    k is where the normal distribution function of that number falls among the cumulative weights, so that a standard
    normal latent draws each component by its weight. Log stds are kept as those of a Gaussian policy.
    """

    def __init__(self, observation_width: int, width: int, *, hidden: Sequence[int], components: int) -> None:
        super().__init__()
        self.components, self.width = components, width
        self.network = mlp((observation_width, *hidden, components * (1 + 2 * width)))

    def parts(
        self, observation: Float[Tensor, "batch obs"]
    ) -> tuple[
        Float[Tensor, "batch components"],
        Float[Tensor, "batch components width"],
        Float[Tensor, "batch components width"],
    ]:
        """Log weights, means and log standard deviations."""
        size = self.components * self.width
        logits, mean, raw = self.network(observation).split((self.components, size, size), -1)
        shape = (-1, self.components, self.width)
        return torch.log_softmax(logits, -1), mean.view(shape), soft_log_std(raw).view(shape)

    def forward(
        self, observation: Float[Tensor, "batch obs"], latent: Float[Tensor, "batch latent"]
    ) -> tuple[Float[Tensor, "batch width"], Float[Tensor, " batch"]]:
        """Outputs, and the latent's log density less theirs, which is log |det| where there is one component."""
        parts = log_weight, mean, log_std = self.parts(observation)
        rank = 0.5 * (1.0 + torch.erf(latent[:, :1] / math.sqrt(2.0)))
        chosen = (rank > log_weight.exp().cumsum(-1)[:, :-1]).sum(-1)[:, None, None].expand(-1, 1, self.width)
        outputs = (mean.gather(1, chosen) + log_std.gather(1, chosen).exp() * latent[:, None, 1:])[:, 0]
        return outputs, standard_normal_log_prob(latent) - self.log_density(parts, outputs[:, None])[:, 0]

    @staticmethod
    def log_density(
        parts: tuple[Tensor, Tensor, Tensor], outputs: Float[Tensor, "batch samples width"]
    ) -> Float[Tensor, "batch samples"]:
        """Log density of samples of each observation under the whole mixture."""
        log_weight, mean, log_std = (part[:, None] for part in parts)
        noise = (outputs[:, :, None] - mean) * (-log_std).exp()
        return torch.logsumexp(log_weight + standard_normal_log_prob(noise) - log_std.sum(-1), -1)


class MixturePolicy(LatentPolicy):
    """A latent policy over a mixture, whose latent is one number wider than its action."""

    transform: MixtureTransform

    def __init__(
        self, transform: MixtureTransform, columns: Tensor, width: int, *, squash: bool, normalize: bool
    ) -> None:
        super().__init__(transform, columns, width, squash=squash, normalize=normalize)
        self.width = width + 1


class MixtureComponents(nn.Module):
    """All components of a mixture at once, so that what is expected of it has a slope in the weights too.

    It shares the policy's parameters, statistics and columns, under the same names.
    """

    columns: Tensor

    def __init__(self, policy: MixturePolicy) -> None:
        super().__init__()
        self.transform, self.normalizer, self.squash = policy.transform, policy.normalizer, policy.squash
        self.register_buffer("columns", policy.columns, persistent=False)

    @property
    def count(self) -> int:
        """How many there are."""
        return self.transform.components

    def forward(
        self, observation: Float[Tensor, "batch world_obs"], latent: Float[Tensor, "batch latent"]
    ) -> tuple[Float[Tensor, "many width"], Float[Tensor, " many"], Float[Tensor, " many"]]:
        """Actions with the latent's noise, their log densities and weights, (components * batch), one after another."""
        sensed = self.normalizer(observation.index_select(1, self.columns))
        parts = log_weight, mean, log_std = self.transform.parts(sensed)
        outputs = mean + log_std.exp() * latent[:, None, 1:]
        log_prob = self.transform.log_density(parts, outputs).t().flatten()
        outputs, weight = outputs.transpose(0, 1).flatten(0, 1), log_weight.exp().t().flatten()
        if not self.squash:
            return outputs, log_prob, weight
        return torch.tanh(outputs), log_prob - tanh_log_det(outputs), weight


class BestComponent(nn.Module):
    """Acts with the mean of the component whose soft value is highest, whatever the latent (Haarnoja et al. 2018b).

    critic_columns: which columns of the world's flat observation the critics see.
    """

    def __init__(self, policy: MixturePolicy, critic: TwinCritic, critic_columns: Tensor) -> None:
        super().__init__()
        self.components, self.critic, self.critic_columns = MixtureComponents(policy), critic, critic_columns
        self.width = policy.width

    def forward(
        self, observation: Float[Tensor, "batch world_obs"], latent: Float[Tensor, "batch latent"]
    ) -> tuple[Float[Tensor, "batch width"], Float[Tensor, " batch"]]:
        """The actions and their log densities."""
        action, log_prob, _ = self.components(observation, torch.zeros_like(latent))
        values = self.critic(observation[:, self.critic_columns], action).min(0).values
        shape = (self.components.count, len(observation))
        best, rows = values.view(shape).argmax(0), torch.arange(len(observation))
        return action.view(*shape, -1)[best, rows], log_prob.view(shape)[best, rows]
