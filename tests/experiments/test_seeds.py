"""Several seeds: what `--seeds` means, which processes run when, and what is left; a stub stands for the commands."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.experiments import seed_processes
from skillkit.experiments.origin import Origin
from skillkit.experiments.seed_group import SeedGroup, is_group
from skillkit.experiments.seed_processes import last_row, run_all, side_by_side
from skillkit.experiments.seeds import (
    SeedResult,
    SeedsResult,
    mean_and_interval,
    parse_seeds,
    result_table,
    resume_seeds,
    seed_files,
    train_seeds,
)
from skillkit.training.run_folder import RunFolder

Tiny = Callable[..., Recipe]
OUT = Path("ball.safetensors")


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("0-4", (0, 1, 2, 3, 4)),
        ("0,3,7", (0, 3, 7)),
        ("0-2,5", (0, 1, 2, 5)),
        ("7", (7,)),
        ("3-3", (3,)),
        (" 2 , 0 - 1 ", (2, 0, 1)),
        (str(2**63 - 1), (2**63 - 1,)),
        ("0-99", tuple(range(100))),
    ],
)
def test_what_seeds_mean(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got ''"),
        ("0-", "got '0-'"),
        ("-1", "got '-1'"),
        ("0,,1", "got '0,,1'"),
        ("0..4", "got '0..4'"),
        ("one", "got 'one'"),
        ("²", "got '²'"),
        ("9" * 5000, "each of 0 to 2"),
        ("4-0", "'4-0' which runs backwards; write 0-4"),
        (str(2**63), "at most 2**63-1, got 9223372036854775808"),
        ("0-100", "at most 100 seeds"),
        ("0-9223372036854775807", "at most 100 seeds"),
        ("0-2,1", "the seed 1 more than once"),
    ],
)
def test_what_seeds_cannot_mean(text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        parse_seeds(text)
    assert message in str(error.value)


def test_each_seed_has_a_file(cwd: Path) -> None:
    first, second = Path("ball_seed0.safetensors"), Path("ball_seed12.safetensors")
    OUT.write_text("the name without a seed may be taken")
    assert seed_files(OUT, [0, 12], force=False) == {0: first, 12: second}
    second.write_text("taken")
    with pytest.raises(UserError, match=r"ball_seed12\.safetensors' exists already"):
        seed_files(OUT, [0, 12], force=False)
    assert seed_files(OUT, [0, 12], force=True) == {0: first, 12: second}
    with pytest.raises(UserError, match=r"got 'x\.pt'"):
        seed_files(Path("x.pt"), [0], force=False)
    with pytest.raises(UserError, match=r"must end in \.safetensors"):
        seed_files(Path(""), [0], force=False)


def test_no_more_at_a_time_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_processes, "cores", lambda: 4)
    assert (side_by_side(3), side_by_side(9)) == (3, 4)


def test_the_mean_and_its_interval() -> None:
    assert mean_and_interval([2.0]) == (2.0, 2.0, 2.0)
    # One degree of freedom: 12.706 standard errors of sqrt(0.5 / 2) = 0.5 each way.
    assert mean_and_interval([0.0, 1.0]) == pytest.approx((0.5, 0.5 - 6.353, 0.5 + 6.353), abs=1e-3)


def test_the_table_of_results() -> None:
    def seed(number: int, state: Any, **score: float) -> SeedResult:
        return SeedResult(number, state, Path(f"ball_seed{number}.safetensors"), Path("log"), score)

    seeds = (seed(0, "done", **{"return": 1.0}), seed(1, "failed"), seed(4, "done", **{"return": 2.0, "success": 0.5}))
    console = Console(file=io.StringIO(), width=100)
    console.print(result_table(SeedsResult(Path("runs/x_seeds_1"), "pretrain", seeds)))
    assert isinstance(console.file, io.StringIO)
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in console.file.getvalue().splitlines()]
    assert [row for row in cells if row] == [
        ["0", "1", "-", "ball_seed0.safetensors"],
        ["4", "2", "0.5", "ball_seed4.safetensors"],
        ["mean", "1.5", "0.5", ""],
        ["95% from", "-4.853", "0.5", ""],
        ["95% to", "7.853", "0.5", ""],
    ]


def test_the_last_whole_row(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    assert last_row(path) == {}
    path.write_text("steps,return\n")
    assert last_row(path) == {}
    with path.open("a", newline="") as file:
        csv.writer(file).writerows([[100, 1.5], [200, ""]])
        file.write("30")
    assert last_row(path) == {"steps": "200", "return": ""}


# The stub notes each start and end in `events`. What a seed does stands in `plan`: exit with a code, or wait for a
# stop and end with a code. It makes a run's folder as the real command does, so that it can be found.
STUB = """#!{python} -P
import json, os, pathlib, signal, sys, time
arguments = sys.argv[sys.argv.index("skillkit") + 1:]
if "--resume" in arguments:
    run = pathlib.Path(arguments[-1])
    seed = json.loads((run / "run.json").read_text())["command"]
    seed = seed[seed.index("--seed") + 1]
