"""Does a second level on ant_loco solve the sparse maze where flat policies do not? Figure 5 of Haarnoja et al. (2018).

Each contender trains for as many control steps, with as many updates for each; flat ones from nothing also for those of
the skill's pretraining.
"""

from __future__ import annotations

from studies.comparison import Study
from studies.jobs import Job, main

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


PAGE = Study(STUDY, {name: label for name, (label, _) in ARMS.items()}, metrics=("success", "final_distance"))

if __name__ == "__main__":
    main(STUDY, jobs(), PAGE.results, PAGE.draw)
