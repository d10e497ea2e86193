"""Does a policy that keeps several ways open find the better one? Figures 3.4 and 3.5 of Haarnoja (2018)."""

from __future__ import annotations

import json

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from skillkit.experiments.evaluate import evaluate_skill
from skillkit.files import written_whole
from skillkit.skills.file import load_skill
from skillkit.worlds.arenas import Arena, blocked_passage, finish_line
from studies.comparison import joined, markdown, provenance
from studies.jobs import EVALUATION_SEED, KEPT, RESULTS, Job, KeptRun, main

STUDY = "exploration"
SEEDS = (0, 1, 2, 3, 4)
EPISODES = 100
WORLDS = {
    "snake": ("snake_snake_flat", "snake, over the line"),
    "maze": ("ball_blocked_maze_flat", "ball, around the block"),
}
_SAC = ("--algo", "sac", "--policy", "deterministic", "--set", "algorithm.batch_size=64")
ARMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sql": ("soft Q-learning", ()),
    "deterministic": ("deterministic", _SAC),
}
SHOWN = 10  # paths of each seed
PATHS = KEPT / STUDY / "paths.json"
COLOURS = {"sql": "#0072B2", "deterministic": "#E69F00"}


def jobs() -> list[Job]:
    """Both worlds, seed by seed, evaluated by samples of soft Q-learning, and without the deterministic one's noise."""
    draws = {"sql": "step", "deterministic": "zero"}
    return [
        Job(
            STUDY,
            f"{world}_{arm}",
            seed,
            ("pretrain", "--recipe", recipe, *changes),
            evaluated=("--episodes", str(EPISODES), "--latent-draw", draws[arm]),
        )
        for world, (recipe, _) in WORLDS.items()
        for seed in SEEDS
        for arm, (_, changes) in ARMS.items()
    ]


def kept(name: str) -> list[Job]:
    """The trainings of one contender in one world that are done, by seed."""
    return [job for job in jobs() if job.name == name and job.kept.exists]


def results() -> str:
    """What stands between the page's markers."""
    header = ("world", "who", "share that succeeds, by seed", "seeds above one half", "return, by seed", "minutes")
    cells, every = [], list[KeptRun]()
    for world, (_, title) in WORLDS.items():
        for arm, (label, _) in ARMS.items():
            runs = [job.kept for job in kept(f"{world}_{arm}")]
            if runs:
                reports = [run.evaluations[0] for run in runs]
                shares = [report["success_rate"] for report in reports]
                found = f"{sum(share > 0.5 for share in shares)} of {len(shares)}"
                returns = joined([report["return_mean"] for report in reports], ".0f")
                minutes = f"{np.mean([run.minutes for run in runs]):.1f}"
                cells.append((title, label, joined(shares, ".2f"), found, returns, minutes))
                every += runs
    return f"{markdown(header, cells)}\n\n{provenance(every)}"


def draw() -> None:
    """How far the snakes swam, and the ways that the balls took, of every seed."""
    names = [f"{world}_{arm}" for world in WORLDS for arm in ARMS]
    done = [job for name in names for job in kept(name)]
    if done and all(job.skill.exists() for job in done):
        with written_whole(PATHS) as aside:
            shown = {name: [_paths(job) for job in kept(name)] for name in names}
            aside.write_text(json.dumps(shown) + "\n", encoding="utf-8")
    if not PATHS.exists():
        return
    shown = json.loads(PATHS.read_text(encoding="utf-8"))
    figure = Figure(figsize=(12.6, 6.6), layout="constrained")
    axes = figure.subplots(2, 2)
    for row, arm in enumerate(ARMS):
        _draw_snakes(axes[row, 0], arm, shown[f"snake_{arm}"])
        _draw_maze(axes[row, 1], arm, shown[f"maze_{arm}"])
    with written_whole(RESULTS / f"{STUDY}.png") as aside:
        figure.savefig(aside, dpi=130)


def _paths(job: Job) -> list[list[list[float]]]:
    draw = job.evaluated[-1]
    played = evaluate_skill(load_skill(job.skill), episodes=SHOWN, latent_draw=draw, seed=EVALUATION_SEED).played
    return [np.round(episode.path[::4], 2).tolist() for episode in played if episode.path is not None]


def _draw_snakes(ax: Axes, arm: str, seeds: list[list[list[list[float]]]]) -> None:
    """Along x against time, one shade a seed."""
    ax.axhline(finish_line(1.0).zones[0].x - finish_line(1.0).zones[0].half_x, color="#009E73", linewidth=1.4)
    for index, paths in enumerate(seeds):
        for path in paths:
            along = np.array(path)[:, 0]
            time = 0.16 * np.arange(len(along))  # every fourth control step of 0.04 s
            ax.plot(time, along, color=COLOURS[arm], alpha=0.25 + 0.15 * index, linewidth=0.9)
    ax.set(xlabel="s", ylabel="x (m)", title=f"snake, {ARMS[arm][0]}, {len(seeds)} seeds")


def _draw_maze(ax: Axes, arm: str, seeds: list[list[list[list[float]]]]) -> None:
    arena: Arena = blocked_passage(0.5)
    for wall in arena.walls:
        corner = (wall.x - wall.half_x, wall.y - wall.half_y)
        ax.add_patch(Rectangle(corner, 2 * wall.half_x, 2 * wall.half_y, facecolor="#B4BAC2"))
    ax.plot(*arena.goals[0], "*", color="#009E73", markersize=13)
    for index, paths in enumerate(seeds):
        for path in paths:
            ax.plot(*np.array(path).T, color=COLOURS[arm], alpha=0.25 + 0.15 * index, linewidth=0.9)
    ax.set(xlabel="x (m)", ylabel="y (m)", aspect="equal", title=f"ball, {ARMS[arm][0]}, {len(seeds)} seeds")


if __name__ == "__main__":
    main(STUDY, jobs(), results, draw)
