"""The compiled update of soft Q-learning computes what the eager one does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch

from skillkit.algorithms.learner import TURN, ActorCriticLearner
from skillkit.algorithms.sql.config import SqlSettings
from skillkit.algorithms.sql.steps import SqlSteps
from skillkit.algorithms.temperature import Annealing
from skillkit.machine import compiler
from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.critic import TwinCritic
from skillkit.policies.latent_policy import LatentActor
from skillkit.types import Batch

pytestmark = pytest.mark.skipif(compiler() is None, reason="needs a C++ compiler and Python's headers")


def learner_of() -> ActorCriticLearner:
    torch.manual_seed(0)
    sizes = PolicySizes("sampler", (8,))
    policy = build_policy(sizes, torch.arange(2), 2, squash=True)
    critic = TwinCritic(2, 2, hidden=(8,), layer_norm=True, normalize=True)
    settings = SqlSettings(1e-2, 0.5, "uniform", 1.0, 3, 4, 4, "prior", Annealing(0.1, 0.02))
    return ActorCriticLearner(
        policy, critic, SqlSteps(policy, critic, settings), collecting=partial(LatentActor, draw="step"), seed=0
    )


def train(learner: ActorCriticLearner) -> None:
    generator = torch.Generator().manual_seed(0)
    for _ in range(2):
        observation, action, next_observation = torch.randn(3, 8, 2, generator=generator)
        reward = torch.randn(8, generator=generator)
        batch = Batch(observation, action.tanh(), reward, torch.full((8,), 0.9), next_observation)
        learner.observe(batch.observation)
        learner.update(lambda count, batch=batch: [batch] * count, TURN + 2)


def test_compiled_update_equals_the_eager_one(assert_compiled_equals_eager: Callable[..., None]) -> None:
    assert_compiled_equals_eager(learner_of, train)
