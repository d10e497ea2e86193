"""The demo, made tiny: three trainings, one table, a figure and a video."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.experiments import demo
from skillkit.experiments.evaluate import Evaluation, evaluate


@pytest.fixture
def tiny_demo(cwd: Path, monkeypatch: pytest.MonkeyPatch, tiny: Callable[..., Recipe]) -> None:
    def recipe(name: str, **flags: object) -> Recipe:
        return tiny(name, **{"training.steps": 400, **flags})

    def short(name: str, seed: int) -> Evaluation:
        return evaluate(name, episodes=16, seed=seed)

    monkeypatch.setattr(demo, "_recipe", recipe)
    monkeypatch.setattr(demo, "evaluate", short)


@pytest.mark.usefixtures("tiny_demo")
def test_it_ends_with_a_table_a_figure_and_a_word_on_the_video(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_renderer(*_: object) -> None:
        raise UserError("no renderer here")

    monkeypatch.setattr(demo, "film", no_renderer)
    output = Console(file=StringIO(), width=120)
    demo.run_demo(Path("out"), Console(file=StringIO()), output)
    text = output.file.getvalue()  # type: ignore[attr-defined]
    rows = [line for line in text.splitlines() if line.startswith("│")]
    assert [row.split("│")[2].strip() for row in rows] == ["400", "400", "800"]  # flat: both together
    assert (Path("out") / "paths.png").is_file()
    assert "warning: no renderer here" in text
    assert {path.name for path in Path("out").glob("*.safetensors")} == {
        "ball_loco.safetensors",
        "ball_maze.safetensors",
        "ball_maze_flat.safetensors",
    }


def test_a_file_in_the_place_of_the_folder_is_refused(cwd: Path) -> None:
    Path("out").write_text("mine")
    with pytest.raises(UserError, match="is a file; choose another --out"):
        demo.run_demo(Path("out"), Console(file=StringIO()), Console(file=StringIO()))
