"""Do composed skills push a cylinder to where both of them would? Table 6.1 and figure 6.2 of Haarnoja (2018)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skillkit.bodies.arm import Arm
from skillkit.build import Constituent, build_training, compose, freeze
from skillkit.config import load_recipe
from skillkit.experiments.compose import states_of
from skillkit.experiments.evaluate import evaluate_skill
from skillkit.files import written_whole
from skillkit.skills.file import load_skill
from skillkit.skills.skill import Skill
from studies.comparison import markdown, provenance
from studies.jobs import EVALUATION_SEED, KEPT, RESULTS, Job, main, newest_run
from studies.kept_run import KeptRun
from studies.relabelled import Relabelled, distances

STUDY = "pusher"
SEEDS = (0, 1, 2)
EPISODES = 100
_RECIPE = ("pretrain", "--recipe", "arm_pusher_flat", "--with-replay", "--goal")
LINES = {"left": "x=-1", "middle": "x=0", "right": "x=1", "bottom": "y=-1"}
PLACES = {"left": "x=-1,y=-1", "middle": "x=0,y=-1", "right": "x=1,y=-1"}
ARMS = {**LINES, **{f"{side}_bottom": goal for side, goal in PLACES.items()}}
UPDATES = (100, 300, 1000, 3000)  # after which a drawn policy is looked at
OFFLINE = (300, 1000, 3000, 10_000, 30_000)  # and one of a fresh soft Q-function, learnt from the same transitions
MERGED = KEPT / STUDY / "merged.json"  # what the compositions came to
CURVE_EPISODES = 25


def jobs() -> list[Job]:
    """Every training, seed by seed: four lines, and the three places where two of them meet."""
    return [Job(STUDY, name, seed, (*_RECIPE, goal)) for seed in SEEDS for name, goal in ARMS.items()]


def _job(name: str, seed: int) -> Job:
    return next(job for job in jobs() if (job.name, job.seed) == (name, seed))


def _ends(skill: Skill, episodes: int = EPISODES) -> np.ndarray:
    """Where the cylinder lies at the end of each episode, (episodes, 2) m, with latents drawn at every step."""
    played = evaluate_skill(skill, episodes=episodes, latent_draw="step", seed=EVALUATION_SEED).played
    return np.array([episode.path[-1] for episode in played if episode.path is not None])


def _constituents(side: str, seed: int) -> list[Constituent]:
    """The skills of both lines, equally weighted, with the states that they were trained on."""
    found = []
    for name in (side, "bottom"):
        path = _job(name, seed).skill
        skill = load_skill(path)
        found.append(Constituent(skill, 0.5, *states_of(str(path), path, skill)))
    return found


def _composed(side: str, seed: int, updates: int) -> tuple[Skill, float]:
    """The skill of both lines, and the seconds that drawing it took."""
    start = time.perf_counter()
    constituents = _constituents(side, seed)
    name = f"{side}_bottom"
    skill = compose(
        constituents, name=name, kind="flow", updates=updates, seed=seed, compiled=True, progress=lambda done: None
    )
    return skill, time.perf_counter() - start


def _offline(side: str, seed: int) -> Iterator[tuple[int, Skill]]:
    """A soft Q-function learnt anew from what both constituents collected, and its policy, as updates go by."""
    run = newest_run(_job(f"{side}_bottom", seed).work)
    assert run is not None
    recipe = load_recipe(run / "recipe.yaml")
    training = build_training(
        recipe, None, log=lambda row: None, checkpoint=lambda trainer: None, stop=threading.Event()
    )
    names = (side, "bottom")
    trainings, goals = [_job(name, seed) for name in names], [LINES[name] for name in names]
    learner, source = training.learner, Relabelled(trainings, goals, seed, recipe.algorithm.batch_size)
    learner.observe(source.observed)
    learner.compile(recipe.algorithm.batch_size)
    done = 0
    for updates in OFFLINE:
        learner.update(source, updates - done)
        done = updates
        yield updates, freeze(training)


def merge() -> None:
    """Compose every pair and look at what comes of it; needs the trainings' own folders."""
    found: dict[str, Any] = {"ends": {}, "seconds": {}, "extraction": {}, "offline": {}}
    for seed, (name, _) in product(SEEDS, ARMS.items()):
        found["ends"][f"{name}_{seed}"] = np.round(_ends(load_skill(_job(name, seed).skill)), 3).tolist()
    for seed, side in product(SEEDS, PLACES):
        for updates in UPDATES:
            skill, seconds = _composed(side, seed, updates)
            ends = _ends(skill, EPISODES if updates == UPDATES[-1] else CURVE_EPISODES)
            found["extraction"].setdefault(f"{side}_{seed}", []).append(
                [updates, float(distances(ends, PLACES[side]).mean())]
            )
        found["ends"][f"merged_{side}_{seed}"] = np.round(ends, 3).tolist()
        found["seconds"][f"{side}_{seed}"] = round(seconds, 1)
        print(side, seed, found["extraction"][f"{side}_{seed}"], f"{seconds:.0f} s", flush=True)
    for seed in SEEDS:
        curve = [
            [updates, float(distances(_ends(skill, CURVE_EPISODES), PLACES["left"]).mean())]
            for updates, skill in _offline("left", seed)
        ]
        found["offline"][f"left_{seed}"] = curve
        print("offline", seed, curve, flush=True)
    with written_whole(MERGED) as aside:
        aside.write_text(json.dumps(found) + "\n", encoding="utf-8")


