"""Makes the bundled skills anew, and tells what those in the library do on worlds that no choice was made on.

`python -m studies.bundled` trains those that are not kept, into the library, plays what lies there, and writes the
page; `--figures` only writes it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.page import with_results
from skillkit.files import written_whole
from skillkit.skills.file import load_skill
from skillkit.skills.replay_file import replay_path
from studies.comparison import joined, markdown, provenance
from studies.jobs import KEPT, RESULTS, Job, run_all

STUDY = "bundled"
LIBRARY = Path(__file__).parent.parent / "skillkit" / "skills" / "library"
# Seeds of evaluation, for nothing else.
FRESH = {"open": (7000, 7001, 7002), "maze": (7000,), "goto-targets": (7000,), "pusher": (7000,)}
COMPOSED = KEPT / STUDY / "composed.json"
EPISODES = {"maze": 500, "open": 80, "pusher": 500, "goto-targets": 500}


def maze(name: str, goal: str, steps: int) -> Job:
    """A second level on the bundled ant_loco."""
    arguments = ("stack", "--recipe", "ant_maze", "--goal", goal, "--steps", str(steps), "--set", f"name={name}")
    return Job(STUDY, name, 0, arguments)


def pusher(name: str, goal: str) -> Job:
    """A skill to compose with, its replay beside it."""
    arguments = ("pretrain", "--recipe", "arm_pusher_flat", "--with-replay", "--goal", goal, "--set", f"name={name}")
    return Job(STUDY, name, 0, arguments)


SKILLS = (
    Job(STUDY, "ant_loco", 0, ("pretrain",), evaluations=3),
    Job(STUDY, "ball_loco", 0, ("pretrain", "--body", "ball")),
    Job(STUDY, "quadruped_loco", 0, ("pretrain", "--recipe", "quadruped_loco")),
    Job(STUDY, "ball_goto", 0, ("pretrain", "--recipe", "ball_goto")),
    pusher("pusher_left", "x=-1"),
    pusher("pusher_bottom", "y=-1"),
)
STACKED = (
    maze("ant_maze_0", "0", 300_000),
    maze("ant_maze_1", "1", 300_000),
    maze("ant_maze_2", "2", 300_000),
    maze("ant_maze", "random", 600_000),
    Job(STUDY, "ball_maze", 0, ("stack", "--recipe", "ball_maze")),
)
JOBS = (*SKILLS, *STACKED)


def make(jobs: tuple[Job, ...]) -> None:
    """Train, and copy into the library what was trained here."""
    run_all(jobs)
    for job in jobs:
        if job.skill.exists():
            shutil.copyfile(job.skill, library_file(job))
            if replay_path(job.skill).exists():
                shutil.copyfile(replay_path(job.skill), replay_path(library_file(job)))


def library_file(job: Job) -> Path:
    """Where the skill lies in the package."""
    return LIBRARY / f"{job.name}.safetensors"


def played(job: Job) -> dict[str, Any] | None:
    """The digest of the library's skill when it was played on fresh seeds, and the reports; None before that."""
    path = _played_file(job)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def play(job: Job) -> None:
    """Play the library's skill on fresh seeds, unless that was done."""
    card = load_skill(library_file(job)).card
    known = played(job)
    if known is not None and known["skill_sha256"] == card.sha256:
        return
    reports, task = [], card.world.task
    for seed in FRESH[task]:
        line = [sys.executable, "-P", "-m", "skillkit", "eval", str(library_file(job)), "--json"]
        line += ["--seed", str(seed), "--episodes", str(EPISODES[task])]
        reports.append(json.loads(subprocess.run(line, stdout=subprocess.PIPE, check=True).stdout))
    with written_whole(_played_file(job)) as aside:
        text = json.dumps({"skill_sha256": card.sha256, "reports": reports}, indent=1)
        aside.write_text(text + "\n", encoding="utf-8")


