"""What a person sees of a training: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

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
        columns = (
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task(title, total=total, completed=done, figures="")

    def __enter__(self) -> TrainingDisplay:
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing."""
        self._progress.stop()

    def show(self, row: Mapping[str, float]) -> None:
        """Show a row of metrics with an estimate of the time left."""
        steps = row["steps"]
        text = "  ".join(f"{label} {row[name]:{form}}" for name, label, form in FIGURES if name in row)
        left = max(0.0, self._total - steps) / max(row["steps_per_second"], 1e-9)
        text += f"  left {minutes(left)}"
        if self._console.is_terminal:
            self._progress.update(self._task, completed=steps, figures=text)
        else:
            self._console.print(f"{self._title}  {steps:.0f}/{self._total} steps  {text}", soft_wrap=True)


def minutes(seconds: float) -> str:
    """A duration as h:mm:ss or m:ss."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
