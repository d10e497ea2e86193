"""Which settings learn most in a minute of one core? `python -m benchmarks.variants` trains each from three seeds.

Two trainings run at a time, on a core each. What counts is the return of the skill afterwards, as `skillkit eval`
measures it, so that a setting pays for what its updates cost.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import torch

from benchmarks.commit import commit
from skillkit.build import build_training, freeze
from skillkit.config import load_recipe
from skillkit.config.recipes import bundled_recipes
from skillkit.files import written_whole
from skillkit.machine import versions
from skillkit.skills.file import save_skill

RECIPE, SECONDS, EPISODES = "ant_loco", 60.0, 32
SEEDS = (0, 1, 2)
ENDLESS = 10**9
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "the recipe": {},
    "an update for every 8 transitions": {"algorithm.update_to_data": 0.125},
    "an update for every 2 transitions": {"algorithm.update_to_data": 0.5},
    "an update for every transition": {"algorithm.update_to_data": 1.0},
    "critics without layer norm": {"algorithm.critic_layer_norm": False},
    "learning rate 1e-3": {"algorithm.learning_rate": 1e-3},
}
HERE = Path(__file__).parent
WORK, RESULTS = HERE / "work", HERE.parent / "docs" / "results"


@dataclass(frozen=True)
class Outcome:
    """What a training came to: control steps and updates it made, and the mean return of its skill."""

    variant: str
    seed: int
    steps: int
    updates: int
    score: float


def train(variant: str, seed: int, core: int) -> Outcome:
    """One training in a process of its own on one core, and its skill's evaluation."""
    line = ["taskset", "--cpu-list", str(core), sys.executable, "-m", "benchmarks.variants", variant, str(seed)]
    made = json.loads(subprocess.run(line, cwd=HERE.parent, check=True, capture_output=True, text=True).stdout)
    line = [sys.executable, "-m", "skillkit", "eval", made["skill"], "--episodes", str(EPISODES), "--json"]
    found = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
    return Outcome(variant, seed, made["steps"], made["updates"], found["return_mean"])


def train_here(variant: str, seed: int) -> None:
    """Train for that long in this process, write the skill and print what was made."""
    torch.set_num_threads(1)
    fixed = {"training.seed": seed, "training.steps": ENDLESS, "training.checkpoint_every": ENDLESS}
    fixed |= {"training.log_every": 100}  # so that the clock starts with the first update
    changes = [f"{key}={json.dumps(value)}" for key, value in {**fixed, **VARIANTS[variant]}.items()]
    recipe = load_recipe(bundled_recipes()[RECIPE], overrides=changes)
    stop, begun = threading.Event(), threading.Event()

    def on_log(row: Mapping[str, float]) -> None:
        if row["updates"] and not begun.is_set():  # compiled, and learning
            begun.set()
            threading.Timer(SECONDS, stop.set).start()

    training = build_training(recipe, None, log=on_log, checkpoint=lambda _: None, stop=stop)
    training.learner.compile(recipe.algorithm.batch_size)
    training.trainer.run()
    skill = WORK / f"variant_{list(VARIANTS).index(variant)}_{seed}.safetensors"
    save_skill(skill, freeze(training))
    print(json.dumps({"skill": str(skill), "steps": training.trainer.steps, "updates": training.trainer.updates}))


def main() -> None:
    """Train everything, two at a time, and write and print the table."""
    WORK.mkdir(exist_ok=True)
    jobs = [(*pair, index % 2) for index, pair in enumerate(product(VARIANTS, SEEDS))]
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(jobs), 2):  # in pairs, so that a core is never kept by the neighbour's work
            outcomes += pool.map(lambda job: train(*job), jobs[start : start + 2])
    with written_whole(RESULTS / "variants.json") as aside:
        content = {"commit": commit(), "versions": versions(), "outcomes": [vars(outcome) for outcome in outcomes]}
        aside.write_text(json.dumps(content) + "\n", encoding="utf-8")
    for variant in VARIANTS:
        found = [outcome for outcome in outcomes if outcome.variant == variant]
        steps = sum(outcome.steps for outcome in found) / len(found)
        print(f"| {variant} | {steps:,.0f} | " + " | ".join(f"{outcome.score:.0f}" for outcome in found) + " |")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        train_here(sys.argv[1], int(sys.argv[2]))
    else:
        main()
