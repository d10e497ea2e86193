"""Does the compiled update learn what the eager one does? `python -m benchmarks.eager` draws both, three seeds each."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from skillkit.files import written_whole
from skillkit.training.metrics import read_metrics

SEEDS = (0, 1, 2)
MODES = {"compiled": "true", "eager": "false"}
COLOURS = {"compiled": "#1f6f8b", "eager": "#c2571a"}
RECIPE, STEPS = "ant_loco", 60_000
HERE = Path(__file__).parent
RESULTS = HERE.parent / "docs" / "results"

Curve = list[tuple[int, float]]  # control steps, return over the last 100 episodes


def train(mode: str, seed: int) -> Curve:
    """One training in a folder of its own."""
    work = HERE / "work" / f"{mode}_{seed}"
    work.mkdir(parents=True, exist_ok=True)
    line = [sys.executable, "-P", "-m", "skillkit", "pretrain", "--recipe", RECIPE, "--steps", str(STEPS), "--force"]
    changes = ["--set", f"training.compile={MODES[mode]}", "--set", "training.log_every=2000"]
    subprocess.run([*line, "--seed", str(seed), *changes], cwd=work, check=True, capture_output=True)
    newest = max((work / "runs").glob(f"{RECIPE}_*"), key=lambda path: path.stat().st_mtime)
    metrics = read_metrics(newest)
    rows = zip(metrics["steps"], metrics["return"], strict=True)
    return [(int(steps), float(value)) for steps, value in rows if not np.isnan(value)]


def draw(curves: dict[str, list[Curve]], path: Path) -> None:
    """A line for every training."""
    figure, axes = plt.subplots(figsize=(5, 3.2), constrained_layout=True)
    for mode, several in curves.items():
        for index, curve in enumerate(several):
            axes.plot(*np.array(curve).T, color=COLOURS[mode], label=None if index else mode)
    axes.set(xlabel="control steps", ylabel="return, last 100 episodes", title=f"{RECIPE}, seeds {SEEDS}")
    axes.legend(frameon=False)
    with written_whole(path) as aside:
        figure.savefig(aside, dpi=150)
    plt.close(figure)


def main() -> None:
    """Train two at a time, then write the curves and their figure, and print where they ended."""
    pairs = list(product(MODES, SEEDS))
    with ThreadPoolExecutor(2) as pool:
        done = dict(zip(pairs, pool.map(lambda pair: train(*pair), pairs), strict=True))
    curves = {mode: [done[mode, seed] for seed in SEEDS] for mode in MODES}
    with written_whole(RESULTS / "eager.json") as aside:
        aside.write_text(json.dumps(curves) + "\n", encoding="utf-8")
    draw(curves, RESULTS / "eager.png")
    for mode, several in curves.items():
        print(mode, [round(curve[-1][1], 1) for curve in several])


if __name__ == "__main__":
    main()
