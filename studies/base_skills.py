"""What makes a base worth stacking on? Variants of the bundled ant_loco, and a second level on each of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from skillkit.experiments.recipes import snake_case
from skillkit.files import written_whole
from studies.comparison import joined, markdown, provenance
from studies.jobs import RESULTS, Job, main
from studies.kept_run import KeptRun

STUDY = "base_skills"
SEEDS, MORE_SEEDS = (0, 1), (2, 3, 4)  # of every variant, and of the one that is recommended
GLANCED_AT = ("velocity-norm, held", "entropy 2", "entropy 2, held")  # one seed, nothing stacked on it
RECOMMENDED = "entropy 1, held, 600k"
SOLVED = 0.8  # success on the sparse goal 8 m away at which a second level has learnt it
MOST_STEPS = 400_000  # control steps that a second level may take
STEP = ("--set", "policy.latent_draw=step", "--set", "world.episode_steps=1000")
HELD = ("--set", "policy.latent_draw=episode", "--set", "world.episode_steps=400")


def _entropy(value: float) -> tuple[str, ...]:
    return ("--set", f"algorithm.target_entropy={value}")


HALF = ("--steps", "300000")  # of the recipe's control steps
VARIANTS: dict[str, tuple[str, ...]] = {
    "velocity-norm": (*_entropy(1), *STEP, *HALF, "--reward", "velocity-norm"),
    "velocity-norm, held": (*_entropy(1), *HELD, *HALF, "--reward", "velocity-norm"),
    "window 1 s": (*_entropy(1), *STEP, *HALF, "--set", "world.rewards.displacement-norm.window=1"),
    "entropy -8": (*_entropy(-8), *STEP, *HALF),
    "entropy 0": (*_entropy(0), *STEP, *HALF),
    "entropy 1": (*_entropy(1), *STEP, *HALF),
    "entropy 2": (*_entropy(2), *STEP, *HALF),
    "entropy 0, held": (*_entropy(0), *HELD, *HALF),
    "entropy 1, held": (*_entropy(1), *HELD, *HALF),
    "entropy 2, held": (*_entropy(2), *HELD, *HALF),
    "entropy 1, held, 600k": (*_entropy(1), *HELD),
}


def pretraining(variant: str, seed: int) -> Job:
    """The training of one base."""
    arguments = ("pretrain", "--recipe", "ant_loco", *VARIANTS[variant])
    return Job(STUDY, snake_case(variant), seed, arguments, evaluations=3)


def stacking(variant: str, seed: int) -> Job:
    """The second level on that base, until it has solved the sparse goal."""
    base = pretraining(variant, seed)
    arguments = ("stack", "--recipe", "ant_goal", "--base", f"../{base.label}/skill.safetensors")
    return Job(STUDY, f"{base.name}_goal", seed, (*arguments, "--steps", str(MOST_STEPS)), SOLVED, needs=(base,))


def stacking_on_bundled(seed: int) -> Job:
    """The same on the bundled ant_loco."""
    arguments = ("stack", "--recipe", "ant_goal", "--base", "ant_loco", "--steps", str(MOST_STEPS))
    return Job(STUDY, "bundled_goal", seed, arguments, SOLVED)


def jobs() -> list[Job]:
    """Every training, bases before what is stacked on them."""
    compared = [variant for variant in VARIANTS if variant not in GLANCED_AT]
    found = [make(variant, seed) for seed in SEEDS for make in (pretraining, stacking) for variant in compared]
    found += [make(RECOMMENDED, seed) for seed in MORE_SEEDS for make in (pretraining, stacking)]
    found += [stacking_on_bundled(seed) for seed in (*SEEDS, *MORE_SEEDS)]
    return found + [pretraining(variant, SEEDS[0]) for variant in GLANCED_AT]


def kept(make: Callable[[str, int], Job], variant: str) -> dict[int, KeptRun]:
    """What is kept of a variant's bases or second levels, by seed."""
    found = {seed: make(variant, seed).kept for seed in (*SEEDS, *MORE_SEEDS)}
    return {seed: run for seed, run in found.items() if run.exists}


def results() -> str:
    """What stands between the page's markers."""
    return f"{table()}\n\n{stackability()}\n\n{provenance([job.kept for job in jobs() if job.kept.exists])}"