else:
    seed = arguments[arguments.index("--seed") + 1]
    run = pathlib.Path("runs") / ("ball_loco_" + seed)
    run.mkdir()
    (run / "recipe.yaml").write_text("")
    (run / "run.json").write_text(json.dumps({{"command": ["x", *arguments]}}))
    (run / "checkpoints").mkdir()
def tell(what):
    with open("events", "a") as file:
        file.write(what + " " + seed + "\\n")
def stop(*_):
    tell("stop")
    (run / "checkpoints" / "000000000100").mkdir()
    sys.exit(130)
signal.signal(signal.SIGTERM, stop)
tell("resume" if "--resume" in arguments else "start")
print("messages of " + seed)
time.sleep(0.2)
code = json.loads(pathlib.Path("plan").read_text()).get(seed, 0)
if code == "wait":
    time.sleep(30)
if code == 0:
    notes = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(notes | {{"exported": True}}))
tell("end")
sys.exit(code)
"""


@pytest.fixture
def plan(cwd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    stub = tmp_path / "python"
    stub.write_text(STUB.format(python=sys.executable))
    stub.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stub))
    monkeypatch.setattr(seed_processes, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(seed_processes, "cores", lambda: 2)

    def write(**codes: int | str) -> None:
        Path("plan").write_text(json.dumps({name.removeprefix("seed"): code for name, code in codes.items()}))

    write()
    return write


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def events() -> list[str]:
    return Path("events").read_text().splitlines()


def states(result: SeedsResult) -> list[str]:
    return [seed.state for seed in result.seeds]


def start(tiny: Tiny, console: Console, count: int) -> SeedsResult:
    return train_seeds(tiny(), range(count), OUT, force=False, console=console)


def test_two_at_a_time_and_all_of_them(plan: Callable[..., None], tiny: Tiny, console: Console) -> None:
    result = start(tiny, console, 5)
    assert states(result) == ["done"] * 5
    assert (result.group, result.command) == (Path("runs/ball_loco_seeds_1"), "pretrain")
    seen = events()
    assert sorted(seen) == sorted(f"{what} {seed}" for what in ("start", "end") for seed in range(5))
    training = most = 0
    for event in seen:
        training += 1 if event.startswith("start") else -1
        most = max(most, training)
    assert most == 2
    document = json.loads(Path("runs/ball_loco_seeds_1/seeds.json").read_text())
    assert [entry["run"] for entry in document["seeds"]] == [f"runs/ball_loco_{seed}" for seed in range(5)]
    assert document["seeds"][3]["arguments"][-4:] == ["--seed", "3", "--out", "ball_seed3.safetensors"]
    assert Path("runs/ball_loco_seeds_1/seed_3.log").read_text() == "messages of 3\n"
    with pytest.raises(UserError, match="are finished"):
        resume_seeds(result.group, console)


def test_one_that_fails_leaves_the_others_going(plan: Callable[..., None], tiny: Tiny, console: Console) -> None:
    plan(seed0=1, seed2=2)
    result = start(tiny, console, 4)
    assert states(result) == ["failed", "done", "failed", "done"]
    assert [str(seed.log) for seed in result.of_state("failed")] == [
        "runs/ball_loco_seeds_1/seed_0.log",
        "runs/ball_loco_seeds_1/seed_2.log",
    ]
    plan()
    assert states(resume_seeds(result.group, console)) == ["done"] * 4
    assert sorted(event for event in events()[8:] if not event.startswith("end")) == ["start 0", "start 2"]


def test_a_stop_is_passed_on_and_the_rest_resumed(plan: Callable[..., None], tiny: Tiny, console: Console) -> None:
    plan(seed1="wait", seed2="wait")
    handler = signal.getsignal(signal.SIGTERM)

    def when_two_wait() -> None:
        while not Path("events").exists() or "start 2" not in events():
            threading.Event().wait(0.05)
        threading.Event().wait(0.2)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=when_two_wait, daemon=True).start()
    result = start(tiny, console, 4)
    assert states(result) == ["done", "stopped", "stopped", "waiting"]
    assert signal.getsignal(signal.SIGTERM) is handler
    assert sorted(events()[-2:]) == ["stop 1", "stop 2"]
    plan()
    assert states(resume_seeds(result.group, console)) == ["done"] * 4
    begun = [event for event in events()[6:] if not event.startswith("end")]
    assert sorted(begun) == ["resume 1", "resume 2", "start 3"]


def group_of_two(tiny: Tiny) -> SeedGroup:
    files = {0: Path("ball_seed0.safetensors"), 1: Path("ball_seed1.safetensors")}
    return SeedGroup.create(tiny(), files, digests=Origin(tiny(), {}).digests, force=False)


def test_one_writer_at_a_time(plan: Callable[..., None], tiny: Tiny, console: Console) -> None:
    group = group_of_two(tiny)
    assert is_group(group.path)
    with pytest.raises(UserError, match="another process is writing in runs/ball_loco_seeds_1"):
        resume_seeds(group.path, console)
    group.close()
    assert states(resume_seeds(group.path, console)) == ["done"] * 2


def test_a_run_is_found_by_its_command_and_left_to_its_writer(
    plan: Callable[..., None], tiny: Tiny, console: Console
) -> None:
    group = group_of_two(tiny)
    first, second = group.contents.seeds
    assert group.find_run(first) is None
    run = RunFolder.create("ball_loco", "", ["skillkit", *first.arguments])
    RunFolder.create("ball_loco", "", ["skillkit", "pretrain", "--seed", "1"]).close()
    assert (group.find_run(first), group.find_run(second)) == (run.path, None)
    with pytest.raises(UserError, match="another process is writing in runs/ball_loco_1"):
        run_all(group, console)
    run.close()
    os.utime(run.path / "recipe.yaml", (1.0, 1.0))  # made by an older group of the same name
    assert group.find_run(first) is None
    group.close()


def test_a_run_without_a_checkpoint_starts_anew(plan: Callable[..., None], tiny: Tiny, console: Console) -> None:
    group = group_of_two(tiny)
    run = RunFolder.create("left", "", ["skillkit", *group.contents.seeds[1].arguments])
    run.close()
    group.note_run(1, run.path)
    group.close()
    assert states(resume_seeds(group.path, console)) == ["done"] * 2
    assert not run.path.exists()
    assert sorted(events()) == ["end 0", "end 1", "start 0", "start 1"]


def test_what_cannot_be_gone_on_with(
    plan: Callable[..., None], tiny: Tiny, console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = group_of_two(tiny)
    group.close()
    taken = Path("ball_seed1.safetensors")
    taken.write_text("someone else's")
    with pytest.raises(UserError, match="exists already"):
        resume_seeds(group.path, console)
    taken.unlink()
    path, here = group.path / "seeds.json", Path.cwd()
    whole = path.read_text()
    for text in ("{", "{}", whole.replace('"version": 1', '"version": 2')):
        path.write_text(text)
        with pytest.raises(UserError, match=r"seeds\.json is damaged"):
            resume_seeds(group.path, console)
    path.write_text(whole)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="where they were started"):
        resume_seeds(here / group.path, console)
    assert not Path("runs").exists()


def test_the_live_table(plan: Callable[..., None], tiny: Tiny) -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    group = group_of_two(tiny)
    run_all(group, console)
    group.close()
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    for part in ("seed", "steps/s", "0/400", "training", "done"):
        assert part in drawn
