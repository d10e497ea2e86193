"""Which state of the project a result is of."""

from __future__ import annotations

import subprocess
from pathlib import Path


def commit() -> str:
    """The commit's short name, marked where the code has changed since."""
    folder = Path(__file__).parent
    line = ["git", "describe", "--always", "--dirty=, changed since", "--exclude=*"]
    return subprocess.run(line, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
