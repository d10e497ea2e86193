"""What a person sees of a training."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from skillkit.training.display import TrainingDisplay, minutes

ROW = {
    "steps": 250.0,
    "seconds": 50.0,
    "return": 12.0,
    "success": 0.5,
    "steps_per_second": 5.0,
    "updates_per_second": 2.0,
}


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (65, "1:05"), (3725, "1:02:05")])
def test_durations(seconds: float, text: str) -> None:
    assert minutes(seconds) == text


def test_without_a_terminal_each_row_is_one_plain_line_with_the_time_left_and_of_the_whole() -> None:
    console = Console(file=StringIO(), width=40)
    with TrainingDisplay(console, "ball", total=1000) as display:
        display.show(ROW)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines == [
        "ball  250/1000 steps  return 12  success 0.50  steps/s 5  updates/s 2  left 2:30 of 3:20",
    ]


def test_on_a_terminal_the_bar_fits_eighty_columns() -> None:
    console = Console(file=StringIO(), width=80, force_terminal=True, color_system=None)
    with TrainingDisplay(console, "ball", total=1000) as display:
        display.show(ROW)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "left 2:30 of 3:20" in shown
    assert "success 0.50" in shown
