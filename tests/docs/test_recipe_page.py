"""docs/recipe.md has every key of a recipe with its default, every column of metrics.csv, and no other."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from skillkit.config import ALGORITHMS, Recipe, RewardConfig
from skillkit.config.keys import known_keys, locate
from skillkit.training.loop import Row
from skillkit.yaml_text import parse_yaml

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "recipe.md").read_text(encoding="utf-8")
OWN_BODY = "world.own_body."
REWARD = "world.rewards.NAME."


def rows(heading: str) -> list[list[str]]:
    """The cells of each row of the tables under a heading, less the tables' own."""
    _, _, rest = PAGE.partition(f"\n{heading}\n")
    assert rest, heading
    lines = re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| `")]
    assert {len(row) for row in cells} <= {4}
    return cells


def defaults(*headings: str) -> dict[str, object]:
    """The default that the page gives each key, as a recipe would be read; "needed" where there is none."""
    found = [row for heading in headings for row in rows(heading)]
    assert len({row[0] for row in found}) == len(found)
    return {row[0].strip("`"): parse_yaml(row[2].strip("`"), row[0]) for row in found}


def as_read(field: FieldInfo) -> object:
    """A field's default as a recipe would be read."""
    default: Any = "needed" if field.is_required() else field.get_default(call_default_factory=True)
    return list(default) if isinstance(default, tuple) else default


def of_model(model: type[BaseModel], prefix: str) -> dict[str, object]:
    return {f"{prefix}{name}": as_read(field) for name, field in model.model_fields.items()}


def test_every_key_has_its_default() -> None:
    sections = [name for name in Recipe.model_fields if any(key.startswith(f"{name}.") for key in known_keys())]
    assert sections == ["world", "policy", "algorithm", "training"]
    known = {}
    for key in known_keys():
        if key not in sections and not key.startswith(("algorithm.", OWN_BODY)):
            found = locate(tuple(key.split(".")))
            assert found is not None
            assert found[1] is not None
            known[key] = as_read(found[1])
    headings = ("## Top level", "## `world`", "## `policy`", "## `training`")
    assert defaults(*headings) == known | of_model(RewardConfig, REWARD)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_key_of_an_algorithm_has_its_default(algorithm: str) -> None:
    found = defaults("## `algorithm`", f"### `{algorithm}`")
    assert found == of_model(ALGORITHMS[algorithm], "algorithm.")


def test_every_key_of_a_body_is_on_its_page() -> None:
    keys = [key.removeprefix(OWN_BODY) for key in known_keys() if key.startswith(OWN_BODY)]
    leaves = {key for key in keys if not any(other.startswith(f"{key}.") for other in keys)}
    page = (DOCS / "own_robot.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", page, flags=re.MULTILINE)) == leaves


@pytest.mark.parametrize(
    ("algorithm", "recipe"), [("sac", "ball_maze_flat"), ("sql", "point_multi_goal_flat"), ("kl", "ball_goto")]
)
def test_every_column_is_there(tiny: Callable[..., Recipe], algorithm: str, recipe: str) -> None:
    from skillkit.build import build_training

    logged: list[Row] = []
    small = {"algorithm__value_samples": 2} if algorithm == "sql" else {}
    stop = threading.Event()
    training = build_training(tiny(recipe, **small), None, log=logged.append, checkpoint=lambda _: None, stop=stop)
    training.trainer.run()
    assert training.recipe.algorithm.kind == algorithm
    columns = rows("## The columns of metrics.csv")
    page = [column.strip("`") for column, of, *_ in columns if of == "all" or f"`{algorithm}`" in of]
    assert sorted(page) == sorted({re.sub("^reward/.*", "reward/NAME", name) for name in logged[-1]})
