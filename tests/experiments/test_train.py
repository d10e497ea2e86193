"""Training in a run's folder: what it leaves, what it refuses, and how it goes on after a stop."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console

from skillkit.algorithms.learner import ActorCriticLearner
from skillkit.build import build_training, find_skill
from skillkit.config import Recipe, load_recipe
from skillkit.errors import RunFailed, UserError
from skillkit.experiments import train as train_module
from skillkit.experiments.evaluate import evaluate
from skillkit.experiments.output import check_output
from skillkit.experiments.train import Stopped, check_recipe, resume, train
from skillkit.machine import compiler
from skillkit.skills.file import load_skill
from skillkit.skills.skill import Skill
from skillkit.training.checkpoint import save_state
from skillkit.training.loop import Row, Trainer
from skillkit.training.run_folder import RunFolder
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import REWARDS, RewardKind

Tiny = Callable[..., Recipe]
OUT = Path("out.safetensors")


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny: Tiny) -> Path:
    """The folder in which a tiny ball was trained once, its messages in `printed`."""
    folder = tmp_path_factory.mktemp("finished")
    console = Console(file=io.StringIO(), width=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train(tiny(), OUT, force=False, console=console)
    assert isinstance(console.file, io.StringIO)
    (folder / "printed").write_text(console.file.getvalue())
    return folder


SHRINKING = {
    "policy__latent_draw": "shrinking",
    "algorithm__temperature": 0.01,
    "algorithm__anneal_steps": 150,
}
SQL = {
    "algorithm__kind": "sql",
    "policy__kind": "sampler",
    "algorithm__particles": 2,
    "algorithm__value_samples": 2,
    "algorithm__target_update_interval": 30,
    "algorithm__initial_temperature": 1.0,
    "algorithm__anneal_steps": 300,
}


def same_tensors(first: Path, second: Path) -> bool:
    pairs = zip(load_skill(first).layers, load_skill(second).layers, strict=True)
    return all(
        torch.equal(value, other.policy.state_dict()[name])
        for one, other in pairs
        for name, value in one.policy.state_dict().items()
    )


def test_a_run_leaves_everything_in_its_place(finished: Path, tiny: Tiny) -> None:
    run = finished / "runs/ball_loco_1"
    assert load_skill(finished / OUT).card.training.steps == [400]
    assert load_recipe(run / "recipe.yaml") == tiny()
    assert sorted(path.name for path in (run / "skills").iterdir()) == [
        "000000000200.safetensors",
        "000000000400.safetensors",
    ]
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["000000000400"]
    assert not (run / "base.safetensors").exists()
    notes = json.loads((run / "run.json").read_text())
    assert notes["out"] == str(finished / OUT)
    assert notes["exported"] is True
    assert notes["force"] is False
    assert notes["seconds"] > 0
    assert notes["command"] == sys.argv
    assert notes["versions"]["torch"]
    assert sorted(path.name for path in (run / "figures").iterdir()) == ["return.png", "success.png"]
    assert sorted(path.name for path in finished.iterdir()) == ["out.safetensors", "printed", "runs"]
    assert "skill written to out.safetensors" in (finished / "printed").read_text()


def test_the_metrics_of_a_run(finished: Path) -> None:
    run = finished / "runs/ball_loco_1"
    with (run / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["steps"]) for row in rows] == [100, 200, 300, 400]
    assert {"transitions", "updates", "update_to_data", "episodes", "seconds", "steps_per_second"} < rows[0].keys()
    assert {"return", "length", "success", "falls", "reward/displacement-norm"} < rows[-1].keys()
    assert rows[0]["return"] == ""  # no episode of 50 steps has ended in 25
    assert (rows[-1]["episodes"], rows[-1]["length"]) == ("8", "50")
    # Round i learns from the rounds before: (396 - 50) transitions beyond the warm-up, one update for two.
    assert rows[-1]["updates"] == "173"
    assert list(run.glob("tensorboard/events.*"))


def test_runs_are_numbered_and_an_output_is_replaced_only_by_force(cwd: Path, tiny: Tiny, console: Console) -> None:
    recipe = tiny(training__steps=8)
    OUT.write_text("old")
    with pytest.raises(UserError, match="exists already"):
        train(recipe, OUT, force=False, console=console)
    assert OUT.read_text() == "old"
    assert not Path("runs").exists()
    assert train(recipe, OUT, force=True, console=console).run == Path("runs/ball_loco_1")
    assert train(recipe, OUT, force=True, console=console).run == Path("runs/ball_loco_2")
    assert load_skill(OUT).card.training.steps == [8]


def test_a_stacked_run_keeps_its_base(cwd: Path, tiny: Tiny, ball_file: Path, console: Console) -> None:
    recipe = tiny("ball_maze", base=str(ball_file))
    done = train(recipe, OUT, force=False, console=console)
    assert (done.run / "base.safetensors").read_bytes() == ball_file.read_bytes()
    skill = load_skill(OUT)
    assert len(skill.layers) == 2
    assert skill.card.training.steps[0] == 400
    assert skill.card.training.steps[1] >= 400
    assert skill.card.layers[1].hold == recipe.policy.hold


def test_checkpoints_are_skills(finished: Path, cwd: Path, tiny: Tiny, console: Console) -> None:
    run = finished / "runs/ball_loco_1"
    assert load_skill(find_skill(f"{run}@200")).card.training.steps == [200]
    assert same_tensors(find_skill(str(run)), finished / OUT)
    assert evaluate(f"{run}@200", episodes=16).report.episodes == 16
    recipe = tiny("ball_maze", base=f"{run}@200", training__steps=12)
    above = train(recipe, OUT, force=False, console=console)
    assert load_skill(above.skill).card.training.steps[0] == 200


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("taken.safetensors", "exists already; choose another --out, or give --force"),
        ("folder.safetensors", "expected a file to write the skill to, 'folder.safetensors' is a folder"),
        ("skill.pt", "must end in .safetensors, got 'skill.pt'; for instance skill.pt.safetensors"),
        ("skill", "must end in .safetensors"),
        ("none/skill.safetensors", "the folder 'none' does not exist"),
    ],
)
def test_outputs_that_are_refused_leave_nothing(
    cwd: Path, tiny: Tiny, console: Console, out: str, message: str
) -> None:
    Path("taken.safetensors").touch()
    Path("folder.safetensors").mkdir()
    with pytest.raises(UserError, match=message):
        train(tiny(), Path(out), force=False, console=console)
    assert sorted(path.name for path in cwd.iterdir()) == ["folder.safetensors", "taken.safetensors"]


def test_a_folder_that_cannot_be_written_to(cwd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(UserError, match=r"the folder '\.' cannot be written to"):
        check_output(OUT, force=True)


@pytest.mark.parametrize(
    ("changes", "stacked"),
    [
        ({"policy__groups": ["nope"]}, False),
        ({"algorithm__action_prior": "uniform"}, True),
        ({"training__device": "cuda:64"}, False),
        ({"world__task": "maze", "world__body": "ant", "policy__hold": 2}, True),
    ],
)
def test_recipes_that_do_not_fit_leave_nothing(
    cwd: Path, tiny: Tiny, ball_file: Path, console: Console, changes: dict[str, Any], stacked: bool
) -> None:
    recipe = tiny("ball_maze", base=str(ball_file), **changes) if stacked else tiny(**changes)
    with pytest.raises(UserError):
        train(recipe, OUT, force=False, console=console)
    assert list(cwd.iterdir()) == []


def test_the_check_builds_one_world_only(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []

    def counted(recipe: Recipe, *arguments: Any, **others: Any) -> object:
        counts.append(recipe.world.num_worlds)
        return build_training(recipe, *arguments, **others)

    monkeypatch.setattr("skillkit.experiments.train.build_training", counted)
    check_recipe(tiny(world__num_worlds=64))
    assert counts == [1]


def stop_at(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every training asked to stop, by the signal of Ctrl-C, at its first row of metrics from `steps` on."""
    row_of = Trainer._row

    def row(self: Trainer, clock: Any) -> Row:
        if self.steps >= steps:
            os.kill(os.getpid(), signal.SIGINT)
        return row_of(self, clock)

    monkeypatch.setattr(Trainer, "_row", row)


