"""`skillkit skills`: the bundled skills, and what any skill file says of itself."""

from __future__ import annotations

from typing import Annotated

import typer

from skillkit.cli.cards import print_card
from skillkit.cli.console import output, print_table
from skillkit.cli.groups import list_command

group = typer.Typer(help="List, show and verify skill files.")

Name = Annotated[str, typer.Argument(help="Skill file, bundled skill, or run.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="skills")


@list_command(group)
def list_skills() -> None:
    """List the bundled skills, as bare skillkit skills does."""
    from skillkit.skills.file import load_skill
    from skillkit.skills.library import bundled_skills

    rows = []
    for name, path in bundled_skills().items():
        card = load_skill(path).card
        success = f"{card.score['success']:.2f}" if "final_distance" in card.score else "-"
        steps = " + ".join(f"{count:,}" for count in card.training.steps)
        rows.append((name, card.world.body or "-", card.world.task, str(len(card.layers)), steps, success))
    print_table(("skill", "body", "task", "layers", "steps", "success"), rows)


@group.command()
def show(skill: Name) -> None:
    """Show a skill's card."""
    from skillkit.build import open_skill

    print_card(*open_skill(skill), to=output)


@group.command()
def verify(skill: Name) -> None:
    """Check a skill file whole: format, digest, tensors."""
    from skillkit.build import open_skill

    path, loaded = open_skill(skill)
    output.print(f"{path}: whole, sha256 {loaded.card.sha256}", highlight=False, soft_wrap=True)
