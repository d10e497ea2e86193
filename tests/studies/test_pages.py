"""The pages of docs/results say what the kept runs say."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # studies/ is no part of the package

from benchmarks.page import with_results  # noqa: E402
from skillkit.skills.file import load_skill  # noqa: E402
from studies import (  # noqa: E402
    ant_maze,
    base_skills,
    body_transfer,
    bundled,
    default_policies,
    exploration,
    half_cheetah,
    hallways,
    hierarchies,
    multi_goal,
    pusher,
    same_task,
    task_transfer,
    temperature,
)
from studies.jobs import KEPT, Job  # noqa: E402
from studies.kept_run import KeptRun  # noqa: E402

PAGES: dict[str, Callable[[], str]] = {
    "bundled": bundled.results,
    "base_skills": base_skills.results,
    "ant_maze": ant_maze.results,
    "half_cheetah": half_cheetah.results,
    "same_task": same_task.results,
    "multi_goal": multi_goal.results,
    "temperature": temperature.results,
    "exploration": exploration.results,
    "hallways": hallways.results,
    "pusher": pusher.results,
    "default_policies": default_policies.results,
    "task_transfer": task_transfer.PAGE.results,
    "body_transfer": body_transfer.PAGE.results,
    "hierarchies": hierarchies.PAGE.results,
}


@pytest.mark.parametrize("study", PAGES)
def test_a_page_says_what_its_runs_say(study: str) -> None:
    page = (ROOT / "docs" / "results" / f"{study}.md").read_text(encoding="utf-8")
    assert with_results(page, PAGES[study]()) == page


def test_kept_runs_are_small_and_name_no_place_of_the_machine_that_trained_them() -> None:
    files = [path for path in KEPT.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 20e6
    for path in files:
        assert not re.search(r"(?<![\w.:/])/\w+/", path.read_text(encoding="utf-8"))  # an absolute path


def test_every_kept_run_says_what_it_was_trained_with() -> None:
    for notes in KEPT.rglob("run.json"):
        run = KeptRun(notes.parent)
        assert run.notes["commit"]
        assert run.notes["versions"]["torch"]
        assert run.notes["command"][0] in ("skillkit", "python")
        assert run.metrics["steps"][-1] > 0


def test_what_was_played_for_the_page_is_what_the_package_holds() -> None:
    for job in bundled.JOBS:
        known = bundled.played(job)
        assert known is not None, job.name
        assert known["skill_sha256"] == load_skill(bundled.library_file(job)).card.sha256


@pytest.mark.parametrize(
    "job", [job for job in base_skills.jobs() if job.needs and job.kept.exists], ids=lambda j: j.label
)
def test_a_second_level_stands_on_the_base_that_is_kept(job: Job) -> None:
    (base,) = job.needs
    assert job.kept.notes["base_sha256"] == base.kept.notes["skill_sha256"]
