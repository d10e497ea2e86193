"""Runs as a comparison sees them: those of one recipe are one contender, in a task that all must share.

Runs of one recipe start from the same skills; they may differ in their seed and in how they were computed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from skillkit.build import body_of, known_names
from skillkit.config import Recipe, WorldConfig, load_recipe
from skillkit.errors import UserError, nearest_name
from skillkit.experiments.origin import FILES
from skillkit.experiments.seed_group import is_group, runs_of_group
from skillkit.training.loop import RECENT
from skillkit.training.metrics import read_metrics
from skillkit.training.run_folder import RunFolder, checked_run
from skillkit.worlds.factory import body_on_task
from skillkit.worlds.rewards import RewardTerm

MORE_IS_BETTER, LESS_IS_BETTER = ("success", "return"), ("falls", "final_distance")  # the others are not ranked
FREE_OF_REWARDS = ("success", *LESS_IS_BETTER)  # metrics that other rewards leave comparable
OF_GOALS = ("success", "final_distance")
Curve = tuple[np.ndarray, np.ndarray]  # control steps and values, each (points,)
MJCF = "world.own_body.mjcf"  # compared, and shown, by its digest
NOT_COMPARED = (
    "description",
    "world.threads",
    *(f"training.{key}" for key in ("seed", "log_every", "checkpoint_every", "device", "compile")),
)


@dataclass(frozen=True)
class Run:
    """A run as far as a comparison looks at it.

    pretraining_steps: control steps behind what it started from; origin: the digests of that, for base, init and head.
    """

    path: Path
    recipe: Recipe
    pretraining_steps: int
    origin: Mapping[str, str | None]

    @classmethod
    def read(cls, path: Path) -> Run:
        """The run in a folder; UserError where there is none, or one without metrics."""
        folder = RunFolder(checked_run(path))
        recipe, notes = load_recipe(folder.recipe_path, known_names()), folder.notes()
        steps = notes.get("pretraining_steps", 0)
        if not isinstance(steps, int) or not 0 <= steps <= 10**15:
            shown = repr(steps)[:40]
            raise UserError(f"{path / 'run.json'} is damaged: expected pretraining_steps as a number, got {shown}.")
        digests = {kind: notes.get(f"{kind}_sha256") for kind in FILES}
        if any(not isinstance(digest, str | None) for digest in digests.values()):
            raise UserError(f"{path / 'run.json'} is damaged: expected digests as text, got {digests}.")
        return cls(path, recipe, steps, digests)

    @cached_property
    def metrics(self) -> Mapping[str, np.ndarray]:
        """Its logged columns; UserError where it has not logged anything yet."""
        try:
            metrics = read_metrics(self.path) if (self.path / "metrics.csv").is_file() else {}
            whole = not metrics or bool(np.isfinite(metrics["steps"]).all())
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{self.path / 'metrics.csv'} is damaged ({error}); leave this run out.") from error
        if not whole:
            raise UserError(f"{self.path / 'metrics.csv'} is damaged (a row without steps); leave this run out.")
        if not metrics:
            raise UserError(f"{self.path} has no metrics yet; wait until it has logged some, or leave it out.")
        return metrics

    def curve(self, metric: str) -> Curve:
        """Control steps and values of a metric, from where it is known; UserError for one that was not logged."""
        if metric not in self.metrics and metric in (*MORE_IS_BETTER, *LESS_IS_BETTER):
            raise UserError(f"{self.path} has no value of {metric!r} yet; wait until an episode has ended.")
        if metric not in self.metrics:
            near = nearest_name(metric, (*MORE_IS_BETTER, *LESS_IS_BETTER, *self.metrics))
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(self.metrics)}."
            raise UserError(f"{self.path} has no metric {metric!r}; {hint}")
        values = self.metrics[metric]
        known = ~np.isnan(values)
        if not known.any():
            raise UserError(f"{self.path} has no value of {metric!r} yet; wait until an episode has ended.")
        return self.metrics["steps"][known], values[known]

    def settled(self, metric: str) -> Curve:
        """The same, from where as many episodes have ended as are averaged over; the first to end are short ones."""
        steps, values = self.curve(metric)
        enough = self.metrics["steps"][self.metrics.get("episodes", np.zeros(len(self.metrics["steps"]))) >= RECENT]
        late = steps >= enough.min(initial=np.inf)
        return (steps[late], values[late]) if np.sum(late) > 1 else (steps, values)


@dataclass(frozen=True, eq=False)
class Contender:
    """Runs of one recipe, from one or more seeds."""

    label: str
    runs: tuple[Run, ...]

    @property
    def pretraining_steps(self) -> int:
        """Control steps behind what its runs started from."""
        return max(run.pretraining_steps for run in self.runs)

    @property
    def updates_a_step(self) -> float | None:
        """Updates for each control step, averaged over its runs; None where a run has not logged them."""
        if any("updates" not in run.metrics for run in self.runs):
            return None
        return float(np.mean([run.metrics["updates"][-1] / run.metrics["steps"][-1] for run in self.runs]))

    def first(self, metric: str) -> float:
        """Control steps from which all of its runs know the metric."""
        return max(float(run.curve(metric)[0][0]) for run in self.runs)

    def last(self, metric: str) -> float:
        """Control steps to which all of its runs know the metric."""
        return min(float(run.curve(metric)[0][-1]) for run in self.runs)

    def longest(self, metric: str) -> float:
        """Control steps to which some of its runs know the metric."""
        return max(float(run.curve(metric)[0][-1]) for run in self.runs)

    def values(self, metric: str, steps: np.ndarray) -> np.ndarray:
        """The metric of each run at control steps (points,), between logged rows on a line: (runs, points)."""
        return values_at(steps, [run.curve(metric) for run in self.runs])


def values_at(steps: np.ndarray, curves: Sequence[Curve]) -> np.ndarray:
    """Curves at control steps (points,), between their points on a line: (curves, points)."""
    return np.stack([np.interp(steps, *curve) for curve in curves])


def read_contenders(paths: Sequence[Path]) -> list[Contender]:
    """The runs in these folders, of one run or of several seeds, by recipe; UserError where they are of other tasks."""
    found = [run for path in paths for run in (runs_of_group(path) if is_group(path) else [path])]
    runs = [Run.read(path) for path in {path.resolve(): path for path in found}.values()]
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(repr(_compared(run)), []).append(run)
    for group in groups.values():
        by_seed: dict[int, Run] = {}
        for run in group:
            twin = by_seed.setdefault(run.recipe.training.seed, run)
            if twin is not run:
                raise UserError(f"{twin.path} and {run.path} are the same training of the same seed; leave one out.")
    labels = _labels([group[0] for group in groups.values()])
    return [Contender(label, tuple(group)) for label, group in zip(labels, groups.values(), strict=True)]


def check_task(contenders: Sequence[Contender], metric: str) -> None:
    """A UserError unless all runs are of one task, and of the same rewards where these are what is compared."""
    runs = [run for contender in contenders for run in contender.runs]
    first, *others = runs
    ours = _task(first.recipe.world)
    succeeded = any(np.nansum(run.metrics.get("success", 0.0)) > 0 for run in runs)
    if metric == "success" and first.recipe.world.is_gym and not succeeded:
        raise UserError(f"no run of {ours['task']} ever reports a success; give --metric return.")
    if metric in OF_GOALS and ours["goal"] == "none" == ours["count"]:
        raise UserError(f"the task {ours['task']!r} of {first.path} has no goal, got {metric!r}; give --metric return.")
    for run in others:
        theirs = _task(run.recipe.world)
        for key in ours:
            if ours[key] == theirs[key] or (key == "rewards" and metric in FREE_OF_REWARDS):
                continue
            raise UserError(
                f"runs of one task can be compared by {metric!r}: {first.path} has {key} {ours[key]}, {run.path} has "
                f"{key} {theirs[key]}; compare them apart{', or by --metric success' if key == 'rewards' else ''}."
            )


def _task(world: WorldConfig) -> dict[str, str]:
    """What makes a world's task, with the task's own where the recipe leaves something open."""
    if world.is_gym:
        return {"body": "none", "task": world.task, "goal": "", "episode_steps": "", "end": "", "rewards": ""}
    assert world.body is not None
    _, task = body_on_task(body_of(world), world.task, world.goal, count=world.count, box_mass=world.box_mass)
    errands = task.errands
    rewards = [RewardTerm(name, term.weight, term.window) for name, term in world.rewards.items()] or [*task.rewards]
    terms = [
        f"{term.name}={term.weight:g}" + (f" over {term.looks_back:g} s" if term.looks_back else "")
        for term in sorted(rewards, key=lambda term: term.name)
    ]
    return {
        "body": world.body,
        "task": world.task,
        "goal": task.goal or "none",
        "count": str(errands.count) if errands else "none",
        "box_mass": str(errands.box_mass) if errands else "none",
        "episode_steps": str(world.episode_steps or task.episode_steps),
        "end": "of bodies that are given up"
        if any(term.name == "given-up" for term in rewards)
        else "at falls or goals alone",
        "rewards": ", ".join(terms),
    }


def _labels(runs: Sequence[Run]) -> list[str]:
    """A name for each recipe: its own where that tells them apart, with the keys in which it differs where not."""
    names, flat = [run.recipe.name for run in runs], [_compared(run) for run in runs]
    labels: list[str] = []
    for index, name in enumerate(names):
        twins = [flat[other] for other in range(len(runs)) if names[other] == name]
        every = dict.fromkeys(key for twin in twins for key in twin)
        keys = [key for key in every if len({repr(twin.get(key)) for twin in twins}) > 1]
        keys = [key for key in keys if not (key.endswith("_sha256") and key.removesuffix("_sha256") in keys)]
        parts = [f"{_short(key, keys)} {flat[index].get(key, 'none')}" for key in keys]
        label = ", ".join([*([] if parts and len(twins) == len(runs) else [name]), *parts])
        labels.append(label if label not in labels else f"{label} ({labels.count(label) + 1})")
    return labels


def _short(key: str, keys: Sequence[str]) -> str:
    """The last part of a dotted key, with the one before it where another key ends alike."""
    parts = key.split(".")
    alike = [other for other in keys if other.split(".")[-1] == parts[-1]]
    return parts[-1] if len(alike) == 1 else ".".join(parts[-2:])


def _compared(run: Run) -> dict[str, Any]:
    """What makes its contender: what it starts from, and settings by dotted key but for those that seeds may change."""
    flat: dict[str, Any] = {}

    def add(prefix: str, value: Any) -> None:
        if isinstance(value, dict) and value:
            for key, item in value.items():
                add(f"{prefix}.{key}" if prefix else key, item)
        elif prefix not in NOT_COMPARED:
            flat[prefix] = value

    add("", run.recipe.model_dump(mode="json"))
    if MJCF in flat:
        flat[MJCF] = hashlib.sha256(flat[MJCF].encode()).hexdigest()[:8]
    digests = {f"{kind}_sha256": digest[:8] for kind, digest in run.origin.items() if digest}
    return flat | {"pretraining": run.pretraining_steps} | digests
