"""Groups of commands: what a group does without one."""

from __future__ import annotations

from collections.abc import Callable

import typer


def list_command(group: typer.Typer) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """A decorator for the command `list` of a group, which the group runs when it is called bare."""

    def add(command: Callable[[], None]) -> Callable[[], None]:
        @group.callback(invoke_without_command=True)
        def bare(context: typer.Context) -> None:
            if context.invoked_subcommand is None:
                command()

        return group.command("list")(command)

    return add
