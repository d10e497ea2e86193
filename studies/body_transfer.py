"""Does the high level of one body teach another? Figure 5 of Tirumala et al. (2020), from the ball to the car."""

from __future__ import annotations

from studies import default_policies
from studies.comparison import Study
from studies.jobs import Job, main

STUDY = "body_transfer"
SEEDS = (0, 1, 2)
STEPS = 300_000
NO_KL = ("--set", "algorithm.kl_cost=1e-9")
LABELS = {
    "head": "the ball's head, on the car",
    "no_kl": "the ball's head, its divergence not charged",
    "random": "a head that has learnt nothing",
    "scratch": "two levels on the car, from nothing",
    "ant": "the ball's head, on the ant",
}
PAGE = Study(STUDY, LABELS, ("success",))


def untrained(seed: int) -> Job:
    """A skill whose head has not learnt anything: it draws latents from its default policy."""
    return Job(STUDY, "untrained", seed, ("pretrain", "--recipe", "ball_goto", "--steps", "32"))


def under(name: str, seed: int, head: Job, body: str, *changes: str) -> Job:
    """A new low level under a frozen head."""
    arguments = (
        "transfer",
        "--head",
        head.file,
        "--body",
        body,
        "--task",
        "goto-targets",
        "--steps",
        str(STEPS),
        *changes,
    )
    return Job(STUDY, name, seed, arguments, needs=(head,))


def jobs() -> list[Job]:
    """Every training, seed by seed, the ant at the end of the first."""
    found = []
    for seed in SEEDS:
        head = default_policies.trained("ar1", seed)
        plain = ("pretrain", "--recipe", "ball_goto", "--body", "car", "--steps", str(STEPS))
        found += [
            under("head", seed, head, "car"),
            Job(STUDY, "scratch", seed, plain),
            under("no_kl", seed, head, "car", *NO_KL),
            untrained(seed),
            under("random", seed, untrained(seed), "car"),
        ]
        found += [under("ant", seed, head, "ant")] if seed == SEEDS[0] else []
    return found


if __name__ == "__main__":
    main(STUDY, jobs(), PAGE.results, PAGE.draw)
