"""Composed soft Q-functions: the bounds that hold for them, and a policy drawn out of one."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from skillkit.algorithms.sql.config import SqlSettings
from skillkit.algorithms.sql.extraction import disagreement, extract, soft_values
from skillkit.machine import compiler
from skillkit.policies import PolicySizes, build_policy

GAMMA = 0.9


class Tilt(nn.Module):
    """Q(s, a) = 2 s a; its one parameter is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, observation: Tensor, action: Tensor) -> Tensor:
        return (2.0 * action[:, 0].view(-1, len(observation)) * observation[:, 0]).reshape(1, -1)


def mdp(seed: int) -> tuple[Tensor, Tensor]:
    """Transitions (4, 3, 4) and two rewards (2, 4, 3)."""
    generator = torch.Generator().manual_seed(seed)
    transitions = torch.rand(4, 3, 4, generator=generator, dtype=torch.float64) ** 3
    rewards = torch.randn(2, 4, 3, generator=generator, dtype=torch.float64)
    return transitions / transitions.sum(-1, keepdim=True), rewards


def value(q: Tensor, temperature: float) -> Tensor:
    return temperature * torch.logsumexp(q / temperature, -1)


def fixed_point(update: object) -> Tensor:
    found = torch.zeros(4, 3, dtype=torch.float64)
    for _ in range(600):
        found = update(found)  # type: ignore[operator]
    return found


@pytest.mark.parametrize("temperature", [1.0, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_the_mean_of_soft_q_functions_is_bounded_by_the_disagreement(seed: int, temperature: float) -> None:
    transitions, rewards = mdp(seed)

    def optimal(reward: Tensor) -> Tensor:
        return fixed_point(lambda q: reward + GAMMA * transitions @ value(q, temperature))

    first, second, best = optimal(rewards[0]), optimal(rewards[1]), optimal(rewards.mean(0))
    mean = (first + second) / 2.0
    values = torch.stack([value(first, temperature), value(second, temperature)])
    half = torch.tensor([0.5, 0.5], dtype=torch.float64)
    renyi = disagreement(values, half, value(mean, temperature), temperature)
    policies = [torch.softmax(q / temperature, -1) for q in (first, second)]
    torch.testing.assert_close(renyi, -2.0 * (policies[0] * policies[1]).sqrt().sum(-1).log())  # its definition
    # Equations 6.3 and 6.4, with half the divergence, which is what their proof needs of a mean.
    gap = fixed_point(lambda c: GAMMA * transitions @ (temperature * renyi / 2.0 + c.max(-1).values))
    assert bool((mean >= best - 1e-9).all())
    assert bool((best >= mean - gap - 1e-9).all())
    # Equations 6.5 and 6.6: the value of the policy that follows the mean.
    followed = torch.softmax(mean / temperature, -1)
    reached = fixed_point(
        lambda q: rewards.mean(0) + GAMMA * transitions @ (followed * (q - temperature * followed.log())).sum(-1)
    )
    regret = fixed_point(lambda d: GAMMA * transitions @ (followed * (gap + d)).sum(-1))
    assert bool((reached >= best - regret - 1e-9).all())


def test_constituents_that_agree_do_not_disagree() -> None:
    values = torch.tensor([[3.0, 1.0], [3.0, 1.0], [3.0, 1.0]])
    assert disagreement(values, torch.tensor([0.2, 0.3, 0.5]), values[0], 0.5).tolist() == pytest.approx([0.0, 0.0])


def test_soft_values_of_many_states() -> None:
    # Uniform actions on [-1, 1]: V(s) = T log of the integral of exp(2 s a / T) = T log(T / s sinh(2 s / T)).
    action = torch.linspace(-1.0, 1.0, 4001)[:, None]
    found = soft_values(Tilt(), torch.tensor([[1.0], [-0.5]]), action, torch.full((4001,), -math.log(2.0)), 0.7)
    expected = [0.7 * math.log(0.7 / s * math.sinh(2.0 * s / 0.7)) for s in (1.0, 0.5)]
    assert found.tolist() == pytest.approx(expected, abs=5e-3)


COMPILED = pytest.param(True, marks=pytest.mark.skipif(compiler() is None, reason="needs a C++ compiler"))


@pytest.mark.parametrize("compiled", [False, COMPILED])
def test_a_policy_is_drawn_in_every_state(compiled: bool) -> None:
    # The density exp(2 s a) on [-1, 1] has the mean coth(2 s) - 1 / (2 s).
    torch.manual_seed(0)
    policy = build_policy(PolicySizes("sampler", (32, 32), normalize=False), torch.arange(1), 1, squash=True)
    settings = SqlSettings(3e-3, 1.0, "uniform", 1.0, 1, 1, 16, "prior")
    observation, done = torch.linspace(-2.0, 2.0, 101)[:, None], []
    extract(
        policy,
        Tilt(),
        settings,
        observation,
        updates=600,
        batch_size=32,
        seed=0,
        compiled=compiled,
        progress=done.append,
    )
    assert done == list(range(1, 601))
    for state in (-1.5, 0.5, 1.5):
        with torch.no_grad():
            action, _ = policy(torch.full((4000, 1), state), torch.randn(4000, 1))
        assert action.mean().item() == pytest.approx(1.0 / math.tanh(2.0 * state) - 1.0 / (2.0 * state), abs=0.06)
