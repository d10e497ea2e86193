"""Does a policy that keeps several ways open find the better one? Figures 3.4 and 3.5 of Haarnoja (2018)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from skillkit.experiments.evaluate import evaluate_skill
from skillkit.files import written_whole
from skillkit.skills.file import load_skill
from skillkit.worlds.arenas import Arena, blocked_passage, finish_line
from skillkit.worlds.mujoco_world import MujocoWorld
from studies.comparison import joined, markdown, provenance
from studies.jobs import EVALUATION_SEED, KEPT, RESULTS, Job, main
from studies.kept_run import KeptRun

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
PLAYED = KEPT / STUDY / "played.json"  # paths, and how near each episode came
BETTER = {"snake": 1e-6, "maze": 2.0}  # m; nearer than that is beyond the line, or past the dead end
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
    header = (
        "world",
        "who",
        "ends at the goal, by seed",
        "finds the better way, by seed",
        "return, by seed",
        "minutes",
    )
    cells, every, seen = [], list[KeptRun](), played()
    for world, (_, title) in WORLDS.items():
        for arm, (label, _) in ARMS.items():
            runs = kept(f"{world}_{arm}")
            if runs:
                reports = [job.kept.evaluations[0] for job in runs]
                nearest = [np.array(seen[job.label]["nearest"]) for job in runs if job.label in seen]
                cells.append(
                    (
                        title,
                        label,
                        joined([report["success_rate"] for report in reports], ".2f"),
                        joined([float(np.mean(each < BETTER[world])) for each in nearest], ".2f"),
                        joined([report["return_mean"] for report in reports], ".0f"),
                        f"{np.mean([job.kept.minutes for job in runs]):.1f}",
                    )
                )
                every += [job.kept for job in runs]
    return f"{markdown(header, cells)}\n\n{provenance(every)}"


def played() -> dict[str, dict[str, list[Any]]]:
    """Of each training that was played: some paths, and how near each episode came to the goal, m."""
    known: dict[str, dict[str, list[Any]]] = json.loads(PLAYED.read_text(encoding="utf-8")) if PLAYED.exists() else {}
    return known


def draw() -> None:
    """How far the snakes swam, and the ways that the balls took, of every seed."""
    fresh = {job.label: _played(job) for job in jobs() if job.kept.exists and job.skill.exists()}
    if fresh:
        with written_whole(PLAYED) as aside:
            aside.write_text(json.dumps(played() | fresh) + "\n", encoding="utf-8")
    figure = Figure(figsize=(12.6, 6.6), layout="constrained")
    axes = figure.subplots(2, 2)
    for row, arm in enumerate(ARMS):
        _draw_snakes(axes[row, 0], arm, _paths(f"snake_{arm}"))
        _draw_maze(axes[row, 1], arm, _paths(f"maze_{arm}"))
    with written_whole(RESULTS / f"{STUDY}.png") as aside:
        figure.savefig(aside, dpi=130)
    draw_curves()


def draw_curves() -> None:
    """Returns while training, a line a seed."""
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    for ax, (world, (_, title)) in zip(figure.subplots(1, len(WORLDS)), WORLDS.items(), strict=True):
        for arm, (label, _) in ARMS.items():
            for index, job in enumerate(kept(f"{world}_{arm}")):
                metrics = job.kept.metrics
                named = label if index == 0 else None
                ax.plot(metrics["steps"], metrics["return"], color=COLOURS[arm], alpha=0.7, label=named, linewidth=1.2)
        ax.set(xlabel="control steps", ylabel="return", title=title)
        ax.xaxis.set_major_locator(MaxNLocator(4))
    figure.axes[0].legend(fontsize=8)
    with written_whole(RESULTS / f"{STUDY}_curves.png") as aside:
        figure.savefig(aside, dpi=130)


def _paths(name: str) -> list[list[list[list[float]]]]:
    """Some paths of each seed of a contender."""
    known = played()
    return [known[job.label]["paths"] for job in kept(name) if job.label in known]


def _played(job: Job) -> dict[str, list[Any]]:
    draw = job.evaluated[-1]
    found = evaluate_skill(load_skill(job.skill), episodes=EPISODES, latent_draw=draw, seed=EVALUATION_SEED)
    assert isinstance(found.physical, MujocoWorld)
    task, paths = found.physical.task, [episode.path for episode in found.played if episode.path is not None]
    goal = np.array(task.arena.goals or [(np.nan, np.nan)])
    nearest = [
        float(np.linalg.norm(path - task.goal_from(path, np.repeat(goal[:1], len(path), 0)), axis=1).min())
        for path in paths
    ]
    return {
        "paths": [np.round(path[::4], 2).tolist() for path in paths[:SHOWN]],
        "nearest": np.round(nearest, 3).tolist(),
    }


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
