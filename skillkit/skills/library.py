"""The skills that come with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from skillkit.skills.file import SUFFIX


def bundled_skills() -> dict[str, Path]:
    """Bundled skill files by name."""
    folder = Path(str(files("skillkit.skills") / "library"))
    return {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}"))}


def bundled(name: str) -> Path | None:
    """The bundled skill of that name, with or without its suffix; None when there is none."""
    return bundled_skills().get(name.removesuffix(SUFFIX))
