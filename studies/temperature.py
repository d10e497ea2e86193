"""What does the temperature do? Figure 5.4 and figure D.1 of Haarnoja (2018): fixed and automatic, high and low."""

from __future__ import annotations

import json

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skillkit.bodies.rotation import to_heading_frame
from skillkit.build import build_world, skill_actor, world_of
from skillkit.evaluation.locomotion import MOVED, spread_and_steering
from skillkit.evaluation.rollout import play
from skillkit.files import written_whole
from skillkit.skills.file import load_skill
from skillkit.worlds.mujoco_world import MujocoWorld
from studies.comparison import joined, markdown, provenance
from studies.jobs import EVALUATION_SEED, KEPT, RESULTS, Job, main
from studies.kept_run import KeptRun

STUDY = "temperature"
_RUN = ("pretrain", "--recipe", "half_cheetah_run", "--steps", "100000")
_FIXED = ("--set", "algorithm.temperature=0.2")
_TEN = ("--set", "algorithm.reward_scale=10")
CHEETAHS = {
    "fixed": ("fixed at 0.2", (*_RUN, *_FIXED)),
    "auto": ("automatic", (*_RUN,)),
    "fixed_ten": ("fixed at 0.2, rewards ten times as large", (*_RUN, *_FIXED, *_TEN)),
    "auto_ten": ("automatic, rewards ten times as large", (*_RUN, *_TEN)),
}
COLOURS = ("#E69F00", "#0072B2", "#D55E00", "#56B4E9")
TEMPERATURES = ("10", "1", "0.1", "0.01")
_WALK = ("pretrain", "--recipe", "ant_loco", "--steps", "200000", "--set", "policy.latent_draw=step", "--set")
PATHS = KEPT / STUDY / "paths.json"  # of each ant, m
SHOWN = 25  # paths of each
EDGE = 20.0  # m; what the figure shows around the start


def jobs() -> list[Job]:
    """The half-cheetahs, then the ants, the hottest first."""
    cheetahs = [Job(STUDY, name, 0, arguments) for name, (_, arguments) in CHEETAHS.items()]
    return [*cheetahs, *map(ant, TEMPERATURES)]


def ant(temperature: str) -> Job:
    """The training of an ant at this temperature."""
    return Job(STUDY, f"ant_{temperature}", 0, (*_WALK, f"algorithm.temperature={temperature}"))


def draw() -> None:
    """Return, entropy and temperature of the half-cheetahs; below, paths of the ants."""
    if all(ant(temperature).skill.exists() for temperature in TEMPERATURES):
        with written_whole(PATHS) as aside:
            aside.write_text(json.dumps({each: _paths(each) for each in TEMPERATURES}) + "\n", encoding="utf-8")
    figure = Figure(figsize=(12.6, 7.0), layout="constrained")
    grid = figure.add_gridspec(2, 12, height_ratios=(1.0, 1.05))
    for column, metric in enumerate(("return", "entropy", "temperature")):
        _draw_metric(figure.add_subplot(grid[0, 4 * column : 4 * column + 4]), metric)
    shown = json.loads(PATHS.read_text(encoding="utf-8")) if PATHS.exists() else {}
    for column, temperature in enumerate(shown):
        _draw_paths(
            figure.add_subplot(grid[1, 3 * column : 3 * column + 3]),
            temperature,
            list(map(np.array, shown[temperature])),
        )
    with written_whole(RESULTS / f"{STUDY}.png") as aside:
        figure.savefig(aside, dpi=130)


def _paths(temperature: str) -> list[list[list[float]]]:
    """Where the ant goes with a latent drawn at every step, as seen from its start: x is ahead."""
    skill = load_skill(ant(temperature).skill)
    physical = build_world(world_of(skill.card.world), seed=EVALUATION_SEED, num_worlds=SHOWN)
    assert isinstance(physical, MujocoWorld)
    world, actor = skill_actor(skill, physical, "step")
    played = play(world, actor, physical, SHOWN, EVALUATION_SEED)
    return [_from_start(episode.path, episode.heading) for episode in played if episode.path is not None]


def _from_start(path: np.ndarray, heading: float) -> list[list[float]]:
    """Every fourth point of a path (time, 2) m, in the frame of the first place and heading, rad."""
    seen = to_heading_frame(np.full(len(path), heading), path - path[0])
    return np.round(seen[::4], 2).tolist()


def _draw_metric(ax: Axes, metric: str) -> None:
    for color, (name, (label, _)) in zip(COLOURS, CHEETAHS.items(), strict=True):
        run = _kept(name)
        if run.exists:
            ax.plot(run.metrics["steps"], run.metrics[metric], color=color, linewidth=1.6, label=label)
    ax.set(xlabel="control steps", title=f"half-cheetah: {metric}")
    if metric == "temperature":
        ax.set_yscale("log")
    if metric == "return":
        ax.legend(fontsize=7)


def _draw_paths(ax: Axes, temperature: str, paths: list[np.ndarray]) -> None:
    for path in paths:
        ax.plot(*path.T, color="#0072B2", alpha=0.6, linewidth=0.9)
    ax.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), aspect="equal", title=f"ant, temperature {temperature}")
    ax.set(xlabel="x (m)", ylabel="y (m)" if temperature == TEMPERATURES[0] else "")


def results() -> str:
    """What stands between the page's markers."""
    header = ("half-cheetah", "return of the mean action (95%)", "entropy at the end, nats", "temperature at the end")
    cells = []
    for name, (label, _) in CHEETAHS.items():
        run = _kept(name)
        if run.exists:
            report, metrics = run.evaluations[0], run.metrics
            value = f"{report['return_mean']:.0f} ({report['return_low']:.0f} to {report['return_high']:.0f})"
            cells.append((label, value, f"{metrics['entropy'][-1]:.1f}", f"{metrics['temperature'][-1]:.3g}"))
    tables = [markdown(header, cells)]
    if PATHS.exists():
        shown = json.loads(PATHS.read_text(encoding="utf-8"))
        rows = [(temperature, *_moved(paths)) for temperature, paths in shown.items()]
        tables.append(
            markdown(("ant, temperature", "net displacement in 20 s, m: least, median, most", "spread"), rows)
        )
    return "\n\n".join([*tables, provenance([job.kept for job in jobs() if job.kept.exists])])


def _moved(paths: list[list[list[float]]]) -> tuple[str, str]:
    """How far the ant got, and the spread of the directions of those that came 1 m or more."""
    ends = np.array([path[-1] for path in paths])
    length, direction = np.linalg.norm(ends, axis=1), np.arctan2(ends[:, 1], ends[:, 0])
    far = direction[length >= MOVED]
    spread, _ = spread_and_steering(far, np.arange(len(far)))
    distances = joined([float(value) for value in np.quantile(length, (0.0, 0.5, 1.0))], ".1f")
    return distances, "too few moved" if spread is None else f"{spread:.2f}"


def _kept(name: str) -> KeptRun:
    return next(job.kept for job in jobs() if job.name == name)


if __name__ == "__main__":
    main(STUDY, jobs(), results, draw)
