"""`skillkit bodies`: the bodies that there are, and whether one of your own can be used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillkit.cli.console import console, output, print_table
from skillkit.cli.groups import list_command
from skillkit.errors import UserError

group = typer.Typer(help="List the bodies, or check one of your own.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="bodies")


@list_command(group)
def list_bodies() -> None:
    """List the bodies, as bare skillkit bodies does."""
    from skillkit.build import describe_bodies

    print_table(("body", "what it is", "tasks", "senses", "motors"), describe_bodies())


@group.command()
def check(
    body: Annotated[Path, typer.Argument(help="YAML file that describes the body, its MJCF beside it.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Picture to write, a .png, replaced if it is there; by default named after the YAML file."
        ),
    ] = None,
) -> None:
    """Say what is wrong with a body of your own.

    It is simulated with random commands, and drawn.
    """
    from skillkit.experiments import check_body as job

    picture = out if out is not None else Path(f"{body.stem}.png")
    if picture.suffix != ".png" or picture.is_dir() or not picture.parent.is_dir():
        raise UserError(f"expected --out as a .png file in a folder that exists, got {str(picture)!r}.")
    found = job.check_body(body)
    print_table(("body", found.body.name), found.facts)
    unseen = job.draw(found.body, picture)
    for warning in [*found.warnings, *unseen]:
        console.print(f"warning: {warning}", highlight=False, soft_wrap=True)
    if not unseen:
        console.print(f"picture: {picture}", highlight=False, soft_wrap=True)
    verdict = "it can be used" + (", though it may not do what you want" if found.warnings else "")
    output.print(f"{body}: {verdict}; train it with skillkit pretrain --body {body}", highlight=False, soft_wrap=True)
