"""Seconds from the start of `skillkit pretrain` to its first update, with an empty and with a filled compile cache."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from skillkit.benchmark.protocol import Reading
from skillkit.errors import UserError
from skillkit.machine import cores

COMMAND = ("-m", "skillkit", "pretrain", "--recipe", "ant_loco", "--set", "training.log_every=1")
PATIENCE = 600.0  # seconds


class FirstUpdate:
    """A fresh process a round, ended after its first update. cold: each with an empty compile cache of its own."""

    settings = "skillkit pretrain --recipe ant_loco"

    def __init__(self, cold: bool) -> None:
        self.name = f"skillkit, {'cold' if cold else 'warm'} compile cache"
        self.threads = min(2, cores())
        self._cold = cold
        self._cache = tempfile.TemporaryDirectory()

    def warm_up(self) -> None:
        """One start, which fills the cache; nothing for an empty one."""
        if not self._cold:
            seconds_to_first_update(Path(self._cache.name))

    def run(self, seconds: float) -> Reading:
        """One start, however long it takes."""
        if not self._cold:
            return Reading(1, seconds_to_first_update(Path(self._cache.name)))
        with tempfile.TemporaryDirectory() as empty:
            return Reading(1, seconds_to_first_update(Path(empty)))


def seconds_to_first_update(cache: Path) -> float:
    """From the start of the process to the first row of its metrics that tells of an update."""
    caches = {"XDG_CACHE_HOME": str(cache), "TORCHINDUCTOR_CACHE_DIR": str(cache / "inductor")}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as words:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *COMMAND], cwd=folder, env={**os.environ, **caches}, stdout=words, stderr=words
        )
        try:
            while not any(has_updated(path) for path in Path(folder).glob("runs/*/metrics.csv")):
                if process.poll() is not None or time.perf_counter() - start > PATIENCE:
                    words.seek(0)
                    raise UserError(
                        f"skillkit pretrain should have updated and did not; it said: {words.read()[-500:]}"
                    )
                time.sleep(0.01)
            return time.perf_counter() - start
        finally:
            process.kill()
            process.wait()


def has_updated(metrics: Path) -> bool:
    """Whether the last row of a run's metrics counts an update."""
    with metrics.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return bool(rows) and float(rows[-1]["updates"] or 0) > 0
