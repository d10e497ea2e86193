"""The flow as an invertible map: exact inverse, exact density, bounded scales, identity at the start."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.flow import Coupling, FlowTransform
from skillkit.policies.latent_policy import LatentPolicy

OBSERVATION_WIDTH = 4
LogDensity = Callable[[LatentPolicy, Tensor, Tensor], Tensor]


def flow_policy(width: int, couplings: int, squash: bool, noise: float = 0.4) -> LatentPolicy:
    """A float64 flow policy; noise: added to every weight, which takes the map far from the identity."""
    torch.manual_seed(1000 * width + 10 * couplings + squash)
    sizes = PolicySizes("flow", (16,), couplings=couplings, embedding=8, coupling_hidden=8, log_scale_limit=2.0)
    policy = build_policy(sizes, torch.arange(OBSERVATION_WIDTH), width, squash=squash).double()
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.add_(noise * torch.randn_like(parameter))
    return policy


def inputs(width: int, count: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(width)
    shapes = ((count, OBSERVATION_WIDTH), (count, width))
    observation, latent = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes)
    return observation, latent


every_flow = pytest.mark.parametrize(
    ("width", "couplings", "squash"),
    [(width, couplings, squash) for width in (1, 2, 3, 8) for couplings in (1, 2, 3) for squash in (False, True)],
)


@pytest.mark.parametrize("width", [1, 2, 3, 8])
@pytest.mark.parametrize("couplings", [1, 2, 3])
def test_inverse_undoes_forward(width: int, couplings: int) -> None:
    transform = flow_policy(width, couplings, squash=False).transform
    observation, latent = inputs(width, 32)
    outputs, log_det = transform(observation, latent)
    again, same = transform.inverse(observation, outputs)
    assert_close(again, latent, atol=1e-9, rtol=0.0)
    assert_close(same, log_det, atol=1e-9, rtol=0.0)


@every_flow
def test_log_prob_is_the_latent_density_over_the_jacobian(width: int, couplings: int, squash: bool) -> None:
    policy = flow_policy(width, couplings, squash, noise=0.25)
    observation, latent = inputs(width, 3)
    _action, log_prob = policy(observation, latent)

    for index in range(3):

        def outputs(value: Tensor, sensed: Tensor = observation[index : index + 1]) -> Tensor:
            return policy(sensed, value[None])[0][0]

        jacobian = torch.autograd.functional.jacobian(outputs, latent[index])
        normal = -0.5 * float(latent[index].square().sum()) - 0.5 * width * math.log(2 * math.pi)
        expected = normal - float(torch.linalg.slogdet(jacobian).logabsdet)
        assert log_prob[index].item() == pytest.approx(expected, abs=1e-6)


@every_flow
def test_log_prob_of_an_action_is_that_of_the_draw(
    width: int, couplings: int, squash: bool, log_density: LogDensity
) -> None:
    policy = flow_policy(width, couplings, squash, noise=0.2)
    observation, latent = inputs(width, 32)
    action, log_prob = policy(observation, latent)
    assert_close(log_density(policy, observation, action), log_prob, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("squash", [False, True])
@pytest.mark.parametrize("width", [1, 2])
def test_density_integrates_to_one(width: int, squash: bool, log_density: LogDensity) -> None:
    policy = flow_policy(width, 3, squash, noise=0.3)
    observation, latent = inputs(width, 256)
    far = policy.transform(observation, latent)[0].detach()
    assert float((far - latent).abs().mean()) > 0.3  # the perturbed map is no identity

    # A grid on the line; where actions are bounded, its tanh: a grid on (-1, 1), finer towards the ends.
    line = torch.linspace(-14.0, 14.0, 8001 if width == 1 else 701, dtype=torch.float64)
    axis = torch.tanh(line) if squash else line
    grid = torch.cartesian_prod(*[axis] * width).reshape(-1, width)
    with torch.no_grad():
        density = log_density(policy, observation[:1].expand(len(grid), -1), grid).exp()
    integral = density.reshape([len(axis)] * width)
    for _ in range(width):
        integral = torch.trapezoid(integral, axis)
    assert float(integral) == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("width", [1, 2, 3, 8])
def test_fresh_flow_is_near_the_identity(width: int) -> None:
    policy = flow_policy(width, 3, squash=False, noise=0.0)
    observation, latent = inputs(width, 64)
    outputs, log_det = policy.transform(observation, latent)
    assert_close(outputs, latent, atol=0.1, rtol=0.0)
    assert log_det.abs().max().item() < 0.1


@pytest.mark.parametrize("width", [1, 2, 5])
def test_log_scales_stay_within_their_limit(width: int) -> None:
    torch.manual_seed(0)
    coupling = Coupling(width, embedding=3, hidden=8, log_scale_limit=1.5, odd=True)
    with torch.no_grad():
        for parameter in coupling.parameters():
            parameter.mul_(1e4)
    _, log_det = coupling(1e4 * torch.randn(16, width), 1e4 * torch.randn(16, 3))
    active = max(1, width // 2)  # an odd layer moves the smaller half, which comes first
    assert log_det.abs().max().item() <= 1.5 * active + 1e-5


@pytest.mark.parametrize("squash", [False, True])
@pytest.mark.parametrize("value", [-50.0, 50.0])
def test_extreme_latents_give_finite_numbers_and_gradients(value: float, squash: bool) -> None:
    policy = flow_policy(3, 3, squash).float()
    action, log_prob = policy(torch.full((4, OBSERVATION_WIDTH), 1e6), torch.full((4, 3), value))
    (action.sum() + log_prob.sum()).backward()
    gradients = [parameter.grad for parameter in policy.parameters() if parameter.grad is not None]
    assert gradients
    for tensor in (action, log_prob, *gradients):
        assert bool(torch.isfinite(tensor).all())


def test_couplings_take_turns_over_the_halves() -> None:
    # Three numbers: even layers pass on the first and move the other two, odd layers the other way round.
    torch.manual_seed(0)
    even, odd = (Coupling(3, 2, 8, 4.0, odd=odd) for odd in (False, True))
    values, embedding = torch.randn(5, 3), torch.randn(5, 2)
    assert (even(values, embedding)[0] == values).all(0).tolist() == [True, False, False]
    assert (odd(values, embedding)[0] == values).all(0).tolist() == [False, True, True]


def test_affine_numbers_of_one_coupling() -> None:
    # Width 1, zero weights: log scale = 2 tanh(b / 2) and shift = c are the biases alone.
    coupling = Coupling(1, embedding=1, hidden=1, log_scale_limit=2.0, odd=False)
    with torch.no_grad():
        for parameter in coupling.parameters():
            parameter.zero_()
        coupling.log_scale[-1].get_parameter("bias").fill_(1.0)
        coupling.shift[-1].get_parameter("bias").fill_(0.5)
    outputs, log_det = coupling(torch.tensor([[3.0]]), torch.zeros(1, 1))
    log_scale = 2.0 * math.tanh(0.5)
    assert log_det.item() == pytest.approx(log_scale)
    assert outputs.item() == pytest.approx(3.0 * math.exp(log_scale) + 0.5)


def test_networks_have_the_declared_sizes() -> None:
    transform = FlowTransform(5, 4, hidden=(7, 6), couplings=2, embedding=3, coupling_hidden=9, log_scale_limit=4.0)
    # 5-7-6-3, and for each coupling two networks (2 passive + 3)-9-2.
    embed = sum(fan_in * fan_out + fan_out for fan_in, fan_out in pairwise((5, 7, 6, 3)))
    affine = 5 * 9 + 9 + 9 * 2 + 2
    assert sum(parameter.numel() for parameter in transform.parameters()) == embed + 2 * 2 * affine
