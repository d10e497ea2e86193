"""The command line: one file a command; heavy libraries are imported inside the commands."""

from __future__ import annotations

import errno
import sys
from typing import Annotated

import typer

from skillkit.cli.console import console
from skillkit.errors import Diverged, RunFailed, UserError

# Of a path that a user named: what only using it can tell.
PATH_PROBLEMS = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ELOOP)

app = typer.Typer(
    name="skillkit",
    help="Pretrain a skill, freeze it into one file, stack a policy on it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        import skillkit

        typer.echo(f"skillkit {skillkit.__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; a UserError becomes one sentence and exit code 2, a run that failed one and 1."""
    try:
        app()
    except (UserError, RunFailed) as error:
        console.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2 if isinstance(error, UserError) else 1)
    except Diverged as error:
        message = f"error: {error}; the skill or its world cannot be used."
        console.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except OSError as error:
        if error.errno not in PATH_PROBLEMS or error.filename is None:
            raise
        reason = UserError(f"{str(error.filename)!r} cannot be used ({error.strerror}); choose another path.")
        console.print(f"error: {reason}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        console.print("interrupted")
        sys.exit(130)


def _register() -> None:
    from skillkit.cli import bench, compare, demo, doctor, evaluate, listings, pretrain, skills, stack

    for module in (pretrain, stack, evaluate, compare, skills, listings, doctor, demo, bench):
        module.register(app)


_register()
