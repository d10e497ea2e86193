"""The table of metrics widens, and a resumed run drops what lies beyond its checkpoint."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from skillkit.errors import UserError
from skillkit.training.metrics import MetricsLog


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_new_columns_widen_the_table(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path)
    log.add({"steps": 10, "seconds": 0.5})
    log.add({"steps": 20, "seconds": 1.0, "return": 1.0 / 3.0})
    log.add({"steps": 30, "return": 2.0})
    assert table(tmp_path) == [
        {"steps": "10", "seconds": "0.5", "return": ""},
        {"steps": "20", "seconds": "1", "return": "0.333333"},
        {"steps": "30", "seconds": "", "return": "2"},
    ]
    log.close()


def test_rows_are_on_disk_at_once(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path)
    for steps in (1, 2):
        log.add({"steps": steps})
        assert table(tmp_path)[-1] == {"steps": str(steps)}
    log.close()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_resuming_drops_rows_beyond_the_checkpoint(tmp_path: Path) -> None:
    first = MetricsLog(tmp_path)
    for steps in (100, 200, 300):
        first.add({"steps": steps, "value": 1.5})
    first.close()
    second = MetricsLog(tmp_path, resume_steps=200)
    assert [row["steps"] for row in table(tmp_path)] == ["100", "200"]
    second.add({"steps": 250, "value": 2.5, "return": 7.0})
    second.close()
    assert table(tmp_path) == [
        {"steps": "100", "value": "1.5", "return": ""},
        {"steps": "200", "value": "1.5", "return": ""},
        {"steps": "250", "value": "2.5", "return": "7"},
    ]


@pytest.mark.parametrize("cut", [1, 4, 7])
def test_a_row_that_was_cut_off_is_dropped(tmp_path: Path, cut: int) -> None:
    first = MetricsLog(tmp_path)
    for steps in (100, 200):
        first.add({"steps": steps, "value": 1.5})
    first.close()
    path = tmp_path / "metrics.csv"
    path.write_bytes(path.read_bytes()[:-cut])  # steps of "200,1.5\r\n" may then read as 2 or 20
    MetricsLog(tmp_path, resume_steps=200).close()
    assert table(tmp_path) == [{"steps": "100", "value": "1.5"}]


@pytest.mark.parametrize("text", ["other,value\n1,2\n", "steps,value\nnone,2\n"])
def test_a_damaged_table_is_a_user_error_and_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=r"metrics\.csv is damaged .*move it away"):
        MetricsLog(tmp_path, resume_steps=100)
    assert path.read_text() == text


def test_a_new_log_starts_empty(tmp_path: Path) -> None:
    first = MetricsLog(tmp_path)
    first.add({"steps": 1})
    first.close()
    MetricsLog(tmp_path).close()
    assert table(tmp_path) == []


def test_tensorboard_has_the_scalars(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path)
    log.add({"steps": 10, "return": 1.5})
    log.add({"steps": 20, "return": 2.5})
    log.close()
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload().Scalars("return")
    assert [(event.step, event.value) for event in events] == [(10, 1.5), (20, 2.5)]
