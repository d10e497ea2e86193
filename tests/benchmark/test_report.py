from __future__ import annotations

import json

from skillkit.benchmark.protocol import Greeting
from skillkit.benchmark.report import all_versions, document, rows
from skillkit.benchmark.rounds import Measure, Result

MEASURE = Measure("speed", "Speed", "steps/s", "rate", ())
OURS = Result("ours", Greeting("skillkit", 2, "16 worlds", {"torch": "2"}), (990.0, 1010.0, 1000.0), ("sb3",), 1.0)
THEIRS = Result("sb3", Greeting("SB3", 1, "1 world", {"torch": "2", "jax": "0"}), (250.0, 240.0, 260.0))


def test_a_row_has_median_range_and_comparison() -> None:
    ours, theirs = rows(MEASURE, [OURS, THEIRS])
    assert ours == ("skillkit", "2", "1,000", "990 to 1,010", "4.00 x SB3", "16 worlds; 1.00 updates a step")
    assert theirs == ("SB3", "1", "250", "240 to 260", "", "1 world")


def test_shares_are_in_percent() -> None:
    percent = Measure("speed", "Speed", "steps/s", "rate", (), comparison="percent")
    assert rows(percent, [OURS, THEIRS])[0][4] == "400% of SB3"


def test_small_numbers_keep_a_digit() -> None:
    assert rows(MEASURE, [Result("s", Greeting("s", 1, "", {}), (3.14, 99.96))])[0][3] == "3.1 to 100.0"


def test_the_document_holds_every_round() -> None:
    made = json.loads(json.dumps(document([(MEASURE, [OURS, THEIRS])], rounds=3, seconds=4.0)))
    ours = made["measures"][0]["results"][0]
    assert ours["values"] == [990.0, 1010.0, 1000.0]
    assert ours["ratios"] == {"SB3": 4.0}
    assert made["machine"]["cores"] != "0"
    assert all_versions(made) == {"jax": ["0"], "torch": ["2"]}
