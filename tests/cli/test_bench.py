from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("bench --rounds 0", "expected 1 to 1000 rounds, got 0"),
        ("bench --seconds 0", "expected rounds of more than 0"),
        ("bench --only memry", "unknown measure 'memry'; did you mean 'memory'?"),
        ("bench --out nowhere/bench.json", "in a folder that exists"),
    ],
)
def test_one_sentence_and_nothing_measured(command: Command, line: str, message: str) -> None:
    done = command(*line.split(" "))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert message in done.err
    assert list(Path().iterdir()) == []


def test_a_measure_is_printed_and_written(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    from skillkit.benchmark.protocol import Greeting
    from skillkit.benchmark.rounds import Measure, Result

    def measured(measure: Measure, rounds: int, seconds: float, say: Callable[[str], None]) -> list[Result]:
        return [Result("raw-all", Greeting("raw", 2, "", {}), (1000.0,) * rounds)]

    monkeypatch.setattr("skillkit.experiments.bench.run_measure", measured)
    done = command("bench", "--only", "simulation", "--rounds", "3", "--out", "bench.json")
    assert done.code == 0
    assert "1,000" in done.out
    assert json.loads(Path("bench.json").read_text())["measures"][0]["results"][0]["values"] == [1000.0] * 3
