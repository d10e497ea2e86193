from __future__ import annotations

from pathlib import Path

import pytest

from skillkit.benchmark import startup
from skillkit.errors import UserError


def test_the_row_that_tells_of_an_update(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.csv"
    for text, updated in (("", False), ("steps,updates\n16,0\n", False), ("steps,updates\n16,0\n32,8\n", True)):
        metrics.write_text(text)
        assert startup.has_updated(metrics) is updated


def test_a_command_that_ends_before_its_first_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "COMMAND", ("-c", "raise SystemExit('no compiler')"))
    with pytest.raises(UserError, match="no compiler"):
        startup.seconds_to_first_update(tmp_path)
