"""Does a second level on ant_loco solve the sparse maze where flat policies do not? Figure 5 of Haarnoja et al. (2018).

Each contender trains for as many control steps, with as many updates for each; flat ones from nothing also for those of
the skill's pretraining.
"""

from __future__ import annotations

import json
import subprocess
import sys

from skillkit.files import written_whole
from studies.comparison import Study
from studies.jobs import EVALUATION_SEED, KEPT, Job, main

STUDY = "ant_maze"
SEEDS = (0, 1, 2)
STEPS = 300_000
PRETRAINING = 600_000
MOTION = ("--reward", "goal-reached=1000", "--reward", "given-up=100", "--reward", "displacement-norm=1")
_FLAT = ("pretrain", "--recipe", "ant_maze_flat", "--goal", "0")
_UPDATES = (
    "--set",
    "algorithm.update_to_data=0.75",
)  # of transitions of three control steps: 0.25 a step, as the others
_LONG, _SHORT = ("--steps", str(STEPS + PRETRAINING)), ("--steps", str(STEPS))
ARMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "stacked": ("stacked on ant_loco", ("stack", "--recipe", "ant_maze", "--goal", "0", *_SHORT, *_UPDATES)),
    "scratch": ("from scratch", (*_FLAT, *_LONG)),
    "scratch_motion": ("from scratch, motion reward added", (*_FLAT, *_LONG, *MOTION)),
    "finetuned": ("fine-tuned from ant_loco", (*_FLAT, *_SHORT, "--init", "ant_loco")),
    "finetuned_motion": ("fine-tuned, motion reward added", (*_FLAT, *_SHORT, *MOTION, "--init", "ant_loco")),
    "pink": ("from scratch, pink noise", (*_FLAT, *_LONG, "--set", "policy.latent_draw=pink")),
    "held": (
        "from scratch, actions held 3 steps",
        (*_FLAT, *_LONG, "--set", "policy.hold=3", *_UPDATES),
    ),
}


def jobs() -> list[Job]:
    """Every training, seed by seed."""
    return [Job(STUDY, name, seed, arguments) for seed in SEEDS for name, (_, arguments) in ARMS.items()]


ALONE = KEPT / STUDY / "skill_alone.json"  # evaluations of the skill itself in the maze, by the draw of its latent


def play_alone() -> None:
    """Evaluate ant_loco itself in the maze, with nothing on it, unless that was done."""
    if ALONE.exists():
        return
    found = {}
    for draw in ("episode", "step"):
        line = [sys.executable, "-P", "-m", "skillkit", "eval", "ant_loco", "--task", "maze", "--goal", "0", "--json"]
        line += ["--latent-draw", draw, "--episodes", "200", "--seed", str(EVALUATION_SEED)]
        found[draw] = json.loads(subprocess.run(line, stdout=subprocess.PIPE, check=True).stdout)
    with written_whole(ALONE) as aside:
        aside.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def results() -> str:
    """What stands between the page's markers."""
    if not ALONE.exists():
        return PAGE.results()
    reports = json.loads(ALONE.read_text(encoding="utf-8"))
    told = "; ".join(
        f"one latent {'an' if draw == 'episode' else 'a'} {draw}, {report['success_rate']:.2f} "
        f"({report['success_low']:.2f} to {report['success_high']:.2f})"
        for draw, report in reports.items()
    )
    return f"{PAGE.results()}\n\nThe skill alone, with nothing on it, reaches the goal in 200 episodes: {told}."


PAGE = Study(STUDY, {name: label for name, (label, _) in ARMS.items()}, metrics=("success", "final_distance"))

if __name__ == "__main__":
    if "--figures" not in sys.argv:
        play_alone()
    main(STUDY, jobs(), results, PAGE.draw)
