"""What the README shows is what there is."""

from __future__ import annotations

from pathlib import Path

from skillkit.config import load_recipe
from skillkit.config.recipes import bundled_recipes

README = Path(__file__).parents[2] / "README.md"


def test_the_recipe_that_it_shows_is_the_bundled_one(tmp_path: Path) -> None:
    _, _, rest = README.read_text(encoding="utf-8").partition("```yaml\n")
    shown = tmp_path / "shown.yaml"
    shown.write_text(rest.partition("```")[0], encoding="utf-8")
    bundled = load_recipe(bundled_recipes()["ball_maze"])
    assert load_recipe(shown).model_copy(update={"description": bundled.description}) == bundled
