"""What is kept of a run: its recipe, metrics, what it was trained with (run.json), how it was evaluated (eval.json).

Enough for `skillkit compare` and for every figure, without its networks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from skillkit.training.loop import RECENT
from skillkit.training.metrics import read_metrics


@dataclass(frozen=True)
class KeptRun:
    """The compact record of a run."""

    path: Path

    @property
    def exists(self) -> bool:
        return (self.path / "run.json").exists()

    @cached_property
    def metrics(self) -> dict[str, np.ndarray]:
        return read_metrics(self.path)

    @cached_property
    def evaluations(self) -> list[dict[str, Any]]:
        """What `skillkit eval --json` printed, for each seed; none for a run that stopped when it was solved."""
        file = self.path / "eval.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []

    @cached_property
    def notes(self) -> dict[str, Any]:
        return json.loads((self.path / "run.json").read_text(encoding="utf-8"))

    @property
    def minutes(self) -> float:
        """Wall-clock minutes of training, beside another one on the other core."""
        return float(self.metrics["seconds"][-1]) / 60.0

    def steps_to(self, success: float) -> int | None:
        """Control steps after which the last 100 training episodes had this success, None for never."""
        metrics = self.metrics
        if "success" not in metrics:
            return None
        reached = (metrics["success"] >= success) & (metrics["episodes"] >= RECENT)
        return int(metrics["steps"][reached][0]) if reached.any() else None
