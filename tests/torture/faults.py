"""Numbers that diverge, disks that fill, folders that go: a clear end, and what was good stays good."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from outcome import Outcome
from spoil import KINDS
from trials import OUT, Trial, differences, ended, finish, newest_run, problems, start

from skillkit.experiments.seed_group import FILE as SEEDS_FILE

SPOIL = (sys.executable, "-P", str(Path(__file__).with_name("spoil.py")))
NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
SKILLKIT = f"{sys.executable} -P -m skillkit"


def spoilt(trial: Trial, whole: Path, folder: Path) -> list[Outcome]:
    """Each of the things that go wrong inside the process; then the run is resumed without it."""
    found = []
    for number, kind in enumerate(KINDS):
        place = folder / str(number)
        wanted = -signal.SIGKILL if kind.startswith("killed") else 1
        code = finish(place, trial.command, before=(*SPOIL, kind))
        lost = problems(place) + ([] if code == wanted else [f"exit code {code}"]) + one_error(place, wanted == 1)
        if not lost:
            finish(place, trial.next_command(place))
            lost = differences(whole, place)
        found.append(Outcome(kind, 1, 0 if lost else 1, ", ".join(lost)))
    return found


def full_disk(trial: Trial, whole: Path, folder: Path) -> Outcome:
    """A file system of 400 kB that fills up, and room made before the run is resumed."""
    folder.mkdir(parents=True)
    script = f"""
        mount -t tmpfs -o size=400k full {folder} && cd {folder}
        {SKILLKIT} "$@" > /dev/null 2> messages; echo $? > code
        mount -o remount,size=64m {folder}
        cat messages > log.txt
        {SKILLKIT} {trial.arguments[0]} --resume "$(ls -d runs/*_1)" >> log.txt 2>&1 || {SKILLKIT} "$@" >> log.txt 2>&1
        cp -r {folder}/. {folder}.kept
    """
    shutil.rmtree(f"{folder}.kept", ignore_errors=True)
    Path(f"{folder}.kept").mkdir()
    done = subprocess.run([*NAMESPACE, "bash", "-c", script, "bash", *trial.command], capture_output=True, text=True)
    kept = Path(f"{folder}.kept")
    if not (kept / "log.txt").exists():
        return Outcome("full disk", 0, 0, f"not tried: {done.stderr.strip().splitlines()[-1:]}")
    lost = problems(kept) + one_error(kept, True) + differences(whole, kept)
    return Outcome("full disk", 1, 0 if lost else 1, ", ".join(lost))


def read_only(trial: Trial, folder: Path) -> Outcome:
    """A folder that cannot be written to."""
    folder.mkdir(parents=True)
    script = f'mount --bind -o ro {folder} {folder} && cd {folder} && {SKILLKIT} "$@"'
    done = subprocess.run([*NAMESPACE, "bash", "-c", script, "bash", *trial.command], capture_output=True, text=True)
    if "mount" in done.stderr or "unshare" in done.stderr:
        return Outcome("read-only folder", 0, 0, f"not tried: {done.stderr.strip()}")
    (folder / "log.txt").write_text(done.stderr)
    lost = (
        problems(folder) + one_error(folder, True) + ([] if done.returncode == 2 else [f"exit code {done.returncode}"])
    )
    return Outcome("read-only folder", 1, 0 if lost else 1, ", ".join(lost))


def vanished(trial: Trial, folder: Path) -> Outcome:
    """The run's folder is removed while it trains."""
    process = start(folder, trial.command)
    run = _wait_for_checkpoint(folder, process)
    run.rename(folder / "gone")  # at once, where removing takes files away one by one while others come
    code = ended(process)
    lost = problems(folder) + one_error(folder, True) + ([] if code == 1 else [f"exit code {code}"])
    lost += ["half a run is left"] if run.exists() else []
    return Outcome("folder vanishes", 1, 0 if lost else 1, ", ".join(lost))


def two_writers(trial: Trial, whole: Path, folder: Path) -> Outcome:
    """A second process resumes a run that another one trains."""
    process = start(folder, trial.command)
    run = _wait_for_checkpoint(folder, process)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "skillkit", *trial.resume(run)], cwd=folder, capture_output=True, text=True
    )
    ended(process)
    lost = [] if done.returncode == 2 and "another process is writing" in done.stderr else ["the second was let in"]
    lost += differences(whole, folder)
    return Outcome("two runs in one folder", 1, 0 if lost else 1, ", ".join(lost))


def seed_killed(trial: Trial, whole: Path, folder: Path) -> Outcome:
    """One of two seeds that train side by side is killed; they are resumed as one."""
    process = start(folder, [*trial.command, "--seeds", "0-1"])
    _wait_for_checkpoint(folder, process)
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    if children:
        os.kill(int(children[0]), signal.SIGKILL)
    code = ended(process)
    group = next((folder / "runs").glob(f"*/{SEEDS_FILE}")).parent
    again = finish(folder, [trial.arguments[0], "--resume", f"runs/{group.name}"])
    lost = [] if (code, again) == (1, 0) else [f"exit codes {code} and {again}"]
    if (folder / OUT.replace(".", "_seed0.")).read_bytes() != (whole / OUT).read_bytes():
        lost.append("skill")
    return Outcome("a seed's process is killed", 1, 0 if lost else 1, ", ".join(lost))


def one_error(folder: Path, wanted: bool) -> list[str]:
    """Whether the first message of an error is there, and alone."""
    text = (folder / "log.txt").read_text(encoding="utf-8", errors="replace")
    count = sum(line.startswith("error: ") for line in text.splitlines())
    return [] if count == int(wanted) else [f"{count} messages of an error"]


def _wait_for_checkpoint(folder: Path, process: subprocess.Popen[str]) -> Path:
    while process.poll() is None:
        run = newest_run(folder)
        if run is not None:
            return run
        time.sleep(0.05)
    raise RuntimeError(f"the training ended before it had a checkpoint, see {folder / 'log.txt'}")
