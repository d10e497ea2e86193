"""The skills that come with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from skillkit.skills.file import SUFFIX
from skillkit.skills.replay_file import replay_path


def bundled_skills() -> dict[str, Path]:
    """Bundled skill files by name, without the replays that lie beside some."""
    folder = Path(str(files("skillkit.skills") / "library"))
    found = sorted(folder.glob(f"*{SUFFIX}"))
    replays = {replay_path(path) for path in found}
    return {path.stem: path for path in found if path not in replays}


def bundled(name: str) -> Path | None:
    """The bundled skill of that name, with or without its suffix; None when there is none."""
    return bundled_skills().get(name.removesuffix(SUFFIX))
