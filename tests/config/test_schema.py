"""The recipe's schema: defaults, limits and the checks across sections."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from skillkit.config.schema import (
    PolicyConfig,
    Recipe,
    RewardConfig,
    TrainingConfig,
    WorldConfig,
)


def test_a_name_is_enough() -> None:
    recipe = Recipe(name="ant_open")
    assert (recipe.world.body, recipe.world.task, recipe.base) == ("ant", "open", None)
    assert (recipe.policy.hidden, recipe.algorithm.discount, recipe.training.steps) == (
        (128, 128),
        0.99,
        500_000,
    )


def test_a_recipe_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Recipe(name="a").training.seed = 1


@pytest.mark.parametrize(
    ("section", "key", "value", "read"),
    [
        (TrainingConfig, "steps", 1e6, 1_000_000),
        (TrainingConfig, "steps", 10**12, 10**12),
        (TrainingConfig, "seed", 2**63 - 1, 2**63 - 1),
        (TrainingConfig, "warmup_transitions", 0, 0),
        (TrainingConfig, "device", "cuda:1", "cuda:1"),
        (WorldConfig, "goal", 2, "2"),
        (WorldConfig, "goal", "random", "random"),
        (WorldConfig, "num_worlds", 4096, 4096),
        (WorldConfig, "count", 2, 2),
        (WorldConfig, "count", 0, 0),  # the task refuses it
        (WorldConfig, "box_mass", 5, 5.0),
        (PolicyConfig, "hidden", [64, 32.0], (64, 32)),
        (PolicyConfig, "groups", ["joint_pos", "gravity"], ("joint_pos", "gravity")),
    ],
)
def test_accepted(section: Any, key: str, value: object, read: object) -> None:
    assert getattr(section.model_validate({key: value}), key) == read


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        (TrainingConfig, "steps", True),
        (TrainingConfig, "steps", "5"),
        (TrainingConfig, "steps", 1.5),
        (TrainingConfig, "steps", 0),
        (TrainingConfig, "steps", 1e300),
        (TrainingConfig, "steps", float("inf")),
        (TrainingConfig, "seed", -1),
        (TrainingConfig, "seed", 2**63),
        (TrainingConfig, "replay_size", 999),
        (TrainingConfig, "compile", 1),
        (TrainingConfig, "device", "gpu"),
        (TrainingConfig, "device", "cpu\n"),
        (WorldConfig, "goal", True),
        (WorldConfig, "count", 1e300),
        (WorldConfig, "count", 1.5),
        (WorldConfig, "box_mass", 0),
        (WorldConfig, "goal", ""),
        (WorldConfig, "num_worlds", 4097),
        (WorldConfig, "threads", 0),
        (WorldConfig, "task", ""),
        (PolicyConfig, "hidden", []),
        (PolicyConfig, "hidden", 64),
        (PolicyConfig, "hidden", [64, True]),
        (PolicyConfig, "groups", ["gravity", "gravity"]),
        (PolicyConfig, "couplings", 33),
        (PolicyConfig, "log_scale_limit", 0),
        (PolicyConfig, "components", 0),
        (PolicyConfig, "components", 65),
        (PolicyConfig, "latent_draw", "never"),
    ],
)
def test_refused(section: Any, key: str, value: object) -> None:
    with pytest.raises(ValidationError):
        section.model_validate({key: value})


@pytest.mark.parametrize("name", ["", "Ant", "_ant", "ant open", "ant-open", "ant\n", "../ant", "a" * 101])
def test_refused_names(name: str) -> None:
    with pytest.raises(ValidationError):
        Recipe(name=name)


def test_a_bare_number_is_a_reward_weight() -> None:
    world = WorldConfig.model_validate({"rewards": {"progress": 2, "alive": {"window": 0.5}}})
    assert world.rewards == {"progress": RewardConfig(weight=2.0), "alive": RewardConfig(window=0.5)}


@pytest.mark.parametrize("reward", [True, "2", None, {"window": 0}, {"weight": float("inf")}, [1]])
def test_refused_rewards(reward: object) -> None:
    with pytest.raises(ValidationError):
        WorldConfig.model_validate({"rewards": {"progress": reward}})


def test_a_gymnasium_task_has_no_body() -> None:
    world = WorldConfig(task="gym:Pendulum-v1")
    assert world.is_gym
    assert world.body is None
    assert WorldConfig.model_validate(world.model_dump()) == world


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"world": {"body": None}}, "needs a body"),
        ({"world": {"task": "gym:"}}, "names no environment"),
        ({"world": {"task": "gym:A-v1", "body": "ant"}}, "leave body out"),
        ({"world": {"task": "gym:A-v1", "goal": 1}}, "leave goal out"),
        ({"world": {"task": "gym:A-v1", "count": 0}}, "leave count out"),
        ({"world": {"task": "gym:A-v1", "episode_steps": 9}}, "leave episode_steps out"),
        ({"world": {"task": "gym:A-v1", "box_mass": 2.0}}, "leave box_mass out"),
        ({"world": {"task": "gym:A-v1", "rewards": {"alive": 1}}}, "leave rewards out"),
        ({"world": {"task": "gym:A-v1"}, "base": "ant"}, "flat policies only"),
        (
            {"algorithm": {"batch_size": 1001}, "training": {"replay_size": 1000}},
            "1001 exceeds training.replay_size",
        ),
    ],
)
def test_sections_must_fit(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Recipe.model_validate({"name": "a", **data})
