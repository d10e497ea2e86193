"""Bundled recipes, and how flags and assignments change one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from skillkit.config import KnownNames, SqlConfig, load_recipe
from skillkit.config.recipes import bundled_recipes, changed_recipe, find_recipe, parse_rewards
from skillkit.errors import UserError

KNOWN = KnownNames(("ant", "ball"), ("open", "maze"), ("velocity-norm", "alive"), ("flow", "gaussian"))
TEXT = """
name: mine
world: {body: ball, rewards: {alive: 2}}
training: {steps: 100, seed: 1, log_every: 7}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("name", bundled_recipes())
def test_a_bundled_recipe_has_its_own_name_and_says_what_it_does(name: str) -> None:
    recipe = load_recipe(bundled_recipes()[name])
    assert recipe.name == name
    assert recipe.description


@pytest.mark.parametrize("name", bundled_recipes())
def test_a_bundled_recipe_opens_with_the_command_that_runs_it(name: str) -> None:
    first = bundled_recipes()[name].read_text().splitlines()[0]
    command = "stack" if load_recipe(bundled_recipes()[name]).base is not None else "pretrain"
    assert f"{first} ".startswith(f"# skillkit {command} --recipe {name} ")


def test_bases_of_bundled_recipes_are_bundled_recipes() -> None:
    recipes = {name: load_recipe(path) for name, path in bundled_recipes().items()}
    for recipe in recipes.values():
        if recipe.base is not None:
            assert recipes[recipe.base].world.body == recipe.world.body


def test_recipe_then_flags_then_assignments(recipe: Path) -> None:
    flags = {"training.steps": 200, "training.seed": 2}
    found = changed_recipe(recipe, flags, ["training.seed=3"], KNOWN).training
    assert (found.log_every, found.steps, found.seed) == (7, 200, 3)


def test_flags_fill_sections_that_the_file_lacks(recipe: Path) -> None:
    found = changed_recipe(recipe, {"policy.kind": "gaussian", "base": "ball_loco", "name": "other"}, [], KNOWN)
    assert (found.policy.kind, found.base, found.name) == ("gaussian", "ball_loco", "other")


def test_a_section_written_without_keys_takes_flags(tmp_path: Path) -> None:
    path = tmp_path / "bare.yaml"
    path.write_text("name: bare\npolicy:\n")
    assert changed_recipe(path, {"policy.kind": "gaussian"}, [], KNOWN).policy.kind == "gaussian"


def test_rewards_from_flags_replace_those_of_the_file(recipe: Path) -> None:
    found = changed_recipe(recipe, {"world.rewards": parse_rewards(["velocity-norm=0.5"])}, [], KNOWN)
    assert {name: term.weight for name, term in found.world.rewards.items()} == {"velocity-norm": 0.5}


@pytest.mark.parametrize(("flags", "assignments"), [({"world.task": "maze"}, []), ({}, ["world.task=maze"])])
def test_another_task_drops_what_belongs_to_the_files_own(
    tmp_path: Path, flags: dict[str, Any], assignments: list[str]
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "name: own\nworld: {body: ball, rewards: {alive: {}}, episode_steps: 7, threads: 2}\n"
        "policy: {latent_draw: episode, hold: 2}\n"
    )
    found = changed_recipe(path, flags, [*assignments, "policy.latent_draw=pink"], KNOWN)
    assert (found.world.task, found.world.rewards, found.world.episode_steps) == ("maze", {}, None)
    assert (found.world.threads, found.policy.hold, found.policy.latent_draw) == (2, 2, "pink")


@pytest.mark.parametrize(("flags", "assignments"), [({"world.task": "open"}, []), ({}, ["world.task=open"])])
def test_naming_the_default_task_drops_nothing(tmp_path: Path, flags: dict[str, Any], assignments: list[str]) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("name: own\nworld: {body: ball, rewards: {alive: {}}, episode_steps: 7}\n")
    found = changed_recipe(path, flags, assignments, KNOWN).world
    assert (list(found.rewards), found.episode_steps) == (["alive"], 7)


def test_the_file_is_left_alone(recipe: Path) -> None:
    changed_recipe(recipe, {"training.steps": 200}, ["training.seed=3"], KNOWN)
    assert recipe.read_text() == TEXT


