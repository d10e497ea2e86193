"""Metrics of a run: one CSV row and one set of TensorBoard scalars each time."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from torch.utils.tensorboard import SummaryWriter

from skillkit.errors import UserError
from skillkit.files import sync, written_whole


class MetricsLog:
    """Appends rows to `metrics.csv` and TensorBoard; opened anew, it drops rows beyond the checkpoint.

    resume_steps: control steps of the checkpoint that the run goes on from, 0 for a new run.
    """

    def __init__(self, folder: Path, resume_steps: int = 0) -> None:
        self._path = folder / "metrics.csv"
        self._rows = _read(self._path, resume_steps) if resume_steps else []
        self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=resume_steps + 1 if resume_steps else None)
        self._columns = list(self._rows[0]) if self._rows else []
        self._rewrite()

    def add(self, row: Mapping[str, float]) -> None:
        """One more row; columns that were not there before widen the table."""
        text = {name: f"{value:.6g}" if isinstance(value, float) else str(value) for name, value in row.items()}
        self._rows.append(text)
        new = [name for name in row if name not in self._columns]
        if new:
            self._columns += new
            self._rewrite()
        else:
            with self._path.open("r+", newline="", encoding="utf-8") as file:  # it is not made anew where it is gone
                file.seek(0, os.SEEK_END)
                csv.DictWriter(file, self._columns, restval="").writerow(text)
            sync(self._path)  # before the checkpoint that says it is there
        for name, value in row.items():
            self._board.add_scalar(name, value, int(row["steps"]))

    def close(self) -> None:
        """Flush and close."""
        with contextlib.suppress(OSError):  # what TensorBoard could not write, metrics.csv has
            self._board.close()

    def _rewrite(self) -> None:
        with written_whole(self._path) as aside, aside.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns, restval="")
            writer.writeheader()
            writer.writerows(self._rows)


def _read(path: Path, steps: int) -> list[dict[str, str]]:
    """The rows up to these steps; one that was cut off in the middle is beyond them."""
    if not path.exists():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            lines = [line for line in file if line.endswith("\n")]
        return [row for row in csv.DictReader(lines) if int(row["steps"]) <= steps]
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise UserError(f"{path} is damaged ({error}); move it away to go on without its rows.") from error


def read_metrics(folder: Path) -> dict[str, np.ndarray]:
    """The columns of a run's `metrics.csv` by name, NaN where a row has no value."""
    try:
        with (folder / "metrics.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (csv.Error, UnicodeError) as error:
        raise UserError(f"{folder / 'metrics.csv'} is damaged ({error}); use another run.") from error
    names = list(rows[0]) if rows else []
    return {name: np.array([float(row[name] or "nan") for row in rows]) for name in names}
