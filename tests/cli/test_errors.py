"""What a user gets wrong is one sentence on stderr, exit code 2, and nothing written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from skillkit.cli import app
from skillkit.errors import RunFailed, UserError
from skillkit.training.run_folder import RunFolder

Command = Callable[..., Any]
BALL, MAZE, GOTO, TEXT, FOLDER = "BALL", "MAZE", "GOTO", "TEXT", "FOLDER"  # files that `places` fills in


@pytest.fixture
def places(ball_file: Path, maze_file: Path, goto_file: Path, tmp_path: Path) -> dict[str, Path]:
    text, folder = tmp_path / "text.safetensors", tmp_path / "folder"
    text.write_text("no skill\n")
    folder.mkdir()
    return {BALL: ball_file, MAZE: maze_file, GOTO: goto_file, TEXT: text, FOLDER: folder}


CASES = [
    ("pretrain --body bal", "unknown body 'bal'; did you mean 'ball'?"),
    ("pretrain --body ball --task mase", "unknown task 'mase'; did you mean 'maze'?"),
    ("pretrain --body ball --reward velocity-nrm", "unknown reward 'velocity-nrm'; did you mean 'velocity-norm'?"),
    ("pretrain --body ball --reward velocity-norm=much", "weight must be a number"),
    ("pretrain --body ball --policy flw", "unknown policy 'flw'; did you mean 'flow'?"),
    ("pretrain --body ball --algo sca", "unknown algorithm 'sca'; did you mean 'sac'?"),
    ("pretrain --recipe ball_locos", "unknown recipe 'ball_locos'; did you mean 'ball_loco'?"),
    ("pretrain --recipe FOLDER", "is a folder"),
    ("pretrain --recipe BALL", "recipe"),
    ("pretrain --recipe ball_maze", "run it with skillkit stack"),
    ("pretrain --body ball --task maze --goal 7", "has the goals 0, 1, 2, random, got '7'"),
    ("pretrain --body ball --goal 1", "'open' has no goals to choose from, got goal '1'"),
    ("pretrain --body ball --seed -1", "training.seed: expected a number of at least 0, got -1"),
    ("pretrain --body ball --steps 0", "training.steps: expected a number of at least 1, got 0"),
    ("pretrain --body ball --steps -5", "training.steps"),
    ("pretrain --body ball --steps 1000000000000000000000", "training.steps: expected a number of at most"),
    ("pretrain --body ball --set training.stepps=1", "unknown key 'training.stepps'; did you mean 'training.steps'?"),
    ("pretrain --body ball --set training.steps", "expected an override as key=value"),
    ("pretrain --body ball --set =1", "expected an override as key=value"),
    ("pretrain --body ball --set training.steps=[", "training.steps"),
    ("pretrain --body ball --set training.steps=many", "training.steps: expected a whole number"),
    ("pretrain --body ball --set training=1", "training: expected a mapping"),
    ("pretrain --body ball --set world.num_worlds=99999", "world.num_worlds"),
    (
        "pretrain --body half-cheetah --task maze",
        "is for the bodies ant, ball, quadruped, car, got 'half-",
    ),
    ("pretrain --body ball --task run", "the task 'run' is for the bodies swimmer,"),
    ("pretrain --body half-cheetah --task run --goal 0", "the task 'run' has no goals"),
    (
        "pretrain --body ball --reward contact-cost",
        "needs contact forces, which the ball does not have on the task 'open'",
    ),
    ("pretrain --body hopper --task run --reward contact-cost", "which the hopper does not have on the task 'run'"),
    ("pretrain --set policy.latent_draw=blue", "'step', 'episode', 'pink' or 'shrinking'"),
    ("pretrain --set policy.latent_draw=shrinking", "shrinks while algorithm.anneal_steps last; give a number"),
    ("pretrain --algo sql --policy mixture", "needs a policy that its samples alone can train, got 'mixture'; use"),
    ("pretrain --algo sql --policy deterministic", "got 'deterministic'; use --policy flow or gaussian or sampler"),
    ("pretrain --policy mixture --set policy.components=0", "policy.components"),
    ("pretrain --body arm --task maze", "the task 'maze' is for the bodies ant, ball, quadruped, car, got 'arm'"),
    ("pretrain --body arm --task pusher --goal x=9", "takes --goal x=..., y=... or x=...,y=... within 2 m"),
    ("pretrain --body ball --task hallway-wide --goal 1", "no goals to choose from, got goal '1'"),
    ("pretrain --body snake --task snake --goal 1", "no goals to choose from, got goal '1'"),
    ("pretrain --body ball --task u-hallway --goal 1", "'u-hallway' has the goals 0, random, got '1'"),
    (
        "pretrain --body ball --task move-box --set world.count=0",
        "the task 'move-box' needs a count of at least 1, got 0; give more",
    ),
    (
        "pretrain --body ball --task gather-boxes --set world.count=0",
        "the task 'gather-boxes' needs a count of at least 2, got 0; give more",
    ),
    (
        "pretrain --body ball --task goto-targets --set world.count=1001",
        "'goto-targets' holds a count of at most 13, got 1001",
    ),
    ("pretrain --body ball --task maze --set world.count=0", "the task 'maze' has no count to choose, got 0; leave"),
    ("pretrain --task gym:Pendulum-v1 --set world.count=0", "brings its own count; leave count out"),
    (
        "pretrain --body ball --task move-box --set world.count=99",
        "'move-box' holds a count of at most 4, got 99",
    ),
    ("pretrain --body ball --task maze --set world.count=2", "the task 'maze' has no count to choose, got 2; leave"),
    ("pretrain --body ball --task goto-targets --set world.box_mass=2", "has no box_mass to choose, got 2; leave"),
    ("pretrain --body ball --task move-box --set world.box_mass=-1", "world.box_mass: expected a number greater than"),
    ("pretrain --body ball --init nowhere", "unknown skill 'nowhere'"),
    ("pretrain --body ball --init TEXT", "cannot be loaded as a skill"),
    ("pretrain --body ball --init FOLDER", "is a folder but no run"),
    ("pretrain --body ball --init MAZE", "Use skillkit stack with the base of its top layer"),
    ("pretrain --body ball --set init=3", "init: expected"),
    ("stack --base BALL --task maze --init BALL", "the new layer stands on 1; use skillkit pretrain"),
    ("pretrain --resume FOLDER --init BALL", "got --init too"),
    ("pretrain --body ball --set policy.groups=[rol_rate]", "unknown observation group 'rol_rate'"),
    ("pretrain --body ball --set base=BALL", "run it with skillkit stack"),
    ("pretrain --body ball --policy sampler", "needs a policy whose density is known, got 'sampler'; use --policy"),
    ("pretrain --body ball --algo sqll", "unknown algorithm 'sqll'; did you mean 'sql'?"),
    ("pretrain --body ball --algo sql --set algorithm.target_entropy=0", "is of the algorithm sac"),
    (
        "pretrain --body point",
        "is for the bodies ant, ball, quadruped, car, got 'point'; choose one, or --task multi",
    ),
    ("pretrain --body point --task multi-goal --goal 1", "no goals to choose from, got goal '1'"),
    ("pretrain --body ball --device gpu", "training.device"),
    ("pretrain --body ball --device cuda:64", "the device 'cuda:64' is not there"),
    ("pretrain --body ball --out nowhere/x.safetensors", "does not exist"),
    ("pretrain --body ball --out x.pt", "must end in .safetensors"),
    ("pretrain --body ball --out BALL", "exists already"),
    ("pretrain --task gym:Pendulum-v9", "Pendulum"),
    ("pretrain --task gym:CartPole-v1", "must have continuous actions"),
    ("pretrain --task gym:", "names no environment"),
    ("pretrain --task gym:a:b:c", "'a:b:c' cannot be made"),  # and no picture of a letter
    ("pretrain --task gym:Pendulum-v1 --body ball", "brings its own body"),
    ("pretrain --resume FOLDER", "expected a run's folder"),
    ("pretrain --resume runs/none_1", "expected a run's folder"),
    ("pretrain --resume FOLDER --steps 5", "--resume goes on with the run's own recipe"),
    ("pretrain --resume FOLDER --force", "got --force too"),
    ("pretrain --resume FOLDER --seed 0", "got --seed too"),
    ("transfer --resume FOLDER --set training.steps=9", "got --set too"),
    ("stack", "needs --base and --task"),
    ("stack --base BALL", "needs --base and --task"),
    ("stack --base nowhere --task maze", "unknown skill 'nowhere'"),
    ("stack --base nowhere.safetensors --task maze", "unknown skill 'nowhere.safetensors'"),
    ("stack --base FOLDER --task maze", "is a folder but no run"),
    ("stack --base TEXT --task maze", "cannot be loaded as a skill"),
    ("stack --base BALL --task mase", "unknown task 'mase'; did you mean 'maze'?"),
    ("stack --base BALL --task maze --goal 9", "has the goals 0, 1, 2, random, got '9'"),
    ("stack --base BALL --recipe ant_maze", "is for the body 'ant', the base 'ball_loco' moves 'ball'"),
    ("stack --base BALL --recipe ball_loco --set world.body=ant", "use a base for that body"),
    ("stack --base BALL --task gym:Pendulum-v1", "takes flat policies only"),
    ("stack --base MAZE --task open", "lacks: target_ego (2 m)"),
    ("stack --base BALL --task maze --set algorithm.action_prior=uniform", "'uniform' needs bounded actions"),
    ("stack --base BALL --task maze --out BALL", "exists already"),
    ("stack --resume FOLDER --base BALL", "got --base too"),
    ("stack --base BALL --task maze --prior ar1", "goes on from the last latent, which the algorithm sac does not"),
    ("stack --base BALL --task maze --algo kl", "'ball_loco' begins with a flow layer; give such a base"),
    ("stack --base MAZE --task maze --prior skill", "a prior is one flow or Gaussian layer on the motors, 'ball_maze'"),
    ("stack --base GOTO --task move-box --prior skill", "has the layers conditional, autoregressive; give another"),
    ("transfer --head BALL --body car --task goto-targets", "'ball_loco' has the layers flow; give another skill"),
    ("transfer --head GOTO --body ant --task gather-boxes", "lacks: targets_ego"),
    ("transfer --head GOTO --body ant --task goto-targets --set world.count=5", "(world.count), to match"),
    ("transfer --head GOTO --body car --set policy.latent_width=7", "policy.latent_width says 7; give --set"),
    ("transfer --head GOTO --body nowhere.yaml", "nowhere.yaml"),
    ("eval", "there is no run here to evaluate"),
    ("eval nowhere", "unknown skill 'nowhere'"),
    ("eval TEXT", "cannot be loaded as a skill"),
    ("eval FOLDER", "is a folder but no run"),
    ("eval BALL --episodes 20", "must be a multiple of 16; got 20"),
    ("eval BALL --goal 1", "has no goals"),
    ("eval MAZE --goal 7", "goal"),
    ("eval MAZE --latent-draw mean", "expected --latent-draw as step, episode, zero, got 'mean'"),
    ("eval BALL --latent-draw zero", "a skill without a goal is evaluated with fixed latents"),
    ("eval MAZE --task open", "lacks: target_ego"),
    ("eval MAZE --task mase", "unknown task 'mase'"),
    ("skills show nowhere", "unknown skill 'nowhere'"),
    ("skills verify TEXT", "cannot be loaded as a skill"),
    ("skills verify FOLDER", "is a folder but no run"),
    ("recipes show ball_locos", "did you mean 'ball_loco'?"),
    ("recipes show TEXT", "expected a mapping of recipe keys"),
]


@pytest.mark.parametrize(("line", "message"), CASES, ids=[line for line, _ in CASES])
def test_one_sentence_and_nothing_written(command: Command, places: dict[str, Path], line: str, message: str) -> None:
    words = line.split(" ")
    for name, path in places.items():
        words = [word.replace(name, str(path)) for word in words]
    done = command(*words)
    assert done.code == 2
    assert done.out == ""
    lines = [text for text in done.err.splitlines() if text.startswith("error: ")]
    assert len(lines) == 1
    assert done.err.splitlines()[-1] == lines[0]
    assert message in lines[0]
    if words[0] not in ("stack", "transfer"):  # which have shown their base or head by then
        assert done.err.splitlines() == lines
    assert "Traceback" not in done.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        "pretrain --steps abc",
        "pretrain --seed 1.5",
        "pretrain --nothing",
        "eval --episodes 0",
        "eval --seed -1",
        "pretran",
        "skills nothing",
        "skills show",
    ],
)
def test_what_the_parser_refuses(command: Command, line: str) -> None:
    done = command(*line.split(" "))
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "Usage: skillkit" in done.err
    assert list(Path().iterdir()) == []


def test_a_run_that_another_process_writes_in(command: Command) -> None:
    other = RunFolder.create("walk", "name: walk\n", [])
    done = command("pretrain", "--resume", "runs/walk_1")
    other.close()
    assert done.code == 2
    assert done.err == "error: another process is writing in runs/walk_1; wait for it, or stop it first.\n"


def test_a_checkpoint_that_is_not_kept(command: Command, ball_file: Path) -> None:
    run = RunFolder.create("walk", "name: walk\n", [])
    shutil.copy(ball_file, run.skill_path(10_000))
    run.close()
    for name, message in (("runs/walk_1@50000", "got 50000"), ("runs/walk_1@end", "expected a number of steps")):
        done = command("eval", name)
        assert done.code == 2
        assert message in done.err


def test_a_mistake_in_a_process_of_its_own(cwd: Path) -> None:
    line = [sys.executable, "-m", "skillkit", "pretrain", "--body", "bal"]
    done = subprocess.run(line, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"error: .*unknown body 'bal'; did you mean 'ball'\?\n", done.stderr)
    assert list(cwd.iterdir()) == []


def test_ctrl_c_before_the_training_is_an_interruption(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("skillkit.build.describe_bodies", interrupted)
    done = command("bodies")
    assert done.code == 130
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("error", "code"), [(UserError("bad input"), 2), (RunFailed("it broke down"), 1)])
def test_an_error_is_one_sentence_and_its_code(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*, prog_name: str) -> None:
        raise error

    monkeypatch.setattr(app, "app", fail)
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == code
    assert capsys.readouterr().err.strip() == f"error: {error}"
