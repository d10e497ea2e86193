"""Does a second level on the same task add anything? Figure 4 of Haarnoja et al. (2018), on the half-cheetah."""

from __future__ import annotations

import numpy as np

from skillkit.evaluation.plots import CurvePanel, plot_bands
from skillkit.experiments.compare import band
from studies.comparison import Study, joined, markdown, provenance
from studies.jobs import RESULTS, Job, main
from studies.kept_run import KeptRun

STUDY = "same_task"
SEEDS = (0, 1)
STEPS = 200_000  # control steps of all levels together
EARLY, LATE = 50_000, 100_000  # when the first level is frozen
_COMMON = ("--set", "algorithm.update_to_data=0.5", "--set", "world.num_worlds=8", "--set", "policy.kind=flow")
_ONE = ("pretrain", "--recipe", "half_cheetah_run", "--steps", str(STEPS), *_COMMON)
LABELS = {
    "one_level": "one level, two couplings",
    "four_couplings": "one level, four couplings",
    "frozen_early": f"second level from {EARLY:,} steps",
    "frozen_late": f"second level from {LATE:,} steps",
}


def first_level(seed: int) -> Job:
    """The one level, which the others are frozen from."""
    return Job(STUDY, "one_level", seed, (*_ONE, "--set", f"training.checkpoint_every={EARLY}"))


def second_level(name: str, seed: int, frozen: int) -> Job:
    """A level on top of the first one as it was after `frozen` steps, for the rest of the steps."""
    base = f"../{first_level(seed).label}/runs/half_cheetah_run_1@{frozen}"
    steps = ("--steps", str(STEPS - frozen), "--set", "policy.hold=1")
    arguments = ("stack", "--base", base, "--task", "run", *steps, *_COMMON)
    return Job(STUDY, name, seed, arguments, needs=(first_level(seed),))


def jobs() -> list[Job]:
    """Every training, what is frozen before what stacks on it."""
    found: list[Job] = []
    for seed in SEEDS:
        found += [first_level(seed), Job(STUDY, "four_couplings", seed, (*_ONE, "--set", "policy.couplings=4"))]
    for seed in SEEDS:
        found += [second_level("frozen_early", seed, EARLY), second_level("frozen_late", seed, LATE)]
    return found


AXIS = "return, mean of the last 100 episodes"  # 100,000 control steps: it trails what the policy is worth
PAGE = Study(STUDY, LABELS, ("return",))


def draw() -> None:
    """The curves, all steps counted."""
    curves = [band(who, "return", who.pretraining_steps) for who in PAGE.contenders()]
    plot_bands(RESULTS / f"{STUDY}.png", [CurvePanel("control steps of all levels", AXIS, curves)])


def results() -> str:
    """What stands between the page's markers: what each seed's policy is worth in the end."""
    header = ("who", "return in evaluation, by seed", "mean")
    cells = []
    for name, label in LABELS.items():
        runs = [KeptRun(path) for path in PAGE.folders(name)]
        ends = [float(run.evaluations[0]["return_mean"]) for run in runs]
        cells.append((label, joined(ends, ".0f"), f"{np.mean(ends):.0f}"))
    return f"{markdown(header, cells)}\n\n{provenance(PAGE.runs())}"


if __name__ == "__main__":
    main(STUDY, jobs(), results, draw)
