"""Small real trainings by the plain command, and what it means that two of them ended alike."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from skillkit.training.checkpoint import CheckpointFolder

WALL_CLOCK = ("seconds", "steps_per_second", "updates_per_second")  # columns that no two runs share
SMALL = {
    "training.steps": "2000",
    "training.checkpoint_every": "100",  # so that a good part of the time goes into writing
    "training.log_every": "70",  # so that the last row is not a checkpoint's
    "training.warmup_transitions": "50",
    "training.replay_size": "5000",
    "world.num_worlds": "4",
    "world.episode_steps": "50",
    "policy.hidden": "[16]",
    "algorithm.critic_hidden": "[16, 16]",
    "algorithm.batch_size": "16",
}
OUT = "skill.safetensors"
PATIENCE = 300.0  # seconds that any one of them may take


@dataclass(frozen=True)
class Trial:
    """A training. arguments: of skillkit's command, beside what makes it small; compiled: whether its updates are."""

    name: str
    arguments: tuple[str, ...]
    compiled: bool = False

    @property
    def command(self) -> list[str]:
        """The arguments that start it."""
        small = [word for key, value in self._small.items() for word in ("--set", f"{key}={value}")]
        return [*self.arguments, *small, "--out", OUT]

    @property
    def _small(self) -> dict[str, str]:
        small = SMALL | {"training.compile": str(self.compiled).lower()}
        if any(word.startswith("gym:") for word in self.arguments):  # which has a length of its own
            del small["world.episode_steps"]
        return small

    def resume(self, run: Path) -> list[str]:
        """The arguments that resume it."""
        return [self.arguments[0], "--resume", f"runs/{run.name}"]

    def next_command(self, folder: Path) -> list[str]:
        """Resume where there is a checkpoint, start anew where there is none."""
        run = newest_run(folder)
        return self.command if run is None else self.resume(run)


def start(folder: Path, arguments: Sequence[str], *, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    """The command in a folder, as a process; before: words in front of the interpreter, or of its script."""
    folder.mkdir(parents=True, exist_ok=True)
    line = [*(before or (sys.executable, "-P", "-m", "skillkit")), *arguments]
    log = (folder / "log.txt").open("a")
    try:
        return subprocess.Popen(line, cwd=folder, stdout=log, stderr=log, text=True, env=os.environ | {"TERM": "dumb"})
    finally:
        log.close()


def finish(folder: Path, arguments: Sequence[str], **others: Sequence[str]) -> int | None:
    """Run the command to its end: its exit code, or None where it does not come to one."""
    return ended(start(folder, arguments, **others))


def ended(process: subprocess.Popen[str]) -> int | None:
    """The exit code of a process; None for one that hangs, which is killed."""
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def newest_run(folder: Path) -> Path | None:
    """The newest run that has a checkpoint."""
    found = [path for path in (folder / "runs").glob("*_[0-9]*") if CheckpointFolder(path / "checkpoints").newest()]
    return max(found, key=lambda path: int(path.name.rpartition("_")[2]), default=None)


def differences(one: Path, other: Path) -> list[str]:
    """What differs between two finished trainings' skills, checkpoints and metrics; nothing where they ended alike."""
    found = [] if (one / OUT).read_bytes() == (other / OUT).read_bytes() else ["skill"]
    runs = [newest_run(folder) for folder in (one, other)]
    assert runs[0] is not None
    if runs[1] is None:
        return [*found, "no run"]
    first, second = (CheckpointFolder(run / "checkpoints").newest() for run in runs if run)
    assert first is not None
    if second is None or first.name != second.name:
        return [*found, "checkpoint's steps"]
    for file in sorted(path.name for path in first.iterdir()):
        if contents(first / file) != contents(second / file):
            found.append(file)
    return found if metrics(runs[0]) == metrics(runs[1]) else [*found, "metrics"]


def contents(path: Path) -> tuple[dict[str, bytes], str]:
    """Every tensor's bytes, and what else a checkpoint's file says, but for its wall clock."""
    with safe_open(path, framework="pt") as file:
        tensors = {name: _bytes(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 - not a mapping
        state = json.loads(file.metadata()["state"])
    state.pop("seconds", None)
    return tensors, json.dumps(state, sort_keys=True)


def metrics(run: Path) -> list[dict[str, str]]:
    """The rows of a run's metrics, without those of the wall clock."""
    with (run / "metrics.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [{name: value for name, value in row.items() if name not in WALL_CLOCK} for row in rows]


def problems(folder: Path) -> list[str]:
    """What a user should never see: a traceback among the messages."""
    text = (folder / "log.txt").read_text(encoding="utf-8", errors="replace")
    return ["traceback"] if "Traceback" in text else []


def leftovers(folder: Path) -> list[str]:
    """Files and folders that were being written, where everything has ended."""
    found = [path.name for path in folder.rglob(".*") if path.name.startswith(".writing_") or path.suffix]
    return [f"{name} is left" for name in found]


def _bytes(tensor: torch.Tensor) -> bytes:
    return np.ascontiguousarray(tensor.numpy()).tobytes()
