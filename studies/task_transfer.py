"""Do low level and default policy carry over to a new task? Figure 4 of Tirumala et al. (2020), with the ball."""

from __future__ import annotations

from studies import default_policies
from studies.comparison import Study
from studies.jobs import Job, main

STUDY = "task_transfer"
SEEDS = (0, 1, 2)
STEPS = 300_000
SENSES = "[body_velocity,turn_rate,roll_rate]"  # what the low level that is kept sees: no box
LOWER = ("--set", "algorithm.kl_cost=0.001")  # a tenth of what goto-targets, which pays sooner, has arrived at
LABELS = {
    "transfer": "low level and AR(1) default policy of goto-targets",
    "kept_cost": "the same, at the KL cost of goto-targets",
    "scratch": "two levels, AR(1), from nothing",
    "scratch_cost": "the same, at the KL cost of the transfer",
    "distral": "default policy of goto-targets (DISTRAL)",
}
PAGE = Study(STUDY, LABELS, ("success",))


def transferred(name: str, seed: int, prior: str, *changes: str) -> Job:
    """A contender that keeps what a skill of Figure 3 has learnt, from the same seed."""
    base = default_policies.trained(prior, seed)
    arguments = ("stack", "--base", base.file, "--task", "move-box", "--algo", "kl", "--prior", prior)
    return Job(STUDY, name, seed, (*arguments, "--steps", str(STEPS), *changes), needs=(base,))


def scratch(name: str, seed: int, *changes: str) -> Job:
    """The same two levels on the new task alone, for as long as first and second task together."""
    arguments = ("pretrain", "--recipe", "ball_goto", "--task", "move-box", "--set", f"policy.low_groups={SENSES}")
    return Job(STUDY, name, seed, (*arguments, "--steps", str(default_policies.STEPS + STEPS), *changes))


def jobs() -> list[Job]:
    """Every training, seed by seed; those at another KL cost from the first alone."""
    compared = [
        job
        for seed in SEEDS
        for job in (
            transferred("transfer", seed, "ar1", *LOWER),
            scratch("scratch", seed),
            transferred("distral", seed, "distral", *LOWER),
        )
    ]
    return [*compared, transferred("kept_cost", SEEDS[0], "ar1"), scratch("scratch_cost", SEEDS[0], *LOWER)]


if __name__ == "__main__":
    main(STUDY, jobs(), PAGE.results, PAGE.draw)
