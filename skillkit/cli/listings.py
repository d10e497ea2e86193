"""`skillkit recipes`, `tasks`: what there is to choose from."""

from __future__ import annotations

from typing import Annotated

import typer

from skillkit.cli.console import output, print_table
from skillkit.cli.groups import list_command

recipes = typer.Typer(help="List and show the bundled recipes.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(recipes, name="recipes")
    app.command()(tasks)


@list_command(recipes)
def list_recipes() -> None:
    """List the bundled recipes, as bare skillkit recipes does."""
    from skillkit.config import load_recipe
    from skillkit.config.recipes import bundled_recipes

    print_table(
        ("recipe", "what it does"),
        [(name, load_recipe(path).description) for name, path in bundled_recipes().items()],
    )


@recipes.command()
def show(recipe: Annotated[str, typer.Argument(help="Recipe file, or the name of a bundled one.")]) -> None:
    """Print a recipe as it stands in its file."""
    from skillkit.config import load_recipe
    from skillkit.config.recipes import find_recipe

    path = find_recipe(recipe)
    load_recipe(path)
    typer.echo(path.read_text(encoding="utf-8"), nl=False)


def tasks() -> None:
    """List the tasks, and the rewards that --reward knows."""
    from skillkit.build import describe_rewards, describe_tasks

    print_table(("task", "what it is"), describe_tasks())
    output.print("K is chosen by --set world.count=K.", highlight=False)
    print_table(("reward", "what it pays"), describe_rewards())
