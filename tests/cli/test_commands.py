"""The commands on their happy paths, in an empty folder."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import skillkit
from skillkit.config.recipes import bundled_recipes
from skillkit.evaluation.report import Report
from skillkit.skills.file import load_skill

Command = Callable[..., Any]


def test_pretrain_then_stack_then_eval(command: Command, tiny_flags: list[str]) -> None:
    first = command("pretrain", "--body", "ball", *tiny_flags, "--seed", "3")
    assert (first.code, first.out) == (0, "")
    assert "ball_loco: training in runs/ball_loco_1, 400 control steps" in first.err
    assert "ball_loco  100/400 steps" in first.err
    assert first.err.splitlines()[-1] == "Next: skillkit eval ball_loco.safetensors --render"
    assert load_skill("ball_loco.safetensors").card.training.seed == 3

    second = command("stack", "--base", "ball_loco.safetensors", "--task", "maze", "--goal", "2", *tiny_flags)
    assert (second.code, second.out) == (0, "")
    assert "what feeds the base" in second.err
    assert "sees body_velocity (2), turn_rate (1), roll_rate (1)" in second.err
    skill = load_skill("ball_maze.safetensors")
    assert (len(skill.layers), skill.card.world.goal) == (2, "2")

    newest = command("eval", "--json", "--episodes", "2")
    assert newest.code == 0
    assert json.loads(newest.out)["episodes"] == 2
    assert sorted(path.name for path in Path().iterdir()) == [
        "ball_loco.safetensors",
        "ball_maze.safetensors",
        "runs",
    ]


def test_a_hierarchy_moves_to_a_task_and_to_a_body(command: Command, tiny_flags: list[str]) -> None:
    few = [*tiny_flags, "--set", "algorithm.sequence_length=3", "--set", "algorithm.update_to_data=0.1"]
    first = command(
        "pretrain", "--body", "ball", "--task", "goto-targets", "--algo", "kl", "--prior", "isotropic", *few
    )
    assert first.code == 0, first.err
    second = command(
        "stack", "--base", "ball_goto_targets.safetensors", "--task", "move-box", "--algo", "kl", "--adapt-base", *few
    )
    assert second.code == 0, second.err
    assert "what feeds the base" in second.err
    assert "ignored" in second.err
    assert "a nat from the default policy costs" in second.err
    card = load_skill("ball_move_box.safetensors").card
    assert card.prior is not None
    assert (card.prior.kind, card.prior.low is not None) == ("isotropic", True)
    third = command("transfer", "--head", "ball_goto_targets.safetensors", "--body", "ant", *few, "--seeds", "0-1")
    assert third.code == 0, third.err
    moved = load_skill("ant_goto_targets_transferred_seed1.safetensors").card
    assert moved.prior is not None
    assert (moved.world.body, moved.prior.kind, moved.layers[1].kind) == ("ant", "isotropic", "autoregressive")
    shown = command("skills", "show", "ant_goto_targets_transferred_seed0.safetensors")
    assert re.search("held to +│ isotropic", shown.out)
    missing = command("transfer", "--head", "ball_goto_targets.safetensors", "--body", "ant", "--task", "gather-boxes")
    assert missing.code == 2
    assert "missing" in missing.err
    assert "needs observation groups that the ant on the task 'gather-boxes' lacks: targets_ego" in missing.err
    assert command("pretrain", "--recipe", "runs/ant_goto_targets_transferred_1/recipe.yaml").code == 2


def test_every_flag_of_pretrain(command: Command, tiny_flags: list[str]) -> None:
    flags = ["--policy", "gaussian", "--algo", "sac", "--device", "cpu", "--out", "mine.safetensors"]
    rewards = ["--reward", "velocity-norm=2", "--reward", "displacement-norm"]
    done = command("pretrain", "--recipe", "ball_loco", *tiny_flags, "--set", "training.steps=40", *flags, *rewards)
    assert done.code == 0, done.err
    card = load_skill("mine.safetensors").card
    assert card.layers[0].kind == "gaussian"
    weights = {term.name: term.weight for term in card.world.rewards}
    assert weights == {"velocity-norm": 2.0, "displacement-norm": 1.0}
    assert card.training.steps == [40]


def test_force_replaces(command: Command, tiny_flags: list[str]) -> None:
    arguments = ("pretrain", "--body", "ball", *tiny_flags, "--set", "training.steps=8")
    assert command(*arguments).code == 0
    assert command(*arguments).code == 2
    assert command(*arguments, "--force", "--seed", "1").code == 0
    assert load_skill("ball_loco.safetensors").card.training.seed == 1


def test_eval_prints_one_json_object_and_nothing_else(command: Command, maze_file: Path, ball_file: Path) -> None:
    for path, count in ((maze_file, 3), (ball_file, 16)):
        done = command("eval", path, "--episodes", count, "--seed", "4", "--json")
        assert done.code == 0, done.err
        assert done.out.count("\n") == 1
        document = json.loads(done.out)
        assert document["episodes"] == count
        assert list(document) == [field.name for field in dataclasses.fields(Report)]
        assert done == command("eval", path, "--episodes", count, "--seed", "4", "--json")


def test_eval_prints_a_table(command: Command, maze_file: Path, ball_file: Path) -> None:
    maze = command("eval", maze_file, "--episodes", "2")
    assert "success (95% interval)" in maze.out
    assert "final distance (m)" in maze.out
    assert "steering" not in maze.out
    ball = command("eval", ball_file, "--episodes", "16")
    assert "net displacement in 20 s" in ball.out
    assert "success" not in ball.out


def test_eval_renders_a_figure_and_goes_on_without_a_renderer(
    command: Command, maze_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skillkit.experiments.evaluate.choose_backend", lambda: None)
    done = command("eval", maze_file, "--episodes", "2", "--render")
    assert done.code == 0
    assert "figure: ball_maze.png" in done.err
    assert "warning: no video was written" in done.err
    assert [path.name for path in Path().iterdir()] == ["ball_maze.png"]


def test_skills(command: Command, maze_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = command("skills", "show", maze_file)
    assert shown.code == 0
    assert "layer 1: flow" in shown.out
    assert "ball, maze, goal 0" in shown.out
    sha256 = load_skill(maze_file).card.sha256
    assert command("skills", "verify", maze_file).out == f"{maze_file}: whole, sha256 {sha256}\n"
    (tmp_path / "library").mkdir()
    shutil.copy(maze_file, tmp_path / "library")
    monkeypatch.setattr("skillkit.skills.library.files", lambda _: tmp_path)
    listed = command("skills", "list")
    assert listed.code == 0
    assert command("skills").out == listed.out
    assert "ball_maze" in listed.out
    assert command("skills", "verify", "ball_maze").code == 0


def test_a_card_says_which_layers_have_no_inverse(command: Command) -> None:
    sampler_and_mixture = Path(__file__).parents[1] / "skills" / "files" / "format_2.safetensors"
    shown = command("skills", "show", sampler_and_mixture).out
    assert shown.index("layer 0: sampler") < shown.index("layer 1: mixture")
    assert shown.count("not invertible") == 2


def test_skills_list_works_with_what_is_bundled(command: Command) -> None:
    assert command("skills", "list").code == 0


def test_recipes(command: Command) -> None:
    listed = command("recipes", "list")
    assert listed.code == 0
    assert command("recipes").out == listed.out
    assert all(name in listed.out for name in bundled_recipes())
    shown = command("recipes", "show", "ball_loco")
    assert shown.out == bundled_recipes()["ball_loco"].read_text()


def test_bodies_tasks_and_doctor(command: Command) -> None:
    bodies = command("bodies").out
    assert command("bodies", "list").out == bodies
    assert "ant" in bodies
    assert "ball" in bodies
    tasks = command("tasks").out
    assert "maze" in tasks
    assert "goal-reached" in tasks
    assert "--set world.count=K" in tasks
    doctor = command("doctor")
    assert (doctor.code, doctor.err) == (0, "")
    for part in ("C++ compiler", "renderer", "cpu (", "mujoco", "torch"):
        assert part in doctor.out


def test_version(command: Command) -> None:
    done = command("--version")
    assert (done.code, done.out) == (0, f"skillkit {skillkit.__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["-h"],
        *([name, "--help"] for name in ("pretrain", "stack", "eval", "skills", "recipes", "bodies", "tasks", "doctor")),
    ],
)
def test_every_command_helps(command: Command, arguments: list[str]) -> None:
    done = command(*arguments)
    assert done.code == 0
    assert "Usage: skillkit" in done.out
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("group", [(), ("skills",), ("bodies",), ("recipes",)])
def test_summaries_of_commands_fit_a_terminal(
    command: Command, monkeypatch: pytest.MonkeyPatch, group: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, heading, summaries = command(*group, "--help").out.partition("Commands:\n")
    assert heading
    assert "..." not in summaries


def test_help_is_light() -> None:
    code = (
        "import sys\nsys.argv = ['skillkit', 'pretrain', '--help']\nfrom skillkit.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('torch', 'mujoco') if name in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: skillkit pretrain" in found.stdout
    assert found.stderr == "[]\n"
