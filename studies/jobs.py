"""Trainings by the plain command, one a core, each kept compactly in docs/results/runs; what is there is not redone."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.commit import commit
from benchmarks.page import with_results
from skillkit.experiments.seed_group import is_finished
from skillkit.files import written_whole
from skillkit.machine import versions
from skillkit.skills.file import load_skill
from studies.kept_run import KeptRun

HERE = Path(__file__).parent
WORK, RESULTS = HERE / "work", HERE.parent / "docs" / "results"
KEPT = RESULTS / "runs"
EVALUATION_SEED = 1000  # of worlds and latents that training has not seen


@dataclass(frozen=True)
class Job:
    """One training.

    arguments: of skillkit's command; solved: success at which it may stop, None to train on; evaluations: from how
    many seeds its skill is evaluated, with the options `evaluated`; needs: jobs whose skills it starts from; before:
    makes what else it starts from, in the work folder that it is given; peer: whether arguments are a whole command
    for another library, called with the seed and the folder to leave metrics.csv and eval.json in.
    """

    study: str
    name: str
    seed: int
    arguments: tuple[str, ...]
    solved: float | None = None
    evaluations: int = 1
    evaluated: tuple[str, ...] = ()
    needs: tuple[Job, ...] = ()
    before: Callable[[Path], None] | None = None
    peer: bool = False

    @property
    def label(self) -> str:
        """The name of its folders."""
        return f"{self.name}_seed{self.seed}"

    @property
    def work(self) -> Path:
        """Where it is trained."""
        return WORK / self.study / self.label

    @property
    def skill(self) -> Path:
        """What it makes, as long as the work folder is there."""
        return self.work / "skill.safetensors"

    @property
    def file(self) -> str:
        """The same, as seen from the work folder of another job."""
        return os.path.relpath(self.skill, WORK / "study" / "job")

    @property
    def kept(self) -> KeptRun:
        """What is kept of it."""
        return KeptRun(KEPT / self.study / self.label)


def run_all(jobs: Sequence[Job]) -> None:
    """Train what is not kept yet, in the order given, on every core of this machine one at a time.

    What a job needs is trained before it, also if it is kept but its skill is no longer there. When one fails or the
    user interrupts, what runs comes to its end, and nothing else is begun.
    """
    free = sorted(os.sched_getaffinity(0))
    pool = ThreadPoolExecutor(len(free))
    futures: dict[Job, Future[None]] = {}

    def run(job: Job) -> None:
        for need in job.needs:  # submitted earlier, so that it runs or is done
            if need in futures:
                futures[need].result()
        core = free.pop()
        try:
            run_one(job, core)
        finally:
            free.append(core)

    def submit(job: Job) -> None:
        for need in job.needs:
            if not need.skill.exists():
                submit(need)
        if job not in futures:
            futures[job] = pool.submit(run, job)

    try:
        for job in jobs:
            if not job.kept.exists:
                submit(job)
        for done in as_completed(futures.values()):
            done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def run_one(job: Job, core: int) -> None:
    """Train one job on one core, going on from its last checkpoint if it has one; evaluate and keep it."""
    print(f"{time.strftime('%H:%M:%S')} {job.study}/{job.label}", flush=True)
    for need in job.needs:
        _check_same(need)
    job.work.mkdir(parents=True, exist_ok=True)
    if job.before is not None:
        job.before(job.work)
    code = _commits(job)
    if job.peer:
        return _run_peer(job, core, code)
    run = _train(job, core)
    if not _is_solved(job, run):
        _evaluate(job, core)
    _keep(job, run, code)


def _check_same(job: Job) -> None:
    """A RuntimeError when a skill that was trained once more, as its file was lost, is not the one that is kept."""
    known = job.kept.notes.get("skill_sha256") if job.kept.exists else None
    found = load_skill(job.skill).card.sha256
    if known not in (None, found):
        raise RuntimeError(f"{job.skill} is not what {job.kept.path} was made of; train both anew")


def _commits(job: Job) -> str:
    """The commit that it is trained at; all of them, where a training was taken up again at another one."""
    record = job.work / "commits.txt"
    commits = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    if commit() not in commits[-1:]:
        commits.append(commit())
    record.write_text("".join(f"{one}\n" for one in commits), encoding="utf-8")
    return ", then ".join(commits)


def _train(job: Job, core: int) -> Path:
    run = newest_run(job.work)
    if is_finished(run):
        assert run is not None
        return run
    command, *arguments = job.arguments
    arguments = [*arguments, "--seed", str(job.seed), "--out", "skill.safetensors", "--force"]
    if run is not None and any((run / "checkpoints").iterdir()):
        arguments = ["--resume", str(run.relative_to(job.work))]
    elif run is not None:  # it ended before its first checkpoint
        shutil.rmtree(job.work / "runs")
    with (job.work / "log.txt").open("a") as log:
        process = subprocess.Popen(_line(core, command, *arguments), cwd=job.work, stdout=log, stderr=log)
        while process.poll() is None:
            time.sleep(5.0)
            newest = newest_run(job.work)
            if newest is not None and _is_solved(job, newest):
                process.send_signal(signal.SIGTERM)
                process.wait()
    run = newest_run(job.work)
    if run is None or (process.returncode != 0 and not _is_solved(job, run)):
        raise RuntimeError(f"{job.label} ended with {process.returncode}; see {job.work / 'log.txt'}")
    return run


def _run_peer(job: Job, core: int, code: str) -> None:
    command = ["taskset", "-c", str(core), *job.arguments, str(job.seed), str(job.work)]
    with (job.work / "log.txt").open("w") as log:
        subprocess.run(command, cwd=HERE.parent, stdout=log, stderr=log, check=True)
    job.kept.path.mkdir(parents=True, exist_ok=True)
    for name in ("metrics.csv", "eval.json"):
        shutil.copyfile(job.work / name, job.kept.path / name)
    _note(job, code, {"versions": versions() | {"stable-baselines3": version("stable-baselines3")}})


def _is_solved(job: Job, run: Path) -> bool:
    if job.solved is None or not (run / "metrics.csv").exists():
        return False
    return KeptRun(run).steps_to(job.solved) is not None


def _evaluate(job: Job, core: int) -> None:
    reports = []
    for seed in range(EVALUATION_SEED, EVALUATION_SEED + job.evaluations):
        line = _line(core, "eval", job.skill.name, "--json", "--seed", str(seed), *job.evaluated)
        reports.append(json.loads(subprocess.run(line, cwd=job.work, stdout=subprocess.PIPE, check=True).stdout))
    (job.work / "eval.json").write_text(json.dumps(reports, indent=1) + "\n", encoding="utf-8")


def _line(core: int, *arguments: str) -> list[str]:
    return ["taskset", "-c", str(core), sys.executable, "-P", "-m", "skillkit", *arguments]


def newest_run(work: Path) -> Path | None:
    """The run that was begun last in a job's folder, None before the first."""
    return max((work / "runs").glob("*/"), key=lambda path: path.stat().st_mtime, default=None)


