"""The three steps of an update, each against its parts called one by one."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from skillkit.algorithms.flat_parameters import load_vector
from skillkit.algorithms.sac.config import SacSettings, ValueBound
from skillkit.algorithms.sac.steps import MixtureSacSteps, SacSteps
from skillkit.algorithms.steps import ACTOR_TENSORS, CRITIC_TENSORS, ActorState, CriticState
from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.critic import TwinCritic
from skillkit.policies.mixture import MixturePolicy


def parts() -> tuple[SacSteps, torch.nn.Module, TwinCritic]:
    torch.manual_seed(0)
    sizes = PolicySizes("flow", (8,), couplings=1, embedding=4, coupling_hidden=4)
    policy = build_policy(sizes, torch.arange(2), 2, squash=True)
    critic = TwinCritic(2, 2, hidden=(8,), layer_norm=True, normalize=True)
    settings = SacSettings(1e-2, 0.25, 0.5, 0.5, 0.0, "uniform", 3.0)
    return SacSteps(policy, critic, settings), policy, critic


def test_the_targets_are_scaled_reward_and_discounted_soft_value() -> None:
    steps, policy, critic = parts()
    critics, actor = steps.start(torch.tensor(0.5).log())
    reward, discount = torch.tensor([1.0, -2.0, 0.5]), torch.tensor([0.9, 0.0, 0.729])
    observation, noise = torch.randn(2, 3, 2)
    buffers = [tensor for of_one in steps.buffers() for tensor in of_one]
    (found,) = steps.target_step(
        critics.target, actor.policy, actor.log_temperature, reward, discount, observation, noise, *buffers
    )
    action, log_prob = policy(observation, noise)
    soft_value = critic(observation, action).min(0).values - 0.5 * log_prob
    assert_close(found, 3.0 * reward + discount * soft_value)
    assert found[1].item() == -6.0  # after a termination nothing but the reward counts


def test_the_targets_know_what_no_action_can_be_worth() -> None:
    _, policy, critic = parts()
    settings = SacSettings(1e-2, 0.25, 0.5, 0.5, 0.0, "uniform", 3.0, ValueBound(-7.0, 2.0))
    steps = SacSteps(policy, critic, settings)
    critics, actor = steps.start(torch.tensor(0.5).log())
    observation, noise = torch.randn(2, 3, 2)
    buffers = [tensor for of_one in steps.buffers() for tensor in of_one]
    log_prob = policy(observation, noise)[1]
    for temperature in (0.5, 2.0):
        level = torch.tensor(temperature)
        (found,) = steps.target_step(
            critics.target, actor.policy, level.log(), torch.zeros(3), torch.ones(3), observation, noise, *buffers
        )
        assert_close(found, -7.0 + 2.0 * level - level * log_prob)  # every value is above the bound


def test_the_critics_move_by_adam_and_their_target_a_quarter_of_the_way() -> None:
    steps, _, critic = parts()
    critics, _ = steps.start(torch.tensor(0.0))
    observation, action = torch.randn(2, 4, 2)
    soft_returns = critic(observation, action).mean(0).detach() + 10.0
    outputs = steps.critic_step(*critics, soft_returns, observation, action, *steps.buffers()[1])
    after = CriticState(*outputs[:CRITIC_TENSORS])
    moved = (after.critic - critics.critic).abs()
    assert_close(moved.max(), torch.tensor(1e-2), atol=1e-5, rtol=0.0)  # Adam's first step is the learning rate
    assert_close(after.target, 0.75 * critics.target + 0.25 * after.critic)


def test_a_mixture_learns_which_component_is_worth_more_and_by_how_much() -> None:
    """For two narrow components, far apart, the loss is that of a choice: weights go to a Boltzmann distribution."""
    torch.manual_seed(0)
    policy = build_policy(PolicySizes("mixture", (8,), normalize=False, components=2), torch.arange(1), 1, squash=False)
    assert isinstance(policy, MixturePolicy)
    first, last = policy.transform.network[0], policy.transform.network[-1]
    with torch.no_grad():
        first.weight.zero_()
        first.bias.zero_()
        last.bias.copy_(torch.tensor([0.0, 0.0, -2.0, 2.0, -9.0, -9.0]))

    class Wells(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.unused = torch.nn.Parameter(torch.zeros(1))

        def forward(self, observation: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
            a = action[:, 0]  # two equal wells, the right one 1 higher
            return (0.5 * a.sign() - 50.0 * (a.abs() - 2.0).square()).expand(2, -1)

    steps = MixtureSacSteps(policy, Wells(), SacSettings(0.02, 0.25, 0.5, 0.5, 0.0, "uniform", 1.0))
    _, state = steps.start(torch.tensor(0.5).log())
    weight = policy.transform.parts(torch.zeros(1, 1))[0]
    assert_close(weight.exp(), torch.tensor([[0.5, 0.5]]))
    for _ in range(800):
        outputs = steps.actor_step(*state, torch.zeros(1), torch.zeros(16, 1), torch.randn(16, 2), *steps.buffers()[0])
        state = ActorState(*outputs[:ACTOR_TENSORS])
    load_vector(policy, state.policy)
    log_weight, mean, _ = policy.transform.parts(torch.zeros(1, 1))
    assert_close(mean[0, :, 0], torch.tensor([-2.0, 2.0]), atol=0.2, rtol=0.0)
    assert (log_weight[0, 1] - log_weight[0, 0]).item() == pytest.approx(1.0 / 0.5, abs=0.1)
