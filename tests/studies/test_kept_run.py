"""What a kept run says of itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # studies/ is no part of the package

from studies.kept_run import KeptRun  # noqa: E402


def test_a_run_is_solved_at_the_first_row_with_enough_episodes(tmp_path: Path) -> None:
    rows = ["steps,episodes,success", "1000,50,0.9", "2000,120,0.7", "3000,150,0.85", "4000,200,0.6"]
    (tmp_path / "metrics.csv").write_text("\n".join(rows) + "\n")
    assert KeptRun(tmp_path).steps_to(0.8) == 3000
    assert KeptRun(tmp_path).steps_to(0.95) is None


def test_it_is_there_once_its_notes_are_which_are_written_last(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("steps,seconds\n1000,60.0\n2000,90.0\n")
    assert not KeptRun(tmp_path).exists
    (tmp_path / "run.json").write_text(json.dumps({"commit": "abc"}))
    kept = KeptRun(tmp_path)
    assert kept.exists
    assert (kept.minutes, kept.notes, kept.evaluations) == (1.5, {"commit": "abc"}, [])
    assert kept.steps_to(0.0) is None  # its task has no success
    (tmp_path / "eval.json").write_text(json.dumps([{"success_rate": 1.0}]))
    assert KeptRun(tmp_path).evaluations == [{"success_rate": 1.0}]
