"""Skills in memory: layers asked from the top down, groups found by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from skillkit.errors import UserError
from skillkit.skills.skill import Skill, empty_policy
from skillkit.types import Float32, Group, Layout


def senses(skill: Skill, count: int) -> dict[str, Float32]:
    rng = np.random.default_rng(3)
    return {group.name: rng.standard_normal((count, group.width)).astype(np.float32) for group in skill.groups}


def test_one_moment_is_a_row_of_a_batch(maze_skill: Skill) -> None:
    groups = senses(maze_skill, 4)
    latents = np.random.default_rng(0).standard_normal((4, 2)).astype(np.float32)
    batch = maze_skill.act(groups, latents)
    assert batch.shape == (4, 2)
    assert batch.dtype == np.float32
    for row in range(4):
        single = maze_skill.act({name: value[row] for name, value in groups.items()}, latents[row])
        assert single.shape == (2,)
        assert single == pytest.approx(batch[row], abs=1e-6)


def test_three_levels_are_three_policies_from_the_top_down(tower_skill: Skill) -> None:
    groups, latent = senses(tower_skill, 5), np.random.default_rng(1).standard_normal((5, 2)).astype(np.float32)
    signal = torch.from_numpy(latent)
    for layer in tower_skill.layers[::-1]:
        sensed = np.concatenate([groups[group.name] for group in layer.card.groups], axis=1)
        outputs, _ = layer.policy.transform(layer.policy.normalizer(torch.from_numpy(sensed)), signal)
        signal = torch.tanh(outputs) if layer.card.action_bounded else outputs
    assert tower_skill.act(groups, latent) == pytest.approx(signal.detach().numpy(), abs=1e-6)
    assert np.abs(tower_skill.act(groups, latent)).max() <= 1.0


def test_lists_and_doubles_will_do(ball_skill: Skill) -> None:
    plain: dict[str, Any] = {"body_velocity": [0.5, 0.0], "turn_rate": [0.25], "roll_rate": [2.0]}
    doubles = {name: np.array(value, np.float64) for name, value in plain.items()}
    assert np.array_equal(ball_skill.act(plain, [0.5, -1.0]), ball_skill.act(doubles, np.array([0.5, -1.0])))  # type: ignore[arg-type]


def test_groups_that_no_layer_sees_are_ignored(ball_skill: Skill) -> None:
    groups = senses(ball_skill, 1)
    latent = np.zeros((1, 2), np.float32)
    assert np.array_equal(ball_skill.act({**groups, "moon": np.ones((9, 9))}, latent), ball_skill.act(groups, latent))


def test_what_does_not_fit_is_said(maze_skill: Skill) -> None:
    groups, latent = senses(maze_skill, 2), np.zeros((2, 2), np.float32)
    with pytest.raises(UserError, match=r"'target_ego' \(2 numbers\), got none"):
        maze_skill.act({name: value for name, value in groups.items() if name != "target_ego"}, latent)
    with pytest.raises(UserError, match=r"'position' must have shape \(2, 2\), got \(2, 3\)"):
        maze_skill.act({**groups, "position": np.zeros((2, 3))}, latent)
    with pytest.raises(UserError, match=r"must have shape \(2, 2\), got \(3, 2\)"):
        maze_skill.act({**groups, "position": np.zeros((3, 2))}, latent)
    with pytest.raises(UserError, match="latent has 2 numbers, got 3"):
        maze_skill.act(groups, np.zeros(3))


def test_groups_are_listed_once(tower_skill: Skill) -> None:
    assert [group.name for group in tower_skill.groups] == [
        "body_velocity",
        "turn_rate",
        "roll_rate",
        "heading",
        "position",
        "target_ego",
    ]
    assert tower_skill.latent_width == 2
    assert [layer.hold for layer in tower_skill.layers] == [1, 2, 3]


def test_a_bound_layer_finds_its_groups_among_others(ball_skill: Skill) -> None:
    layer = ball_skill.layers[0]
    velocity, turn, roll = layer.layout.groups
    bound = layer.bind(Layout((roll, Group("new", 3, "m"), velocity, Group("newer", 1, "1"), turn)))
    assert bound.columns.tolist() == [4, 5, 7, 0]
    assert bound.latent_width == 2
    groups, latent = senses(ball_skill, 3), np.ones((3, 2), np.float32)
    noise = np.full((3, 3), 99.0, np.float32)
    observation = np.concatenate(
        [groups["roll_rate"], noise, groups["body_velocity"], noise[:, :1], groups["turn_rate"]], axis=1
    )
    assert np.array_equal(bound.act(observation, latent), ball_skill.act(groups, latent))


def test_a_layer_does_not_bind_where_a_group_is_absent(ball_skill: Skill) -> None:
    with pytest.raises(KeyError, match="body_velocity"):
        ball_skill.layers[0].bind(Layout((Group("position", 2, "m"),)))


def test_an_empty_policy_takes_no_memory(ball_skill: Skill) -> None:
    card = ball_skill.card.layers[0].model_copy(update={"hidden": [8192, 8192]})
    assert all(parameter.is_meta for parameter in empty_policy(card).parameters())
