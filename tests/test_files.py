"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from skillkit.files import written_whole


def test_the_file_appears_whole_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with written_whole(path) as aside:
        aside.write_text("new")
        assert not path.exists()
        assert aside.suffix == ".txt"
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "new"


def test_what_a_killed_process_left_goes_and_what_another_one_writes_stays(tmp_path: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    for number in (dead.pid, os.getppid()):
        (tmp_path / f".a.{number}.txt").write_text("half")
    (tmp_path / f".b.{dead.pid}.txt").write_text("of another file")
    with written_whole(tmp_path / "a.txt") as aside:
        aside.write_text("new")
    names = {found.name for found in tmp_path.iterdir()}
    assert names == {"a.txt", f".a.{os.getppid()}.txt", f".b.{dead.pid}.txt"}


def fill_the_disk(path: Path) -> None:
    with written_whole(path) as aside:
        aside.write_text("half")
        raise OSError("disk full")


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="disk full"):
        fill_the_disk(path)
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "old"
