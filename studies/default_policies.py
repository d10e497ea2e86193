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
_HELD = (
    *("--set", "algorithm.reward_scale=1", "--set", "algorithm.discount=0.99", "--set", "world.num_worlds=32"),
    *("--set", "algorithm.temperature=0.01"),
)
_DEARER = ("--set", "algorithm.kl_cost=0.03")  # ten times what the head has arrived at
SANITY = ("--steps", "100000", "--set", "world.count=1")
PAGE = Study(STUDY, {name: label for name, (label, _) in ARMS.items()}, ("success",))


def trained(name: str, seed: int) -> Job:
    """One contender among three targets."""
    return Job(STUDY, name, seed, (*ARMS[name][1], "--steps", str(STEPS)))


def one_target(name: str) -> Job:
    """The same with one target, which each of them must be able to reach."""
    return Job(STUDY, f"one_target_{name}", 0, (*ARMS[name][1], *SANITY))


def sanity() -> dict[str, Job]:
    """Everything that must reach one target, by label: the contenders, and other ways to build on what is learnt."""
    found = {label: one_target(name) for name, (label, _) in ARMS.items()}
    of_ar1 = one_target("ar1")
    held = ("stack", "--base", "ball_loco", "--prior", "skill", "--task", "goto-targets", *_HELD)
    adapted = ("stack", "--base", of_ar1.file, "--task", "goto-targets", "--algo", "kl", "--adapt-base")
    moved = ("transfer", "--head", of_ar1.file, "--body", "car")
    return {
        **found,
        "SAC, flow, held to ball_loco": Job(STUDY, "one_target_skill_prior", 0, (*held, *SANITY)),
        "a new high level, low level adapted": Job(
            STUDY, "one_target_adapted", 0, (*adapted, *SANITY), needs=(of_ar1,)
        ),
        "a head, on the car": Job(STUDY, "one_target_head", 0, (*moved, *SANITY), needs=(of_ar1,)),
        "the same, a nat at 0.03": Job(STUDY, "one_target_head_cost", 0, (*moved, *SANITY, *_DEARER), needs=(of_ar1,)),
    }


def jobs() -> list[Job]:
    """Every training, seed by seed, the sanity cases after the first."""
    found = [trained(name, SEEDS[0]) for name in ARMS] + [*sanity().values()]
    return found + [trained(name, seed) for seed in SEEDS[1:] for name in REPEATED]


def results() -> str:
    """What stands between the page's markers: the comparison, and the sanity cases."""
    kept = [(label, job.kept) for label, job in sanity().items() if job.kept.exists]
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