KL: dict[str, Callable[[str], dict[str, Any]]] = {  # what a recipe of hierarchies changes, with a skill's file
    "kl": lambda file: {"algorithm__action_prior": "learned-ar"},
    "adapted": lambda file: {"base": file, "adapt_base": True},
    "head": lambda file: {"head": file},
}


@pytest.mark.parametrize("kind", ["flat", "stacked", "pink", "sql", "shrinking", "kl", "adapted", "head"])
def test_a_resumed_run_equals_one_without_a_stop(
    finished: Path,
    cwd: Path,
    tiny: Tiny,
    ball_file: Path,
    goto_file: Path,
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    handler = signal.getsignal(signal.SIGINT)
    recipe = tiny("ball_maze", base=str(ball_file)) if kind == "stacked" else tiny()
    recipe = tiny(policy__latent_draw="pink") if kind == "pink" else recipe
    recipe = tiny(**SQL) if kind == "sql" else recipe
    recipe = tiny(**SHRINKING) if kind == "shrinking" else recipe
    if kind in KL:
        recipe = tiny("ball_goto", algorithm__sequence_length=3, **KL[kind](str(goto_file)))
    whole, whole_run = finished / OUT, finished / "runs/ball_loco_1"
    if kind != "flat":
        whole = Path("whole.safetensors")
        whole_run = train(recipe, whole, force=False, console=console).run
    with monkeypatch.context() as patch:
        stop_at(100, patch)
        with pytest.raises(Stopped) as stopped:
            train(recipe, OUT, force=False, console=console)
    assert 100 <= stopped.value.steps < 130
    assert not OUT.exists()
    run = stopped.value.run
    own = 0 if kind == "head" else -1  # the layer that is trained
    assert load_skill(find_skill(str(run))).card.training.steps[own] == stopped.value.steps
    done = resume(run, console)
    assert done == type(done)(cwd / OUT, run, done.seconds)
    assert same_tensors(OUT, whole)
    first, second = load_skill(OUT).card, load_skill(whole).card
    assert (first.score, first.training) == (second.score, second.training)
    rows = [list(csv.DictReader((path / "metrics.csv").open(newline=""))) for path in (run, whole_run)]
    timed = {"seconds", "steps_per_second", "updates_per_second"}
    untimed = [[{name: row[name] for name in row if name not in timed} for row in part] for part in rows]
    assert untimed[0] == untimed[1]
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.skipif(compiler() is None, reason="needs a C++ compiler and Python's headers")
def test_a_compiled_run_on_two_cores_resumes_as_exactly(
    cwd: Path, tiny: Tiny, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cwd / "cache"))
    monkeypatch.setattr("skillkit.experiments.train.cores", lambda: 2)
    recipe, whole = tiny(training__compile=True), Path("whole.safetensors")
    train(recipe, whole, force=False, console=console)
    assert len(list((cwd / "cache/skillkit").iterdir())) == 3
    with monkeypatch.context() as patch:
        stop_at(100, patch)
        with pytest.raises(Stopped) as stopped:
            train(recipe, OUT, force=False, console=console)
    resume(stopped.value.run, console)
    assert same_tensors(OUT, whole)


