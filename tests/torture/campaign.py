"""`make torture`: accidents of every kind done to small real trainings; a table of what survived, on its page.

Each training is first run without any; one that was stopped, spoilt or crowded out must end as that one did: the same
bytes in its skill and checkpoint, the same metrics but for the wall clock. Exit code 1 where something was lost.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from faults import all_seeds_killed, full_disk, read_only, seed_killed, spoilt, two_writers, vanished
from kills import reference, stop_again_and_again
from outcome import Outcome
from trials import OUT, Trial

from benchmarks.commit import commit
from benchmarks.page import with_results
from skillkit.files import written_whole
from skillkit.machine import versions

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BALL = Trial("pretrain", ("pretrain", "--body", "ball"))
THREADS = Trial("pretrain, simulated in 2 threads", ("pretrain", "--body", "ball", "--set", "world.threads=2"))
SECOND = Trial("second level", ("stack", "--base", "first.safetensors", "--task", "maze"))
COMPILED = Trial("pretrain, compiled, in two threads", ("pretrain", "--body", "ball"), compiled=True)
THIRD = Trial("third level", ("stack", "--base", "second.safetensors", "--task", "maze"))
GYM = Trial("pretrain in Pendulum-v1", ("pretrain", "--task", "gym:Pendulum-v1"))
POINT = Trial(
    "soft Q-learning",
    (
        *("pretrain", "--body", "point", "--task", "multi-goal"),
        *("--set", "algorithm.particles=2", "--set", "algorithm.value_samples=2"),
    ),
)
HIERARCHY = Trial("two levels held to a default policy", ("pretrain", "--recipe", "ball_goto"))
FUZZING = 600.0  # seconds for thousands of files
KILLS = 11  # of each training, at least; of the compiled one, which takes longer to start, a third of that
DISKS = (150, 250, 400, 600)  # kB that a full disk has in all; the training needs some 900


def main() -> None:
    """Run the campaign, print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the moments at which processes are stopped")
    seed, begin = parser.parse_args().seed, time.monotonic()
    rng, code, page = random.Random(seed), commit(), with_results(PAGE.read_text(encoding="utf-8"), "")
    folder = Path(tempfile.mkdtemp(prefix="torture_"))
    outcomes: list[Outcome] = []

    def add(*found: Outcome) -> None:
        for outcome in found:
            print(f"{outcome.kind}: {outcome.survived} of {outcome.tried} {outcome.note}", flush=True)
            outcomes.append(outcome)

    first, second, point = (folder / f"{name}.safetensors" for name in ("first", "second", "point"))
    for trial, files, made in (
        (BALL, [], first),
        (THREADS, [], None),
        (COMPILED, [], None),
        (SECOND, [first], second),
        (THIRD, [second], None),
        (GYM, [], None),
        (POINT, [], point),
        (HIERARCHY, [], None),
    ):
        place = folder / trial.name.replace(" ", "_").replace(",", "")
        seconds = reference(trial, place / "whole", files)
        if made is not None:
            shutil.copy(place / "whole" / OUT, made)
        stops: list[tuple[signal.Signals, int]] = [(signal.SIGKILL, KILLS // 3 if trial.compiled else KILLS)]
        if trial is BALL:
            stops += [(signal.SIGTERM, 5), (signal.SIGINT, 5)]
        for number, least in stops:
            add(_stopped(trial, place, seconds, files, number, least, rng))
    whole = folder / BALL.name / "whole"
    add(*spoilt(BALL, whole, folder / "spoilt"))
    add(full_disk(BALL, whole, folder / "full", DISKS), read_only(BALL, folder / "read_only"))
    add(vanished(BALL, folder / "vanished"), two_writers(BALL, whole, folder / "two"))
    add(seed_killed(BALL, whole, folder / "seeds"), all_seeds_killed(BALL, whole, folder / "orphans"))
    add(fuzzed("mutated skill of one layer", "skills", 4000, first))
    add(fuzzed("mutated skill of two layers", "skills", 4000, second))
    add(fuzzed("mutated skill with critics", "skills", 2000, point))
    add(fuzzed("mutated recipe", "recipes", 1000))
    minutes = (time.monotonic() - begin) / 60.0
    made = ", ".join(f"{name} {version}" for name, version in versions().items())
    text = f"{table(outcomes)}\n\n`make torture`, seed {seed}, commit {code}, {minutes:.1f} minutes; {made}."
    untried = [outcome.kind for outcome in outcomes if not outcome.tried]
    if untried:
        text += f" Not tried on this machine: {', '.join(untried)}."
    print(f"\n{text}")
    with written_whole(PAGE) as aside:
        aside.write_text(with_results(page, text), encoding="utf-8")
    if any(outcome.lost for outcome in outcomes):
        sys.exit(f"something was lost; what it left is in {folder}")
    shutil.rmtree(folder)


def _stopped(
    trial: Trial, place: Path, seconds: float, files: list[Path], number: signal.Signals, least: int, rng: random.Random
) -> Outcome:
    """Trainings that are stopped again and again, until there were enough stops."""
    tried, survived, notes, index = 0, 0, list[str](), 0
    while tried < least and tried == survived:
        index += 1
        one = stop_again_and_again(
            trial, place / "whole", seconds, place / f"{number.name}_{index}", files, number, rng
        )
        tried, survived, notes = tried + one.tried, survived + one.survived, [*notes, *filter(None, [one.note])]
    return Outcome(f"{number.name}, {trial.name}", tried, survived, ", ".join(notes))


def fuzzed(name: str, kind: str, count: int, *files: Path) -> Outcome:
    """Mutated files, in a process of their own."""
    line = [sys.executable, "-P", str(Path(__file__).with_name("fuzz.py")), kind, str(count), *map(str, files)]
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=FUZZING)
    except subprocess.TimeoutExpired:
        return Outcome(name, count, 0, f"not done after {FUZZING:.0f} seconds")
    last = "".join(done.stderr.strip().splitlines()[-1:])[:200]
    note = "" if done.returncode == 0 else last or f"code {done.returncode}"
    return Outcome(name, count, 0 if note else count, note)


def table(outcomes: list[Outcome]) -> str:
    """The campaign as Markdown."""
    rows = [("kind", "tried", "survived", "lost"), ("---", "--:", "--:", "--:")]
    rows += [
        (one.kind, str(one.tried), str(one.survived), str(one.lost) + (f" ({one.note})" if one.note else ""))
        for one in outcomes
    ]
    total = [sum(values) for values in zip(*((one.tried, one.survived, one.lost) for one in outcomes), strict=True)]
    rows.append(("all", *map(str, total)))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    main()
