"""Does the high level of one body teach another? Figure 5 of Tirumala et al. (2020), from the ball to the car."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch

from skillkit.policies.high_level import HighLevel
from skillkit.skills.file import load_skill, save_skill
from studies import default_policies
from studies.comparison import Study
from studies.jobs import Job, main

STUDY = "body_transfer"
SEEDS = (0, 1, 2)
STEPS = 300_000
NO_KL = ("--set", "algorithm.kl_cost=1e-9")
DRAWN = ("--latent-draw", "step")  # whatever the file of a head says
SHUFFLED = "shuffled.safetensors"
LABELS = {
    "head": "the ball's head, on the car",
    "no_kl": "the ball's head, its divergence not charged",
    "random": "the ball's head, its weights shuffled",
    "scratch": "two levels on the car, from nothing",
}
PAGE = Study(STUDY, LABELS, ("success",), apart={"ant": "the ball's head, on the ant"})


def shuffle(head: Job, folder: Path) -> None:
    """The skill of a head whose high level has its weights in random order, each layer's among themselves."""
    skill, generator = load_skill(head.skill), torch.Generator().manual_seed(head.seed)
    high = skill.layers[-1].policy
    assert isinstance(high, HighLevel)
    with torch.no_grad():
        for weights in high.network.parameters():
            order = torch.randperm(weights.numel(), generator=generator)
            weights.copy_(weights.flatten()[order].view_as(weights))
    save_skill(folder / SHUFFLED, skill)


def under(name: str, head: Job, body: str, *changes: str, file: str | None = None) -> Job:
    """A new low level under a frozen head, or under what a file holds that is made of it."""
    arguments = ("transfer", "--head", file or head.file, "--body", body, "--task", "goto-targets")
    before = None if file is None else partial(shuffle, head)
    whole = (*arguments, "--steps", str(STEPS), *changes)
    return Job(STUDY, name, head.seed, whole, evaluated=DRAWN, needs=(head,), before=before)


def scratch(seed: int) -> Job:
    """Two levels on the car alone, for as long as head and low level together."""
    arguments = ("pretrain", "--recipe", "ball_goto", "--body", "car")
    return Job(STUDY, "scratch", seed, (*arguments, "--steps", str(default_policies.STEPS + STEPS)))


def jobs() -> list[Job]:
    """Every training, seed by seed, the ant at the end of the first."""
    found = []
    for seed in SEEDS:
        head = default_policies.trained("ar1", seed)
        found += [
            under("head", head, "car"),
            scratch(seed),
            under("no_kl", head, "car", *NO_KL),
            under("random", head, "car", file=SHUFFLED),
        ]
        found += [under("ant", head, "ant")] if seed == SEEDS[0] else []
    return found


if __name__ == "__main__":
    main(STUDY, jobs(), PAGE.results, PAGE.draw)
