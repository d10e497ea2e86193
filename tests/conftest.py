"""Set-up of every test session: one thread a worker, array shapes checked at run time, steady hypothesis."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # inherited by the commands that tests start

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jaxtyping
import pytest
import torch
from hypothesis import settings

if TYPE_CHECKING:
    from skillkit.build import Training
    from skillkit.config import Recipe
    from skillkit.skills.skill import Skill

CHECKED_PACKAGES = ("skillkit.policies", "skillkit.algorithms")

# The hook must stand before these packages are first imported.
if os.environ.get("JAXTYPING_DISABLE", "0") != "1":
    jaxtyping.install_import_hook(CHECKED_PACKAGES, "beartype.beartype")

torch.set_num_threads(1)

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

# A training of about a second: every number that costs time is small.
TINY: Mapping[str, Any] = {
    "world.num_worlds": 4,
    "world.episode_steps": 50,
    "policy.hidden": [8],
    "algorithm.batch_size": 16,
    "algorithm.update_to_data": 0.5,
    "algorithm.critic_hidden": [8],
    "training.steps": 400,
    "training.warmup_transitions": 50,
    "training.checkpoint_every": 200,
    "training.log_every": 100,
    "training.compile": False,
}
TINY_SET = [
    part
    for key, value in TINY.items()
    for part in ("--set", f"{key}={str(value).lower() if isinstance(value, bool) else value}")
]


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


def tiny_recipe(bundled: str = "ball_loco", /, **flags: Any) -> Recipe:
    """A bundled recipe made tiny; flags are recipe keys with `__` for the dot."""
    from skillkit.build import known_names
    from skillkit.config.recipes import changed_recipe, find_recipe

    keys = {key.replace("__", "."): value for key, value in flags.items()}
    return changed_recipe(find_recipe(bundled), {**TINY, **keys}, [], known_names())


def train_tiny(recipe: Recipe, base: Skill | None = None, *, head: Skill | None = None) -> Training:
    """Train in memory, without a run's folder."""
    from skillkit.build import build_training

    stop = threading.Event()
    training = build_training(recipe, base, head=head, log=lambda _: None, checkpoint=lambda _: None, stop=stop)
    training.trainer.run()
    return training


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Recipe]:
    """Makes a tiny recipe: `tiny("ball_maze", policy__hold=2)`."""
    return tiny_recipe


@pytest.fixture(scope="session")
def train_in_memory() -> Callable[..., Training]:
    """Trains a recipe, on a base, under a head or with neither: `train_in_memory(recipe, base, head=...)`."""
    return train_tiny


@pytest.fixture(scope="session")
def ball_skill() -> Skill:
    """One level: a ball on the open floor."""
    from skillkit.build import freeze

    return freeze(train_tiny(tiny_recipe()))


@pytest.fixture(scope="session")
def maze_skill(ball_skill: Skill) -> Skill:
    """Two levels: the ball in the maze, its latent held for 2 steps."""
    from skillkit.build import freeze

    return freeze(train_tiny(tiny_recipe("ball_maze", policy__hold=2), ball_skill))


@pytest.fixture(scope="session")
def tower_skill(maze_skill: Skill) -> Skill:
    """Three levels: a third one on the second's latent, held for 3 of its steps."""
    from skillkit.build import freeze

    return freeze(train_tiny(tiny_recipe("ball_maze", name="tower", policy__hold=3), maze_skill))


@pytest.fixture(scope="session")
def goto_skill() -> Skill:
    """A hierarchy of --algo kl: the ball and one of three targets."""
    from skillkit.build import freeze

    return freeze(train_tiny(tiny_recipe("ball_goto", algorithm__sequence_length=3, algorithm__update_to_data=0.1)))


@pytest.fixture(scope="session")
def goto_file(goto_skill: Skill, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of `goto_skill`."""
    return _written(goto_skill, tmp_path_factory)


@pytest.fixture(scope="session")
def ball_file(ball_skill: Skill, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of `ball_skill`."""
    return _written(ball_skill, tmp_path_factory)


@pytest.fixture(scope="session")
def maze_file(maze_skill: Skill, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of `maze_skill`."""
    return _written(maze_skill, tmp_path_factory)


@pytest.fixture(scope="session")
def point_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a skill of soft Q-learning, a point's among four goals, with its critics and its replay beside it."""
    from skillkit.build import freeze
    from skillkit.skills.file import load_skill
    from skillkit.skills.replay_file import replay_path, save_replay

    small = {"algorithm__particles": 2, "algorithm__value_samples": 2, "training__steps": 100}
    training = train_tiny(tiny_recipe("point_multi_goal_flat", **small))
    path = _written(freeze(training), tmp_path_factory)
    save_replay(replay_path(path), training.replay.observations(), load_skill(path).card.sha256, 0)
    return path


@pytest.fixture
def cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def command(cwd: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs the command line in this process, in an empty folder: `command("eval", "x", "--json")`."""
    from skillkit.cli.app import main

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["skillkit", *map(str, arguments)])
        capsys.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code
        printed = capsys.readouterr()
        return Ran(int(str(code or 0)), printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def tiny_flags() -> list[str]:
    """`--set` options that make a command's training tiny."""
    return TINY_SET


def _written(skill: Skill, factory: pytest.TempPathFactory) -> Path:
    from skillkit.skills.file import save_skill

    path = factory.mktemp("skills") / f"{skill.card.name}.safetensors"
    save_skill(path, skill)
    return path