def _keep(job: Job, run: Path, code: str) -> None:
    """Copy what a figure may need; run.json last, because it says that all is there."""
    kept = job.kept.path
    if job.kept.exists:  # trained once more for its skill; what is committed stays
        return
    kept.mkdir(parents=True, exist_ok=True)
    for name in ("recipe.yaml", "metrics.csv"):
        shutil.copyfile(run / name, kept / name)
    if (job.work / "eval.json").exists():
        shutil.copyfile(job.work / "eval.json", kept / "eval.json")
    known = json.loads((run / "run.json").read_text(encoding="utf-8"))
    notes = {
        name: known[name] for name in ("versions", "pretraining_steps", "base_sha256", "init_sha256", "head_sha256")
    }
    if job.skill.exists():  # one that stopped when it was solved has none
        notes["skill_sha256"] = load_skill(job.skill).card.sha256
    _note(job, code, notes)


def _note(job: Job, code: str, notes: dict[str, Any]) -> None:
    command = [*(("python", *job.arguments[1:]) if job.peer else ("skillkit", *job.arguments)), "--seed", str(job.seed)]
    with written_whole(job.kept.path / "run.json") as aside:
        aside.write_text(json.dumps({"command": command, "commit": code, **notes}, indent=2) + "\n")


def main(study: str, jobs: Sequence[Job], results: Callable[[], str], draw: Callable[[], None]) -> None:
    """The command line of a study: train what is missing, then write its page; or with --figures only the latter.

    results: what stands between the markers of its page.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--figures", action="store_true", help="write the page from the kept runs, train nothing")
    page = RESULTS / f"{study}.md"
    arguments = parser.parse_args()
    if not page.exists():
        parser.error(f"expected the page {page} with markers for the results, there is none; write it first")
    if not arguments.figures:
        run_all(jobs)
    if not any(job.kept.exists for job in jobs):
        return print(f"{study}: no runs are kept yet")
    draw()
    with written_whole(page) as aside:
        aside.write_text(with_results(page.read_text(encoding="utf-8"), results()), encoding="utf-8")
