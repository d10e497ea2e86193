"""Seconds that a training with a full replay of a million transitions takes to write a checkpoint, or to read one."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import torch

from skillkit.benchmark import settings
from skillkit.benchmark.memory import TRANSITIONS, fill
from skillkit.benchmark.protocol import Reading
from skillkit.files import sync
from skillkit.training.checkpoint import CheckpointFolder

CHUNK = 2**24  # bytes


class Checkpoints:
    """One checkpoint a round, in the system's folder for temporary files. reads: whether it is read, not written."""

    threads = 1

    def __init__(self, size: str, *, reads: bool = False, transitions: int = TRANSITIONS) -> None:
        self.name = f"skillkit, {size}, {'read' if reads else 'written'}"
        self.settings = ""  # its size, once it is warm
        recipe = settings.recipe(size, "gaussian", replay=transitions)
        self._training = settings.training(recipe, threading.Event())
        self._reads = reads
        self._place = tempfile.TemporaryDirectory()
        self._folder = CheckpointFolder(Path(self._place.name))

    @property
    def bytes(self) -> int:
        """The size of the newest checkpoint."""
        newest = self._folder.newest()
        return sum(path.stat().st_size for path in newest.iterdir()) if newest is not None else 0

    def warm_up(self) -> None:
        """Fill the replay and write it once."""
        torch.set_num_threads(1)  # as a training does
        fill(self._training.replay, settings.WORLDS)
        self._save()
        self.settings = f"{self.bytes / 2**20:,.0f} MiB"

    def run(self, seconds: float) -> Reading:
        """One checkpoint, however long it takes."""
        begin = time.perf_counter()
        if self._reads:
            newest = self._folder.newest()
            assert newest is not None
            self._training.restore(newest)
        else:
            self._save()
        return Reading(1, time.perf_counter() - begin)

    def _save(self) -> None:
        self._training.trainer.steps += 1  # one of the same steps would not be written again
        self._training.save(self._folder)


class PlainFile:
    """The limit: as many bytes as that checkpoint has, written in order into one file and synced to the disk."""

    threads = 1

    def __init__(self, size: str, *, transitions: int = TRANSITIONS) -> None:
        self.name = f"a plain file, {size}"
        self.settings = ""
        self._checkpoints = Checkpoints(size, transitions=transitions)
        self._bytes = 0

    def warm_up(self) -> None:
        """Learn how many bytes a checkpoint has."""
        self._checkpoints.warm_up()
        self._bytes, self.settings = self._checkpoints.bytes, self._checkpoints.settings
        del self._checkpoints

    def run(self, seconds: float) -> Reading:
        """One file; what it held before goes first, as the checkpoint before the last one does."""
        chunk = b"\1" * CHUNK
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plain"
            begin = time.perf_counter()
            with path.open("wb") as file:
                for at in range(0, self._bytes, CHUNK):
                    file.write(chunk[: self._bytes - at])
            sync(path)
            return Reading(1, time.perf_counter() - begin)
