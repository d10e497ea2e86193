"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path beside `path`, of the same suffix, to write to; at the end it is synced to disk and becomes `path`.

    When the block raises, what it wrote is removed and `path` stays as it was; what processes left that were killed
    goes too.
    """
    aside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    for left in left_aside(path):
        left.unlink(missing_ok=True)
    try:
        yield aside
        sync(aside)
        os.replace(aside, path)
        sync(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def left_aside(path: Path) -> list[Path]:
    """What processes that are gone were writing to become `path`."""
    pattern = re.compile(rf"\.{re.escape(path.stem)}\.(\d+){re.escape(path.suffix)}")
    matches = [(other, pattern.fullmatch(other.name)) for other in path.parent.glob(f".*{path.suffix}")]
    return [other for other, match in matches if match and not _is_alive(int(match.group(1)))]


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
