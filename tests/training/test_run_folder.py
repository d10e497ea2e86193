"""A run's folder: its number, its lock and its skills."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from skillkit.errors import UserError
from skillkit.training import run_folder
from skillkit.training.run_folder import RunFolder, checked_run, is_run, newest_run, newest_skill, skill_at


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_folder, "versions", lambda: {"python": "3"})


def create(name: str = "ball_loco") -> RunFolder:
    return RunFolder.create(name, "task: open\n", ["skillkit", "pretrain"])


def test_runs_are_numbered_from_one_after_the_last() -> None:
    names = []
    for _ in range(3):
        folder = create()
        names.append(folder.path.name)
        folder.close()
    assert names == ["ball_loco_1", "ball_loco_2", "ball_loco_3"]
    Path("runs/ball_loco_17").mkdir()
    folder = create()
    assert folder.path.name == "ball_loco_18"
    folder.close()


def test_numbers_of_longer_names_do_not_count() -> None:
    Path("runs/ball_loco_7").mkdir(parents=True)
    folder = create("ball")
    assert folder.path.name == "ball_1"
    folder.close()


def test_a_new_run_holds_its_recipe_and_notes() -> None:
    folder = create()
    assert folder.recipe_path.read_text(encoding="utf-8") == "task: open\n"
    assert folder.notes()["command"] == ["skillkit", "pretrain"]
    folder.note({"seconds": 1.5})
    folder.note({"seconds": 2.5, "done": True})
    assert folder.notes() == {
        "command": ["skillkit", "pretrain"],
        "versions": {"python": "3"},
        "seconds": 2.5,
        "done": True,
    }
    assert is_run(folder.path)
    folder.close()


def test_only_one_writer_at_a_time() -> None:
    first = create()
    with pytest.raises(UserError, match=r"another process is writing in runs/ball_loco_1"):
        RunFolder.reopen(first.path)
    first.close()
    second = RunFolder.reopen(first.path)
    with pytest.raises(UserError, match="another process is writing"):
        RunFolder.reopen(first.path)
    second.close()


def test_reopening_what_is_no_run_is_a_user_error() -> None:
    Path("runs/empty").mkdir(parents=True)
    for path in (Path("runs/empty"), Path("runs/missing")):
        with pytest.raises(UserError, match="expected a run's folder"):
            RunFolder.reopen(path)
        with pytest.raises(UserError, match="expected a run's folder"):
            checked_run(path)


def keep_skills(folder: RunFolder, *steps: int) -> None:
    for count in steps:
        folder.skill_path(count).touch()


def test_skill_at_finds_the_first_one_kept_at_the_steps_or_later() -> None:
    folder = create()
    keep_skills(folder, 50_000, 100_008, 1_000_000)
    assert skill_at(folder.path, 50_000) == folder.skill_path(50_000)
    assert skill_at(folder.path, 100_000) == folder.skill_path(100_008)
    assert newest_skill(folder.path) == folder.skill_path(1_000_000)
    folder.close()


def test_skill_beyond_the_last_one_is_a_user_error_that_says_which_there_are() -> None:
    folder = create()
    with pytest.raises(UserError, match=r"none yet; got 80000\."):
        skill_at(folder.path, 80_000)
    keep_skills(folder, 10_000, 70_000)
    with pytest.raises(UserError, match=r"runs/ball_loco_1 keeps skills at the steps 10000, 70000; got 80000\."):
        skill_at(folder.path, 80_000)
    folder.close()


def test_newest_run_is_the_one_whose_skills_changed_last() -> None:
    assert newest_run() is None
    older, newer, without = create("ball"), create("ant"), create("cat")
    for folder, second in ((older, 200), (newer, 100), (without, 300)):
        if folder is not without:
            keep_skills(folder, 10)
        os.utime(folder.path / "skills", (second, second))
        folder.close()
    assert newest_run() == older.path
    os.utime(newer.path / "skills", (250, 250))
    assert newest_run() == newer.path
