"""The order in which a study's trainings are run, and what a failure leaves undone."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # studies/ is no part of the package

from studies import jobs as module  # noqa: E402
from studies.jobs import Job, run_all  # noqa: E402


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "WORK", tmp_path / "work")
    monkeypatch.setattr(module, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(module.os, "sched_getaffinity", lambda _: {0, 1, 2})


def test_what_a_job_needs_is_trained_before_it_also_where_only_its_skill_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base, lost = Job("study", "base", 0, ("pretrain",)), Job("study", "lost", 0, ("pretrain",))
    tops = [Job("study", f"top_{need.name}", 0, ("stack",), needs=(need,)) for need in (base, lost)]
    lost.kept.path.mkdir(parents=True)
    (lost.kept.path / "run.json").write_text("{}")
    done: list[str] = []

    def train(job: Job, core: int) -> None:
        time.sleep(0.2 if job.name in ("base", "lost") else 0.0)
        done.append(job.name)

    monkeypatch.setattr(module, "run_one", train)
    run_all([*tops, base])
    assert sorted(done) == ["base", "lost", "top_base", "top_lost"]
    assert done.index("base") < done.index("top_base")
    assert done.index("lost") < done.index("top_lost")


def test_nothing_is_begun_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def train(job: Job, core: int) -> None:
        begun.append(job.name)
        if job.name == "0":
            raise RuntimeError("broken")
        time.sleep(0.3)

    monkeypatch.setattr(module, "run_one", train)
    with pytest.raises(RuntimeError, match="broken"):
        run_all([Job("study", str(index), 0, ("pretrain",)) for index in range(20)])
    assert len(begun) < 8


def test_what_is_kept_is_not_trained_again(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job("study", "done", 0, ("pretrain",))
    job.kept.path.mkdir(parents=True)
    (job.kept.path / "run.json").write_text("{}")
    monkeypatch.setattr(module, "run_one", lambda *_: pytest.fail("trained again"))
    run_all([job])
