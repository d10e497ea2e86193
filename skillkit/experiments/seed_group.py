"""The folder of several seeds of one recipe: what each was asked to do, and which run is whose."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TextIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillkit.build import known_names, open_skill
from skillkit.config import Recipe, dump_recipe, load_recipe
from skillkit.errors import UserError
from skillkit.experiments.origin import FILES, Command, command_of
from skillkit.files import written_whole
from skillkit.training.run_folder import RUNS, RunFolder, is_run, new_folder, writer_lock

FILE = "seeds.json"


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedEntry(_Document):
    """One seed. arguments: of its own skillkit command; out: where its skill goes; run: its folder, once known."""

    seed: int
    arguments: list[str]
    out: Path
    run: Path | None = None


class SeedList(_Document):
    """What seeds.json says. base_sha256 and the like: of the skills they start from; created: seconds since 1970."""

    version: Literal[1] = 1
    command: Command
    force: bool
    base_sha256: str | None
    init_sha256: str | None = None
    head_sha256: str | None = None
    created: float
    seeds: list[SeedEntry] = Field(min_length=1)


class SeedGroup:
    """`runs/<name>_seeds_<number>/`; open it with `create` or `reopen`, which take the writer's lock."""

    def __init__(self, path: Path, contents: SeedList, lock: TextIO) -> None:
        self.path, self.contents, self._lock = path, contents, lock

    @classmethod
    def create(
        cls, recipe: Recipe, files: Mapping[int, Path], *, digests: Mapping[str, str | None], force: bool
    ) -> SeedGroup:
        """A new folder. files: where the skill of each seed goes; digests: of the skills that they start from."""
        path = new_folder(f"{recipe.name}_seeds")
        lock = writer_lock(path)
        recipe_file = path / "recipe.yaml"
        recipe_file.write_text(dump_recipe(recipe), encoding="utf-8")
        command = command_of(recipe)
        entries = []
        for seed, out in files.items():
            arguments = [command, "--recipe", str(recipe_file), "--seed", str(seed), "--out", str(out)]
            entries.append(SeedEntry(seed=seed, arguments=[*arguments, *(["--force"] if force else [])], out=out))
        about = {"command": command, "force": force, "created": time.time(), "seeds": entries}
        contents = SeedList.model_validate({**about, **digests})
        group = cls(path, contents, lock)
        group._write()
        return group

    @classmethod
    def reopen(cls, path: Path) -> SeedGroup:
        """An existing folder; UserError when it is damaged, or the current folder is not where it was started."""
        if path.resolve().parent != RUNS.resolve():
            home = path.resolve().parent.parent
            raise UserError(f"several seeds are resumed where they were started, in {home}; change to that folder.")
        path = RUNS / path.resolve().name
        lock = writer_lock(path)
        try:
            return cls(path, _contents(path, "start the training anew"), lock)
        except UserError:
            lock.close()
            raise

    def recipe(self) -> Recipe:
        """The one recipe; each seed replaces its seed."""
        return load_recipe(self.path / "recipe.yaml", known_names())

    def log_path(self, seed: int) -> Path:
        """Where the messages of a seed's command are kept."""
        return self.path / f"seed_{seed}.log"

    def find_run(self, entry: SeedEntry) -> Path | None:
        """The run that an entry's command has started: the noted one, else the newest whose notes name the command."""
        if entry.run is not None and is_run(entry.run):
            return entry.run
        own = [path for path in RUNS.iterdir() if _command(path) == entry.arguments]
        born = {path: _born(path) for path in own}
        return max((path for path in own if born[path] >= self.contents.created), key=born.__getitem__, default=None)

    def note_run(self, seed: int, run: Path) -> None:
        """Write down which run is a seed's."""
        entries = [e.model_copy(update={"run": run}) if e.seed == seed else e for e in self.contents.seeds]
        self.contents = self.contents.model_copy(update={"seeds": entries})
        self._write()

    def check_origin(self) -> None:
        """A UserError when a skill that the seeds start from is no longer the one that the first of them had."""
        recipe, contents = self.recipe(), self.contents
        for key in FILES:
            name, digest = getattr(recipe, key), getattr(contents, f"{key}_sha256")
            if name is not None and open_skill(name)[1].card.sha256 != digest:
                raise UserError(f"the skill {name!r} has changed since these seeds were started; train them all anew.")

    def close(self) -> None:
        """Give the writer's lock back."""
        self._lock.close()

    def _write(self) -> None:
        with written_whole(self.path / FILE) as aside:
            aside.write_text(self.contents.model_dump_json(indent=2) + "\n", encoding="utf-8")


def is_group(path: Path) -> bool:
    """Whether a path is the folder of several seeds."""
    return (path / FILE).is_file()


def runs_of_group(path: Path) -> list[Path]:
    """The runs of a group's seeds that were started, beside the group's folder; UserError when it is damaged."""
    contents = _contents(path, "name the runs of its seeds instead")
    return [path.parent / entry.run.name for entry in contents.seeds if entry.run is not None]


def _contents(path: Path, remedy: str) -> SeedList:
    """What a group's folder says; UserError with the remedy when it is damaged."""
    try:
        return SeedList.model_validate_json((path / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path / FILE} is damaged ({_problem(error)}); {remedy}.") from error


def is_finished(run: Path | None) -> bool:
    """Whether a run has exported its skill."""
    return run is not None and bool(RunFolder(run).notes().get("exported"))


def ready_run(run: Path | None) -> Path | None:
    """The run if it can be resumed; one that has no checkpoint is removed. UserError while it is written in."""
    if run is None:
        return None
    folder = RunFolder.reopen(run)
    try:
        if folder.checkpoints.newest() is None:
            folder.remove()
            return None
        return run
    finally:
        folder.close()


def _born(run: Path) -> float:
    """When a run was made, in seconds since 1970; 0 when it has just been removed."""
    try:
        return (run / "recipe.yaml").stat().st_mtime
    except OSError:
        return 0.0


def _command(run: Path) -> list[str]:
    """The arguments of the command that made a run; none where there are no notes of one."""
    try:
        return list(json.loads((run / "run.json").read_text(encoding="utf-8"))["command"][1:])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _problem(error: OSError | ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
