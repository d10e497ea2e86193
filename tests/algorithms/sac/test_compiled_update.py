"""The compiled update computes what the eager one does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
import torch

from skillkit.algorithms.critic import TwinCritic
from skillkit.algorithms.sac.config import SacSettings
from skillkit.algorithms.sac.learner import SacLearner
from skillkit.policies import PolicySizes, build_policy
from skillkit.types import Batch

SETTINGS = SacSettings(
    learning_rate=1e-2,
    target_smoothing=0.1,
    temperature="auto",
    initial_temperature=0.5,
    divergence_target=0.0,
    action_prior="uniform",
    reward_scale=1.0,
)


def learner_of(compile_update: bool) -> SacLearner:
    torch.manual_seed(0)
    sizes = PolicySizes("flow", (8,), couplings=1, embedding=4, coupling_hidden=4)
    policy = build_policy(sizes, torch.arange(2), 2, squash=True)
    critic = TwinCritic(2, 2, hidden=(8,), layer_norm=True, normalize=True)
    return SacLearner(policy, critic, SETTINGS, draw="step", seed=0, compile_update=compile_update)


def largest_difference() -> float:
    """Over all tensors that three updates leave behind."""
    learners = [learner_of(compile_update) for compile_update in (False, True)]
    learners[1].warm_up(8)
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        observation, action, next_observation = torch.randn(3, 8, 2, generator=generator)
        reward = torch.randn(8, generator=generator)
        batch = Batch(observation, action.tanh(), reward, torch.full((8,), 0.9), next_observation)
        for learner in learners:
            learner.observe(batch.observation)
            learner.update(batch)
    eager, compiled = (learner.state for learner in learners)
    names = ("policy", "critic", "target", "log_temperature")
    return max(float((getattr(eager, name) - getattr(compiled, name)).abs().max()) for name in names)


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs g++")
def test_compiled_update_equals_the_eager_one() -> None:
    # In a process of its own: the shape checks that tests run under cannot be traced.
    environment = os.environ | {"JAXTYPING_DISABLE": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert found.returncode == 0, found.stderr
    assert float(found.stdout.splitlines()[-1]) < 1e-4


if __name__ == "__main__":
    print(largest_difference())
