"""Which names mean a bundled skill."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from skillkit.config import load_recipe, resolve
from skillkit.config.recipes import bundled_recipes
from skillkit.skills import library
from skillkit.skills.file import load_skill

MADE_WITH = {  # skills that are made by the recipe of another name, and what is changed in it
    **{f"ant_maze_{goal}": ("ant_maze", (f"name=ant_maze_{goal}", f"world.goal={goal}")) for goal in "012"},
    "pusher_left": ("arm_pusher_flat", ("name=pusher_left",)),
    "pusher_bottom": ("arm_pusher_flat", ("name=pusher_bottom", "world.goal=y=-1")),
    "ant_maze": ("ant_maze", ("world.goal=random", "training.steps=600000")),
}


def test_every_bundled_skill_is_whole() -> None:
    for name, path in library.bundled_skills().items():
        assert load_skill(path).card.name == name


def test_bundled_skills_are_found_with_and_without_suffix(
    ball_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "library").mkdir()
    for name in ("ball_loco", "ant_loco"):
        shutil.copy(ball_file, tmp_path / "library" / f"{name}.safetensors")
    (tmp_path / "library" / "notes.txt").write_text("no skill")
    monkeypatch.setattr(library, "files", lambda _: tmp_path)
    assert list(library.bundled_skills()) == ["ant_loco", "ball_loco"]
    assert library.bundled("ball_loco") == tmp_path / "library" / "ball_loco.safetensors"
    assert library.bundled("ball_loco.safetensors") == library.bundled("ball_loco")
    assert library.bundled("ball") is None


def test_without_bundled_skills_no_name_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "files", lambda _: tmp_path)
    assert library.bundled_skills() == {}
    assert library.bundled("ball_loco") is None


@pytest.mark.parametrize("name", sorted(library.bundled_skills()))
def test_a_bundled_skill_is_what_its_recipe_makes(name: str) -> None:
    stated = load_skill(library.bundled_skills()[name]).card.training.recipe
    made_by = resolve(stated, name).model_dump(mode="json")  # keys that came later at their defaults
    base, changes = MADE_WITH.get(name, (name, ()))
    recipe = load_recipe(bundled_recipes()[base], overrides=changes).model_dump(mode="json")
    for section in ("name", "base", "world", "policy", "algorithm"):
        assert made_by[section] == recipe[section], section
    assert made_by["training"]["steps"] == recipe["training"]["steps"]
    assert made_by["training"]["seed"] == recipe["training"]["seed"]


def test_a_replay_beside_a_skill_is_no_skill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    for name in ("push", "push_replay", "other_replay"):
        (folder / f"{name}.safetensors").touch()
    monkeypatch.setattr("skillkit.skills.library.files", lambda package: tmp_path)
    assert list(library.bundled_skills()) == ["other_replay", "push"]