@pytest.mark.parametrize("levels", [1, 2])
def test_a_run_keeps_what_it_started_from_and_counts_its_steps(
    cwd: Path, tiny: Tiny, ball_file: Path, console: Console, monkeypatch: pytest.MonkeyPatch, levels: int
) -> None:
    mine, whole = cwd / "mine.safetensors", Path("whole.safetensors")
    mine.write_bytes(ball_file.read_bytes())
    if levels == 2:
        train(tiny("ball_maze", base=str(ball_file), policy__hold=1), mine, force=True, console=console)
    recipe = tiny("ball_maze_flat", init=str(mine))
    train(recipe, whole, force=False, console=console)
    before, after = (sum(load_skill(path).card.training.steps) for path in (mine, whole))
    assert before + 400 <= after < before + 408
    with monkeypatch.context() as patch:
        stop_at(100, patch)
        with pytest.raises(Stopped) as stopped:
            train(recipe, OUT, force=False, console=console)
    mine.unlink()
    resume(stopped.value.run, console)
    assert same_tensors(OUT, whole)
    assert load_skill(OUT).card.training == load_skill(whole).card.training


def test_a_kill_after_the_export_leaves_a_run_that_can_be_finished(
    finished: Path, tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shutil.copytree(finished, tmp_path / "copy"))
    before = OUT.read_bytes()
    notes = Path("runs/ball_loco_1/run.json")
    notes.write_text(json.dumps({**json.loads(notes.read_text()), "out": str(OUT.absolute()), "exported": False}))
    resume(Path("runs/ball_loco_1"), console)
    assert OUT.read_bytes() == before
    assert json.loads(notes.read_text())["exported"]


