"""Which way to a hierarchy should one take? The ant and a target, at equal control steps, pretraining counted."""

from __future__ import annotations

from studies.comparison import Study
from studies.jobs import Job, main

STUDY = "hierarchies"
PRETRAINED, STEPS = 600_000, 300_000  # control steps behind the bundled ant_loco, and on top of it
ONE_TARGET = ("--set", "world.count=1")
_TARGETS = (
    *("--task", "goto-targets", "--set", "algorithm.reward_scale=1"),
    *("--set", "algorithm.discount=0.99", "--set", "world.num_worlds=32"),
)
LABELS = {
    "stacked": "a level stacked on ant_loco, SAC",
    "prior": "SAC on the motors, held to ant_loco",
    "hierarchy": "two levels held to an AR(1) default policy, from nothing",
}
PAGE = Study(STUDY, LABELS, ("success",), apart={"three_targets": f"{LABELS['stacked']}; three targets"})


def jobs() -> list[Job]:
    """One training each, and of the first one more with three targets."""
    on_top = ("--steps", str(STEPS))
    stacked = ("stack", "--recipe", "ant_goal", "--base", "ant_loco", *_TARGETS, *on_top)
    held = ("stack", "--base", "ant_loco", "--prior", "skill", *_TARGETS, "--set", "algorithm.temperature=0.01")
    alone = ("pretrain", "--recipe", "ball_goto", "--body", "ant", "--steps", str(PRETRAINED + STEPS))
    return [
        Job(STUDY, "stacked", 0, (*stacked, *ONE_TARGET)),
        Job(STUDY, "prior", 0, (*held, *on_top, *ONE_TARGET)),
        Job(STUDY, "hierarchy", 0, (*alone, *ONE_TARGET)),
        Job(STUDY, "three_targets", 0, stacked),
    ]


if __name__ == "__main__":
    main(STUDY, jobs(), PAGE.results, PAGE.draw)
