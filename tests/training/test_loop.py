"""The loop's counts by hand, its stop and its checkpoints, and an exact resume of a real training."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from skillkit.algorithms.learner import ActorCriticLearner
from skillkit.algorithms.sac.config import SacSettings
from skillkit.algorithms.sac.steps import SacSteps
from skillkit.bodies.ball import Ball
from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.critic import TwinCritic
from skillkit.policies.latent_policy import LatentActor
from skillkit.training.checkpoint import load_state, save_state
from skillkit.training.collector import Collector, Episode
from skillkit.training.loop import Row, Schedule, Trainer, episode_means
from skillkit.training.replay import Replay
from skillkit.types import BatchSource, Bool, Float32, Group, Layout, PolicyState, Step, World
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.skill_world import SkillWorld
from skillkit.worlds.tasks import TASKS


class FourWorlds:
    """Four worlds whose steps last `duration` control steps and whose episodes end at every third step."""

    num_worlds = 4
    layout = Layout((Group("clock", 1, "1"),))
    actor_groups: tuple[str, ...] = ("clock",)
    low_groups = high_groups = actor_groups
    action_names: tuple[str, ...] = ("push",)
    action_bounded = True
    highest_return = None

    def __init__(self, duration: int = 1) -> None:
        self.duration = duration
        self.clock = 0

    def reset(self, mask: Bool | None = None) -> Float32:
        return np.zeros((4, 1), np.float32)

    def step(self, action: Float32, active: Bool | None = None) -> Step:
        self.clock += 1
        none, ended = np.zeros(4, bool), np.full(4, self.clock % 3 == 0)
        seen, reward = np.full((4, 1), self.clock, np.float32), np.ones(4)
        return Step(seen, reward, none, ended, np.full(4, self.duration), {"speed": reward}, none, none)

    def get_state(self) -> dict[str, Any]:
        return {"clock": self.clock}

    def set_state(self, state: Mapping[str, Any]) -> None:
        self.clock = state["clock"]


class NotingLearner:
    """Notes what the loop asks of it; it is its own acting policy and acts with the number of publications."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.published = 0

    def acting_policy(self) -> NotingLearner:
        return self

    def initial_state(self, count: int) -> PolicyState:
        return {}

    def act(self, observation: Tensor, state: PolicyState, generator: torch.Generator) -> tuple[Tensor, PolicyState]:
        return torch.full((len(observation), 1), float(self.published)), state

    def record(self, action: Tensor, state: PolicyState) -> Tensor:
        return action

    def publish(self) -> None:
        self.published += 1

    def observe(self, observation: Tensor) -> None:
        self.notes.append("observe")

    def update(self, sample: BatchSource, updates: int) -> Mapping[str, Tensor]:
        self.notes += ["update"] * len(sample(updates))
        return {"loss": torch.tensor(0.5)}

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        return None


def noted_run(
    schedule: dict[str, Any], duration: int = 1, log: Callable[[Row], None] | None = None
) -> tuple[Trainer, list[Row], list[int]]:
    """A run of four counting worlds: the trainer, its rows and the steps of its checkpoints; log may set the stop."""
    rows: list[Row] = []
    saved: list[int] = []
    logged: list[int] = []
    learner, stop = NotingLearner(), threading.Event()

    def add(row: Row) -> None:
        rows.append(row)
        logged.append(int(row["steps"]))
        if log is not None:
            log(row)
        if row["steps"] == schedule.get("stop_at"):
            stop.set()

    def save(trainer: Trainer) -> None:
        saved.append(trainer.steps)
        if trainer.steps >= trainer.schedule.steps:  # a resumed run goes on behind it
            assert logged[-1] == trainer.steps

    numbers: dict[str, Any] = {
        "steps": 40,
        "warmup": 8,
        "update_to_data": 1.0,
        "batch_size": 2,
        "checkpoint_every": 1000,
    }
    numbers |= {"log_every": 4} | {name: value for name, value in schedule.items() if name != "stop_at"}
    trainer = Trainer(
        Collector(FourWorlds(duration), learner, discount=0.9, seed=0),
        learner,
        Replay(100, 4, 1, 1, seed=0),
        Schedule(**numbers),
        log=add,
        checkpoint=save,
        stop=stop,
    )
    trainer.run()
    return trainer, rows, saved


@pytest.mark.parametrize(
    ("update_to_data", "updates"),
    [
        (1.0, [0, 0, 0, 4, 8, 12, 16, 20, 24, 28]),
        (0.3, [0, 0, 0, 1, 2, 3, 4, 6, 7, 8]),  # floors of 1.2, 2.4, 3.6, 4.8, 6.0, 7.2, 8.4
        (2.0, [0, 0, 0, 8, 16, 24, 32, 40, 48, 56]),
    ],
)
def test_updates_follow_the_transitions_of_the_rounds_before(update_to_data: float, updates: list[int]) -> None:
    # Four transitions a round. In round i the learner knows 4 (i - 1) of them, 8 of which are warm-up.
    trainer, rows, _ = noted_run({"update_to_data": update_to_data})
    assert [row["updates"] for row in rows] == updates
    assert [row["transitions"] for row in rows] == list(range(4, 44, 4))
    assert trainer.learner.notes.count("update") == trainer.updates == updates[-1]  # type: ignore[attr-defined]


