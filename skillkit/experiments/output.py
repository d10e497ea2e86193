"""Where a training's skill goes: whether it can be written there in the end."""

from __future__ import annotations

import os
from pathlib import Path

from skillkit.errors import UserError
from skillkit.skills.file import SUFFIX
from skillkit.training.run_folder import newest_skill


def check_output(out: Path, force: bool) -> None:
    """A UserError when the skill could not be written to `out` in the end."""
    if out.suffix != SUFFIX:
        raise UserError(
            f"a skill file must end in {SUFFIX}, got {str(out)!r}; for instance {out.name or 'skill'}{SUFFIX}."
        )
    if out.is_dir():
        raise UserError(f"expected a file to write the skill to, {str(out)!r} is a folder.")
    if not out.parent.is_dir():
        raise UserError(f"the folder {str(out.parent)!r} does not exist; make it first, or choose another --out.")
    if not os.access(out.parent, os.W_OK):
        raise UserError(f"the folder {str(out.parent)!r} cannot be written to; choose another --out.")
    if out.exists() and not force:
        raise UserError(f"{str(out)!r} exists already; choose another --out, or give --force to replace it.")


def is_from(run: Path, out: Path) -> bool:
    """Whether a file holds the newest skill of a run, as after a kill between writing it and noting that it is."""
    newest = newest_skill(run)
    return newest is not None and out.is_file() and out.read_bytes() == newest.read_bytes()
