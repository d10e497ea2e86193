"""Every option of every command refuses what it cannot take: exit code 2, one message, nothing written.

The commands' own parameters are walked, so that an option without a row here fails the test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from skillkit.cli.app import app
from skillkit.training.run_folder import RunFolder

Command = Callable[..., Any]

HEXAPOD = Path(__file__).parents[2] / "docs" / "examples" / "hexapod" / "hexapod.yaml"

LONG = "x" * 5000
STRANGE = ("", " ", "-", "no such thing", "näh", "../..", LONG, "FOLDER")
NAMES = (*STRANGE, "-1", "0", "nan", "TEXT")
NUMBERS = ("", " ", "abc", "-1", "0", "1.5", "nan", "inf", "1e400", "9" * 40, "FOLDER", "0x10")
SEED = tuple(value for value in NUMBERS if value != "0")
SKILLS = (
    *STRANGE,
    "TEXT",
    "EMPTY",
    "nowhere.safetensors",
    "TEXT/x.safetensors",
    "RUN",
    "RUN@5",
    "RUN@x",
    "RUN@\u00b2",
    "UNREADABLE",
)
OUTS = (
    *("", " ", "x", "x.pt", "FOLDER", "nowhere/x.safetensors", "TEXT/x.safetensors", "BALL", f"{LONG}.safetensors"),
    *("READONLY/x.safetensors", "\u00fc" * 200 + ".safetensors", ".safetensors"),
)
REWARDS = (*STRANGE, "velocity-norm=", "velocity-norm=much", "velocity-norm=nan", "velocity-norm=inf", "=1", "nope=1")
ASSIGNMENTS = (
    *STRANGE,
    *("training.steps", "=1", "training.stepps=1", "training.steps=", "training.steps=-1", "training.steps=[1]"),
    *("training.steps=!!python/object:os.system x", "training=3", "world.body=[ant]", "name=../x", "name=", "name=A b"),
    *("policy.hidden=[]", "policy.hidden=[0]", "policy.hidden=[1e9]", "world.num_worlds=0", "algorithm.discount=2"),
    *("algorithm.discount=.nan", "a.b.c.d=1", "training.seed=1.5", "training.compile=maybe", "init=nowhere"),
    *("algorithm.kind=[1]", "algorithm.kind={}", "algorithm=5", "algorithm.kind=sql2", "algorithm.particles=4"),
)
MULTIPLE = ("--reward", "--set")

TRAINING: dict[str, tuple[str, ...]] = {
    "--recipe": NAMES,
    "--task": (*NAMES, "gym:", "gym:nope-v0", "gym:.a:b", "gym::b", "gym:a:b:c"),
    "--goal": (*STRANGE, "3", "-1", "1.5"),
    "--reward": REWARDS,
    "--policy": NAMES,
    "--algo": NAMES,
    "--prior": (*NAMES, "ar1"),
    "--init": SKILLS,
    "--steps": NUMBERS,
    "--seed": SEED,
    "--seeds": ("", " ", "a", "-1", "1-", "3-1", "0-1000", "1.5", "0,0", "9" * 40, "0-4-5", "FOLDER"),
    "--out": OUTS,
    "--device": (*NAMES, "gpu", "cuda:", "cuda:99", "cuda:-1", "cuda:" + "9" * 5000),
    "--set": ASSIGNMENTS,
    "--resume": (*STRANGE, "TEXT", "nowhere", "runs", "EMPTY"),
}
NO_TRANSFER = ("--policy", "--algo", "--prior", "--init")
FLAGS = ("--adapt-base", "--force", "--render", "--json", "--count-pretraining", "--with-replay")
# What each command is given beside the option, in which nothing is wrong, and its options' refused values.
TABLE: dict[str, tuple[tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "pretrain": (
        ("--body", "ball", "--task", "maze"),
        {**TRAINING, "--prior": (*NAMES, "ar1", "skill"), "--body": (*NAMES, "nowhere.yaml", ".yml")},
    ),
    "stack": (("--base", "BALL", "--task", "maze"), {**TRAINING, "--base": SKILLS}),
    "transfer": (
        ("--head", "GOTO", "--body", "ant"),
        {
            **{option: values for option, values in TRAINING.items() if option not in NO_TRANSFER},
            "--head": SKILLS,
            "--body": (*NAMES, "snake"),
        },
    ),
    "eval": (
        ("MAZE",),
        {
            "skill": SKILLS,
            "--task": (*NAMES, "gym:", "open"),
            "--goal": (*STRANGE, "3", "-1"),
            "--episodes": NUMBERS,
            "--latent-draw": (*NAMES, "mean", "pink"),
            "--seed": SEED,
        },
    ),
    "compose": (
        ("POINT", "POINT"),
        {
            "skills": SKILLS,
            "--weights": ("", "a", "1", "1,2,3", "0,1", "-1,1", "nan,1", "1;2"),
            "--policy": (*NAMES, "gaussian"),
            "--updates": NUMBERS,
            "--seed": SEED,
            "--out": OUTS,
        },
    ),
    "compare": (
        ("RUN",),
        {
            "runs": (*STRANGE, "TEXT", "BALL", "EMPTY"),
            "--metric": NAMES,
            "--out": ("", " ", "x", "x.pdf", "FOLDER", "nowhere/x.png", "TEXT/x.png", f"{LONG}.png", "READONLY/x.png"),
        },
    ),
    "demo": ((), {"--out": (" ", "TEXT", "TEXT/x", LONG, "READONLY/x")}),
    "bench": (
        (),
        {
            "--rounds": NUMBERS,
            "--seconds": ("", " ", "abc", "-1", "0", "nan", "inf", "1e400", "FOLDER"),
            "--only": NAMES,
            "--out": ("", "FOLDER", "nowhere/x.json", "TEXT/x.json", f"{LONG}.json", "READONLY/x.json"),
        },
    ),
    "bodies check": (
        ("HEXAPOD",),
        {
            "body": (*STRANGE, "TEXT", "EMPTY", "nowhere.yaml", "UNREADABLE", "TEXT/x.yaml", "BALL"),
            "--out": ("", " ", "x", "x.pdf", "FOLDER", "nowhere/x.png", "TEXT/x.png", f"{LONG}.png", "READONLY/x.png"),
        },
    ),
    "skills show": ((), {"skill": SKILLS}),
    "skills verify": ((), {"skill": SKILLS}),
    "recipes show": ((), {"recipe": NAMES}),
}


def parameters() -> Iterator[tuple[str, Any]]:
    """Each command's name and each of its parameters."""

    def walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
        for part, below in getattr(command, "commands", {}).items():
            yield from walk(below, f"{name} {part}".strip())
        if not hasattr(command, "commands"):
            for parameter in command.params:
                yield name, parameter

    return walk(typer.main.get_command(app), "")


