"""Trainings that must have learnt something; minutes each, run by `make test-learning`."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from skillkit.build import known_names
from skillkit.config.recipes import changed_recipe, find_recipe
from skillkit.experiments.evaluate import evaluate
from skillkit.experiments.recipes import pretrain_recipe
from skillkit.experiments.train import train

pytestmark = pytest.mark.learning
CONSOLE = Console(stderr=True)


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_second_level_on_the_ball_solves_the_sparse_maze(seed: int) -> None:
    flags = {"training.seed": seed}
    skill = changed_recipe(find_recipe("ball_loco"), flags, (), known_names())
    base = train(skill, Path("base.safetensors"), force=False, console=CONSOLE).skill
    spread = evaluate(str(base), seed=5).report
    assert spread.net_displacement_median is not None
    assert spread.mean_speed is not None
    assert spread.mean_speed >= 0.8
    assert spread.net_displacement_median >= 1.0
    stacked = changed_recipe(find_recipe("ball_maze"), flags | {"base": str(base)}, (), known_names())
    top = train(stacked, Path("top.safetensors"), force=False, console=CONSOLE).skill
    assert (evaluate(str(top), episodes=50, seed=5).report.success_rate or 0.0) >= 0.9


@pytest.mark.parametrize("prior", ["ar1", "learned-ar", "distral"])
def test_what_is_held_to_a_default_policy_goes_to_a_target(prior: str) -> None:
    flags = {"training.steps": 80_000, "world.count": 1, "algorithm.action_prior": prior}
    recipe = changed_recipe(find_recipe("ball_goto"), flags, (), known_names())
    skill = train(recipe, Path("goto.safetensors"), force=False, console=CONSOLE).skill
    assert (evaluate(str(skill), episodes=50, seed=5).report.success_rate or 0.0) >= 0.8


@pytest.mark.parametrize("policy", ["flow", "gaussian"])
def test_a_flat_policy_swings_the_pendulum_up(policy: str) -> None:
    flags = {
        "world.task": "gym:Pendulum-v1",
        "policy.kind": policy,
        "training.steps": 12_000,
        "algorithm.learning_rate": 1e-3,
        "world.num_worlds": 4,
    }
    recipe = pretrain_recipe(None, flags, [])
    skill = train(recipe, Path("pendulum.safetensors"), force=False, console=CONSOLE).skill
    assert evaluate(str(skill), episodes=20, seed=5).report.return_mean >= -250.0