def test_statistics_and_weights_move_at_the_barrier() -> None:
    trainer, _, _ = noted_run({"steps": 16, "warmup": 4})
    notes = trainer.learner.notes  # type: ignore[attr-defined]
    assert notes == ["observe", "observe", *["update"] * 4, "observe", *["update"] * 4, "observe"]
    # Round i acts with the weights of publication i: once at the start, then at each barrier.
    data = trainer.replay.state_dict()["data"]
    actions = data["action"][data["following"] >= 0].flatten().tolist()
    assert actions == [1.0] * 4 + [2.0] * 4 + [3.0] * 4 + [4.0] * 4


def test_held_steps_count_as_control_steps() -> None:
    # Three control steps a transition: 12 a round, so 48 after the fourth.
    trainer, rows, _ = noted_run({"steps": 40, "log_every": 12}, duration=3)
    assert [row["steps"] for row in rows] == [12, 24, 36, 48]
    assert (trainer.steps, trainer.transitions) == (48, 16)


class Breaking(FourWorlds):
    """Breaks at its third step."""

    def step(self, action: Float32, active: Bool | None = None) -> Step:
        if self.clock == 2:
            self.clock = 1000  # a step that broke leaves the worlds in any state
            raise RuntimeError("the simulation diverged")
        return super().step(action, active)


def on_four_worlds(worlds: FourWorlds, checkpoint: Callable[[Trainer], None], every: int) -> Trainer:
    """Forty control steps with a learner that only notes what it is asked for."""
    learner = NotingLearner()
    return Trainer(
        Collector(worlds, learner, discount=0.9, seed=0),
        learner,
        Replay(100, 4, 1, 1, seed=0),
        Schedule(40, 0, 1.0, 2, every, 1000),
        log=lambda row: None,
        checkpoint=checkpoint,
        stop=threading.Event(),
    )


def test_a_worker_that_dies_ends_the_run_with_what_was_whole_before() -> None:
    saved: list[dict[str, Any]] = []
    worlds = Breaking()
    with pytest.raises(RuntimeError, match="diverged"):
        on_four_worlds(worlds, lambda trainer: saved.append(trainer.get_state()), 1000).run()
    assert [state["counters"][0] for state in saved] == [8]  # two rounds of four worlds
    assert saved[0]["collector"]["world"] == {"clock": 2}
    assert worlds.clock == 2


def test_threads_wait_briefly_for_the_interpreter_while_training_alone() -> None:
    before, during = sys.getswitchinterval(), list[float]()
    for worlds, breaks in ((Breaking(), True), (FourWorlds(), False)):
        with pytest.raises(RuntimeError, match="diverged") if breaks else contextlib.nullcontext():
            on_four_worlds(worlds, lambda _: during.append(sys.getswitchinterval()), 4).run()
        assert sys.getswitchinterval() == before
    assert len(during) > 1
    assert during == pytest.approx([5e-5] * len(during))


@pytest.mark.parametrize("worker", ["collector", "learner"])
def test_after_a_worker_died_the_run_goes_on_exactly(tmp_path: Path, worker: str) -> None:
    straight, broken, resumed = (real_trainer(_made(tmp_path / name), stacked=False) for name in ("a", "b", "c"))
    straight.run()
    part: Any = getattr(broken, worker)
    name = "collect" if worker == "collector" else "update"
    work, calls = getattr(part, name), iter(range(1000))

    def breaking(*args: Any) -> Any:
        result = work(*args)  # what is done half way is undone
        if next(calls) == 30:
            raise RuntimeError("died")
        return result

    setattr(part, name, breaking)
    with pytest.raises(RuntimeError, match="died"):
        broken.run()
    saved = {name: load_state(next((tmp_path / "b").glob(f"{name}_*"))) for name in ("learner", "replay", "trainer")}
    resumed.learner.load_state_dict(saved["learner"])
    resumed.replay.load_state_dict(saved["replay"])
    resumed.set_state(saved["trainer"])
    resumed.run()
    for name in ("learner", "replay"):
        first, second = (load_state(tmp_path / folder / f"{name}_2.safetensors") for folder in ("a", "c"))
        assert tree_equal(first, second), name


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_checkpoints_at_multiples_and_once_at_the_end() -> None:
    # Rounds end at 4, 8, 12 ...: the first beyond each multiple of ten.
    assert noted_run({"checkpoint_every": 10})[2] == [12, 20, 32, 40]
    assert noted_run({"checkpoint_every": 10, "steps": 36})[2] == [12, 20, 32, 36]
    assert noted_run({"checkpoint_every": 10, "steps": 32})[2] == [12, 20, 32]


