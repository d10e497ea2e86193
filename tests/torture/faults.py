"""Numbers that diverge, disks that fill, folders that go: a clear end, and what was good stays good."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
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


def full_disk(trial: Trial, whole: Path, folder: Path, sizes: Sequence[int]) -> Outcome:
    """File systems of so many kB that fill up, and room made before the run is resumed."""
    tried, survived, notes = 0, 0, list[str]()
    for size in sizes:
        lost = _filled(trial, whole, folder / str(size), size)
        tried, survived = tried + 1, survived + (not lost)
        notes += [f"{size} kB: {', '.join(lost)}"] if lost else []
    return Outcome("full disk", tried, survived, "; ".join(notes))


def _filled(trial: Trial, whole: Path, folder: Path, size: int) -> list[str]:
    folder.mkdir(parents=True)
    kept = Path(f"{folder}.kept")
    kept.mkdir()
    script = f"""
        mount -t tmpfs -o size={size}k full {folder} && cd {folder}
        {SKILLKIT} "$@" > /dev/null 2> {kept}/messages; echo $? > {kept}/code
        mount -o remount,size=64m {folder}
        cp {kept}/messages log.txt
        {SKILLKIT} {trial.arguments[0]} --resume "$(ls -d runs/*_1)" >> log.txt 2>&1 || {SKILLKIT} "$@" >> log.txt 2>&1
        cp -r {folder}/. {kept}
    """
    done = subprocess.run([*NAMESPACE, "bash", "-c", script, "bash", *trial.command], capture_output=True, text=True)
    if not (kept / "log.txt").exists():
        return [f"not tried: {done.stderr.strip().splitlines()[-1:]}"]
    messages = (kept / "messages").read_text(encoding="utf-8", errors="replace")
    errors = [line for line in messages.splitlines() if line.startswith("error: ")]
    lost = [] if len(errors) == 1 else [f"{len(errors)} messages of an error"]
    return [*lost, *problems(kept), *differences(whole, kept)]


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
    if children := _children(process.pid):
        os.kill(int(children[0]), signal.SIGKILL)
    code = ended(process)
    group = next((folder / "runs").glob(f"*/{SEEDS_FILE}")).parent
    again = finish(folder, [trial.arguments[0], "--resume", f"runs/{group.name}"])
    lost = [] if (code, again) == (1, 0) else [f"exit codes {code} and {again}"]
    if (folder / OUT.replace(".", "_seed0.")).read_bytes() != (whole / OUT).read_bytes():
        lost.append("skill")
    return Outcome("a seed's process is killed", 1, 0 if lost else 1, ", ".join(lost))


def all_seeds_killed(trial: Trial, whole: Path, folder: Path) -> Outcome:
    """The process that watches over two seeds is killed: they go on, nobody else is let in, and they end as one."""
    process = start(folder, [*trial.command, "--seeds", "0-1"])
    _wait_for_checkpoint(folder, process)
    children = [int(child) for child in _children(process.pid)]
    process.kill()
    process.wait()
    group = next((folder / "runs").glob(f"*/{SEEDS_FILE}")).parent
    resumed = [sys.executable, "-P", "-m", "skillkit", trial.arguments[0], "--resume", f"runs/{group.name}"]
    second = subprocess.run(resumed, cwd=folder, capture_output=True, text=True)
    lost = [] if second.returncode == 2 and "another process is writing" in second.stderr else ["a second was let in"]
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    again = finish(folder, resumed[4:])
    lost += [] if again == 0 else [f"exit code {again}"]
    if (folder / OUT.replace(".", "_seed0.")).read_bytes() != (whole / OUT).read_bytes():
        lost.append("skill")
    return Outcome("what watches over seeds is killed", 1, 0 if lost else 1, ", ".join(lost))


def _children(process: int) -> list[str]:
    return subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True).stdout.split()


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
