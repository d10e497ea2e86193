"""Peak memory of a process, measured in a fresh one each time; imports nothing but the standard library."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from skillkit.benchmark.protocol import Reading


class PeakMemory:
    """A contender that runs a command and reads, from the last line it prints, its peak in MiB."""

    def __init__(self, name: str, threads: int, settings: str, command: Sequence[str]) -> None:
        self.name, self.threads, self.settings = name, threads, settings
        self._command = list(command)

    def warm_up(self) -> None:
        """Nothing: every round is a process of its own."""

    def run(self, seconds: float) -> Reading:
        """One process, however long it takes; the count is its peak."""
        done = subprocess.run(self._command, stdout=subprocess.PIPE, text=True, check=True)
        return Reading(float(json.loads(done.stdout.splitlines()[-1])), 1.0)


def peak_mebibytes() -> float:
    """The largest resident size that this process has had, MiB.

    Linux counts in `ru_maxrss` what the parent held when it started this process, and in `VmHWM` it does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return float(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