def test_the_last_row_is_logged_before_the_last_checkpoint() -> None:
    # The end is a checkpoint, and between two rows.
    _, rows, saved = noted_run({"steps": 12, "log_every": 8, "checkpoint_every": 12})
    assert ([row["steps"] for row in rows], saved) == ([8, 12], [12])


def test_stop_ends_the_loop_at_the_next_barrier_with_a_checkpoint() -> None:
    trainer, rows, saved = noted_run({"stop_at": 12})
    assert (trainer.steps, len(rows), saved) == (12, 3, [12])


def test_rows_hold_counts_episode_means_and_the_learners_metrics() -> None:
    _, rows, _ = noted_run({"steps": 16})
    assert "return" not in rows[1]
    assert "loss" not in rows[2]
    last = rows[3]
    assert (last["episodes"], last["return"], last["length"], last["reward/speed"]) == (4, 3.0, 3.0, 3.0)
    assert (last["loss"], last["update_to_data"]) == (0.5, 0.5)  # 4 updates for 16 - 8 transitions
    assert last["seconds"] > 0.0


def test_episode_means() -> None:
    episodes = [Episode(1.0, 10, True, False, {"speed": 2.0}), Episode(4.0, 20, False, False, {"speed": 3.0})]
    assert episode_means(episodes) == {
        "return": 2.5,
        "length": 15.0,
        "success": 0.5,
        "falls": 0.0,
        "reward/speed": 2.5,
    }


class Turn:
    """A frozen layer: the action is the latent, the squashed first sense added to it."""

    latent_width = 2
    hold = 3

    def act(self, observation: Float32, latent: Float32) -> Float32:
        return np.tanh(latent + 0.1 * observation[:, :1])


def real_trainer(folder: Path, stacked: bool) -> Trainer:
    """A tiny training on the ball that saves itself into `folder` half way, as 1, and at the end, as 2."""
    world: World = MujocoWorld(Ball(), TASKS["open"](1.0, None), episode_steps=40, num_worlds=4, seed=1)
    world = SkillWorld(world, Turn(), hold=3, discount=0.95) if stacked else world
    torch.manual_seed(2)
    columns = torch.from_numpy(world.layout.indices(world.actor_groups))
    sizes = PolicySizes("flow", (8,), embedding=4, coupling_hidden=4)
    width = world.layout.width
    policy = build_policy(sizes, columns, 2, squash=world.action_bounded)
    critic = TwinCritic(width, 2, hidden=(8,), layer_norm=True, normalize=True)
    prior = "gaussian" if stacked else "uniform"
    settings = SacSettings(1e-2, 0.01, "auto", 0.1, 0.0, prior, 1.0)  # type: ignore[arg-type]
    learner = ActorCriticLearner(
        policy, critic, SacSteps(policy, critic, settings), collecting=partial(LatentActor, draw="episode"), seed=3
    )

    def save(trainer: Trainer) -> None:
        states = {
            "learner": trainer.learner.state_dict(),
            "replay": trainer.replay.state_dict(),
            "trainer": trainer.get_state(),
        }
        for name, state in states.items():
            save_state(folder / f"{name}_{trainer.steps // 200}.safetensors", state)

    return Trainer(
        Collector(world, learner.acting_policy(), 0.95, seed=4),
        learner,
        Replay(600, 4, width, 2, seed=5),
        Schedule(400, 20, 0.25, 8, 200, 100),
        log=lambda row: None,
        checkpoint=save,
        stop=threading.Event(),
    )


def tree_equal(first: Any, second: Any) -> bool:
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(tree_equal(first[key], second[key]) for key in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(map(tree_equal, first, second))
    return bool(np.array_equal(first, second))


@pytest.mark.parametrize("stacked", [False, True])
def test_resuming_from_a_checkpoint_is_exact(tmp_path: Path, stacked: bool) -> None:
    straight_folder, resumed_folder = tmp_path / "straight", tmp_path / "resumed"
    straight_folder.mkdir()
    resumed_folder.mkdir()
    straight = real_trainer(straight_folder, stacked)
    straight.run()

    resumed = real_trainer(resumed_folder, stacked)
    middle = {name: load_state(straight_folder / f"{name}_1.safetensors") for name in ("learner", "replay", "trainer")}
    resumed.learner.load_state_dict(middle["learner"])
    resumed.replay.load_state_dict(middle["replay"])
    resumed.set_state(middle["trainer"])
    resumed.run()

    assert (resumed.steps, resumed.updates) == (straight.steps, straight.updates)
    for name in ("learner", "replay", "trainer"):
        first, second = (load_state(folder / f"{name}_2.safetensors") for folder in (straight_folder, resumed_folder))
        if name == "trainer":
            assert first.pop("seconds") > 0.0
            assert second.pop("seconds") > 0.0
        assert tree_equal(first, second), name
    assert not torch.equal(middle["learner"]["actor"]["policy"], straight.learner.state_dict()["actor"]["policy"])
    if not stacked:
        assert straight.updates == 94  # a quarter of the 396 - 20 transitions before the last round
