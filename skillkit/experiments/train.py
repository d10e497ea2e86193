"""Train a recipe from start to exported skill, or resume a run that was stopped."""

from __future__ import annotations

import math
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console

from skillkit.build import Training, build_training, freeze, known_names
from skillkit.config import Recipe, dump_recipe, load_recipe
from skillkit.errors import Diverged, RunFailed, UserError
from skillkit.experiments.origin import Origin, command_of
from skillkit.experiments.output import check_output, is_from
from skillkit.experiments.signals import asked_to_stop
from skillkit.machine import compiler, cores, versions
from skillkit.skills.file import load_skill, save_skill
from skillkit.skills.replay_file import replay_path, save_replay
from skillkit.training.checkpoint import tensors_of
from skillkit.training.display import TrainingDisplay, minutes
from skillkit.training.loop import Row, Trainer
from skillkit.training.metrics import MetricsLog, read_metrics
from skillkit.training.run_folder import RunFolder
from skillkit.worlds.gym_world import GymWorld

ERROR_FILE = "error.log"  # the traceback of a run that broke down


@dataclass(frozen=True)
class Trained:
    """What a finished training left: the skill's file and the run's folder, and how long it took in seconds."""

    skill: Path
    run: Path
    seconds: float


class Stopped(Exception):
    """The training was asked to stop and has saved a checkpoint; run: its folder, with which `command` goes on."""

    def __init__(self, run: Path, steps: int, command: str) -> None:
        super().__init__(f"stopped at {steps} steps, checkpoint saved in {run}")
        self.run, self.steps, self.command = run, steps, command


def train(recipe: Recipe, out: Path, *, force: bool, console: Console) -> Trained:
    """Train a recipe in a new run folder and export the skill to `out`, an existing one only with `force`.

    Raises `Stopped` on Ctrl-C, SIGTERM or hang-up, `RunFailed` when the training breaks down, and UserError for what
    is wrong with recipe, skills or `out`, before a folder is made.
    """
    check_output(out, force)
    if recipe.training.with_replay:
        check_output(replay_path(out), force)
    origin = check_recipe(recipe)
    folder = RunFolder.create(recipe.name, dump_recipe(recipe), sys.argv)
    try:
        folder.note({"out": str(out.absolute()), "force": force, **origin.notes()})
        origin.copy_to(folder.path)
        return _run(recipe, origin, folder, out, console)
    finally:
        folder.close()


def resume(run: Path, console: Console) -> Trained:
    """Go on with a run from its last checkpoint, to the end of its recipe; raises as `train` does."""
    folder = RunFolder.reopen(run)
    try:
        recipe = load_recipe(folder.recipe_path, known_names())
        if folder.checkpoints.newest() is None:
            raise UserError(f"{run} has no checkpoint to resume from; start the training anew.")
        notes = folder.notes()
        out = Path(notes.get("out", f"{recipe.name}.safetensors"))
        if notes.get("exported"):
            raise UserError(f"{run} is finished, its skill was written to {out}; train longer in a new run.")
        if out.is_file() and not _may_replace(folder, out):
            raise UserError(f"{str(out)!r} exists and is not of {run}; move it away, and resume again.")
        check_output(out, force=True)
        replay = replay_path(out)
        if recipe.training.with_replay and replay.exists() and not (out.is_file() or notes.get("force")):
            raise UserError(f"{str(replay)!r} exists and is not of {run}; move it away, and resume again.")
        for name, now in versions().items():
            then = notes.get("versions", {}).get(name, now)
            if then != now:
                console.print(f"warning: {run} was begun with {name} {then}, this is {now}; it will not go on exactly.")
        return _run(recipe, Origin.of_run(run, recipe, notes), folder, out, console)
    finally:
        folder.close()


def _may_replace(folder: RunFolder, out: Path) -> bool:
    """Whether a run may write its skill over a file: with --force, or where it is the run's own."""
    return bool(folder.notes().get("force")) or is_from(folder.path, out)


def check_recipe(recipe: Recipe) -> Origin:
    """What a recipe starts from; everything is built once, small, so that what does not fit is said here."""
    origin = Origin.of_recipe(recipe)
    one_world = recipe.model_copy(update={"world": recipe.world.model_copy(update={"num_worlds": 1})})
    build_training(one_world, *origin.skills, log=_ignore, checkpoint=_ignore, stop=threading.Event())
    return origin


