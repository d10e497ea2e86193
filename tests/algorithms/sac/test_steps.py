"""The three steps of an update, each against its parts called one by one."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from skillkit.algorithms.sac.config import SacSettings, ValueBound
from skillkit.algorithms.sac.steps import SacSteps
from skillkit.algorithms.steps import CRITIC_TENSORS, CriticState
from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.critic import TwinCritic


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
