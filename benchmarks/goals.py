"""Minutes from nothing to the first sparse goal: pretrain and stack from three seeds, and a flat SAC beside them.

`make bench-goals` trains what `docs/results/goals.json` does not hold yet, one training after another, and draws the
curves; each is stored with its commit. Each of skillkit's trainings is the plain command with its bundled recipe, timed
from the start of its process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from benchmarks.commit import commit
from benchmarks.page import with_results
from skillkit.config import load_recipe
from skillkit.config.recipes import bundled_recipes
from skillkit.files import written_whole
from skillkit.machine import versions
from skillkit.training.metrics import read_metrics

SEEDS = (0, 1, 2)
SOLVED, EPISODES = 0.8, 100  # success over the last 100 training episodes
BODIES = {"ball": ("ball_loco", "ball_maze"), "ant": ("ant_loco", "ant_maze")}
ENVIRONMENTS = {"ball": "skillkit/BallMaze-v0", "ant": "skillkit/AntMaze-v0"}
COLOURS = {"skillkit": "#1f6f8b", "Stable-Baselines3 SAC, flat": "#c2571a"}
HERE = Path(__file__).parent
WORK, RESULTS = HERE / "work", HERE.parent / "docs" / "results"

Curve = list[tuple[int, float, float]]  # control steps, minutes, success over the last 100 episodes


@dataclass(frozen=True)
class Climb:
    """One way to a goal. pretraining_steps, pretraining_minutes: of the skill, counted into the curve."""

    name: str
    body: str
    seed: int
    pretraining_steps: int
    pretraining_minutes: float
    curve: Curve
    commit: str

    @property
    def solved(self) -> tuple[int, float] | None:
        """Control steps and minutes at which it was solved, None for never."""
        return next(((steps, minutes) for steps, minutes, success in self.curve if success >= SOLVED), None)


def stacked(body: str, seed: int) -> Climb:
    """Pretrain and stack with the bundled recipes."""
    skill, top = BODIES[body]
    first, pretraining = _train("pretrain", skill, seed)
    second, rows = _train("stack", top, seed, "--base", f"{skill}_{seed}.safetensors")
    before = first + second - rows[-1][1]  # all start-up and export is counted before the curve
    steps = pretraining[-1][0]
    curve = [(steps + taken, (before + seconds) / 60.0, success) for taken, seconds, success in rows]
    return Climb("skillkit", body, seed, steps, first / 60.0, curve, commit())


def flat(body: str, seed: int, steps: int) -> Climb:
    """Stable-Baselines3's SAC with the skill's sizes and update ratio, on the same task for as many control steps."""
    ratio = load_recipe(bundled_recipes()[BODIES[body][0]]).algorithm.update_to_data
    output = subprocess.run(
        [sys.executable, str(HERE / "flat_sb3.py"), ENVIRONMENTS[body], str(seed), str(steps), str(ratio)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    curve = [(taken, seconds / 60.0, success) for taken, seconds, success in json.loads(output.splitlines()[-1])]
    return Climb("Stable-Baselines3 SAC, flat", body, seed, 0, 0.0, curve, commit())


def _train(command: str, recipe: str, seed: int, *arguments: str) -> tuple[float, Curve]:
    """Seconds that the command took, and its curve: control steps, seconds of training, success."""
    out = f"{recipe}_{seed}.safetensors"
    line = [sys.executable, "-P", "-m", "skillkit", command, "--recipe", recipe, "--seed", str(seed), "--out", out]
    start = time.monotonic()
    subprocess.run([*line, *arguments, "--force"], cwd=WORK, check=True)
    seconds = time.monotonic() - start
    newest = max((WORK / "runs").glob(f"{recipe}_*"), key=lambda path: path.stat().st_mtime)
    metrics = read_metrics(newest)
    success = np.where(metrics["episodes"] >= EPISODES, metrics["success"], 0.0)  # over the last 100 episodes
    rows = zip(metrics["steps"], metrics["seconds"], success, strict=True)
    return seconds, [(int(steps), float(at), float(value)) for steps, at, value in rows]


def draw(climbs: Sequence[Climb], path: Path) -> None:
    """Success against minutes, a panel for each body; a dotted line where pretraining ends."""
    figure, panels = plt.subplots(1, len(BODIES), figsize=(9, 3.2), sharey=True, constrained_layout=True)
    for panel, body in zip(panels, BODIES, strict=True):
        for climb in (climb for climb in climbs if climb.body == body):
            colour, label = COLOURS[climb.name], climb.name if climb.seed == SEEDS[0] else None
            _, minutes, success = zip(*climb.curve, strict=True)
            panel.plot(minutes, success, color=colour, label=label)
            if climb.pretraining_minutes:
                panel.axvline(climb.pretraining_minutes, color=colour, linestyle=":", linewidth=0.8)
        panel.axhline(SOLVED, color="grey", linewidth=0.6)
        panel.set(xlabel="minutes from nothing", title=" then ".join(BODIES[body]), ylim=(-0.02, 1.02))
        panel.set_xlim(left=0.0)
    panels[0].set_ylabel("success, last 100 episodes")
    panels[0].legend(frameon=False)
    with written_whole(path) as aside:
        figure.savefig(aside, dpi=150)
    plt.close(figure)


def load(path: Path) -> list[Climb]:
    """The climbs that were measured before."""
    return [Climb(**entry) for entry in json.loads(path.read_text())["climbs"]] if path.exists() else []


def save(climbs: Sequence[Climb], path: Path) -> None:
    """All climbs, and the versions they were measured with."""
    with written_whole(path) as aside:
        content = {"versions": versions(), "climbs": [asdict(climb) for climb in climbs]}
        aside.write_text(json.dumps(content) + "\n", encoding="utf-8")


def main() -> None:
    """Measure what is missing, keeping each result as it comes; then draw and print."""
    WORK.mkdir(exist_ok=True)
    file = RESULTS / "goals.json"
    climbs = load(file)
    done = {(climb.name, climb.body, climb.seed) for climb in climbs}
    for body in BODIES:
        for seed in SEEDS:
            if ("skillkit", body, seed) not in done:
                climbs.append(stacked(body, seed))
                save(climbs, file)
    for body in BODIES:  # one seed, because each takes as long as all of the above
        if ("Stable-Baselines3 SAC, flat", body, SEEDS[0]) not in done:
            steps = next(climb.curve[-1][0] for climb in climbs if climb.body == body)
            climbs.append(flat(body, SEEDS[0], steps))
            save(climbs, file)
    publish(climbs)


def publish(climbs: Sequence[Climb]) -> None:
    """Draw the curves and write the table into its page."""
    draw(climbs, RESULTS / "goals.png")
    page = RESULTS / "goals.md"
    with written_whole(page) as aside:
        aside.write_text(with_results(page.read_text(encoding="utf-8"), table(climbs)), encoding="utf-8")


def table(climbs: Sequence[Climb]) -> str:
    """A row for each way to a goal, as Markdown."""
    lines = [
        "| body | who | seed | skill, min | solved, steps | solved, min | success at the end | commit |",
        "| --- | --- | --: | --: | --: | --: | --: | --- |",
    ]
    for climb in sorted(climbs, key=lambda climb: (climb.body, climb.name != "skillkit", climb.seed)):
        skill = f"{climb.pretraining_minutes:.1f}" if climb.pretraining_minutes else "-"
        steps, minutes = ("never", "-") if climb.solved is None else (f"{climb.solved[0]:,}", f"{climb.solved[1]:.1f}")
        end = f"{climb.curve[-1][2]:.2f}, {climb.curve[-1][0]:,} steps"
        cells = (climb.body, climb.name, climb.seed, skill, steps, minutes, end, climb.commit)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
