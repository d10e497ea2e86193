"""What makes a base worth stacking on? Variants of the bundled ant_loco, and a second level on each of them."""

from __future__ import annotations

from skillkit.experiments.recipes import snake
from studies.jobs import Job, main

STUDY = "base_skills"
SEEDS = (0, 1)
SOLVED = 0.8  # success on the sparse goal 8 m away at which a second level has learnt it
MOST_STEPS = 400_000  # control steps that a second level may take
STEP = ("--set", "policy.latent_draw=step", "--set", "world.episode_steps=1000")
HELD = ("--set", "policy.latent_draw=episode", "--set", "world.episode_steps=400")


def _entropy(value: float) -> tuple[str, ...]:
    return ("--set", f"algorithm.target_entropy={value}")


VARIANTS: dict[str, tuple[str, ...]] = {
    "velocity-norm": (*_entropy(1), *STEP, "--reward", "velocity-norm"),
    "window 1 s": (*_entropy(1), *STEP, "--set", "world.rewards.displacement-norm.window=1"),
    "entropy -8": (*_entropy(-8), *STEP),
    "entropy 0": (*_entropy(0), *STEP),
    "entropy 1": (*_entropy(1), *STEP),
    "entropy 2": (*_entropy(2), *STEP),
    "entropy 0, held": (*_entropy(0), *HELD),
    "entropy 1, held": (*_entropy(1), *HELD),
    "entropy 2, held": (*_entropy(2), *HELD),
    "entropy 1, held, 600k": (*_entropy(1), *HELD, "--steps", "600000"),
}


def pretraining(variant: str, seed: int) -> Job:
    """The training of one base."""
    arguments = ("pretrain", "--recipe", "ant_loco", *VARIANTS[variant])
    return Job(STUDY, snake(variant), seed, arguments, evaluations=3)


def stacking(variant: str, seed: int) -> Job:
    """The second level on that base, until it has solved the sparse goal."""
    base = pretraining(variant, seed)
    arguments = ("stack", "--recipe", "ant_goal", "--base", f"../{base.label}/skill.safetensors")
    return Job(STUDY, f"{base.name}_goal", seed, (*arguments, "--steps", str(MOST_STEPS)), solved=SOLVED)


def jobs() -> list[Job]:
    """Every training, bases before what is stacked on them."""
    return [make(variant, seed) for seed in SEEDS for make in (pretraining, stacking) for variant in VARIANTS]


if __name__ == "__main__":
    main(jobs(), lambda: None)
