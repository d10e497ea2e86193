"""The results as Markdown, written into a page between two markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from skillkit.benchmark import report
from skillkit.benchmark.rounds import Measure, Result
from skillkit.errors import UserError

START, END = "<!-- measured: start -->", "<!-- measured: end -->"


def with_results(page: str, text: str) -> str:
    """The page with `text` between its markers, all else as it was; UserError where a marker is missing."""
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise UserError(f"expected the markers {START} and {END} in the results page, in this order; put them back.")
    return f"{before}{START}\n\n{text.strip()}\n\n{END}{after}"


def markdown(made: Mapping[str, Any], measured: Sequence[tuple[Measure, Sequence[Result]]]) -> str:
    """Where and with what it was measured, and a table for each measure."""
    machine = made["machine"]
    versions = (f"{name} {' and '.join(found)}" for name, found in report.all_versions(made).items())
    lines = [
        f"Commit {made['commit']}, measured on {made['date']}.",
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory']}; {machine['system']}.",
        f"{made['rounds']} rounds of {made['seconds']:g} s each; the median counts.",
        f"Versions: {', '.join(versions)}.",
    ]
    return "\n".join(lines) + "\n\n" + "\n\n".join(table(measure, results) for measure, results in measured)


def table(measure: Measure, results: Sequence[Result]) -> str:
    """A heading and one row for each contender."""
    header = [list(report.HEADER), ["---", "--:", "--:", "--:", "---", "---"]]
    cells = [*header, *map(list, report.rows(measure, results))]
    return "\n".join([f"### {report.title(measure)}", "", *(f"| {' | '.join(row)} |" for row in cells)])