def compose() -> None:
    """Compose the library's pair with an empty cache of compiled updates, and a filled one, unless that was done."""
    pair = [library_file(job) for job in SKILLS if job.name.startswith("pusher")]
    digests = [load_skill(path).card.sha256 for path in pair]
    if COMPOSED.exists() and json.loads(COMPOSED.read_text(encoding="utf-8"))["constituents"] == digests:
        return
    skillkit = [sys.executable, "-P", "-m", "skillkit"]
    with tempfile.TemporaryDirectory() as folder:
        out, seconds = Path(folder) / "corner.safetensors", []
        line = [*skillkit, "compose", *map(str, pair), "--out", str(out), "--force"]
        for _ in range(2):
            before = time.monotonic()
            subprocess.run(line, env={**os.environ, "XDG_CACHE_HOME": folder}, stdout=subprocess.DEVNULL, check=True)
            seconds.append(round(time.monotonic() - before, 1))
        played = [*skillkit, "eval", str(out), "--json", "--seed", "7000", "--episodes", str(EPISODES["pusher"])]
        report = json.loads(subprocess.run(played, stdout=subprocess.PIPE, check=True).stdout)
        disagreement = load_skill(out).card.score["disagreement"]
    found = {"constituents": digests, "seconds": seconds, "disagreement": disagreement, "report": report}
    with written_whole(COMPOSED) as aside:
        aside.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _composed() -> str:
    """The table of what is composed of the library's pair."""
    found = json.loads(COMPOSED.read_text(encoding="utf-8"))
    first, again = found["seconds"]
    header = ("composed of", "seconds, first and again", "disagreement", "success (95%)", "final distance, m")
    success, _, distance = _goal_row([found["report"]])
    cells = ("`pusher_left`, `pusher_bottom`", f"{first:.0f}, {again:.0f}", f"{found['disagreement']:.2f}")
    return markdown(header, [(*cells, success, distance)])


def results() -> str:
    """What stands between the page's markers."""
    lines: dict[str, list[tuple[str, ...]]] = {task: [] for task in FRESH}
    for job in JOBS:
        known, card = played(job), load_skill(library_file(job)).card
        if known is not None:
            row = _open_row if card.world.task == "open" else _goal_row
            steps = " + ".join(f"{count:,}" for count in card.training.steps)
            lines[card.world.task].append((f"`{job.name}`", steps, *row(known["reports"])))
    low = ("skill", "control steps", "displacement, m", "speed, m/s", "spread", "coverage", "steering", "falls")
    high = ("skill", "control steps", "success (95%)", "falls", "final distance, m")
    parts = [markdown(low if task == "open" else high, rows) for task, rows in lines.items()]
    parts += [_composed()] if COMPOSED.exists() else []
    return "\n\n".join([*parts, provenance([job.kept for job in JOBS if job.kept.exists])])


def _open_row(reports: list[dict[str, Any]]) -> tuple[str, ...]:
    names = ("net_displacement_median", "mean_speed", "heading_spread", "coverage", "steering", "fall_rate")
    forms = (".1f", ".1f", ".2f", ".0f", ".2f", ".2f")
    return tuple(joined([report[name] for report in reports], form) for name, form in zip(names, forms, strict=True))


def _goal_row(reports: list[dict[str, Any]]) -> tuple[str, ...]:
    (report,) = reports
    success = "{success_rate:.3f} ({success_low:.3f} to {success_high:.3f})".format(**report)
    return success, f"{report['fall_rate']:.3f}", f"{report['final_distance_mean']:.2f}"


def _played_file(job: Job) -> Path:
    return KEPT / STUDY / f"{job.name}_played.json"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--figures", action="store_true", help="write the page from what is kept, train nothing")
    if not parser.parse_args().figures:
        make(SKILLS)  # first, because the others stack on what is in the library
        make(STACKED)
        for job in JOBS:
            play(job)
        compose()
    page = RESULTS / f"{STUDY}.md"
    with written_whole(page) as aside:
        aside.write_text(with_results(page.read_text(encoding="utf-8"), results()), encoding="utf-8")


if __name__ == "__main__":
    main()