def stackability() -> str:
    """Medians over five seeds: of the second level on the bundled skill, and of skill and second level together."""
    seeds, parts = (*SEEDS, *MORE_SEEDS), []
    on_one = [stacking_on_bundled(seed) for seed in seeds]
    on_each = [stacking(RECOMMENDED, seed) for seed in seeds]
    for what, made in (
        ("on the bundled `ant_loco`, from five seeds of the second level", on_one),
        (f"on five skills of the recipe (*{RECOMMENDED}*), one seed each", on_each),
    ):
        runs = [job.kept for job in made if job.kept.exists]
        if runs:
            steps = [run.steps_to(SOLVED) or MOST_STEPS for run in runs]
            parts.append(f"{what}: {int(np.median(steps)):,} (the median of {', '.join(map(_solved, runs))})")
    return f"Control steps of the second level until success {SOLVED:g}, {'; '.join(parts)}."


def displacement(run: KeptRun) -> list[float]:
    """Median net displacement in each evaluation, m in 20 s."""
    return [report["net_displacement_median"] for report in run.evaluations]


def mean_of(figure: str, run: KeptRun) -> float:
    """A figure of the evaluations, averaged over them; steering is left out where there is hardly a spread."""
    return float(np.mean([report[figure] for report in run.evaluations if report[figure] is not None]))


def table() -> str:
    """A row for each variant; seeds one after another."""
    header = (
        "variant",
        "seeds",
        "displacement, m",
        "worst",
        "speed, m/s",
        "spread",
        "coverage",
        "steering",
        "falls",
        "minutes",
        "solved, control steps",
    )
    cells = []
    for variant in VARIANTS:
        by_seed, stacked = kept(pretraining, variant), kept(stacking, variant)
        runs = list(by_seed.values())
        if runs:
            cells.append(
                (
                    variant,
                    ", ".join(map(str, by_seed)),
                    joined([float(np.median(displacement(run))) for run in runs], ".1f"),
                    f"{min(min(displacement(run)) for run in runs):.1f}",
                    joined([mean_of("mean_speed", run) for run in runs], ".1f"),
                    joined([mean_of("heading_spread", run) for run in runs], ".2f"),
                    joined([mean_of("coverage", run) for run in runs], ".1f"),
                    joined([mean_of("steering", run) for run in runs], ".2f"),
                    joined([mean_of("fall_rate", run) for run in runs], ".2f"),
                    joined([run.minutes for run in runs], ".1f"),
                    ", ".join(_solved(stacked[seed]) if seed in stacked else "-" for seed in by_seed),
                )
            )
    return markdown(header, cells)


def _solved(run: KeptRun) -> str:
    steps = run.steps_to(SOLVED)
    return f"{steps:,}" if steps is not None else f"not in {MOST_STEPS:,} ({run.metrics['success'][-1]:.2f})"


def draw() -> None:
    """A dot for each seed: how far, how often fallen, how steerable, how soon stacked upon."""
    figure = Figure(figsize=(11.0, 4.2), layout="constrained")
    panels = figure.subplots(1, 4, sharey=True)
    for row, variant in enumerate(VARIANTS):
        bases, tops = kept(pretraining, variant).values(), kept(stacking, variant).values()
        figures = (
            [float(np.median(displacement(run))) for run in bases],
            [mean_of("fall_rate", run) for run in bases],
            [mean_of("steering", run) for run in bases],
            [steps / 1000.0 for run in tops if (steps := run.steps_to(SOLVED)) is not None],
        )
        for panel, values in zip(panels, figures, strict=True):
            panel.plot(values, [row] * len(values), "o", color="#0072B2", alpha=0.7)
        never = sum(run.steps_to(SOLVED) is None for run in tops)
        panels[-1].plot([MOST_STEPS / 1000.0] * never, [row] * never, ">", mfc="none", color="#0072B2")
    titles = ("net displacement, m in 20 s", "falls", "steering", "solved after, 1000 control steps")
    for panel, title in zip(panels, titles, strict=True):
        panel.set(xlabel=title, xlim=(0.0, None), yticks=range(len(VARIANTS)), yticklabels=list(VARIANTS))
        panel.grid(color="#E8EBEF")
        panel.spines[:].set_visible(False)
    panels[0].invert_yaxis()
    with written_whole(RESULTS / f"{STUDY}.png") as aside:
        figure.savefig(aside, dpi=150)


if __name__ == "__main__":
    main(STUDY, jobs(), results, draw)
