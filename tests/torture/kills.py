"""SIGKILL, SIGTERM and Ctrl-C at random moments: what is resumed must end as what was never stopped."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from subprocess import TimeoutExpired

from outcome import Outcome
from trials import Trial, differences, ended, finish, leftovers, newest_run, problems, start

from skillkit.experiments.seed_group import is_finished


def reference(trial: Trial, folder: Path, files: Sequence[Path]) -> float:
    """The trial without a stop, in a folder that `files` are copied into: its seconds."""
    begin = time.monotonic()
    _place(folder, files)
    code = finish(folder, trial.command)
    assert code == 0, f"{trial.name} failed on its own, see {folder / 'log.txt'}"
    return time.monotonic() - begin


def stop_again_and_again(
    trial: Trial,
    whole: Path,
    seconds: float,
    folder: Path,
    files: Sequence[Path],
    number: signal.Signals,
    rng: random.Random,
) -> Outcome:
    """Start, stop by a signal at a random moment, resume, until it has ended; each stop counts as one try."""
    _place(folder, files)
    stops = 0
    while True:
        process = start(folder, trial.next_command(folder))
        try:
            # Python itself answers the keyboard with a traceback until it has started.
            begin = 0.5 if number == signal.SIGINT else 0.0
            code = process.wait(rng.uniform(begin, 0.7 * seconds))
        except TimeoutExpired:
            process.send_signal(number)
            code = ended(process)
            stops += code != 0
        if code == 0 or is_finished(newest_run(folder)):  # a kill may come after the last thing was written
            break
        if code not in (-number, 130):
            return Outcome(f"{number.name}, {trial.name}", max(1, stops), 0, f"exit code {code}, see {folder}/log.txt")
    lost = [*differences(whole, folder), *problems(folder), *leftovers(folder)]
    if lost:
        return Outcome(f"{number.name}, {trial.name}", max(1, stops), 0, ", ".join(lost))
    return Outcome(f"{number.name}, {trial.name}", stops, stops)


def _place(folder: Path, files: Sequence[Path]) -> None:
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder)
