"""A page that compares the kept runs of a study: a figure, and a table between the page's markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from skillkit.evaluation.plots import CurvePanel, plot_bands
from skillkit.experiments.compare import HEADER, band, cautions, compare, named, rows, steps_of
from skillkit.experiments.contenders import Contender, Run
from studies.jobs import KEPT, RESULTS
from studies.kept_run import KeptRun

HALF, SOLVED = 0.5, 0.8  # success over the last training episodes


@dataclass(frozen=True)
class Study:
    """Its name, the contenders' folders and labels, and the metrics that are drawn; the first one is in the table.

    apart: contenders in worlds of their own, which are in the last table alone.
    """

    name: str
    labels: Mapping[str, str]
    metrics: tuple[str, ...]
    apart: Mapping[str, str] = field(default_factory=dict)

    def folders(self, contender: str) -> list[Path]:
        """The kept runs of one contender, by seed."""
        found = (KEPT / self.name).glob(f"{contender}_seed*")
        return sorted(path for path in found if path.name.removeprefix(f"{contender}_seed").isdigit())

    def contenders(self) -> list[Contender]:
        """Those that have a run."""
        found = {label: self.folders(name) for name, label in self.labels.items()}
        return [Contender(label, tuple(map(Run.read, paths))) for label, paths in found.items() if paths]

    def draw(self) -> None:
        """Curves of every metric, and where something was pretrained of the first one with that counted."""
        contenders = self.contenders()
        first = self.metrics[0]
        panels = [
            CurvePanel("control steps", named(metric), [band(who, metric) for who in contenders])
            for metric in self.metrics
        ]
        if self._pretrained():
            counted = [band(who, first, who.pretraining_steps) for who in contenders]
            panels.append(CurvePanel("control steps, pretraining counted", named(first), counted))
        plot_bands(RESULTS / f"{self.name}.png", panels)

    def results(self) -> str:
        """What stands between the page's markers: scores where all budgets last, and where each ended."""
        counted = [self._scores(True)] if self._pretrained() else []
        return "\n\n".join([self._scores(False), *counted, self._ends(), provenance(self.runs())])

    def _pretrained(self) -> bool:
        return any(who.pretraining_steps for who in self.contenders())

    def _scores(self, count_pretraining: bool) -> str:
        comparison = compare(self.contenders(), self.metrics[0], count_pretraining=count_pretraining)
        title = f"{self.metrics[0].capitalize()} after {steps_of(comparison)}:"
        return f"{title}\n\n{markdown(HEADER, rows(comparison))}\n\n{' '.join(cautions(comparison))}"

    def _ends(self) -> str:
        """What the trained policies did in evaluation, and how long they took."""
        cells = []
        for name, label in {**self.labels, **self.apart}.items():
            runs = [KeptRun(path) for path in self.folders(name)]
            if runs:
                successes = [with_interval(run.evaluations[0]) for run in runs]
                distances = [run.evaluations[0]["final_distance_mean"] for run in runs]
                steps = f"{int(runs[0].metrics['steps'][-1]):,}"
                minutes = f"{np.mean([run.minutes for run in runs]):.1f}"
                reached = [", ".join(steps_or_never(run.steps_to(share)) for run in runs) for share in (HALF, SOLVED)]
                cells.append((label, steps, *reached, ", ".join(successes), joined(distances, ".1f"), minutes))
        header = (
            "who",
            "steps at the end",
            f"steps to {HALF:g} in training, by seed",
            f"to {SOLVED:g}",
            "success in evaluation (95%), by seed",
            "final distance, m, by seed",
            "minutes",
        )
        return markdown(header, cells)

    def runs(self) -> list[KeptRun]:
        """Everything that is kept of it."""
        return [KeptRun(path) for name in (*self.labels, *self.apart) for path in self.folders(name)]


def with_interval(report: Mapping[str, Any]) -> str:
    return f"{report['success_rate']:.2f} ({report['success_low']:.2f} to {report['success_high']:.2f})"


def steps_or_never(steps: int | None) -> str:
    return "never" if steps is None else f"{steps:,}"


def joined(values: list[float], form: str) -> str:
    """Values one after another."""
    return ", ".join(format(value, form) for value in values)


def markdown(header: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """A table as Markdown."""
    lines = [header, ["---"] * len(header), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def provenance(runs: list[KeptRun]) -> str:
    """Which commits, versions and how many hours of training stand behind the numbers."""
    commits = sorted({run.notes["commit"].replace(", changed since", " (changed since)") for run in runs})
    seeds = sorted({int(run.notes["command"][-1]) for run in runs})
    named = f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"
    hours = sum(run.minutes for run in runs) / 60.0
    versions: dict[str, list[str]] = {}
    for run in runs:
        for name, version in run.notes["versions"].items():
            if name != "platform" and version not in versions.setdefault(name, []):
                versions[name].append(version)
    packages = ", ".join(f"{name} {' and '.join(found)}" for name, found in versions.items())
    return (
        f"{len(runs)} trainings from {named}, {hours:.1f} hours on one core each, beside "
        f"whatever else the machine did. Commits: {'; '.join(commits)}. Versions: {packages}."
    )