def draw() -> None:
    """Where the cylinder ends, of one seed; beside it, distances against updates."""
    if all(job.skill.exists() for job in jobs()) and not MERGED.exists():
        merge()
    if not MERGED.exists():
        return
    found = json.loads(MERGED.read_text(encoding="utf-8"))
    figure = Figure(figsize=(12.0, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_ends(left, found["ends"])
    _draw_curves(right, found)
    with written_whole(RESULTS / f"{STUDY}.png") as aside:
        figure.savefig(aside, dpi=130)


def _draw_ends(ax: Axes, ends: dict[str, Any]) -> None:
    shown = {"left": "#E69F00", "bottom": "#56B4E9", "merged_left": "#009E73"}
    labels = {"left": "x = -1", "bottom": "y = -1", "merged_left": "composed"}
    ax.axvline(-1.0, color=shown["left"], linewidth=1.0)
    ax.axhline(-1.0, color=shown["bottom"], linewidth=1.0)
    for name, color in shown.items():
        places = np.concatenate([ends[f"{name}_{seed}"] for seed in SEEDS])
        ax.plot(*places.T, "o", color=color, markersize=3.5, alpha=0.6, label=labels[name])
    ax.set(xlabel="x (m)", ylabel="y (m)", aspect="equal", title="where the cylinder ends, three seeds")
    ax.legend(fontsize=8)


def _draw_curves(ax: Axes, found: dict[str, Any]) -> None:
    kinds = {
        "drawn from the composed soft Q-function": ([found["extraction"][f"left_{seed}"] for seed in SEEDS], "#009E73"),
        "soft Q-learning anew, offline, on their data": (
            [found["offline"][f"left_{seed}"] for seed in SEEDS],
            "#E69F00",
        ),
        "trained jointly, online": ([_online(seed) for seed in SEEDS], "#0072B2"),
    }
    for label, (curves, color) in kinds.items():
        for index, curve in enumerate(curves):
            ax.plot(*np.array(curve).T, color=color, alpha=0.85, label=label if index == 0 else None)
    ax.axhline(0.2, color="#B4BAC2", linewidth=1.0)
    ax.set(xscale="log", xlabel="updates", ylabel="distance from (-1, -1), m", title="left and bottom")
    ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.2))


def _online(seed: int) -> list[list[float]]:
    """Updates and the last training episodes' final distance of the jointly trained skill."""
    metrics = _job("left_bottom", seed).kept.metrics
    rows = np.stack([metrics["updates"], metrics["final_distance"]], axis=1)
    return rows[~np.isnan(rows).any(axis=1) & (rows[:, 0] > 0)].tolist()


def results() -> str:
    """What stands between the page's markers."""
    if not MERGED.exists():
        return "Nothing is composed yet."
    found = json.loads(MERGED.read_text(encoding="utf-8"))
    header = ("skill", "goal", "distance, m, by seed", "to the left place", "to the middle place", "to the right place")
    cells = []
    rows = [*ARMS.items(), *((f"merged_{side}", goal) for side, goal in PLACES.items())]
    for name, goal in rows:
        ends = [np.array(found["ends"][f"{name}_{seed}"]) for seed in SEEDS]
        own = ", ".join(_spread(distances(one, goal)) for one in ends)
        others = [f"{np.mean([distances(one, place).mean() for one in ends]):.2f}" for place in PLACES.values()]
        cells.append((name.replace("_", " ").replace("merged", "composed"), goal, own, *others))
    starts = Arm().initial_state(np.zeros(1000), np.random.default_rng(0))[0][:, 3:5]
    others = [f"{distances(starts, place).mean():.2f}" for place in PLACES.values()]
    cells.append(("none: where it starts", "", "", *others))
    minutes = [job.kept.minutes for job in jobs() if job.kept.exists]
    seconds = list(found["seconds"].values())
    cost = (
        f"Training one skill took {np.mean(minutes):.1f} minutes, drawing a composed one "
        f"{np.mean(seconds):.0f} s ({UPDATES[-1]:,} updates)."
    )
    return f"{markdown(header, cells)}\n\n{cost}\n\n{provenance(_kept())}"


def _spread(distances: np.ndarray) -> str:
    return f"{distances.mean():.2f} ± {distances.std():.2f}"


def _kept() -> list[KeptRun]:
    return [job.kept for job in jobs() if job.kept.exists]


if __name__ == "__main__":
    main(STUDY, jobs(), results, draw)