def test_every_parameter_has_its_row() -> None:
    missing = [
        f"{command} {parameter.opts[0]}"
        for command, parameter in parameters()
        if parameter.opts[0] not in FLAGS and parameter.opts[0] not in TABLE.get(command, ((), {}))[1]
    ]
    assert missing == []


CASES = [(command, option, value) for command, (_, rows) in TABLE.items() for option in rows for value in rows[option]]


@pytest.fixture
def places(ball_file: Path, maze_file: Path, point_file: Path, goto_file: Path, tmp_path: Path) -> dict[str, str]:
    """What the upper-case names mean; the files lie beside the empty folder in which commands are run."""
    found = {
        name: tmp_path / f"{name.lower()} \u00fc" for name in ("TEXT", "EMPTY", "FOLDER", "READONLY", "UNREADABLE")
    }
    found["TEXT"].write_text("no skill\n")
    found["EMPTY"].write_text("")
    found["FOLDER"].mkdir()
    found["READONLY"].mkdir(mode=0o500)
    found["UNREADABLE"].write_text("secret\n")
    found["UNREADABLE"].chmod(0)
    skills = {"BALL": str(ball_file), "MAZE": str(maze_file), "POINT": str(point_file), "GOTO": str(goto_file)}
    skills["HEXAPOD"] = str(HEXAPOD)
    return {**skills, **{name: str(path) for name, path in found.items()}}


@pytest.mark.parametrize(
    ("name", "option", "value"), CASES, ids=[f"{name} {option} {value[:30]!r}" for name, option, value in CASES]
)
def test_it_is_refused(
    command: Command,
    places: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    option: str,
    value: str,
) -> None:
    if ("READONLY" in value or "UNREADABLE" in value) and os.geteuid() == 0:
        pytest.skip("root may write and read everywhere")
    for work in ("train._run", "seeds.run_all", "demo._phase", "bench.run_measure", "compose.compose"):
        monkeypatch.setattr(f"skillkit.experiments.{work}", lambda *_, **__: pytest.fail("it began"))
    run = RunFolder.create("run", "name: run\n", [])
    run.close()
    moved = run.path.rename(tmp_path / "run_1")
    run.path.parent.rmdir()
    places = {**places, "RUN": str(moved)}

    def filled(word: str) -> str:
        for place, path in places.items():
            word = word.replace(place, path)
        return word

    before = sorted(tmp_path.rglob("*"))
    others = [filled(word) for word in TABLE[name][0]]
    if option in others:
        at = others.index(option)
        del others[at : at + 2]
    line = [*name.split(), *others, option, filled(value)] if option.startswith("-") else [*name.split(), filled(value)]
    if option == "--resume":
        line = [*name.split(), option, filled(value)]
    done = command(*line)
    assert done.code == 2, (done.out, done.err)
    assert "Traceback" not in done.err
    sentences = [text for text in done.err.splitlines() if text.startswith("error: ")]
    assert len(sentences) == 1 or "Usage: skillkit" in done.err
    assert all(len(sentence) < 1000 for sentence in sentences)
    assert list(Path().iterdir()) == []
    assert sorted(tmp_path.rglob("*")) == before
