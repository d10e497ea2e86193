"""Makes the bundled skills anew: `python -m studies.bundled` trains those that are not kept, into the library."""

from __future__ import annotations

import shutil
from pathlib import Path

from studies.jobs import Job, run_all

STUDY = "bundled"
LIBRARY = Path(__file__).parent.parent / "skillkit" / "skills" / "library"


def maze(name: str, goal: str, steps: int) -> Job:
    """A second level on the bundled ant_loco."""
    arguments = ("stack", "--recipe", "ant_maze", "--goal", goal, "--steps", str(steps), "--set", f"name={name}")
    return Job(STUDY, name, 0, arguments)


SKILLS = (
    Job(STUDY, "ant_loco", 0, ("pretrain",), evaluations=3),
    Job(STUDY, "ball_loco", 0, ("pretrain", "--body", "ball")),
)
STACKED = (
    maze("ant_maze_0", "0", 300_000),
    maze("ant_maze_1", "1", 300_000),
    maze("ant_maze_2", "2", 300_000),
    maze("ant_maze", "random", 600_000),
    Job(STUDY, "ball_maze", 0, ("stack", "--recipe", "ball_maze")),
)


def make(jobs: tuple[Job, ...]) -> None:
    """Train, and copy into the library what was trained here."""
    run_all(jobs)
    for job in jobs:
        if job.skill.exists():
            shutil.copyfile(job.skill, LIBRARY / f"{job.name}.safetensors")


if __name__ == "__main__":
    make(SKILLS)  # first, because the others stack on what is in the library
    make(STACKED)
