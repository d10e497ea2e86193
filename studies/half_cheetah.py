"""Is skillkit's SAC as good as Stable-Baselines3's? Half-cheetah, equal networks, updates and control steps."""

from __future__ import annotations

import sys

import numpy as np
from scipy import stats

from skillkit.evaluation.plots import CurvePanel, plot_bands
from skillkit.evaluation.statistics import (
    improvement_interval,
    interquartile_interval,
    interquartile_mean,
    probability_of_improvement,
)
from skillkit.experiments.compare import band_of
from skillkit.experiments.contenders import Curve
from studies.comparison import joined, markdown, provenance
from studies.jobs import RESULTS, Job, main
from studies.kept_run import KeptRun

STUDY = "half_cheetah"
SEEDS = (0, 1, 2, 3, 4)
STEPS = 150_000
OURS = ("pretrain", "--recipe", "half_cheetah_run", "--steps", str(STEPS))
THEIRS = (sys.executable, "-m", "studies.half_cheetah_sb3", str(STEPS))
CONTENDERS = {"skillkit": "skillkit", "sb3": "Stable-Baselines3"}


def jobs() -> list[Job]:
    """Both contenders, seed by seed."""
    found: list[Job] = []
    for seed in SEEDS:
        found += [Job(STUDY, "skillkit", seed, OURS), Job(STUDY, "sb3", seed, THEIRS, peer=True)]
    return found


def kept() -> dict[str, list[KeptRun]]:
    """The runs of each contender, by seed."""
    return {name: [job.kept for job in jobs() if job.name == name and job.kept.exists] for name in CONTENDERS}


def draw() -> None:
    """Both curves."""
    curves = [band_of(CONTENDERS[name], list(map(_curve, runs))) for name, runs in kept().items() if runs]
    plot_bands(RESULTS / f"{STUDY}.png", [CurvePanel("control steps", "return, mean of the last 100 episodes", curves)])


def results() -> str:
    """What stands between the page's markers: the evaluated returns and their ratio."""
    runs = kept()
    returns = {name: np.array([run.evaluations[0]["return_mean"] for run in found]) for name, found in runs.items()}
    header = ("who", "return of the mean action, by seed", "interquartile mean (95%)", "minutes")
    cells = []
    for name, values in returns.items():
        low, high = map(float, interquartile_interval(values, 0))
        minutes = f"{np.mean([run.minutes for run in runs[name]]):.1f}"
        mean = f"{float(interquartile_mean(values)):.0f} ({low:.0f} to {high:.0f})"
        cells.append((CONTENDERS[name], joined(values.tolist(), ".0f"), mean, minutes))
    ours, theirs = returns["skillkit"], returns["sb3"]
    ratio = float(_ratio(ours, theirs))
    chance = float(probability_of_improvement(ours, theirs))
    spread = stats.bootstrap((ours, theirs), _ratio, axis=0, method="percentile", rng=np.random.default_rng(0))
    least, most = spread.confidence_interval
    low, high = improvement_interval(ours, theirs, 0)
    verdict = (
        f"skillkit's interquartile mean is {ratio:.2f} ({least:.2f} to {most:.2f}) times Stable-Baselines3's; "
        f"the chance that one of its seeds ends above one of theirs is {chance:.2f} ({low:.2f} to {high:.2f})."
    )
    every = [run for found in runs.values() for run in found]
    return f"{markdown(header, cells)}\n\n{verdict}\n\n{provenance(every)}"


def _ratio(ours: np.ndarray, theirs: np.ndarray, axis: int = 0) -> np.ndarray:
    return interquartile_mean(ours, axis) / interquartile_mean(theirs, axis)


def _curve(run: KeptRun) -> Curve:
    steps, values = run.metrics["steps"], run.metrics["return"]
    return steps[~np.isnan(values)], values[~np.isnan(values)]


if __name__ == "__main__":
    main(STUDY, jobs(), results, draw)
