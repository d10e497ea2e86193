"""What a person sees of a training: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.text import Text

FIGURES = (
    ("return", "return", ".4g"),
    ("success", "success", ".2f"),
    ("falls", "falls", ".2f"),
    ("entropy", "entropy", ".2f"),
    ("temperature", "temperature", ".3g"),
    ("steps_per_second", "steps/s", ".0f"),
    ("updates_per_second", "updates/s", ".0f"),
)


class TrainingDisplay:
    """Shows rows of metrics as they come. total: control steps; done: those of an earlier part of the run."""

    def __init__(self, console: Console, title: str, total: int, done: int = 0) -> None:
        self._console, self._title, self._total = console, title, total
        self._progress = Progress(
            TextColumn("[bold]{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]}")
        )
        self._task = self._progress.add_task(title, total=total, completed=done, left="")
        self._figures = Text("")
        self._live = Live(Group(self._progress, self._figures), console=console) if console.is_terminal else None

    def __enter__(self) -> TrainingDisplay:
        """Start drawing."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing."""
        if self._live is not None:
            self._live.stop()

    def show(self, row: Mapping[str, float]) -> None:
        """Show a row of metrics with an estimate of the time left and of the whole."""
        steps, rate = row["steps"], max(row["steps_per_second"], 1e-9)
        left = max(0.0, self._total - steps) / rate
        times = f"left {minutes(left)} of {minutes(row['seconds'] + left)}"
        figures = "  ".join(f"{label} {row[name]:{form}}" for name, label, form in FIGURES if name in row)
        if self._live is None:
            self._console.print(f"{self._title}  {steps:.0f}/{self._total} steps  {figures}  {times}", soft_wrap=True)
            return
        self._progress.update(self._task, completed=steps, left=times)
        self._figures.plain = figures


def minutes(seconds: float) -> str:
    """A duration as h:mm:ss or m:ss."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
