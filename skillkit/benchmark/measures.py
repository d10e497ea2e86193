"""The measures of skillkit itself; `python -m skillkit.benchmark.measures NAME` serves one of its contenders."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial

from skillkit.benchmark.protocol import Contender, serve
from skillkit.benchmark.rounds import Entry, Measure
from skillkit.errors import unknown_name

LEARNERS = (
    ("sac", "flow", "ant-27"),
    ("sac", "gaussian", "ant-27"),
    ("sac", "mixture", "ant-27"),
    ("sql", "flow", "ant-27"),
    ("sql", "sampler", "ant-27"),
    ("kl", "gaussian", "ant-goto"),
    ("sac", "gaussian", "ant-105"),
)
THREADS = (1, 2)


def own_measures() -> tuple[Measure, ...]:
    """Every measure, with the contenders that need no other environment."""
    return (
        Measure(
            "end-to-end-27",
            "End to end: ant, 27 inputs, 128x128, batch 128",
            "control steps/s",
            "rate",
            (_entry("flow-27"), _entry("flow-27-plain"), _entry("gaussian-27")),
        ),
        Measure(
            "end-to-end-105",
            "End to end: Ant-v5, 105 inputs, 256x256, batch 256",
            "control steps/s",
            "rate",
            (_entry("gaussian-105"), _entry("gaussian-105-plain")),
        ),
        Measure("learner", "Learner alone", "updates/s", "rate", _learners(), comparison="percent"),
        Measure(
            "simulation",
            "Simulation of 16 ants",
            "control steps/s",
            "rate",
            (_entry("worlds", "raw-all", "raw-one"), _entry("raw-all"), _entry("raw-one")),
            comparison="percent",
        ),
        Measure(
            "memory",
            "Peak memory of a training with a full replay of 1M transitions",
            "MiB",
            "amount",
            (_entry("memory-27"), _entry("memory-105")),
        ),
        Measure(
            "checkpoint",
            "A checkpoint with a full replay of 1M transitions",
            "s",
            "time",
            (
                _entry("checkpoint-27", "plain-file-27"),
                _entry("plain-file-27"),
                _entry("checkpoint-27-read"),
                _entry("checkpoint-105", "plain-file-105"),
                _entry("plain-file-105"),
                _entry("checkpoint-105-read"),
            ),
        ),
        Measure(
            "startup",
            "From the start of the command to the first update",
            "s",
            "time",
            (_entry("startup-cold"), _entry("startup-warm")),
        ),
    )


def contender(name: str) -> Contender:
    """The contender of that name; UserError for one that is not known."""
    made = _makers()
    if name not in made:
        raise unknown_name("contender", name, made)
    return made[name]()


def _learners() -> tuple[Entry, ...]:
    entries = []
    for algorithm, policy, size in LEARNERS:
        for threads in THREADS:
            key = f"{algorithm}-{policy}-{size}-{threads}"
            entries += [_entry(f"learner-{key}", f"limit-{key}"), _entry(f"limit-{key}")]
    return tuple(entries)


def _entry(name: str, *against: str) -> Entry:
    return Entry(name, (sys.executable, "-m", "skillkit.benchmark.measures", name), against)


def _makers() -> Mapping[str, Callable[[], Contender]]:
    """How each contender is made; imports what they need."""
    from skillkit.benchmark.checkpoint import Checkpoints, PlainFile
    from skillkit.benchmark.end_to_end import EndToEnd
    from skillkit.benchmark.learner import LearnerAlone, MatrixProducts
    from skillkit.benchmark.memory import full_replay
    from skillkit.benchmark.simulation import RawCore, RawThreads, Worlds
    from skillkit.benchmark.startup import FirstUpdate

    makers: dict[str, Callable[[], Contender]] = {
        "flow-27": lambda: EndToEnd("ant-27", "flow"),
        "flow-27-plain": lambda: EndToEnd("ant-27", "flow", plain=True),
        "gaussian-27": lambda: EndToEnd("ant-27", "gaussian"),
        "gaussian-105": lambda: EndToEnd("ant-105", "gaussian"),
        "gaussian-105-plain": lambda: EndToEnd("ant-105", "gaussian", plain=True),
        "worlds": Worlds,
        "raw-all": RawThreads,
        "raw-one": RawCore,
        "memory-27": lambda: full_replay("ant-27"),
        "memory-105": lambda: full_replay("ant-105"),
        "checkpoint-27": lambda: Checkpoints("ant-27"),
        "checkpoint-27-read": lambda: Checkpoints("ant-27", reads=True),
        "checkpoint-105": lambda: Checkpoints("ant-105"),
        "checkpoint-105-read": lambda: Checkpoints("ant-105", reads=True),
        "plain-file-27": lambda: PlainFile("ant-27"),
        "plain-file-105": lambda: PlainFile("ant-105"),
        "startup-cold": lambda: FirstUpdate(cold=True),
        "startup-warm": lambda: FirstUpdate(cold=False),
    }
    for algorithm, policy, size in LEARNERS:
        for threads in THREADS:
            key = f"{algorithm}-{policy}-{size}-{threads}"
            makers[f"learner-{key}"] = partial(LearnerAlone, size, algorithm, policy, threads)
            makers[f"limit-{key}"] = partial(MatrixProducts, size, algorithm, policy, threads)
    return makers


if __name__ == "__main__":
    serve(contender(sys.argv[1]))
