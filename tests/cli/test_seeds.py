"""`--seeds` on the command line, with real trainings: each seed has the bytes it would have alone."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from skillkit.skills.file import load_skill

Command = Callable[..., Any]
TIMED = {"seconds", "steps_per_second", "updates_per_second"}


def untimed_rows(run: str) -> list[dict[str, str]]:
    with Path(run, "metrics.csv").open(newline="") as file:
        return [{name: value for name, value in row.items() if name not in TIMED} for row in csv.DictReader(file)]


def assert_same_skill(first: str, second: str) -> None:
    one, other = load_skill(first), load_skill(second)
    assert (one.card.training.recipe, one.card.training.seed) == (other.card.training.recipe, other.card.training.seed)
    for layer, twin in zip(one.layers, other.layers, strict=True):
        weights, others = layer.policy.state_dict(), twin.policy.state_dict()
        assert weights.keys() == others.keys()
        assert all(torch.equal(value, others[name]) for name, value in weights.items())


def runs_of(group: str) -> list[str]:
    return [entry["run"] for entry in json.loads(Path(group, "seeds.json").read_text())["seeds"]]


def test_seeds_together_equal_seeds_alone(command: Command, tiny_flags: list[str]) -> None:
    together = command("pretrain", "--body", "ball", *tiny_flags, "--seeds", "0-1")
    assert together.code == 0, together.err
    assert "training 2 seeds in runs/ball_loco_seeds_1" in together.err
    for text in ("ball_loco_seed0.safetensors", "ball_loco_seed1.safetensors", "return", "mean", "95% from"):
        assert text in together.out
    for seed, run in enumerate(runs_of("runs/ball_loco_seeds_1")):
        alone = command("pretrain", "--body", "ball", *tiny_flags, "--seed", seed, "--out", f"{seed}.safetensors")
        assert alone.code == 0, alone.err
        assert_same_skill(f"{seed}.safetensors", f"ball_loco_seed{seed}.safetensors")
        assert untimed_rows(run) == untimed_rows(f"runs/ball_loco_{3 + seed}")
    again = command("pretrain", "--body", "ball", *tiny_flags, "--seeds", "1-2")
    assert again.code == 2
    assert "'ball_loco_seed1.safetensors' exists already" in again.err
    finished = command("pretrain", "--resume", "runs/ball_loco_seeds_1")
    assert finished.code == 2
    assert "are finished" in finished.err


def test_stack_and_a_base_that_changes(command: Command, tiny_flags: list[str], ball_file: Path) -> None:
    base = shutil.copy(ball_file, "base.safetensors")
    done = command("stack", "--base", base, "--task", "maze", *tiny_flags, "--seeds", "5", "--out", "up.safetensors")
    assert done.code == 0, done.err
    skill = load_skill("up_seed5.safetensors")
    assert (len(skill.layers), skill.card.training.seed) == (2, 5)
    assert "mean" not in done.out
    shutil.rmtree(runs_of("runs/ball_maze_seeds_1")[0])
    Path("up_seed5.safetensors").rename(base)
    failed = command("stack", "--resume", "runs/ball_maze_seeds_1")
    assert failed.code == 1
    assert "error: training failed for seed 5 (see runs/ball_maze_seeds_1/seed_5.log)." in failed.err
    assert failed.err.splitlines()[-1] == "    skillkit stack --resume runs/ball_maze_seeds_1"
    assert "has changed since these seeds were started" in Path("runs/ball_maze_seeds_1/seed_5.log").read_text()


def test_ctrl_c_and_resume(command: Command, tiny_flags: list[str]) -> None:
    line = [sys.executable, "-m", "skillkit", "pretrain"]
    long = [*tiny_flags, "--set", "training.steps=3000000", "--set", "training.checkpoint_every=100000"]
    running = subprocess.Popen(
        [*line, "--recipe", "ball_loco", *long, "--seeds", "2"], stderr=subprocess.PIPE, text=True
    )
    group = Path("runs/ball_loco_seeds_1")
    log, until = group / "seed_2.log", time.monotonic() + 60
    while not (log.exists() and "ball_loco  " in log.read_text()):
        assert time.monotonic() < until
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    assert running.stderr is not None
    printed = running.stderr.read()
    assert running.wait(60) == 130
    assert "Traceback" not in printed
    assert printed.splitlines()[-1] == f"    skillkit pretrain --resume {group}"
    run = Path(runs_of(str(group))[0])
    steps = int(next((run / "checkpoints").iterdir()).name) + 40
    recipe = run / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("steps: 3000000", f"steps: {steps}"))
    done = command("pretrain", "--resume", group)
    assert done.code == 0, done.err
    assert load_skill("ball_loco_seed2.safetensors").card.training.steps == [steps]
    assert sorted(path.name for path in Path("runs").iterdir()) == ["ball_loco_1", group.name]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("pretrain --body ball --seeds 4-0", "runs backwards; write 0-4"),
        ("pretrain --body ball --seeds -1", "expected --seeds as 0-4, 0,3,7 or 0-2,5"),
        ("pretrain --body ball --seeds 0-2,1", "the seed 1 more than once"),
        ("pretrain --body ball --seeds 0-1 --seed 3", "got --seed too"),
        ("pretrain --body ball --seeds 0-1 --set training.seed=3", "got --set training.seed too"),
        ("pretrain --body ball --seeds 0-1 --out x.pt", "must end in .safetensors"),
        ("pretrain --body ball --seeds 0-1 --set policy.groups=[nope]", "unknown observation group 'nope'"),
        ("pretrain --resume runs/x_seeds_1 --seeds 0-1", "got --seeds too"),
        ("stack --base nowhere --task maze --seeds x", "expected --seeds as"),
    ],
)
def test_one_sentence_and_nothing_written(command: Command, line: str, message: str) -> None:
    done = command(*line.split(" "))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert message in done.err
    assert list(Path().iterdir()) == []
