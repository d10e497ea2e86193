"""The command line: one file a command; heavy libraries are imported inside the commands."""

from __future__ import annotations

import errno
import sys
from typing import Annotated, NoReturn

import typer

from skillkit.cli.console import console
from skillkit.errors import Diverged, RunFailed, UserError

# Of a path that a user named: what only using it can tell.
PATH_PROBLEMS = (
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EISDIR,
    errno.ELOOP,
    errno.EEXIST,
)

LONGEST = 200  # characters of a path that a message repeats

app = typer.Typer(
    name="skillkit",
    help="Pretrain a skill, freeze it into one file, stack a policy on it.",
    no_args_is_help=True,
    add_completion=False,
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
        app(prog_name="skillkit")
    except UserError as error:
        _end(2, str(error))
    except RunFailed as error:
        _end(1, str(error))
    except Diverged as error:
        _end(1, f"{error}; the skill or its world cannot be used.")
    except UnicodeError:
        _end(2, "a name holds bytes that are no UTF-8 text; choose another one.")
    except OSError as error:
        _end(*_of_the_system(error))
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "can't allocate memory" not in str(error):
            raise
        _end(2, "there is not enough memory; lower training.replay_size, world.num_worlds or policy.hidden.")
    except KeyboardInterrupt:
        console.print("interrupted")
        sys.exit(130)


def _end(code: int, message: str) -> NoReturn:
    console.print(f"error: {message}", style="red", highlight=False, soft_wrap=True)
    sys.exit(code)


def _of_the_system(error: OSError) -> tuple[int, str]:
    """The exit code and a sentence for what the system refused: a path that the user named, or a write."""
    name = None if error.filename is None else str(error.filename)
    named = "" if name is None else repr(name if len(name) <= LONGEST else f"{name[:LONGEST]}...")
    if error.errno in PATH_PROBLEMS and name is not None:
        return 2, f"{named} cannot be used ({error.strerror}); choose another path."
    where = f" at {named}" if name is not None else ""
    return 1, f"the system refused to go on{where} ({error.strerror or error}); what was whole before is kept."


def _register() -> None:
    from skillkit.cli import (
        bench,
        bodies,
        compare,
        compose,
        demo,
        doctor,
        evaluate,
        listings,
        pretrain,
        skills,
        stack,
        transfer,
    )

    for module in (
        pretrain,
        stack,
        transfer,
        evaluate,
        compare,
        compose,
        skills,
        bodies,
        listings,
        doctor,
        demo,
        bench,
    ):
        module.register(app)


_register()
