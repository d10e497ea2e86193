"""docs/own_robot.md goes the whole way: its file is the hexapod's, which is trained, stacked upon and carried along."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from skillkit.bodies import MjcfBody
from skillkit.body_description import BodyDescription, read_body
from skillkit.config import load_recipe, parse_recipe
from skillkit.errors import UserError
from skillkit.skills.file import load_skill

Command = Callable[..., Any]

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "own_robot.md").read_text(encoding="utf-8")


@pytest.fixture
def hexapod(tmp_path: Path) -> Path:
    """A copy of the example, which may be deleted."""
    return shutil.copytree(DOCS / "examples" / "hexapod", tmp_path / "robots") / "hexapod.yaml"


def test_the_page_shows_the_file() -> None:
    shown = PAGE.partition("```yaml\n")[2].partition("```")[0]
    assert shown == (DOCS / "examples" / "hexapod" / "hexapod.yaml").read_text(encoding="utf-8")


def test_the_page_names_every_key_and_says_which_are_needed() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    for name, field in BodyDescription.model_fields.items():
        own = [row for row in rows if row.startswith((f"| `{name}`", f"| `{name}."))]
        assert own, name
        assert any(row.endswith("| needed |") for row in own) == field.is_required()


def test_the_python_on_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS.parent)
    names: dict[str, Any] = {}
    exec(PAGE.partition("```python\n")[2].partition("```")[0], names)
    observation, _ = names["env"].reset(seed=0)
    assert names["env"].action_space.shape == (12,)
    assert observation["desired_goal"].shape == (2,)


def test_check_draws_it_and_says_that_it_can_be_used(command: Command, hexapod: Path) -> None:
    done = command("bodies", "check", hexapod)
    assert done.code == 0
    assert "it can be used; train it with skillkit pretrain --body" in done.out
    assert "hexapod.png" in done.err


def test_the_whole_way_without_the_files_but_for_the_first_step(
    command: Command, hexapod: Path, tiny_flags: list[str]
) -> None:
    assert command("pretrain", "--body", hexapod, *tiny_flags).code == 0
    shutil.rmtree(hexapod.parent)
    skill = load_skill("hexapod_loco.safetensors")
    assert (skill.card.format_version, skill.card.world.body) == (3, "hexapod")
    assert skill.card.world.own_body is not None
    assert "own_body" not in skill.card.training.recipe["world"]
    assert MjcfBody(skill.card.world.own_body).motors == tuple(skill.layers[0].card.action_names)
    done = command("eval", "hexapod_loco.safetensors", "--episodes", "16", "--json")
    assert json.loads(done.out)["episodes"] == 16
    done = command("stack", "--base", "hexapod_loco.safetensors", "--task", "maze", *tiny_flags)
    assert done.code == 0, done.err
    stacked = load_skill("hexapod_maze.safetensors").card
    assert (stacked.format_version, stacked.world.own_body) == (3, skill.card.world.own_body)
    assert command("eval", "hexapod_loco.safetensors", "--task", "goal", "--episodes", "2").code == 0
    assert command("compare", "runs/hexapod_loco_1", "--metric", "return").code == 0


def test_a_run_holds_the_body_so_that_it_can_be_resumed_without_its_files(hexapod: Path) -> None:
    from skillkit.build import known_names
    from skillkit.config import dump_recipe

    recipe = parse_recipe(f"name: mine\nworld: {{body: {hexapod}}}", "mine.yaml", known_names())
    described = read_body(hexapod)
    shutil.rmtree(hexapod.parent)
    text = dump_recipe(recipe)
    assert "    mjcf: |" in text
    assert parse_recipe(text, "recipe.yaml", known_names()) == recipe
    assert (recipe.world.body, recipe.world.own_body) == ("hexapod", described)


def test_runs_of_changed_robots_are_told_apart_by_digests(
    command: Command, hexapod: Path, tiny_flags: list[str]
) -> None:
    for factor in ("30", "40"):
        hexapod.with_suffix(".xml").write_text(
            hexapod.with_suffix(".xml").read_text().replace('kp="30"', f'kp="{factor}"')
        )
        assert command("pretrain", "--body", hexapod, "--force", *tiny_flags).code == 0
    done = command("compare", "runs/hexapod_loco_1", "runs/hexapod_loco_2", "--metric", "return")
    assert done.code == 0, done.err
    assert "mjcf" in done.out
    assert "freejoint" not in done.out


def test_a_body_beside_another_name_is_refused(hexapod: Path, tmp_path: Path) -> None:
    from skillkit.build import known_names
    from skillkit.config import dump_recipe

    recipe = parse_recipe(f"name: mine\nworld: {{body: {hexapod}}}", "mine.yaml", known_names())
    saved = tmp_path / "recipe.yaml"
    saved.write_text(dump_recipe(recipe))
    with pytest.raises(UserError, match="own_body is the 'hexapod', got the body 'ant'; leave own_body out"):
        load_recipe(saved, known_names(), ["world.body=ant"])
    ant = load_recipe(saved, known_names(), ["world.body=ant", "world.own_body=null"])
    assert (ant.world.body, ant.world.own_body) == ("ant", None)
    tilted = load_recipe(saved, known_names(), ["world.own_body.healthy.tilt=50"])
    assert tilted.world.own_body is not None
    assert tilted.world.own_body.healthy.tilt == 50.0
    hexapod.write_text(hexapod.read_text().replace("name: hexapod", "name: ant"))
    with pytest.raises(UserError, match="expected a name of its own, got that of skillkit's 'ant'"):
        parse_recipe(f"name: mine\nworld: {{body: {hexapod}}}", "mine.yaml", known_names())
