"""Measure skillkit on this machine: everything that needs no peer beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from skillkit.benchmark import report
from skillkit.benchmark.measures import own_measures
from skillkit.benchmark.rounds import Measure, Result, check_rounds, chosen, run_measure
from skillkit.errors import UserError
from skillkit.files import written_whole


def bench(
    rounds: int, seconds: float, only: Sequence[str], out: Path | None, *, console: Console, output: Console
) -> None:
    """Run the measures named in `only`, all for none, and print a table each; `out`: a JSON file of the results."""
    check_rounds(rounds, seconds)
    if out is not None and (out.is_dir() or not out.parent.is_dir()):
        raise UserError(f"expected a file in a folder that exists for the results, got {str(out)!r}; choose another.")
    if out is not None and not os.access(out.parent, os.W_OK):
        raise UserError(f"the folder {str(out.parent)!r} cannot be written to; choose another --out.")
    measured = []
    for measure in chosen(own_measures(), only):
        with console.status(measure.title) as status:
            results = run_measure(measure, rounds, seconds, status.update)
        measured.append((measure, results))
        output.print(_table(measure, results))
    if out is not None:
        with written_whole(out) as aside:
            aside.write_text(json.dumps(report.document(measured, rounds=rounds, seconds=seconds), indent=2) + "\n")


def _table(measure: Measure, results: Sequence[Result]) -> Table:
    table = Table(*report.HEADER, title=report.title(measure))
    for row in report.rows(measure, results):
        table.add_row(*row)
    return table
