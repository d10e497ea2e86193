"""The page that `make bench` writes, and the peers beside skillkit's own measures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from skillkit.benchmark.measures import own_measures
from skillkit.benchmark.protocol import Greeting
from skillkit.benchmark.report import document
from skillkit.benchmark.rounds import Measure, Result
from skillkit.errors import UserError

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.measures import AGAINST, PEERS, with_peers  # noqa: E402
from benchmarks.page import END, START, markdown, table, with_results  # noqa: E402

MEASURE = Measure("speed", "Speed", "steps/s", "rate", ())
RESULT = Result("ours", Greeting("skillkit", 2, "16 worlds", {"torch": "2"}), (1.0, 3.0, 2.0))


def test_only_what_stands_between_the_markers_changes() -> None:
    page = f"before\n{START}\nold\n{END}\nafter\n"
    assert with_results(page, "new\n") == f"before\n{START}\n\nnew\n\n{END}\nafter\n"
    assert with_results(with_results(page, "one"), "two") == with_results(page, "two")


@pytest.mark.parametrize("page", ["", START, END, f"{END} {START}"])
def test_a_page_without_its_markers(page: str) -> None:
    with pytest.raises(UserError, match="expected the markers"):
        with_results(page, "new")


def test_the_page_of_the_project_has_its_markers() -> None:
    with_results((ROOT / "docs" / "results" / "speed.md").read_text(), "new")


def test_a_table() -> None:
    assert table(MEASURE, [RESULT]).splitlines() == [
        "### Speed (steps/s)",
        "",
        "| contender | threads | median | lowest to highest | compared | settings |",
        "| --- | --: | --: | --: | --- | --- |",
        "| skillkit | 2 | 2.0 | 1.0 to 3.0 |  | 16 worlds |",
    ]


def test_the_page_names_machine_rounds_and_versions() -> None:
    measured = [(MEASURE, [RESULT])]
    text = markdown({"commit": "abc123", **document(measured, rounds=3, seconds=4.0)}, measured)
    assert text.startswith("Commit abc123, measured on ")
    assert "3 rounds of 4 s each" in text
    assert "Versions: torch 2." in text


def test_peers_stand_beside_skillkit_s_own() -> None:
    for own in own_measures():
        entries = {entry.key: entry for entry in with_peers(own).entries}
        assert set(PEERS.get(own.key, {})) <= set(entries)
        for key, against in AGAINST.get(own.key, {}).items():
            assert entries[key].against == against
            assert set(against) <= set(entries)
    assert set(PEERS) | set(AGAINST) <= {own.key for own in own_measures()}
