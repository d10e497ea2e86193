"""The compiled update computes what the eager one does."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from skillkit.algorithms.compiled import TensorFunction
from skillkit.algorithms.learner import TURN, ActorCriticLearner
from skillkit.algorithms.sac.config import SacSettings
from skillkit.algorithms.sac.steps import SacSteps
from skillkit.machine import compiler
from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.critic import TwinCritic
from skillkit.policies.latent_policy import LatentActor
from skillkit.types import Batch

pytestmark = pytest.mark.skipif(compiler() is None, reason="needs a C++ compiler and Python's headers")


def learner_of(
    temperature: Any = "auto",
    *,
    squash: bool = True,
    normalize: bool = True,
    layer_norm: bool = True,
    limit: float = 4.0,
    **changes: Any,
) -> ActorCriticLearner:
    torch.manual_seed(0)
    sizes = PolicySizes("flow", (8,), couplings=1, embedding=4, coupling_hidden=4, log_scale_limit=limit)
    policy = build_policy(sizes, torch.arange(2), 2, squash=squash)
    critic = TwinCritic(2, 2, hidden=(8,), layer_norm=layer_norm, normalize=normalize)
    settings = replace(SacSettings(1e-2, 0.1, temperature, 0.5, 0.0, "uniform", 1.0), **changes)
    return ActorCriticLearner(
        policy, critic, SacSteps(policy, critic, settings), collecting=partial(LatentActor, draw="step"), seed=0
    )


def repeat(batch: Batch, count: int) -> list[Batch]:
    return [batch] * count


def train(learner: ActorCriticLearner) -> None:
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        observation, action, next_observation = torch.randn(3, 8, 2, generator=generator)
        reward = torch.randn(8, generator=generator)
        batch = Batch(observation, action.tanh(), reward, torch.full((8,), 0.9), next_observation)
        learner.observe(batch.observation)
        learner.update(partial(repeat, batch), TURN + 2)


@pytest.mark.parametrize("temperature", ["auto", 0.25])
def test_compiled_update_equals_the_eager_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temperature: Any
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    eager, compiled, parallel = (learner_of(temperature) for _ in range(3))
    compiled.compile(8)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "skillkit").iterdir()}
    parallel.compile(8, parallel=True)
    assert len(kept) == 3  # the targets', the critics' and the actor's step
    assert kept == {path: path.stat().st_mtime_ns for path in (tmp_path / "skillkit").iterdir()}
    threads: dict[str, set[str]] = {}

    def noted(name: str, step: TensorFunction, pause: float = 0.0) -> TensorFunction:
        def noting(*tensors: torch.Tensor) -> Any:
            threads.setdefault(name, set()).add(threading.current_thread().name)
            time.sleep(pause)
            return step(*tensors)

        return noting

    first, second = parallel._target_steps
    parallel._target_steps = noted("targets", first), noted("targets", second)
    parallel._critic_step = noted("critics", parallel._critic_step, pause=0.02)  # so that the other thread helps
    parallel._actor_step = noted("policy", parallel._actor_step)
    for learner in (eager, compiled, parallel):
        train(learner)
    own = threading.current_thread().name
    assert threads == {"targets": {own, "beside"}, "critics": {own}, "policy": {"beside"}}
    for one, other, same in zip(
        (*eager.critics, *eager.actor),
        (*compiled.critics, *compiled.actor),
        (*parallel.critics, *parallel.actor),
        strict=True,
    ):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)
        assert torch.equal(other, same)


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 3e-2},
        {"target_smoothing": 0.3},
        {"action_prior": "gaussian"},
        {"reward_scale": 5.0},
        {"divergence_target": 2.0},
        {"temperature": 0.25},
        {"squash": False},
        {"normalize": False},
        {"layer_norm": False},
        {"limit": 0.5},
    ],
    ids=str,
)
def test_every_setting_has_machine_code_of_its_own(changes: dict[str, Any]) -> None:
    # The key in the cache is made of this description; a setting that it leaves out would be served another's library.
    assert repr(learner_of()._made_of) == repr(learner_of()._made_of)
    assert repr(learner_of()._made_of) != repr(learner_of(**changes)._made_of)