@pytest.mark.parametrize(
    ("flags", "assignments", "message"),
    [
        ({"world.body": "bal"}, [], "unknown body 'bal'; did you mean 'ball'?"),
        ({"world.task": "mase"}, [], "unknown task 'mase'; did you mean 'maze'?"),
        ({"world.rewards": {"alive-": {}}}, [], "unknown reward 'alive-'; did you mean 'alive'?"),
        ({"policy.kind": "flw"}, [], "unknown policy 'flw'; did you mean 'flow'?"),
        ({"training.steps": 0}, [], "training.steps: expected a number of at least 1, got 0"),
        ({}, ["training.stepps=1"], "unknown key 'training.stepps'; did you mean 'training.steps'?"),
    ],
)
def test_faults_are_one_sentence(recipe: Path, flags: dict[str, Any], assignments: list[str], message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        changed_recipe(recipe, flags, assignments, KNOWN)


def test_finding_a_recipe(recipe: Path, tmp_path: Path) -> None:
    assert find_recipe(str(recipe)) == recipe
    assert find_recipe("ball_loco") == find_recipe("ball_loco.yaml") == bundled_recipes()["ball_loco"]
    with pytest.raises(UserError, match="unknown recipe 'ball_locos'; did you mean 'ball_loco'"):
        find_recipe("ball_locos")
    with pytest.raises(UserError, match="is a folder"):
        find_recipe(str(tmp_path))


@pytest.mark.parametrize(
    ("texts", "terms"),
    [
        ([], {}),
        (["alive"], {"alive": {"weight": 1.0}}),
        (["alive=2", "velocity-norm=-1e-3"], {"alive": {"weight": 2.0}, "velocity-norm": {"weight": -0.001}}),
        (["alive=1", "alive=3"], {"alive": {"weight": 3.0}}),
    ],
)
def test_reward_texts(texts: list[str], terms: dict[str, dict[str, float]]) -> None:
    assert parse_rewards(texts) == terms


@pytest.mark.parametrize("text", ["alive=", "alive=much", "alive=1=2"])
def test_a_weight_must_be_a_number(text: str) -> None:
    with pytest.raises(UserError, match="weight must be a number"):
        parse_rewards([text])


def test_another_algorithm_takes_over_what_it_shares(recipe: Path) -> None:
    recipe.write_text(TEXT + "algorithm: {target_entropy: 1.0, reward_scale: 3.0, temperature: 0.5}\n")
    found = changed_recipe(recipe, {"algorithm.kind": "sql"}, ["algorithm.particles=8"], KNOWN).algorithm
    assert isinstance(found, SqlConfig)
    assert (found.reward_scale, found.temperature, found.particles) == (3.0, 0.5, 8)
    with pytest.raises(UserError, match="target_entropy is of the algorithm sac"):
        changed_recipe(recipe, {"algorithm.kind": "sql"}, ["algorithm.target_entropy=1"], KNOWN)


def test_another_kind_of_policy_leaves_the_files_own_keys_behind(recipe: Path) -> None:
    recipe.write_text(TEXT + "policy: {couplings: 3, hidden: [8]}\n")
    found = changed_recipe(recipe, {"policy.kind": "gaussian"}, [], KNOWN).policy
    assert (found.kind, found.couplings, found.hidden) == ("gaussian", 2, (8,))
    assert changed_recipe(recipe, {}, ["algorithm.kind=kl"], KNOWN).policy.couplings == 2
    with pytest.raises(UserError, match="couplings is of the policy flow, this recipe's is gaussian"):
        changed_recipe(recipe, {"policy.kind": "gaussian"}, ["policy.couplings=3"], KNOWN)


def test_one_level_leaves_the_keys_of_two_behind(recipe: Path) -> None:
    recipe.write_text(TEXT + "algorithm: {kind: kl}\npolicy: {latent_width: 6, low_groups: [gravity]}\n")
    found = changed_recipe(recipe, {"algorithm.kind": "sac"}, [], KNOWN).policy
    assert (found.latent_width, found.low_groups) == (4, None)
