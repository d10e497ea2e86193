"""Several seeds side by side, each by its own command in a process of its own, shown in one table."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.live import Live
from rich.table import Table

from skillkit.errors import UserError
from skillkit.experiments.seed_group import SeedEntry, SeedGroup, is_finished, ready_run
from skillkit.experiments.signals import STOP_SIGNALS, asked_to_stop
from skillkit.machine import cores

State = Literal["waiting", "training", "done", "stopped", "failed"]

POLL_SECONDS = 0.5
STOP_CODES = (130, *(-kind for kind in STOP_SIGNALS))  # of a command that was asked to stop
SCORES = ("return", "success")


def side_by_side(count: int) -> int:
    """How many of `count` seeds train at a time."""
    return min(count, cores())


class SeedProcess:
    """One seed's command, from the start or from its run's last checkpoint; its messages go to a log."""

    def __init__(self, group: SeedGroup, entry: SeedEntry) -> None:
        self.group, self.entry = group, entry
        self.run = group.find_run(entry)
        self.state: State = "done" if is_finished(self.run) else "waiting"
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Drop a run that stopped before its first checkpoint; UserError while another process writes in the run."""
        if self.state == "waiting":
            self.run = ready_run(self.run)

    def start(self) -> None:
        """Start the command; its own process group keeps a terminal's Ctrl-C from reaching it a second time."""
        with self.group.log_path(self.entry.seed).open("ab") as log:
            if self.run is None:
                try:
                    self.group.check_origin()
                except UserError as error:
                    log.write(f"error: {error}\n".encode())
                    self.state = "failed"
                    return
            resumed = [self.group.contents.command, "--resume", str(self.run)]
            arguments = self.entry.arguments if self.run is None else resumed
            line = [sys.executable, "-P", "-m", "skillkit", *arguments]
            self._process = subprocess.Popen(
                line, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, process_group=0
            )
        self.state = "training"

    def poll(self) -> None:
        """See whether the command has ended, and which run is its."""
        if self._process is None or self.state != "training":
            return
        code = self._process.poll()
        if self.run is None:
            self.run = self.group.find_run(self.entry)
            if self.run is not None:
                self.group.note_run(self.entry.seed, self.run)
        if code is not None:
            self.state = "done" if code == 0 else "stopped" if code in STOP_CODES else "failed"

    def stop(self) -> None:
        """Ask the command to save a checkpoint and end; asked a second time, it ends at once."""
        if self._process is not None and self.state == "training":
            self._process.terminate()

    def wait(self) -> None:
        """Wait for the command's end."""
        if self._process is not None:
            self._process.wait()

    def row(self) -> Mapping[str, str]:
        """The last row of the run's metrics, empty when there is none."""
        return {} if self.run is None else last_row(self.run / "metrics.csv")


def run_all(group: SeedGroup, console: Console) -> list[SeedProcess]:
    """Run the commands of a group that are not done, some at a time; a stop is passed on to those that train."""
    seeds = [SeedProcess(group, entry) for entry in group.contents.seeds]
    for seed in seeds:
        seed.prepare()
    display = SeedsDisplay(console, group.recipe().training.steps)
    asked: list[None] = []
    try:
        with asked_to_stop(lambda: asked.append(None), again=True), display:
            _run(seeds, asked, display)
    except BaseException:
        for seed in seeds:
            seed.stop()
        for seed in seeds:
            seed.wait()
        raise
    return seeds


def _run(seeds: Sequence[SeedProcess], asked: Sequence[None], display: SeedsDisplay) -> None:
    limit, passed_on = side_by_side(len(seeds)), 0
    while True:
        for seed in seeds:
            seed.poll()
        if len(asked) > passed_on:
            passed_on = len(asked)
            display.say("stopping; a second Ctrl-C ends at once, without new checkpoints")
            for seed in seeds:
                seed.stop()
        training = sum(seed.state == "training" for seed in seeds)
        waiting = [] if asked else [seed for seed in seeds if seed.state == "waiting"]
        for seed in waiting[: limit - training]:
            seed.start()
        display.show(seeds)
        if not training and not waiting:
            return
        time.sleep(POLL_SECONDS)


class SeedsDisplay:
    """One live table on a terminal; elsewhere a line whenever a seed's state changes. total: control steps of each."""

    def __init__(self, console: Console, total: int) -> None:
        self._console, self._total = console, total
        self._told: dict[int, State] = {}
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None

    def __enter__(self) -> SeedsDisplay:
        """Start drawing."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing."""
        if self._live is not None:
            self._live.stop()

    def say(self, text: str) -> None:
        """A line of its own."""
        self._console.print(text, highlight=False)

    def show(self, seeds: Sequence[SeedProcess]) -> None:
        """Show where the seeds are."""
        if self._live is not None:
            self._live.update(progress_table(seeds, self._total), refresh=True)
            return
        for seed in seeds:
            number = seed.entry.seed
            if self._told.get(number) != seed.state:
                self._told[number] = seed.state
                where = f", messages in {seed.group.log_path(number)}" if seed.state == "training" else ""
                self._console.print(f"seed {number}: {seed.state}{where}", highlight=False, soft_wrap=True)


def progress_table(seeds: Sequence[SeedProcess], total: int) -> Table:
    """Seed, state, control steps, their rate while it trains, and scores so far."""
    rows = [seed.row() for seed in seeds]
    scores = [name for name in SCORES if any(name in row for row in rows)]
    table = Table("seed", "state", "steps", "steps/s", *scores)
    for seed, row in zip(seeds, rows, strict=True):
        steps = f"{int(row.get('steps', 0)):,}/{total:,}"
        rate = _shown(row, "steps_per_second", ".0f") if seed.state == "training" else ""
        table.add_row(str(seed.entry.seed), seed.state, steps, rate, *(_shown(row, name, ".4g") for name in scores))
    return table


def _shown(row: Mapping[str, str], name: str, form: str) -> str:
    """A column of a row as text, empty where the row has none."""
    return format(float(row[name]), form) if row.get(name) else ""


def last_row(path: Path) -> Mapping[str, str]:
    """The last whole row of a CSV file, empty when there is none."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            whole = (row for row in csv.DictReader(file) if None not in row.values())
            return next(iter(deque(whole, maxlen=1)), {})
    except OSError:
        return {}