def _run(recipe: Recipe, origin: Origin, folder: RunFolder, out: Path, console: Console) -> Trained:
    torch.set_num_threads(1)  # the collector has the other core; one thread also keeps sums in one order
    checkpoint = folder.checkpoints.newest()
    done = int(checkpoint.name) if checkpoint is not None else 0
    display = TrainingDisplay(console, recipe.name, recipe.training.steps, done)

    def log(row: Row) -> None:
        metrics.add(row)
        display.show(row)

    def save(trainer: Trainer) -> None:
        _check_finite(training.learner.state_dict())
        save_skill(folder.skill_path(trainer.steps), freeze(training))
        training.save(folder.checkpoints)

    stop = threading.Event()
    with asked_to_stop(stop.set, again=False):
        training = build_training(recipe, *origin.skills, log=log, checkpoint=save, stop=stop)
        if checkpoint is not None:
            training.restore(checkpoint)
            if isinstance(training.physical, GymWorld) and training.physical.cut.any():
                console.print(
                    f"warning: {recipe.world.task} did not come to the same state again when played again; its running "
                    "episodes are cut, and it will not go on exactly."
                )
        metrics = MetricsLog(folder.path, resume_steps=done)  # after what may refuse, as it cuts the table back
        (folder.path / ERROR_FILE).unlink(missing_ok=True)
        console.print(f"{recipe.name}: training in {folder.path}, {recipe.training.steps:,} control steps")
        held = math.prod(layer.hold for layer in training.base.layers) if training.base else 1
        if recipe.training.steps <= recipe.training.warmup_transitions * recipe.policy.hold * held:
            console.print("warning: all steps are warm-up, so nothing will be learnt; train longer.")
        if recipe.training.compile:
            _compile(training, console)
        with _failure_in_log(training, folder), closing(metrics), display:
            training.trainer.run()
    trainer = training.trainer
    if stop.is_set() and trainer.steps < recipe.training.steps:
        if folder.checkpoints.newest() is None:
            folder.remove()
        raise Stopped(folder.path, trainer.steps, command_of(recipe))
    if out.exists() and not _may_replace(folder, out):
        raise RunFailed(
            f"the training is done, but {str(out)!r} has come to exist meanwhile; move it away, and write the skill "
            f"with --resume {folder.path}."
        )
    try:
        save_skill(out, freeze(training))
        if recipe.training.with_replay:
            observation = training.replay.observations()
            save_replay(replay_path(out), observation, load_skill(out).card.sha256, recipe.training.seed)
    except OSError as error:
        raise RunFailed(
            f"the training is done, but its skill could not be written to {out} ({error.strerror}); mend that and "
            f"write it with --resume {folder.path}."
        ) from error
    try:
        _plot(folder.path)
    except OSError as error:
        console.print(f"warning: the learning curves could not be drawn ({error.strerror}).")
    folder.note({"exported": True, "seconds": trainer.seconds})  # last: what is not done by then a resume does
    console.print(f"{recipe.name}: {trainer.steps:,} steps in {minutes(trainer.seconds)}, skill written to {out}")
    return Trained(out, folder.path, trainer.seconds)


def _compile(training: Training, console: Console) -> None:
    """Compile the update; where that cannot be done, say so and go on without."""
    try:
        if compiler() is None:
            raise RuntimeError("there is no C++ compiler with Python's headers, install g++ and python3-dev")
        with console.status("compiling the update ..."):
            training.learner.compile(training.recipe.algorithm.batch_size, parallel=cores() > 1)
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        console.print(f"warning: training is several times slower than it could be: {reason}.")


@contextmanager
def _failure_in_log(training: Training, folder: RunFolder) -> Iterator[None]:
    """Whatever breaks the run, its traceback goes to the run's folder and its message, as `RunFailed`, to the user."""
    try:
        yield
    except UserError:
        raise
    except Diverged as error:
        newest = folder.checkpoints.newest()
        kept = f"what it was at {int(newest.name):,} steps is kept in {folder.path}" if newest else "nothing was saved"
        raise RunFailed(
            f"the training diverged at {training.trainer.steps:,} steps: {error}; {kept}. Train anew; where it was the "
            "learning that diverged, with a lower algorithm.learning_rate or algorithm.reward_scale."
        ) from error
    except Exception as error:
        newest, log = folder.checkpoints.newest(), folder.path / ERROR_FILE
        saved = (
            f"resume from its checkpoint at {int(newest.name):,} steps with --resume {folder.path}" if newest else ""
        )
        try:
            log.write_text(traceback.format_exc(), encoding="utf-8")
            written = f"the traceback is in {log}"
        except OSError as another:  # the disk is full, say, or the folder gone
            written = f"the traceback could not be written ({another.strerror})"
        raise RunFailed(
            f"the training broke down at {training.trainer.steps:,} steps ({type(error).__name__}: {error}); "
            f"{saved or 'nothing was saved'}; {written}."
        ) from error


def _check_finite(state: Mapping[str, object]) -> None:
    """Diverged, with the name of what is not finite, so that no checkpoint that cannot go on replaces one that can."""
    for name, tensor in tensors_of(state, {}).items():
        if not torch.isfinite(tensor).all():
            raise Diverged(f"the learner's {name.lstrip('/')} is NaN or infinite")


def _ignore(_: object) -> None:
    pass


def _plot(run: Path) -> None:
    """Learning curves beside the metrics."""
    from skillkit.evaluation.plots import plot_curves  # matplotlib takes 30 MB and half a second that training needs

    columns = read_metrics(run)
    for name in ("return", "success"):
        if name in columns:
            steps, values = columns["steps"], columns[name]
            plot_curves(run / "figures" / f"{name}.png", {run.name: (steps, values)}, "control steps", name)
