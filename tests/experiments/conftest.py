"""Runs written by hand, as comparisons read them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from skillkit.config import Recipe, dump_recipe


@pytest.fixture
def write(tmp_path: Path, tiny: Callable[..., Recipe]) -> Callable[..., Path]:
    """Writes a run's folder: its name, its curve as {steps: value}, and keys of its recipe."""

    def run(place: str, curve: Mapping[int, float | None], metric: str = "success", **flags: Any) -> Path:
        notes = {name: flags.pop(name) for name in ("pretraining_steps", "base_sha256", "init_sha256") if name in flags}
        folder = tmp_path / place
        folder.mkdir()
        recipe = tiny("ball_maze_flat", **{"name": "ball", "training__steps": max(curve), **flags})
        (folder / "recipe.yaml").write_text(dump_recipe(recipe))
        (folder / "run.json").write_text(json.dumps({"pretraining_steps": 0, **notes}))
        with (folder / "metrics.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["steps", "episodes", metric])
            writer.writerows([steps, 1, "" if value is None else value] for steps, value in curve.items())
        return folder

    return run
