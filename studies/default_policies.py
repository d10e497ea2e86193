"""Does a default policy over latents speed up learning? Figure 3 of Tirumala et al. (2020), with the ball."""

from __future__ import annotations

from studies.comparison import SOLVED, Study, markdown, provenance, steps_or_never, with_interval
from studies.jobs import Job, main
from studies.kept_run import KeptRun

STUDY = "default_policies"
SEEDS = (0, 1, 2)
STEPS = 300_000
_GOTO = ("pretrain", "--recipe", "ball_goto")
_SAC = (
    *("pretrain", "--body", "ball", "--task", "goto-targets", "--recipe", "ball_maze_flat"),
    *("--set", "algorithm.reward_scale=1", "--set", "algorithm.discount=0.99"),
    *("--set", "algorithm.learning_rate=0.001"),
)
ARMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ar1": ("two levels, AR(1)", _GOTO),
    "distral": ("one level, learnt default policy (DISTRAL)", (*_GOTO, "--prior", "distral")),
    "none": ("one level, no default policy", (*_GOTO, "--prior", "none")),
    "isotropic": ("two levels, isotropic", (*_GOTO, "--prior", "isotropic")),
    "learned_ar": ("two levels, learnt AR", (*_GOTO, "--prior", "learned-ar")),
    "sac": ("SAC, flow, one level", _SAC),
}
REPEATED = ("ar1", "distral", "none")  # trained from every seed, the others from the first
SANITY_STEPS = 100_000  # with one target
PAGE = Study(STUDY, {name: label for name, (label, _) in ARMS.items()}, ("success",))


def trained(name: str, seed: int) -> Job:
    """One contender among three targets."""
    return Job(STUDY, name, seed, (*ARMS[name][1], "--steps", str(STEPS)))


def one_target(name: str) -> Job:
    """The same with one target, which each of them must be able to reach."""
    steps = ("--steps", str(SANITY_STEPS), "--set", "world.count=1")
    return Job(STUDY, f"one_target_{name}", 0, (*ARMS[name][1], *steps))


def jobs() -> list[Job]:
    """Every training, seed by seed, the sanity cases after the first."""
    found = [trained(name, SEEDS[0]) for name in ARMS] + [one_target(name) for name in ARMS]
    return found + [trained(name, seed) for seed in SEEDS[1:] for name in REPEATED]


def results() -> str:
    """What stands between the page's markers: the comparison, and the sanity cases."""
    kept = [(label, one_target(name).kept) for name, (label, _) in ARMS.items() if one_target(name).kept.exists]
    alone = ["One target:", _one_target(kept), provenance([run for _, run in kept])] if kept else []
    return "\n\n".join([PAGE.results(), *alone])


def _one_target(kept: list[tuple[str, KeptRun]]) -> str:
    header = ("who", f"steps to {SOLVED:g} in training", "success in evaluation (95%)", "minutes")
    cells: list[tuple[str, ...]] = []
    for label, run in kept:
        solved = steps_or_never(run.steps_to(SOLVED))
        cells.append((label, solved, with_interval(run.evaluations[0]), f"{run.minutes:.1f}"))
    return markdown(header, cells)


if __name__ == "__main__":
    main(STUDY, jobs(), results, PAGE.draw)
