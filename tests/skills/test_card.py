"""The card: strict about every key, type and number."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from skillkit.skills.card import SkillCard, lowest_version
from skillkit.skills.group_card import GroupCard
from skillkit.skills.skill import Skill


def document(skill: Skill) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(skill.card.model_dump(mode="json")))
    return copy


def test_a_card_survives_json(tower_skill: Skill) -> None:
    assert SkillCard.model_validate(document(tower_skill)) == tower_skill.card


def test_a_stacked_card_says_it_all(tower_skill: Skill) -> None:
    card = tower_skill.card
    bottom, middle, top = card.layers
    assert [layer.hold for layer in card.layers] == [1, 2, 3]
    assert bottom.action_names == ["roll", "turn"]
    assert bottom.action_bounded
    assert middle.action_names == top.action_names == ["latent_0", "latent_1"]
    assert not middle.action_bounded
    assert not top.action_bounded
    assert [group.name for group in bottom.groups] == ["body_velocity", "turn_rate", "roll_rate"]
    assert {group.name for group in top.groups} == {group.name for group in bottom.groups} | {
        "heading",
        "position",
        "target_ego",
    }
    assert card.world.goals == [[3.0, -3.0], [3.0, 3.0], [6.0, 0.0]]
    assert (card.world.task, card.world.goal, card.world.goal_radius) == ("maze", "0", 1.0)
    assert [(term.name, term.weight, term.window) for term in card.world.rewards] == [
        ("goal-reached", 1000.0, None),
        ("given-up", 100.0, None),
    ]
    assert card.world.fingerprint is not None
    assert card.world.fingerprint.motors == ["roll", "turn"]
    assert card.training.recipe["policy"]["hold"] == 3


def test_a_window_is_kept_for_the_reward_that_has_one(ball_skill: Skill) -> None:
    terms = [(term.name, term.window) for term in ball_skill.card.world.rewards]
    assert terms == [("displacement-norm", 4.0)]


@pytest.mark.parametrize("width", [0, -1, 100_001, 2.0, "2", True, None])
def test_widths_are_whole_positive_numbers(width: object) -> None:
    with pytest.raises(ValidationError):
        GroupCard.model_validate({"name": "x", "width": width, "unit": "1"})


def test_unknown_keys_and_numbers_that_are_none_are_refused(ball_skill: Skill) -> None:
    changes: list[dict[str, Any]] = [{"extra": 1}, {"score": {"return": float("nan")}}, {"format_version": 4}]
    for change in [*changes, {"layers": []}]:
        with pytest.raises(ValidationError):
            SkillCard.model_validate({**document(ball_skill), **change})


def test_a_version_knows_its_own_kinds_of_layer_alone(ball_skill: Skill) -> None:
    layers = [{**layer, "kind": "sampler"} for layer in document(ball_skill)["layers"]]
    changed = {**document(ball_skill), "layers": layers}
    with pytest.raises(ValidationError, match="version 1 knows not all of what is in it"):
        SkillCard.model_validate({**changed, "format_version": 1})
    assert SkillCard.model_validate({**changed, "format_version": 2}).layers[0].kind == "sampler"


def test_targets_and_boxes_of_a_world_need_version_three_and_are_absent_elsewhere(ball_skill: Skill) -> None:
    whole = document(ball_skill)
    assert not {"count", "box_mass"} & set(whole["world"])
    changed = {**whole, "world": {**whole["world"], "task": "move-box", "count": 2, "box_mass": 5.0}}
    with pytest.raises(ValidationError, match="version 2 knows not all of what is in it"):
        SkillCard.model_validate({**changed, "format_version": 2})
    card = SkillCard.model_validate({**changed, "format_version": 3})
    assert (card.world.count, card.world.box_mass) == (2, 5.0)
    assert card.model_dump(mode="json")["world"] == changed["world"]


OWN = {"name": "ball", "mjcf": "<mujoco/>", "root": "torso", "healthy": {"height": [0.1, 1.0]}}


def test_a_body_of_ones_own_is_of_version_3(ball_skill: Skill) -> None:
    whole = document(ball_skill)
    assert "own_body" not in whole["world"]
    changed = {**whole, "world": {**whole["world"], "own_body": OWN}}
    with pytest.raises(ValidationError, match="version 1 knows not all of what is in it"):
        SkillCard.model_validate(changed)
    card = SkillCard.model_validate({**changed, "format_version": 3})
    assert card.world.own_body is not None
    assert card.world.own_body.healthy.height == (0.1, 1.0)
    assert SkillCard.model_validate(json.loads(card.model_dump_json())) == card
    assert lowest_version(card.layers, card.critics, card.world) == 3


def test_a_card_is_frozen(ball_skill: Skill) -> None:
    with pytest.raises(ValidationError):
        ball_skill.card.name = "other"


@pytest.mark.parametrize("name", ["../../escaped", "", "a b", "x" * 101, "a\x00", "K\u00f6ln"])
def test_a_name_is_one_that_files_may_have(ball_skill: Skill, name: str) -> None:
    with pytest.raises(ValidationError):
        SkillCard.model_validate({**document(ball_skill), "name": name})


@pytest.mark.parametrize(
    "world",
    [
        {"body": None},
        {"body": ""},
        {"goal": ""},
        {"task": "gym:Pendulum-v1"},
        {"body": None, "task": "gym:"},
        {"body": None, "task": "gym:Pendulum-v1"},  # its rewards are still there
        {"body": None, "task": "gym:Pendulum-v1", "rewards": [], "count": 2},
        {"count": 0},
        {"box_mass": 0.0},
        {"rewards": [{"name": "alive", "weight": 1e308, "window": None}]},
        {"own_body": {**OWN, "name": "other"}},
        {"own_body": {**OWN, "mjcf": '<mujoco><include file="x"/></mujoco>'}},
    ],
    ids=str,
)
def test_a_world_is_one_that_can_be(ball_skill: Skill, world: dict[str, Any]) -> None:
    whole = document(ball_skill)
    with pytest.raises(ValidationError):
        SkillCard.model_validate({**whole, "format_version": 3, "world": {**whole["world"], **world}})
