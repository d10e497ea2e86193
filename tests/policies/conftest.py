"""What the tests of invertible policies share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from skillkit.policies.latent_policy import LatentPolicy, OutputDensity, tanh_log_det


@pytest.fixture
def log_density() -> Callable[[LatentPolicy, Tensor, Tensor], Tensor]:
    """The log density of actions under a policy, from the density of its outputs and the tanh's determinant."""

    def of(policy: LatentPolicy, observation: Tensor, action: Tensor) -> Tensor:
        outputs = torch.atanh(action) if policy.squash else action
        density: Tensor = OutputDensity(policy)(observation, outputs)
        return density - tanh_log_det(outputs) if policy.squash else density

    return of
