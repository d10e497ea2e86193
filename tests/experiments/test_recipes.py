"""Which recipe a command means: defaults by body and task, flags over recipes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from skillkit.build import build_world, kept_cost, known_names
from skillkit.config import PolicyConfig, SacConfig, load_recipe
from skillkit.config.recipes import bundled_recipes
from skillkit.errors import UserError
from skillkit.experiments.recipes import default_output, pretrain_recipe, snake_case, stack_recipe, transfer_recipe
from skillkit.experiments.train import check_recipe
from skillkit.skills.file import save_skill
from skillkit.skills.skill import Skill


@pytest.mark.parametrize("name", bundled_recipes())
def test_every_bundled_recipe_builds(name: str) -> None:
    recipe = load_recipe(bundled_recipes()[name], known_names())
    world = build_world(recipe.world, seed=0, num_worlds=1)
    assert world.reset().shape == (1, world.layout.width)
    if recipe.base is None:
        check_recipe(recipe)


@pytest.mark.parametrize(
    ("recipe", "flags", "name", "body", "task"),
    [
        (None, {}, "ant_loco", "ant", "open"),
        (None, {"world.body": "ball"}, "ball_loco", "ball", "open"),
        (None, {"world.body": "ball", "world.task": "maze"}, "ball_maze_flat", "ball", "maze"),
        (None, {"world.task": "maze"}, "ant_maze_flat", "ant", "maze"),
        (None, {"world.task": "gym:Pendulum-v1"}, "pendulum_v1", None, "gym:Pendulum-v1"),
        ("ball_loco", {}, "ball_loco", "ball", "open"),
        ("ball_loco", {"training.seed": 5}, "ball_loco", "ball", "open"),
    ],
)
def test_pretrain_recipes(recipe: str | None, flags: dict[str, Any], name: str, body: str | None, task: str) -> None:
    found = pretrain_recipe(recipe, flags, [])
    assert (found.name, found.world.body, found.world.task) == (name, body, task)
    assert found.base is None


def test_a_gymnasium_environment_takes_over_nothing_that_is_tuned_to_a_body() -> None:
    found = pretrain_recipe(None, {"world.task": "gym:Pendulum-v1"}, [])
    assert found.algorithm == SacConfig()
    assert found.policy == PolicyConfig()


def test_another_task_brings_its_own_rewards() -> None:
    assert pretrain_recipe(None, {"world.body": "ball", "world.task": "maze"}, []).world.rewards == {}
    rewards = {"velocity-norm": {"weight": 2.0}}
    flags = {"world.body": "ball", "world.task": "maze", "world.rewards": rewards}
    assert list(pretrain_recipe(None, flags, []).world.rewards) == ["velocity-norm"]


def test_assignments_win_over_flags() -> None:
    found = pretrain_recipe("ball_loco", {"training.steps": 10}, ["training.steps=20", "name=mine"])
    assert (found.training.steps, found.name) == (20, "mine")


def test_stack_recipes(ball_file: Path) -> None:
    path, skill, recipe = stack_recipe(None, str(ball_file), {"world.task": "maze"}, [])
    assert path == ball_file
    assert skill.card.name == "ball_loco"
    assert (recipe.name, recipe.base, recipe.world.body) == ("ball_maze", str(ball_file), "ball")
    check_recipe(recipe)


def test_a_stack_without_a_recipe_of_its_own_takes_the_default_one(ball_file: Path) -> None:
    recipe = stack_recipe(None, str(ball_file), {"world.task": "open"}, [])[2]
    assert (recipe.name, recipe.world.body, recipe.world.task) == ("ball_open", "ball", "open")
    assert (recipe.world.goal, recipe.world.rewards) == (None, {})


@pytest.mark.parametrize(
    ("recipe", "with_base", "flags", "message"),
    [
        (None, False, {}, "needs --base and --task"),
        (None, True, {}, "needs --base and --task"),
        (None, False, {"world.task": "maze"}, "needs --base and --task"),
        ("ball_loco", False, {}, "the recipe 'ball_loco' has no base to stack on"),
        ("ant_maze", True, {}, "is for the body 'ant', the base 'ball_loco' moves 'ball'"),
        (None, True, {"world.task": "gym:Pendulum-v1"}, "takes flat policies only"),
        (None, True, {"world.task": "mazes"}, "unknown task 'mazes'; did you mean 'maze'?"),
    ],
)
def test_what_cannot_be_stacked(
    ball_file: Path, recipe: str | None, with_base: bool, flags: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        stack_recipe(recipe, str(ball_file) if with_base else None, flags, [])


def test_a_gymnasium_skill_moves_no_body(ball_skill: Skill, tmp_path: Path) -> None:
    changes = {"body": None, "fingerprint": None, "task": "gym:Pendulum-v1", "rewards": []}
    world = ball_skill.card.world.model_copy(update=changes)
    path = tmp_path / "pendulum.safetensors"
    save_skill(path, Skill(ball_skill.layers, ball_skill.card.model_copy(update={"world": world})))
    with pytest.raises(UserError, match="is of a Gymnasium environment"):
        stack_recipe(None, str(path), {"world.task": "maze"}, [])


def test_a_stacked_recipe_is_not_pretrained() -> None:
    with pytest.raises(UserError, match="stacks on 'ball_loco'; run it with skillkit stack"):
        pretrain_recipe("ball_maze", {}, [])


@pytest.mark.parametrize(
    ("recipe", "flags", "name"),
    [
        (None, {}, "ant_loco"),
        (None, {"world.body": "ball"}, "ball_loco"),
        (None, {"world.body": "ball", "world.task": "maze"}, "ball_maze_flat"),
        (None, {"world.body": "hopper", "world.task": "run"}, "hopper_run"),
        (None, {"world.task": "gym:Pendulum-v1"}, "pendulum_v1"),
        (None, {"algorithm.kind": "kl"}, "ball_goto_targets"),
        (None, {"algorithm.kind": "kl", "world.body": "car", "world.task": "move-box"}, "car_move_box"),
        ("ant_loco_paper", {}, "ant_loco_paper"),
        ("ball_goto", {}, "ball_goto"),
    ],
)
def test_a_skill_is_named_after_its_recipe(recipe: str | None, flags: dict[str, Any], name: str) -> None:
    assert default_output(pretrain_recipe(recipe, flags, [])) == Path(f"{name}.safetensors")


@pytest.mark.parametrize(("task", "name"), [("maze", "ball_maze"), ("open", "ball_open"), ("goal", "ball_goal")])
def test_a_stacked_skill_is_named_after_body_and_task(task: str, name: str) -> None:
    recipe = stack_recipe(None, "ball_loco", {"world.task": task}, [])[2]
    assert default_output(recipe) == Path(f"{name}.safetensors")


def test_a_skill_stacked_on_by_two_levels_is_named_so_too() -> None:
    recipe = stack_recipe(None, "ball_loco", {"world.task": "move-box", "algorithm.kind": "kl"}, [])[2]
    assert (recipe.name, recipe.world.task, recipe.policy.kind) == ("ball_move_box", "move-box", "gaussian")


def test_a_head_brings_its_task_and_what_its_divergence_is_worth(goto_skill: Skill, tmp_path: Path) -> None:
    card = goto_skill.card
    made = card.training.recipe
    world = {**made["world"], "count": 2, "episode_steps": 77, "rewards": {"goal-reached": 3.0}}
    changed = {**made, "world": world, "algorithm": {**made["algorithm"], "discount": 0.9, "reward_scale": 2.0}}
    training = card.training.model_copy(update={"recipe": changed, "temperature": 0.01})
    path = tmp_path / "head.safetensors"
    save_skill(path, Skill(goto_skill.layers, card.model_copy(update={"training": training}), prior=goto_skill.prior))
    head, found = transfer_recipe(None, str(path), {"world.body": "car"}, [])[1:]
    assert (found.world.count, found.world.episode_steps, list(found.world.rewards)) == (2, 77, ["goal-reached"])
    assert (found.algorithm.discount, found.algorithm.reward_scale) == (0.9, 2.0)
    assert kept_cost(found, head) == pytest.approx(0.01)
    other = transfer_recipe(None, str(path), {"world.body": "car", "world.task": "move-box"}, [])[2]
    assert (other.world.count, other.world.episode_steps, other.world.rewards) == (None, None, {})
    halved = transfer_recipe(None, str(path), {"world.body": "car"}, ["algorithm.reward_scale=1"])[2]
    assert kept_cost(halved, head) == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("text", "name"),
    [("gym:Pendulum-v1", "pendulum_v1"), ("ball_Half-Cheetah", "ball_half_cheetah"), ("gym:a/B-v0", "a_b_v0")],
)
def test_names_of_files(text: str, name: str) -> None:
    assert snake_case(text) == name


def test_a_name_without_letters_is_a_skill() -> None:
    assert snake_case("gym:") == "skill"