def test_a_file_that_came_to_exist_meanwhile_is_not_replaced(
    cwd: Path, tiny: Tiny, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        run_of = Trainer.run

        def run(self: Trainer) -> None:
            run_of(self)
            OUT.write_text("of another training")

        patch.setattr(Trainer, "run", run)
        with pytest.raises(RunFailed, match=r"has come to exist meanwhile; move it away, .* --resume runs/ball_loco_1"):
            train(tiny(), OUT, force=False, console=console)
    assert OUT.read_text() == "of another training"
    OUT.unlink()
    assert resume(Path("runs/ball_loco_1"), console).skill.exists()


def test_a_resume_says_when_versions_are_others(
    cwd: Path, tiny: Tiny, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stopped_run(tiny, console, monkeypatch)
    notes = json.loads((run / "run.json").read_text())
    notes["versions"]["torch"] = "1.0"
    (run / "run.json").write_text(json.dumps(notes))
    with console.capture() as said:
        resume(run, console)
    assert "was begun with torch 1.0" in " ".join(said.get().split())


def test_an_export_that_fails_says_how_to_write_it(
    cwd: Path, tiny: Tiny, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, place = train_module.save_skill, cwd / "here"
    place.mkdir()

    def failing(path: Path, skill: Skill) -> None:
        if path.name == OUT.name:
            shutil.rmtree(place)
        save(path, skill)

    monkeypatch.setattr(train_module, "save_skill", failing)
    with pytest.raises(RunFailed, match=r"the training is done, .* could not be written .*--resume runs/ball_loco_1"):
        train(tiny(), place / OUT, force=False, console=console)
    monkeypatch.undo()
    monkeypatch.chdir(cwd)
    place.mkdir()
    resume(Path("runs/ball_loco_1"), console)
    assert load_skill(place / OUT).card.training.steps == [400]


def test_a_run_without_its_copy_of_the_base_is_not_resumed(
    cwd: Path, tiny: Tiny, ball_file: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        stop_at(100, patch)
        with pytest.raises(Stopped) as stopped:
            train(tiny("ball_maze", base=str(ball_file)), OUT, force=False, console=console)
    (stopped.value.run / "base.safetensors").unlink()
    with pytest.raises(UserError, match=r"there is no skill file .*base.safetensors"):
        resume(stopped.value.run, console)


def test_a_finished_run_is_not_resumed(
    finished: Path, tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shutil.copytree(finished, tmp_path / "copy"))
    OUT.write_text("another skill")
    with pytest.raises(UserError, match="is finished"):
        resume(Path("runs/ball_loco_1"), console)
    assert OUT.read_text() == "another skill"


def test_a_damaged_note_is_one_sentence(
    finished: Path, tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shutil.copytree(finished, tmp_path / "copy"))
    Path("runs/ball_loco_1/run.json").write_text("{")
    with pytest.raises(UserError, match="is damaged"):
        resume(Path("runs/ball_loco_1"), console)


def test_a_diverged_training_says_so(tiny: Tiny, console: Console, cwd: Path) -> None:
    recipe = tiny(algorithm__reward_scale=1e38)
    with pytest.raises(RunFailed, match=r"the training diverged at \d+ steps: .* is NaN or infinite; .* Train anew"):
        train(recipe, OUT, force=False, console=console)
    assert not OUT.exists()


@pytest.mark.parametrize(
    ("culprit", "message"),
    [
        ("reward", r"the reward 'displacement-norm' is NaN or infinite"),
        ("simulation", r"the simulation of the ball has positions or speeds that are NaN"),
        ("critic", r"critic_loss is NaN|the learner's .*critic.* is NaN"),
    ],
)
def test_what_diverged_is_named_and_the_last_good_checkpoint_stays(
    cwd: Path, tiny: Tiny, console: Console, monkeypatch: pytest.MonkeyPatch, culprit: str, message: str
) -> None:
    step, calls = MujocoWorld.step, iter(range(1000))

    def breaking(self: MujocoWorld, *args: Any) -> Any:
        if next(calls) == 50:
            if culprit == "simulation":
                self.physics.qvel[0] = 1e30
            elif culprit == "reward":
                nan = RewardKind(lambda motion: np.full(len(motion.heading), np.nan), windowed=True)
                monkeypatch.setitem(REWARDS, "displacement-norm", nan)
            else:
                monkeypatch.setattr(ActorCriticLearner, "update", spoilt)
        return step(self, *args)

    update = ActorCriticLearner.update

    def spoilt(self: ActorCriticLearner, *args: Any) -> Any:
        self.critics.critic[0] = torch.nan
        return update(self, *args)

    monkeypatch.setattr(MujocoWorld, "step", breaking)
    with pytest.raises(
        RunFailed, match=rf"diverged at \d+ steps: ({message}).*what it was at 200 steps is kept in runs/"
    ):
        train(tiny(training__checkpoint_every=100), OUT, force=False, console=console)
    assert not OUT.exists()
    monkeypatch.undo()
    monkeypatch.chdir(cwd)
    resume(Path("runs/ball_loco_1"), console)
    assert load_skill(OUT).card.training.steps == [400]


def stopped_run(tiny: Tiny, console: Console, monkeypatch: pytest.MonkeyPatch) -> Path:
    with monkeypatch.context() as patch:
        stop_at(100, patch)
        with pytest.raises(Stopped) as stopped:
            train(tiny(), OUT, force=False, console=console)
    return stopped.value.run


def test_what_cannot_be_resumed(cwd: Path, tiny: Tiny, console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="expected a run's folder"):
        resume(Path("runs/none_1"), console)
    run = stopped_run(tiny, console, monkeypatch)
    OUT.write_text("someone else's")
    with pytest.raises(UserError, match="exists and is not of runs/ball_loco_1; move it away, and resume again"):
        resume(run, console)
    OUT.unlink()
    other = RunFolder.reopen(run)
    with pytest.raises(UserError, match="another process is writing"):
        resume(run, console)
    other.close()
    checkpoint = run / "checkpoints" / f"{100:012d}" / "learner.safetensors"
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[:-10])
    with pytest.raises(UserError, match="is not a whole checkpoint"):
        resume(run, console)
    checkpoint.write_bytes(whole)
    assert resume(run, console).skill == cwd / OUT


def test_a_run_without_a_checkpoint_starts_anew(cwd: Path, console: Console) -> None:
    RunFolder.create("walk", "name: walk\n", []).close()
    with pytest.raises(UserError, match="no checkpoint to resume from"):
        resume(Path("runs/walk_1"), console)


def test_ctrl_c_on_the_command_line(cwd: Path, tiny_flags: list[str]) -> None:
    command = [sys.executable, "-m", "skillkit"]
    long = [*tiny_flags, "--set", "training.steps=3000000", "--set", "training.checkpoint_every=100000"]
    running = subprocess.Popen(
        [*command, "pretrain", "--recipe", "ball_loco", *long, "--out", OUT],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("ball_loco  "):
            running.send_signal(signal.SIGINT)
            break
    rest = running.stderr.read()
    assert running.wait(60) == 130
    assert "Traceback" not in rest
    assert "skillkit pretrain --resume runs/ball_loco_1" in rest
    assert not OUT.exists()
    steps = int(next(Path("runs/ball_loco_1/checkpoints").iterdir()).name)
    recipe = Path("runs/ball_loco_1/recipe.yaml")
    recipe.write_text(recipe.read_text().replace("steps: 3000000", f"steps: {steps + 40}"))
    done = subprocess.run([*command, "pretrain", "--resume", "runs/ball_loco_1"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert load_skill(OUT).card.training.steps == [steps + 40]


def test_a_terminal_that_goes_away_leaves_a_checkpoint(cwd: Path, tiny_flags: list[str]) -> None:
    long = [*tiny_flags, "--set", "training.steps=3000000", "--set", "training.checkpoint_every=100000"]
    command = [sys.executable, "-m", "skillkit", "pretrain", "--recipe", "ball_loco", *long]
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where these tests run under nohup
        os.execv(command[0], command)
    metrics = Path("runs/ball_loco_1/metrics.csv")
    while not metrics.exists() or len(metrics.read_text().splitlines()) < 3:  # it trains
        os.read(terminal, 4096)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 130
    assert [path.name for path in Path("runs/ball_loco_1").glob("error.log")] == []
    assert len(list(Path("runs/ball_loco_1/checkpoints").iterdir())) == 1


def test_a_training_that_breaks_down_leaves_its_traceback_and_a_checkpoint(
    cwd: Path, tiny: Tiny, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, calls = MujocoWorld.step, iter(range(1000))

    def breaking(self: MujocoWorld, *args: Any) -> Any:
        if next(calls) == 20:
            raise FloatingPointError("the ball left the world")
        return step(self, *args)

    monkeypatch.setattr(MujocoWorld, "step", breaking)
    with pytest.raises(RunFailed, match=r"the ball left the world.*--resume runs/ball_loco_1.*error\.log"):
        train(tiny(training__checkpoint_every=10_000), OUT, force=False, console=console)
    run = Path("runs/ball_loco_1")
    assert "FloatingPointError" in (run / "error.log").read_text()
    assert not OUT.exists()
    monkeypatch.undo()
    monkeypatch.chdir(cwd)
    resume(run, console)
    assert load_skill(OUT).card.training.steps == [400]
    assert not (run / "error.log").exists()


def test_without_a_compiler_a_training_warns_and_goes_on(
    cwd: Path, tiny: Tiny, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skillkit.experiments.train.compiler", lambda: None)
    train(tiny(training__compile=True), OUT, force=False, console=console)
    assert isinstance(console.file, io.StringIO)
    assert "several times slower than it could be: there is no C++ compiler" in console.file.getvalue()
    assert OUT.exists()


def test_a_checkpoint_of_another_version_is_one_sentence(cwd: Path, tiny: Tiny, console: Console) -> None:
    train(tiny(), OUT, force=False, console=console)
    run = Path("runs/ball_loco_1")
    notes = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(notes | {"exported": False}))
    OUT.unlink()
    save_state(run / "checkpoints/000000000400/learner.safetensors", {"policy": torch.zeros(1)})
    with pytest.raises(UserError, match="of another version of skillkit"):
        resume(run, console)
