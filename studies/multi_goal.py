"""Does soft Q-learning keep all of four equally good goals? Figure 3.2 of Haarnoja (2018), beside SAC."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from skillkit.experiments.evaluate import evaluate_skill
from skillkit.files import written_whole
from skillkit.skills.file import load_skill
from skillkit.skills.skill import Skill
from skillkit.worlds.arenas import four_goals
from studies.comparison import joined, markdown, provenance
from studies.jobs import EVALUATION_SEED, KEPT, RESULTS, Job, main
from studies.kept_run import KeptRun

STUDY = "multi_goal"
SEEDS = (0, 1, 2, 3, 4)
EPISODES = 400
SHOWN = 60  # paths of each contender in the figure
STATES = ((-2.0, 0.0), (0.0, 0.0), (2.5, 2.5))  # of the thesis's figure
GRID, ACTIONS = 25, 120  # points along each side of a panel of values, and sampled actions in it
_RECIPE = ("pretrain", "--recipe", "point_multi_goal_flat")
_SAC = ("--algo", "sac", "--set", "algorithm.batch_size=64")
ARMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sql": ("soft Q-learning, sampler", _RECIPE),
    "sql_flow": ("soft Q-learning, flow", (*_RECIPE, "--policy", "flow")),
    "sac_flow": ("SAC, flow", (*_RECIPE, *_SAC, "--policy", "flow")),
    "sac_mixture": ("SAC, mixture of 4 Gaussians", (*_RECIPE, *_SAC, "--policy", "mixture")),
    "sac_gaussian": ("SAC, Gaussian", (*_RECIPE, *_SAC, "--policy", "gaussian")),
}
FIGURE = KEPT / STUDY / "figure.json"  # paths, values and actions that the figure shows, of seed 0


def jobs() -> list[Job]:
    """Every training, seed by seed; Gaussians are evaluated by samples, as the others are."""
    evaluated = ("--episodes", str(EPISODES), "--latent-draw", "step")
    return [
        Job(STUDY, name, seed, arguments, evaluated=evaluated)
        for seed in SEEDS
        for name, (_, arguments) in ARMS.items()
    ]


def kept(name: str) -> list[KeptRun]:
    """The runs of a contender, by seed."""
    return [job.kept for job in jobs() if job.name == name and job.kept.exists]


def results() -> str:
    """What stands between the page's markers."""
    header = ("who", "some goal, by seed", "rarest goal, by seed", "seeds with all four", "return, by seed", "minutes")
    cells, every = [], list[KeptRun]()
    for name, (label, _) in ARMS.items():
        runs = kept(name)
        if runs:
            reports = [run.evaluations[0] for run in runs]
            rarest = [min(report["goal_shares"]) for report in reports]
            good = sum(
                report["success_rate"] >= 0.9 and least >= 0.15 for report, least in zip(reports, rarest, strict=True)
            )
            cells.append(
                (
                    label,
                    joined([report["success_rate"] for report in reports], ".2f"),
                    joined(rarest, ".3f"),
                    f"{good} of {len(runs)}",
                    joined([report["return_mean"] for report in reports], ".0f"),
                    f"{np.mean([run.minutes for run in runs]):.1f}",
                )
            )
            every += runs
    return f"{markdown(header, cells)}\n\n{provenance(every)}"


def draw() -> None:
    """Paths of each contender over the reward's level curves; below, values of three states with sampled actions."""
    trained = {job.name: job.skill for job in jobs() if job.seed == SEEDS[0] and job.skill.exists()}
    shown = json.loads(FIGURE.read_text(encoding="utf-8")) if FIGURE.exists() else {}
    if trained:
        shown |= {name: _shown(load_skill(path)) for name, path in trained.items()}
        with written_whole(FIGURE) as aside:
            aside.write_text(json.dumps(shown) + "\n", encoding="utf-8")
    if not set(ARMS) <= set(shown):
        return
    figure = Figure(figsize=(15.0, 7.2), layout="constrained")
    grid = figure.add_gridspec(2, 15, height_ratios=(1.0, 1.25))
    for column, (name, (label, _)) in enumerate(ARMS.items()):
        _draw_paths(figure.add_subplot(grid[0, 3 * column : 3 * column + 3]), label, shown[name]["paths"])
    known = zip(STATES, shown["sql"]["values"], shown["sql"]["actions"], strict=True)
    for column, (state, values, actions) in enumerate(known):
        ax = figure.add_subplot(grid[1, 5 * column : 5 * column + 5])
        _draw_values(ax, state, np.array(values), np.array(actions))
    with written_whole(RESULTS / f"{STUDY}.png") as aside:
        figure.savefig(aside, dpi=130)


def _shown(skill: Skill) -> dict[str, Any]:
    played = evaluate_skill(skill, episodes=SHOWN, latent_draw="step", seed=EVALUATION_SEED).played
    paths = [np.round(episode.path, 2).tolist() for episode in played if episode.path is not None]
    if not skill.critics:
        return {"paths": paths}
    side = np.linspace(-1.0, 1.0, GRID)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    latents = np.random.default_rng(0).standard_normal((ACTIONS, skill.latent_width))
    values = [skill.action_value({"position": np.tile(state, (len(grid), 1))}, grid) for state in STATES]
    actions = [skill.act({"position": np.tile(state, (ACTIONS, 1))}, latents) for state in STATES]
    return {
        "paths": paths,
        "values": [np.round(value.reshape(GRID, GRID), 3).tolist() for value in values],
        "actions": [np.round(action, 3).tolist() for action in actions],
    }


def _draw_paths(ax: Axes, label: str, paths: list[list[list[float]]]) -> None:
    arena = four_goals(1.0)
    side = np.linspace(-arena.view[2], arena.view[2], 80)
    places = np.stack(np.meshgrid(side, side), axis=-1)
    nearest = np.linalg.norm(places[:, :, None] - np.array(arena.goals), axis=-1).min(-1)
    ax.contour(side, side, nearest**2, levels=10, colors="#C9CFD6", linewidths=0.7)
    for goal in arena.goals:
        ax.add_patch(Circle(goal, arena.goal_radius, facecolor="#009E73", alpha=0.3))
    for path in paths:
        ax.plot(*np.array(path).T, color="#0072B2", alpha=0.5, linewidth=0.8)
    ax.set(title=label, xlabel="x (m)", ylabel="y (m)", aspect="equal")


def _draw_values(ax: Axes, state: tuple[float, float], values: np.ndarray, actions: np.ndarray) -> None:
    side = np.linspace(-1.0, 1.0, GRID)
    ax.contourf(side, side, values, levels=16, cmap="RdBu_r", alpha=0.75)
    ax.plot(*actions.T, "*", color="#0B2A4A", markersize=5)
    ax.set(title=f"soft Q and actions at {state}", xlabel="action along x", ylabel="action along y", aspect="equal")


if __name__ == "__main__":
    main(STUDY, jobs(), results, draw)
