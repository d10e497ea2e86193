"""Measures: contenders take turns, round after round, and the median of each counts."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from skillkit.benchmark.protocol import Greeting, Reading, Remote
from skillkit.errors import UserError, unknown_name

Kind = Literal["rate", "time", "amount"]

ROUNDS, SECONDS = 5, 3.0  # for a median worth its name


@dataclass(frozen=True)
class Entry:
    """A contender to be started. key: unique in its measure; against: the keys of those it is compared with."""

    key: str
    command: tuple[str, ...]
    against: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    """One table. kind: what a round's value is: count per second, seconds per count, or the count itself.

    comparison: how a value stands to those it is compared with, in "times" or in "percent" of them.
    """

    key: str
    title: str
    unit: str
    kind: Kind
    entries: tuple[Entry, ...]
    comparison: Literal["times", "percent"] = "times"


@dataclass(frozen=True)
class Result:
    """A contender's values, one a round, in the measure's unit; updates_per_count: where updates were counted."""

    key: str
    greeting: Greeting
    values: tuple[float, ...]
    against: tuple[str, ...] = ()
    updates_per_count: float | None = None

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)


def value(kind: Kind, done: Reading) -> float:
    """What a round says, by the measure's kind."""
    if kind == "rate":
        return done.count / done.seconds
    return done.seconds / done.count if kind == "time" else done.count


def ratios(results: Sequence[Result], result: Result) -> dict[str, float]:
    """A result's median over those of the others it is compared with, by their names; absent ones are left out."""
    others = {other.key: other for other in results}
    found = [others[key] for key in result.against if key in others]
    return {other.greeting.name: result.median / other.median for other in found}


def check_rounds(rounds: int, seconds: float) -> None:
    """A UserError unless there is something to measure."""
    if not 1 <= rounds <= 1000:
        raise UserError(f"expected 1 to 1000 rounds, got {rounds}; give --rounds {ROUNDS}.")
    if not 0 < seconds <= 600:
        raise UserError(
            f"expected rounds of more than 0 and at most 600 seconds, got {seconds:g}; give --seconds {SECONDS:g}."
        )


def chosen(measures: Sequence[Measure], only: Sequence[str]) -> list[Measure]:
    """The measures of those names, all for none; UserError for a name that is not known."""
    known = [measure.key for measure in measures]
    for name in only:
        if name not in known:
            raise unknown_name("measure", name, known)
    return [measure for measure in measures if not only or measure.key in only]


def run_measure(measure: Measure, rounds: int, seconds: float, say: Callable[[str], None]) -> list[Result]:
    """Start every contender, let each warm up alone, then alternate for that many rounds of that many seconds."""
    remotes: list[Remote] = []
    try:
        greetings = []
        for entry in measure.entries:
            say(f"{measure.title}: {entry.key} warms up")
            remotes.append(Remote(entry.key, entry.command, entry.environment))
            greetings.append(remotes[-1].greeting())
        done: list[list[Reading]] = [[] for _ in remotes]
        for turn in range(rounds):
            for remote, taken in zip(remotes, done, strict=True):
                say(f"{measure.title}: round {turn + 1} of {rounds}, {remote.name}")
                taken.append(remote.run(seconds))
    finally:
        for remote in remotes:
            remote.close()
    return [
        _result(measure.kind, entry, greeting, taken)
        for entry, greeting, taken in zip(measure.entries, greetings, done, strict=True)
    ]


def _result(kind: Kind, entry: Entry, greeting: Greeting, rounds: Sequence[Reading]) -> Result:
    updates = [done.updates for done in rounds if done.updates is not None]
    share = sum(updates) / sum(done.count for done in rounds) if updates else None
    return Result(entry.key, greeting, tuple(value(kind, done) for done in rounds), entry.against, share)
