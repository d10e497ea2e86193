"""Checkpoints come back exactly, and a failed write costs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from skillkit.errors import UserError
from skillkit.training import checkpoint
from skillkit.training.checkpoint import CheckpointFolder, load_state, save_state


def same(first: Any, second: Any) -> bool:
    """Whether two trees are equal, types and dtypes of arrays among it."""
    if isinstance(first, Tensor):
        return isinstance(second, Tensor) and first.dtype == second.dtype and torch.equal(first, second)
    if isinstance(first, np.ndarray):
        return isinstance(second, np.ndarray) and first.dtype == second.dtype and np.array_equal(first, second)
    if isinstance(first, Mapping):
        return list(first) == list(second) and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same, first, second))
    return type(first) is type(second) and bool(first == second)


def round_trip(state: Mapping[str, Any], folder: Path) -> Any:
    save_state(folder / "state.safetensors", state)
    return load_state(folder / "state.safetensors")


def test_nested_trees_come_back_as_they_were(tmp_path: Path) -> None:
    state = {
        "tensors": {
            "float32": torch.randn(2, 3),
            "float64": torch.tensor(1.0 / 3.0, dtype=torch.float64),
            "int64": torch.tensor([2**62, -1]),
            "uint8": torch.Generator().manual_seed(3).get_state(),
            "bool": torch.tensor([[True], [False]]),
            "empty": torch.zeros(0, 4),
            "infinite": torch.tensor([-torch.inf]),
        },
        "arrays": [
            np.arange(3),
            np.array([True, False]),
            np.array(0.1),
            np.array([[1.5]], np.float32),
            np.zeros((0, 2)),
        ],
        "plain": {"none": None, "true": True, "false": False, "text": "naïve", "int": -3, "float": 0.1},
        "empty": {"dict": {}, "list": []},
        "reward/speed": {"a": [{"b": torch.ones(1)}, [1, [2.5, None]]]},
    }
    assert same(state, round_trip(state, tmp_path))


def test_state_of_numpys_random_numbers_comes_back(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    state = generator.bit_generator.state
    assert state["state"]["state"] > 2**63
    expected = generator.random(4)
    generator.bit_generator.state = round_trip({"rng": state}, tmp_path)["rng"]
    assert generator.random(4).tolist() == expected.tolist()


def test_views_and_numpy_numbers_are_written_by_value(tmp_path: Path) -> None:
    whole = torch.arange(12.0).reshape(3, 4)
    state = {
        "column": whole[:, 1],
        "turned": whole.T,
        "same": whole,
        "number": np.float64(0.5),
        "count": np.int64(7),
    }
    found = round_trip(state, tmp_path)
    assert found["column"].tolist() == [1.0, 5.0, 9.0]
    assert torch.equal(found["turned"], whole.T)
    assert (found["number"], found["count"]) == (0.5, 7)


def test_tuples_come_back_as_lists(tmp_path: Path) -> None:
    assert round_trip({"pair": (1, (2, "x"))}, tmp_path) == {"pair": [1, [2, "x"]]}


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_truncated_file_is_a_user_error(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "state.safetensors"
    save_state(path, {"values": torch.arange(100.0)})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UserError, match=r"state\.safetensors is not a whole checkpoint"):
        load_state(path)


def test_a_missing_or_foreign_file_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a whole checkpoint"):
        load_state(tmp_path / "missing.safetensors")
    from safetensors.torch import save_file

    save_file({"weights": torch.ones(2)}, tmp_path / "foreign.safetensors")
    with pytest.raises(UserError, match="not a whole checkpoint"):
        load_state(tmp_path / "foreign.safetensors")


def states(number: float) -> dict[str, dict[str, Any]]:
    return {"learner": {"weights": torch.full((3,), number)}, "trainer": {"steps": number}}


def content(folder: CheckpointFolder) -> float:
    newest = folder.newest()
    assert newest is not None
    weights = load_state(newest / "learner.safetensors")["weights"]
    assert load_state(newest / "trainer.safetensors")["steps"] == weights[0].item()
    return float(weights[0])


def test_only_the_newest_checkpoint_is_kept(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    (tmp_path / "of_a_user").mkdir()  # is left alone
    assert folder.newest() is None
    for steps in (900, 1000, 20000):
        folder.save(steps, states(float(steps)))
        assert content(folder) == float(steps)
        assert sorted(path.name for path in folder.path.iterdir()) == [f"{steps:012d}", "of_a_user"]


def test_a_folder_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        CheckpointFolder(tmp_path / "gone").save(1, states(1.0))
    assert not (tmp_path / "gone").exists()


def test_one_of_the_same_steps_stays_untouched(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    folder.save(5, states(1.0))
    before = (tmp_path / f"{5:012d}").stat()
    folder.save(5, states(1.0))
    after = (tmp_path / f"{5:012d}").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_previous_checkpoint_remains_when_writing_fails_midway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = CheckpointFolder(tmp_path)
    folder.save(10, states(1.0))

    def full_disk(path: Path, state: Mapping[str, Any]) -> None:
        if path.stem == "trainer":
            raise OSError("no space left on device")
        save_state(path, state)

    monkeypatch.setattr(checkpoint, "save_state", full_disk)
    with pytest.raises(OSError, match="no space left"):
        folder.save(20, states(2.0))
    assert content(folder) == 1.0
    assert [path.name for path in tmp_path.iterdir()] == [f"{10:012d}"]


def test_leftovers_of_a_killed_writer_are_ignored_and_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".writing_abc").mkdir()
    folder = CheckpointFolder(tmp_path)
    assert folder.newest() is None

    def beside(path: Path, state: Mapping[str, Any]) -> None:  # they go first: a disk has room for two, not three
        assert not (tmp_path / ".writing_abc").exists()
        save_state(path, state)

    monkeypatch.setattr(checkpoint, "save_state", beside)
    folder.save(1, states(1.0))
    assert [path.name for path in tmp_path.iterdir()] == [f"{1:012d}"]
