"""Compare contenders: curves with bootstrap bands, and scores where the shortest of them ends.

Scores are interquartile means over runs, with 95% bootstrap intervals, and probabilities of improvement (Agarwal et al.
2021).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from skillkit.errors import UserError
from skillkit.evaluation.plots import Band, CurvePanel, plot_bands
from skillkit.evaluation.statistics import (
    improvement_interval,
    interquartile_interval,
    interquartile_mean,
    probability_of_improvement,
)
from skillkit.experiments.contenders import LESS_IS_BETTER, MORE_IS_BETTER, Contender, Curve, check_task, values_at

POINTS = 200  # of a drawn curve
SEED = 0  # of the bootstrap
FEW_RUNS = 10  # below, a bootstrap interval is too narrow: it covers 75% instead of 95 with three runs, 90 with five


@dataclass(frozen=True)
class Score:
    """A contender where all budgets last.

    improvement: chance of the best over this one with its interval, None for itself and where one has a single run.
    """

    contender: Contender
    mean: float
    low: float
    high: float
    improvement: tuple[float, float, float] | None


@dataclass(frozen=True)
class Comparison:
    """Scores, the best first, at `steps` control steps; unequal: between which steps each one's runs end, where they
    end later than that by over 2%.
    """

    metric: str
    steps: int
    counts_pretraining: bool
    scores: tuple[Score, ...]
    unequal: Mapping[str, tuple[int, int]]


def compare(contenders: Sequence[Contender], metric: str, *, count_pretraining: bool = False) -> Comparison:
    """Score the contenders at the last step that all of them reached; UserError where they are of different tasks.

    count_pretraining: whether the steps behind what a run started from are among those that must be equal.
    """
    check_task(contenders, metric)
    before = [who.pretraining_steps if count_pretraining else 0 for who in contenders]
    steps = _common_end(contenders, metric, before)
    pairs = list(zip(before, contenders, strict=True))
    finals = {who: who.values(metric, np.array([steps - earlier]))[:, 0] for earlier, who in pairs}
    sign = {**dict.fromkeys(MORE_IS_BETTER, 1.0), **dict.fromkeys(LESS_IS_BETTER, -1.0)}.get(metric, 0.0)
    ranked = sorted(contenders, key=lambda who: -sign * float(interquartile_mean(finals[who])))
    best = finals[ranked[0]] if sign else None
    scores = tuple(_score(who, finals[who], best if who is not ranked[0] else None, sign) for who in ranked)
    ends = {who.label: (int(earlier + who.last(metric)), int(earlier + who.longest(metric))) for earlier, who in pairs}
    unequal = max(last for _, last in ends.values()) > 1.02 * steps
    return Comparison(metric, int(steps), count_pretraining, scores, ends if unequal else {})


def _common_end(contenders: Sequence[Contender], metric: str, before: Sequence[int]) -> float:
    """The last step that all runs reached; UserError where one knows the metric only later."""
    ends = [steps + who.last(metric) for steps, who in zip(before, contenders, strict=True)]
    starts = [steps + who.first(metric) for steps, who in zip(before, contenders, strict=True)]
    if max(starts) > min(ends):
        shortest, late = contenders[int(np.argmin(ends))], contenders[int(np.argmax(starts))]
        raise UserError(
            f"{shortest.label} ends at {min(ends):,.0f} steps, before {late.label} first logs {metric!r}; "
            "train it longer, or leave one of them out."
        )
    return min(ends)


def _score(who: Contender, final: np.ndarray, best: np.ndarray | None, sign: float) -> Score:
    """One contender's score; best: the scores of the best one, None for itself and where more is not better."""
    low, high = interquartile_interval(final, SEED)
    improvement = None
    if best is not None and min(len(best), len(final)) > 1:
        chance = float(probability_of_improvement(sign * best, sign * final))
        improvement = (chance, *improvement_interval(sign * best, sign * final, SEED))
    return Score(who, float(interquartile_mean(final)), float(low), float(high), improvement)


