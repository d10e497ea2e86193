"""The compiled update of a hierarchy, and of SAC with a skill as prior, computes what the eager one does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch

from skillkit.algorithms.kl.config import KlSettings
from skillkit.algorithms.kl.steps import KlSteps
from skillkit.algorithms.learner import TURN, ActorCriticLearner
from skillkit.algorithms.sac.config import SacSettings
from skillkit.algorithms.sac.steps import SkillPriorSacSteps
from skillkit.machine import compiler
from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.critic import TwinCritic
from skillkit.policies.hierarchical import HierarchicalActor, HierarchicalPolicy
from skillkit.policies.high_level import DefaultHighLevel, HighLevel
from skillkit.policies.latent_policy import LatentActor, LatentPolicy
from skillkit.policies.low_level import LowLevel
from skillkit.types import Batch, SequenceBatch

pytestmark = pytest.mark.skipif(compiler() is None, reason="needs a C++ compiler and Python's headers")
SIZES = PolicySizes("flow", (8,), couplings=1, embedding=4, coupling_hidden=4)


def hierarchy() -> ActorCriticLearner:
    torch.manual_seed(0)
    high = HighLevel(torch.arange(2), 2, 0.9, hidden=(8,), normalize=True)
    low, default = (LowLevel(torch.arange(1), 2, 2, hidden=(8,), normalize=True) for _ in range(2))
    policy = HierarchicalPolicy(high, low, DefaultHighLevel(2, 0.9, hidden=(4,)), default, frozen=("default_low",))
    critic = TwinCritic(2, 4, hidden=(8,), layer_norm=True, normalize=True)
    settings = KlSettings(1e-2, 1.0, "auto", 0.1, 0.5, 1e-3, 2, 0.9, 3, 5.0)
    return ActorCriticLearner(
        policy, critic, KlSteps(policy, critic, settings, 3), collecting=HierarchicalActor, seed=0
    )


def held_to_a_skill() -> ActorCriticLearner:
    torch.manual_seed(0)
    policy, prior = (build_policy(SIZES, torch.arange(2), 2, squash=True) for _ in range(2))
    prior.requires_grad_(False)
    critic = TwinCritic(2, 2, hidden=(8,), layer_norm=True, normalize=True)
    steps = SkillPriorSacSteps(policy, critic, SacSettings(1e-2, 0.1, "auto", 0.5, 1.0, "uniform", 1.0), prior)
    return ActorCriticLearner(policy, critic, steps, collecting=partial(LatentActor, draw="step"), seed=0)


def train(learner: ActorCriticLearner) -> None:
    generator = torch.Generator().manual_seed(0)
    rows = 24 if isinstance(learner.steps, KlSteps) else 8
    for _ in range(2):
        empty = learner.steps.empty_batch(8, 2)
        parts = {name: 0.5 * torch.randn(value.shape, generator=generator) for name, value in vars(empty).items()}
        parts |= {"discount": torch.full((rows,), 0.9), "action": parts["action"].tanh()}
        if isinstance(empty, SequenceBatch):
            parts["valid"] = (torch.rand(rows, generator=generator) > 0.2).float()
        batch: Batch = type(empty)(**parts)
        learner.observe(batch.observation)
        learner.update(lambda count, batch=batch: [batch] * count, TURN + 2)


@pytest.mark.parametrize("made", [hierarchy, held_to_a_skill])
def test_compiled_update_equals_the_eager_one(
    made: Callable[[], ActorCriticLearner], assert_compiled_equals_eager: Callable[..., None]
) -> None:
    assert_compiled_equals_eager(made, train)


def test_a_policy_that_is_its_prior_is_no_nat_from_it() -> None:
    """log pi - log(pi + e^-16), all of it in u: what is unlikely under both is cheap."""
    torch.manual_seed(0)
    policy = build_policy(SIZES, torch.arange(2), 2, squash=True)
    critic = TwinCritic(2, 2, hidden=(8,), layer_norm=True, normalize=True)
    settings = SacSettings(1e-2, 0.1, "auto", 0.5, 1.0, "uniform", 1.0)
    steps = SkillPriorSacSteps(policy, critic, settings, policy)
    buffers = [*steps.buffers()[0], *steps.buffers()[1]]
    observation, noise = torch.randn(64, 2), torch.randn(64, 2)
    parameters = dict(policy.named_parameters())
    action, log_prob, divergence = steps._sample(parameters, buffers, observation, noise)
    assert torch.allclose(log_prob, policy(observation, noise)[1], atol=1e-5)
    assert torch.allclose(action, policy(observation, noise)[0], atol=1e-6)
    assert divergence.abs().max() < 1e-3


def test_what_a_prior_never_does_has_a_finite_price() -> None:
    """A prior that acts 100 away in u: its own density is nothing, the floor's e^(-8 * 2)."""
    torch.manual_seed(0)
    policy, prior = (build_policy(PolicySizes("gaussian", (8,)), torch.arange(2), 2, squash=True) for _ in range(2))
    assert isinstance(prior, LatentPolicy)
    with torch.no_grad():
        prior.transform.network[-1].bias.copy_(torch.tensor([100.0, 100.0, 0.0, 0.0]))  # type: ignore[union-attr]
    critic = TwinCritic(2, 2, hidden=(8,), layer_norm=True, normalize=True)
    settings = SacSettings(1e-2, 0.1, "auto", 0.5, 1.0, "uniform", 1.0)
    steps = SkillPriorSacSteps(policy, critic, settings, prior)
    buffers = [*steps.buffers()[0], *steps.buffers()[1]]
    observation, noise = torch.randn(4, 2), torch.randn(4, 2)
    _, _, divergence = steps._sample(dict(policy.named_parameters()), buffers, observation, noise)
    log_prob_u = policy.unsquashed()(observation, noise)[1]
    assert torch.allclose(divergence, log_prob_u + 16.0, atol=1e-4)
