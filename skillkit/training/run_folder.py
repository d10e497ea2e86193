"""A run's folder: its recipe, versions, metrics, checkpoints, skills and figures, with one writer at a time."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from skillkit.errors import UserError
from skillkit.files import sync, written_whole
from skillkit.machine import versions
from skillkit.training.checkpoint import CheckpointFolder

RUNS = Path("runs")
NOTED: Mapping[str, type] = {"out": str, "versions": dict}  # what of a note is read without another look


class RunFolder:
    """`runs/<name>_<number>/`; open it with `create` or `reopen`, which take the writer's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = CheckpointFolder(path / "checkpoints")
        self._lock: TextIO | None = None

    @classmethod
    def create(cls, name: str, recipe: str, command: list[str]) -> RunFolder:
        """A new folder with the next free number; recipe: the resolved one, as YAML."""
        folder = cls(new_folder(name))
        folder._acquire()
        for part in ("checkpoints", "skills", "figures"):
            (folder.path / part).mkdir()
        with written_whole(folder.path / "recipe.yaml") as aside:
            aside.write_text(recipe, encoding="utf-8")
        folder._write_json("run.json", {"command": command, "versions": versions()})
        return folder

    @classmethod
    def reopen(cls, path: Path) -> RunFolder:
        """An existing run's folder, to go on writing in it."""
        folder = cls(checked_run(path))
        folder._acquire()
        return folder

    @property
    def recipe_path(self) -> Path:
        """The resolved recipe."""
        return self.path / "recipe.yaml"

    def skill_path(self, steps: int) -> Path:
        """Where the skill as of `steps` control steps is kept."""
        return self.path / "skills" / f"{steps:012d}.safetensors"

    def note(self, entries: Mapping[str, Any]) -> None:
        """Add entries to run.json."""
        self._write_json("run.json", self.notes() | dict(entries))

    def notes(self) -> dict[str, Any]:
        """What run.json says; UserError when it is no longer what skillkit wrote."""
        try:
            entries = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
            if not isinstance(entries, dict):
                raise ValueError(f"expected an object, got {entries!r}")
            wrong = [key for key, kind in NOTED.items() if not isinstance(entries.get(key, kind()), kind)]
            if wrong:
                raise ValueError(f"expected {wrong[0]} as {NOTED[wrong[0]].__name__}, got {entries[wrong[0]]!r}")
            return entries
        except (OSError, ValueError, RecursionError) as error:
            raise UserError(f"{self.path / 'run.json'} is damaged; start the training anew.") from error

    def remove(self) -> None:
        """Delete the folder: for a run that ended before it had anything to keep."""
        shutil.rmtree(self.path)

    def close(self) -> None:
        """Give the writer's lock back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _acquire(self) -> None:
        self._lock = writer_lock(self.path)

    def _write_json(self, name: str, content: Mapping[str, Any]) -> None:
        with written_whole(self.path / name) as aside:
            aside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def new_folder(name: str) -> Path:
    """Make `runs/<name>_<number>` with the next free number."""
    RUNS.mkdir(exist_ok=True)
    number = 1 + max((_number(name, path) for path in RUNS.iterdir()), default=0)
    while True:
        try:
            (RUNS / f"{name}_{number}").mkdir()
            sync(RUNS)
            return RUNS / f"{name}_{number}"
        except FileExistsError:
            number += 1


def writer_lock(folder: Path) -> TextIO:
    """An open file that holds the folder's lock until it is closed; UserError when another process has it."""
    lock = (folder / "lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise UserError(f"another process is writing in {folder}; wait for it, or stop it first.") from error
    return lock


def is_run(path: Path) -> bool:
    """Whether a path is a run's folder."""
    return (path / "recipe.yaml").is_file() and (path / "run.json").is_file()


def checked_run(path: Path) -> Path:
    """The path, when it is a run's folder; else a UserError."""
    if not is_run(path):
        raise UserError(f"expected a run's folder (such as runs/ant_loco_1), got {str(path)!r}; see the folder runs/.")
    return path


def newest_run() -> Path | None:
    """The run whose skills are the newest, None when there is none with a skill."""
    runs = [path for path in RUNS.glob("*") if is_run(path) and newest_skill(path) is not None]
    return max(runs, key=lambda path: (path / "skills").stat().st_mtime, default=None)


def newest_skill(run: Path) -> Path | None:
    """The newest skill of a run, None when it has none yet."""
    return max(_skills(run), default=None)


def skill_at(run: Path, steps: int) -> Path:
    """The first skill of a run kept at `steps` control steps or later; a UserError says which there are."""
    kept = {int(path.stem): path for path in sorted(_skills(run))}
    for kept_steps, path in kept.items():
        if kept_steps >= steps:
            return path
    known = ", ".join(map(str, kept)) or "none yet"
    raise UserError(f"{run} keeps skills at the steps {known}; got {steps}.")


def _skills(run: Path) -> Iterator[Path]:
    """Those that are whole; what is being written has a name that begins with a dot."""
    return (run / "skills").glob("[0-9]*.safetensors")


def _number(name: str, path: Path) -> int:
    match = re.fullmatch(rf"{re.escape(name)}_(\d+)", path.name)
    return int(match.group(1)) if match else 0
