"""The low level of a hierarchy: a Gaussian over motor commands, given what the body senses and a latent."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.gaussian import GaussianTransform, soft_log_std
from skillkit.policies.latent_policy import LatentPolicy
from skillkit.policies.networks import mlp, repeated
from skillkit.policies.normalizer import Normalizer


class LowLevel(nn.Module):
    """u = mean(x, z) + std(x, z) * noise, then tanh; the latent z, any number of them, comes from a level above.

    columns: which columns of the world's flat observation it sees.
    """

    columns: Tensor

    def __init__(
        self, columns: Tensor, latent_width: int, motors: int, *, hidden: Sequence[int], normalize: bool
    ) -> None:
        super().__init__()
        self.network = mlp((len(columns) + latent_width, *hidden, 2 * motors))
        self.normalizer = Normalizer(len(columns), enabled=normalize)
        self.register_buffer("columns", columns, persistent=False)
        self.latent_width, self.motors = latent_width, motors

    def observe(self, observation: Float[Tensor, "batch world_obs"]) -> None:
        """Take raw observations into the statistics."""
        self.normalizer.observe(observation[:, self.columns])

    def distribution(
        self, observation: Float[Tensor, "batch world_obs"], latent: Float[Tensor, "many latent"]
    ) -> tuple[Float[Tensor, "many motors"], Float[Tensor, "many motors"]]:
        """Mean and log standard deviation before the tanh, of latents, one or several an observation."""
        sensed = self.normalizer(observation.index_select(1, self.columns))
        mean, raw = self.network(torch.cat([repeated(sensed, len(latent)), latent], 1)).chunk(2, 1)
        return mean, soft_log_std(raw)


def to_gaussian_policy(level: LowLevel, hidden: Sequence[int]) -> LatentPolicy:
    """A level without a latent as the Gaussian policy that it is, a copy."""
    transform = GaussianTransform(len(level.columns), level.motors, hidden=hidden)
    enabled = level.normalizer.enabled
    policy = LatentPolicy(transform, level.columns, level.motors, squash=True, normalize=enabled)
    transform.network.load_state_dict(level.network.state_dict())
    policy.normalizer.load_state_dict(level.normalizer.state_dict())
    return policy


def from_gaussian_policy(policy: LatentPolicy, hidden: Sequence[int]) -> LowLevel:
    """What `to_gaussian_policy` was made of."""
    assert isinstance(policy.transform, GaussianTransform)
    enabled = policy.normalizer.enabled
    level = LowLevel(policy.columns, 0, policy.width, hidden=hidden, normalize=enabled)
    level.network.load_state_dict(policy.transform.network.state_dict())
    level.normalizer.load_state_dict(policy.normalizer.state_dict())
    return level
