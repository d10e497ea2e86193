from __future__ import annotations

import sys

import pytest

from skillkit.benchmark.protocol import Greeting, Reading
from skillkit.benchmark.rounds import Entry, Measure, Result, check_rounds, chosen, ratios, run_measure, value
from skillkit.errors import UserError

RATES = """
import sys
from skillkit.benchmark.protocol import Reading, serve

class Fixed:
    threads, settings = 1, ""
    def __init__(self, name, *counts):
        self.name, self.counts = name, [int(count) for count in counts]
    def warm_up(self):
        pass
    def run(self, seconds):
        return Reading(self.counts.pop(0), 2.0, updates=5)

serve(Fixed(*sys.argv[1:]))
"""


def result(key: str, *values: float, against: tuple[str, ...] = ()) -> Result:
    return Result(key, Greeting(key.upper(), 1, "", {}), values, against)


def test_what_a_reading_says() -> None:
    reading = Reading(10, 4.0)
    assert [value(kind, reading) for kind in ("rate", "time", "amount")] == [2.5, 0.4, 10]


def test_the_median_is_the_middle_round() -> None:
    assert result("a", 1.0, 9.0, 2.0).median == 2.0
    assert result("a", 1.0, 9.0, 2.0, 4.0).median == 3.0


def test_ratios_are_of_medians_and_leave_out_who_is_absent() -> None:
    ours, theirs = result("a", 6.0, against=("b", "c")), result("b", 1.0, 4.0, 100.0)
    assert ratios([ours, theirs], ours) == {"B": 1.5}
    assert ratios([ours, theirs], theirs) == {}


def test_contenders_take_turns() -> None:
    entries = tuple(
        Entry(name, (sys.executable, "-c", RATES, name, *counts)) for name, counts in (("a", "246"), ("b", "888"))
    )
    said: list[str] = []
    first, second = run_measure(Measure("m", "Title", "1/s", "rate", entries), 3, 0.1, said.append)
    assert (first.values, second.values) == ((1.0, 2.0, 3.0), (4.0, 4.0, 4.0))
    assert first.updates_per_count == 15 / 12
    turns = [line.rpartition(" ")[2] for line in said if "round" in line]
    assert turns == ["a", "b"] * 3


@pytest.mark.parametrize(("rounds", "seconds"), [(0, 1.0), (-1, 1.0), (1, 0.0), (1, 1000.0), (1, float("nan"))])
def test_nothing_to_measure(rounds: int, seconds: float) -> None:
    with pytest.raises(UserError):
        check_rounds(rounds, seconds)


def test_measures_by_name() -> None:
    measures = [Measure(key, key, "", "rate", ()) for key in ("memory", "startup")]
    assert chosen(measures, []) == measures
    assert [measure.key for measure in chosen(measures, ["startup"])] == ["startup"]
    with pytest.raises(UserError, match="unknown measure 'startp'; did you mean 'startup'"):
        chosen(measures, ["startp"])
