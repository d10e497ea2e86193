"""A chain's density against the change of variables worked out by automatic differentiation."""

from __future__ import annotations

import pytest
import torch

from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.chain import LatentChain
from skillkit.policies.latent_policy import standard_normal_log_prob


def chain(*kinds: str) -> LatentChain:
    torch.manual_seed(0)
    sizes = [PolicySizes(kind, (8,), embedding=4, coupling_hidden=4) for kind in kinds]
    seen = [torch.tensor([0, 1]) for _ in kinds]
    layers = [build_policy(size, seen[level], 2, squash=level == 0) for level, size in enumerate(sizes)]
    return LatentChain(layers)


@pytest.mark.parametrize("kinds", [("flow", "flow", "flow"), ("gaussian", "gaussian"), ("gaussian", "flow")])
def test_log_density_is_that_of_the_whole_map(kinds: tuple[str, ...]) -> None:
    policy = chain(*kinds)
    for parameter in policy.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    observation, latent = torch.randn(1, 2), torch.randn(1, 2)
    jacobian = torch.autograd.functional.jacobian(lambda value: policy(observation, value[None])[0][0], latent[0])
    wanted = standard_normal_log_prob(latent) - torch.linalg.slogdet(jacobian).logabsdet
    action, log_prob = policy(observation, latent)
    torch.testing.assert_close(log_prob, wanted, atol=1e-4, rtol=1e-4)
    assert bool((action.abs() < 1.0).all())


def test_statistics_of_all_layers_follow_what_is_observed_and_come_back() -> None:
    policy, other = chain("flow", "flow"), chain("flow", "flow")
    policy.observe(torch.tensor([[1.0, 2.0], [3.0, 6.0]]))
    assert [layer.normalizer.mean.tolist() for layer in policy.parts] == [[2.0, 4.0], [2.0, 4.0]]
    other.normalizer.load_state_dict(policy.normalizer.state_dict())
    assert [layer.normalizer.mean.tolist() for layer in other.parts] == [[2.0, 4.0], [2.0, 4.0]]
    names = [name for name, _ in policy.named_buffers()]
    assert len(names) == len(set(names)) == 2 * 4  # columns, mean, variance and count of each