def draw(contenders: Sequence[Contender], metric: str, path: Path) -> tuple[Path, Path]:
    """Curves as PNG and SVG; a second panel counts the pretraining, where there was any."""
    panels = [CurvePanel("control steps", named(metric), [band(contender, metric) for contender in contenders])]
    if any(contender.pretraining_steps for contender in contenders):
        counted = [band(contender, metric, contender.pretraining_steps) for contender in contenders]
        panels.append(CurvePanel("control steps, pretraining counted", named(metric), counted))
    files = path.with_suffix(".png"), path.with_suffix(".svg")
    for file in files:
        plot_bands(file, panels)
    return files


def table(comparison: Comparison) -> Table:
    """A row for each contender, the best first."""
    built = Table(title=f"{comparison.metric} after {steps_of(comparison)}")
    for column in HEADER:
        built.add_column(column, overflow="fold")
    for row in rows(comparison):
        built.add_row(*row)
    return built


HEADER = ("who", "runs", "pretraining", "interquartile mean (95%)", "best is better (95%)")


def steps_of(comparison: Comparison) -> str:
    """At how many control steps it was scored, in words."""
    return f"{comparison.steps:,} control steps" + (", pretraining counted" if comparison.counts_pretraining else "")


def rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """The cells of the table."""
    cells: list[tuple[str, ...]] = []
    for score in comparison.scores:
        chance = "-"
        if score.improvement is not None:
            chance = "{:.2f} ({:.2f} to {:.2f})".format(*score.improvement)
        who = score.contender
        mean = f"{score.mean:.4g}"
        if len(who.runs) > 1:
            mean += f" ({score.low:.4g} to {score.high:.4g})"
        cells.append((who.label, str(len(who.runs)), f"{who.pretraining_steps:,}", mean, chance))
    return cells


def cautions(comparison: Comparison) -> list[str]:
    """What a reader of the table should know of it, in sentences."""
    found = []
    whose = [score.contender for score in comparison.scores]
    if comparison.unequal:
        ends = [
            f"{label} {first:,}" + (f" to {last:,}" if last > first else "")
            for label, (first, last) in comparison.unequal.items()
        ]
        found.append(f"They end at different steps ({'; '.join(ends)}); scores are where the shortest ends.")
    if len({who.pretraining_steps for who in whose}) > 1 and not comparison.counts_pretraining:
        found.append("Some start from a skill; the steps of its pretraining are not counted.")
    updates = {who.label: who.updates_a_step for who in whose if who.updates_a_step is not None}
    if updates and max(updates.values()) > 1.1 * min(updates.values()):
        rates = "; ".join(f"{label} {rate:.2f}" for label, rate in updates.items())
        found.append(f"They make different numbers of updates for a control step ({rates}).")
    if any(score.improvement is not None for score in comparison.scores):
        found.append("The best is chosen on the runs that it is compared on, which favours it a little.")
    if any(len(who.runs) < FEW_RUNS for who in whose):
        found.append(f"With fewer than {FEW_RUNS} runs, bootstrap intervals are too narrow.")
    return found


def named(metric: str) -> str:
    """A metric as an axis calls it."""
    return metric.replace("_", " ") + (", m" if metric == "final_distance" else "")


def band(contender: Contender, metric: str, offset: int = 0) -> Band:
    """The curve of a contender from where its averages are of enough episodes, its steps counted from `offset`."""
    return band_of(contender.label, [run.settled(metric) for run in contender.runs], offset)


def band_of(label: str, curves: Sequence[Curve], offset: int = 0) -> Band:
    """The curve over runs where all of them are known, their steps counted from `offset`."""
    steps = np.linspace(max(steps[0] for steps, _ in curves), min(steps[-1] for steps, _ in curves), POINTS)
    values = values_at(steps, curves)
    low, high = interquartile_interval(values, SEED)
    return Band(label, steps + offset, interquartile_mean(values), low, high)
