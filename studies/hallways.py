"""Does a pretrained skill learn a hallway faster than a new one? Figure 3.8 of Haarnoja (2018)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from skillkit.files import written_whole
from studies.comparison import joined, markdown, provenance
from studies.jobs import RESULTS, Job, main
from studies.kept_run import KeptRun

STUDY = "hallways"
SEEDS = (0, 1)
TASKS = {"wide": "hallway-wide", "narrow": "hallway-narrow", "u": "u-hallway"}
_ANNEALED = (
    *("--set", "policy.latent_draw=shrinking", "--set", "algorithm.initial_temperature=0.1"),
    *("--set", "algorithm.temperature=0.001", "--set", "algorithm.anneal_steps=75000"),
)
ARMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "tuned": ("fine-tuned from ant_loco, annealed", ("--init", "ant_loco", *_ANNEALED)),
    "scratch": ("from scratch, annealed", _ANNEALED),
}
COLOURS = {"tuned": "#0072B2", "scratch": "#E69F00"}


def jobs() -> list[Job]:
    """Every training, seed by seed."""
    recipe = ("pretrain", "--recipe", "ant_hallway_wide_flat", "--task")
    return [
        Job(STUDY, f"{name}_{arm}", seed, (*recipe, task, *changes))
        for seed in SEEDS
        for name, task in TASKS.items()
        for arm, (_, changes) in ARMS.items()
    ]


def kept(name: str) -> list[KeptRun]:
    """The runs of one contender in one hallway, by seed."""
    return [job.kept for job in jobs() if job.name == name and job.kept.exists]


def draw() -> None:
    """Returns while training, a line a seed."""
    figure = Figure(figsize=(12.6, 3.8), layout="constrained")
    for ax, (name, task) in zip(figure.subplots(1, len(TASKS)), TASKS.items(), strict=True):
        for arm, (label, _) in ARMS.items():
            for index, run in enumerate(kept(f"{name}_{arm}")):
                line = {"color": COLOURS[arm], "label": label if index == 0 else None, "alpha": 1.0 - 0.35 * index}
                ax.plot(run.metrics["steps"], run.metrics["return"], linewidth=1.6, **line)
        ax.set(xlabel="control steps", ylabel="return", title=task)
        ax.xaxis.set_major_locator(MaxNLocator(4))
    figure.axes[0].legend(fontsize=8)
    with written_whole(RESULTS / f"{STUDY}.png") as aside:
        figure.savefig(aside, dpi=130)


def results() -> str:
    """What stands between the page's markers."""
    header = (
        "hallway",
        "who",
        "return in evaluation, by seed",
        "falls, by seed",
        "m from the goal, by seed",
        "minutes",
    )
    cells, every = [], list[KeptRun]()
    for name, task in TASKS.items():
        for arm, (label, _) in ARMS.items():
            runs = kept(f"{name}_{arm}")
            if runs:
                reports = [run.evaluations[0] for run in runs]
                distances = [report["final_distance_mean"] for report in reports]
                cells.append(
                    (
                        task,
                        label,
                        joined([report["return_mean"] for report in reports], ".0f"),
                        joined([report["fall_rate"] for report in reports], ".2f"),
                        "no goal" if None in distances else joined(distances, ".1f"),
                        f"{np.mean([run.minutes for run in runs]):.1f}",
                    )
                )
                every += runs
    return f"{markdown(header, cells)}\n\n{provenance(every)}"


if __name__ == "__main__":
    main(STUDY, jobs(), results, draw)
