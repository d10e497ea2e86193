"""The compiled update of soft Q-learning computes what the eager one does."""

from __future__ import annotations

from functools import partial
from pathlib import Path

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


def test_compiled_update_equals_the_eager_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    eager, compiled, parallel = (learner_of() for _ in range(3))
    compiled.compile(8)
    parallel.compile(8, parallel=True)
    for learner in (eager, compiled, parallel):
        train(learner)
    for one, other, same in zip(
        (*eager.critics, *eager.actor),
        (*compiled.critics, *compiled.actor),
        (*parallel.critics, *parallel.actor),
        strict=True,
    ):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-3)
        assert torch.equal(other, same)
