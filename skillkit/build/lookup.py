"""What names mean: bodies, tasks, rewards and policies to choose from, and skill files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from skillkit.bodies import Body
from skillkit.config import KnownNames
from skillkit.errors import UserError, unknown_name
from skillkit.policies import POLICIES
from skillkit.skills.file import load_skill
from skillkit.skills.library import bundled, bundled_skills
from skillkit.skills.skill import Skill
from skillkit.training.run_folder import is_run, newest_skill, skill_at
from skillkit.worlds.factory import bodies_on
from skillkit.worlds.rewards import REWARDS
from skillkit.worlds.tasks import TASKS


def known_names() -> KnownNames:
    """The names that a recipe may use."""
    bodies = tuple({name: None for task in TASKS for name in bodies_on(task)})
    return KnownNames(bodies=bodies, tasks=tuple(TASKS), rewards=tuple(REWARDS), policies=POLICIES)


def describe_bodies() -> list[tuple[str, ...]]:
    """Name, description, tasks, senses and motors of each body; one that also runs has a row for that."""
    rows: dict[int, tuple[Body, list[str]]] = {}
    for task in TASKS:
        for body in bodies_on(task).values():
            rows.setdefault(id(body), (body, []))[1].append(task)
    return [
        (body.name, body.description, ", ".join(tasks), _named(each.name for each in body.groups), _named(body.motors))
        for body, tasks in rows.values()
    ]


def _named(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def describe_tasks() -> list[tuple[str, ...]]:
    """Name and description of each task."""
    own: list[tuple[str, ...]] = [(name, (task.__doc__ or "").splitlines()[0]) for name, task in TASKS.items()]
    return [
        *own,
        ("gym:<id>", "Any registered Gymnasium environment with continuous actions, for flat policies."),
    ]


def describe_rewards() -> list[tuple[str, ...]]:
    """Name and description of each reward."""
    return [(name, (kind.function.__doc__ or "").splitlines()[0]) for name, kind in REWARDS.items()]


def find_skill(name: str) -> Path:
    """The file that a name means: a file, else a bundled skill, else a run or its checkpoint (`runs/x@500000`).

    Raises UserError where it means none.
    """
    path = Path(name)
    try:
        if path.is_file():
            return path
    except OSError as error:  # a name too long for the file system, for instance
        raise UserError(f"{name[:60]!r}... is no name of a skill: {error.strerror}.") from error
    found = bundled(name)
    if found is not None:
        return found
    run, _, steps = name.rpartition("@")
    if run and is_run(Path(run)):
        if not (steps.isascii() and steps.isdigit()):
            raise UserError(f"expected a number of steps after '@' in {name!r}, such as {run}@500000.")
        return skill_at(Path(run), int(steps))
    if is_run(path):
        newest = newest_skill(path)
        if newest is None:
            raise UserError(f"the run {name!r} has not saved a skill yet; wait for its first checkpoint.")
        return newest
    if path.is_dir():
        raise UserError(f"{name!r} is a folder but no run; expected a skill file, a bundled skill or a run's folder.")
    raise unknown_name("skill", name, bundled_skills())


def open_skill(name: str) -> tuple[Path, Skill]:
    """The file that a name means, and the skill in it; UserError where there is none, or a damaged one."""
    path = find_skill(name)
    return path, load_skill(path)
