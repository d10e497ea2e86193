"""Which state of the code a result is of."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = ("skillkit", "recipes", "benchmarks", "studies")


def commit() -> str:
    """The commit's short name, marked where the code has changed since."""
    name = _git("rev-parse", "--short", "HEAD")
    return f"{name}, changed since" if _git("status", "--short", "--", *CODE) else name


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
