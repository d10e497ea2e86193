"""Measure skillkit and its peers in one run: `python -m benchmarks.run`, called by `make bench`.

Writes docs/results/speed.json, and the tables into docs/results/speed.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from benchmarks.commit import commit
from benchmarks.measures import ROOT, all_measures
from benchmarks.page import markdown, with_results
from skillkit.benchmark import report
from skillkit.benchmark.rounds import ROUNDS, SECONDS, check_rounds, chosen, run_measure
from skillkit.errors import UserError
from skillkit.files import written_whole

PAGE = ROOT / "docs" / "results" / "speed.md"
DATA = ROOT / "docs" / "results" / "speed.json"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure skillkit and its peers.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of each contender; their median counts")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="length of a round")
    parser.add_argument("--only", action="append", default=[], help="print one measure; nothing is written")
    args = parser.parse_args()
    try:
        measure(args.rounds, args.seconds, args.only)
    except UserError as error:
        say(f"error: {error}")
        sys.exit(2)


def measure(rounds: int, seconds: float, only: list[str]) -> None:
    """Run the measures and write the results; a part of them is printed alone, so that a page is always of one run."""
    check_rounds(rounds, seconds)
    start = time.monotonic()
    page, measured_at = with_results(PAGE.read_text(encoding="utf-8"), ""), commit()
    measures = chosen(all_measures(), only)
    measured = [(each, run_measure(each, rounds, seconds, say)) for each in measures]
    made = {"commit": measured_at, **report.document(measured, rounds=rounds, seconds=seconds)}
    text = markdown(made, measured)
    print(text)
    if not only:
        for path, content in ((DATA, json.dumps(made, indent=2) + "\n"), (PAGE, with_results(page, text))):
            with written_whole(path) as aside:
                aside.write_text(content, encoding="utf-8")
    say(f"{(time.monotonic() - start) / 60.0:.1f} minutes")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
