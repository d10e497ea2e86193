"""From recipe to objects: levels train on one another, the same seed gives the same weights."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from skillkit import build
from skillkit.config import Recipe, WorldConfig
from skillkit.errors import UserError
from skillkit.experiments.evaluate import evaluate_skill
from skillkit.skills.file import load_skill, save_skill
from skillkit.skills.skill import Skill
from skillkit.training.run_folder import RunFolder
from skillkit.worlds.mujoco_world import MujocoWorld

Tiny = Callable[..., Recipe]
Train = Callable[..., build.Training]


def weights(skill: Skill) -> list[torch.Tensor]:
    return [tensor for layer in skill.layers for tensor in layer.policy.state_dict().values()]


def test_three_levels_train_export_and_play(
    tower_skill: Skill, maze_skill: Skill, ball_skill: Skill, tmp_path: Path
) -> None:
    save_skill(tmp_path / "tower.safetensors", tower_skill)
    loaded = load_skill(tmp_path / "tower.safetensors")
    assert len(loaded.layers) == len(loaded.card.layers) == len(loaded.card.training.steps) == 3
    assert loaded.card.training.steps[:2] == maze_skill.card.training.steps
    assert loaded.card.training.steps[:1] == ball_skill.card.training.steps
    assert all(400 <= steps < 400 + 4 * 2 * 3 for steps in loaded.card.training.steps)
    for kept, frozen in zip(weights(loaded), weights(maze_skill), strict=False):
        assert torch.equal(kept, frozen)  # the layers below have not moved
    report = evaluate_skill(loaded, episodes=3, seed=1).report
    assert report.episodes == 3
    assert 0 < report.episode_length_mean <= 50


def test_holds_multiply(tiny: Tiny, train_in_memory: Train, maze_skill: Skill) -> None:
    training = train_in_memory(
        tiny("ball_maze", name="tower", policy__hold=3, training__steps=24, world__num_worlds=1), maze_skill
    )
    assert training.trainer.transitions == 4  # of 2 x 3 control steps each
    assert training.trainer.steps == 24


def test_motors_are_held_in_training_and_in_what_stacks_on_it(tiny: Tiny, train_in_memory: Train) -> None:
    training = train_in_memory(tiny(policy__hold=5, training__steps=200))
    assert training.trainer.transitions == 200 / 5
    assert training.world.action_names == training.physical.action_names
    held = build.freeze(training)
    assert held.card.layers[0].hold == 5
    stacked = train_in_memory(tiny("ball_maze", policy__hold=2, training__steps=80, world__num_worlds=1), held)
    assert stacked.trainer.transitions == 80 / (5 * 2)


def test_the_same_seed_gives_the_same_weights(tiny: Tiny, train_in_memory: Train, ball_skill: Skill) -> None:
    again = build.freeze(train_in_memory(tiny()))
    other = build.freeze(train_in_memory(tiny(training__seed=1)))
    assert all(torch.equal(*pair) for pair in zip(weights(ball_skill), weights(again), strict=True))
    assert not all(torch.equal(*pair) for pair in zip(weights(ball_skill), weights(other), strict=True))
    assert again.card == ball_skill.card


def test_building_leaves_torch_s_own_random_numbers_alone(tiny: Tiny, train_in_memory: Train) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    train_in_memory(tiny(training__steps=4))
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize(
    ("stacked", "entropy", "prior", "target"),
    [
        (True, None, "auto", 2 * (1 + math.log(2))),
        (True, 1.0, "auto", -1 + 2 * math.log(2)),
        (True, None, "gaussian", 2 * (1 + math.log(2))),
        (False, None, "auto", 2.0),
        (False, None, "uniform", 2.0),
        (False, 0.0, "auto", 0.0),
        (False, None, "gaussian", 2 * (1 + math.log(2))),
    ],
)
def test_divergence_targets(
    tiny: Tiny,
    train_in_memory: Train,
    ball_skill: Skill,
    stacked: bool,
    entropy: float | None,
    prior: str,
    target: float,
) -> None:
    name, base = ("ball_maze", ball_skill) if stacked else ("ball_loco", None)
    recipe = tiny(name, algorithm__target_entropy=entropy, algorithm__action_prior=prior, training__steps=4)
    found = train_in_memory(recipe, base).learner.steps.settings
    assert found.divergence_target == pytest.approx(target)
    assert found.action_prior == ("gaussian" if stacked or prior == "gaussian" else "uniform")


@pytest.mark.parametrize(
    ("rewards", "discount", "stacked", "bound"),
    [
        ({"goal-reached": 1000.0, "given-up": 100.0}, 0.9, True, (0.01 * 1000.0, 0.0)),
        ({"goal-reached": 1000.0, "given-up": 100.0}, 1.0, True, (0.01 * 1000.0, 0.0)),
        ({"goal-reached": 1000.0, "given-up": 100.0}, 0.9, False, (0.01 * 1000.0, 2 * math.log(2) / (1 - 0.9))),
        ({"goal-reached": 1000.0, "given-up": 100.0}, 1.0, False, None),
        ({"goal-reached": 3.0, "given-up": -2.0}, 0.9, True, (0.01 * 5.0, 0.0)),
        ({"goal-reached": 3.0, "alive": 1.0}, 1.0, True, None),
        ({"alive": 1.0}, 1.0, False, None),
    ],
)
def test_a_value_is_no_higher_than_what_can_be_paid_at_the_end(
    tiny: Tiny,
    train_in_memory: Train,
    ball_skill: Skill,
    rewards: dict[str, float],
    discount: float,
    stacked: bool,
    bound: tuple[float, float] | None,
) -> None:
    name, base = ("ball_maze", ball_skill) if stacked else ("ball_maze_flat", None)
    flags: dict[str, Any] = {"algorithm__discount": discount, "world__rewards": rewards, "training__steps": 4}
    found = train_in_memory(tiny(name, **flags, algorithm__reward_scale=0.01), base).learner.steps.settings.bound
    assert (found and (found.reward, found.nats)) == (bound and pytest.approx(bound))


@pytest.mark.parametrize(
    ("changes", "stacked", "message"),
    [
        ({"policy__groups": ["roll_rat"]}, False, "unknown observation group 'roll_rat'; did you mean 'roll_rate'?"),
        ({"algorithm__action_prior": "uniform"}, True, "'uniform' needs bounded actions"),
        ({"algorithm__target_entropy": 1.4}, False, "target_entropy must be below 1.39, where"),
        (
            {"algorithm__target_entropy": 1.4, "algorithm__temperature": "auto"},
            True,
            "target_entropy must be below 1.39, where",
        ),
        ({"training__device": "cuda:64"}, False, "the device 'cuda:64' is not there"),
    ],
)
def test_what_does_not_fit_is_said(
    tiny: Tiny, train_in_memory: Train, ball_skill: Skill, changes: dict[str, Any], stacked: bool, message: str
) -> None:
    recipe = tiny("ball_maze" if stacked else "ball_loco", **changes)
    with pytest.raises(UserError, match=message.replace("?", r"\?")):
        train_in_memory(recipe, ball_skill if stacked else None)


def test_a_policy_sees_the_groups_that_it_declares(tiny: Tiny, train_in_memory: Train, ball_skill: Skill) -> None:
    recipe = tiny("ball_maze", policy__groups=["target_ego", "heading"], training__steps=40)
    layer = build.freeze(train_in_memory(recipe, ball_skill)).layers[-1]
    assert [group.name for group in layer.card.groups] == ["target_ego", "heading"]
    assert layer.policy.columns.tolist() == [0, 1, 2, 3]
    assert len(layer.policy.normalizer.mean) == 4


def test_a_low_level_sees_neither_place_nor_heading(ball_skill: Skill) -> None:
    assert {group.name for group in ball_skill.groups} == {"body_velocity", "turn_rate", "roll_rate"}


def test_a_sampler_is_trained_frozen_and_stacked_upon(tiny: Tiny, train_in_memory: Train, tmp_path: Path) -> None:
    small: dict[str, Any] = {"algorithm__kind": "sql", "algorithm__particles": 2, "algorithm__value_samples": 2}
    base = build.freeze(train_in_memory(tiny(policy__kind="sampler", **small)))
    training = train_in_memory(tiny("ball_maze", **small), base)
    assert training.learner.steps.settings.proposal == "policy"
    save_skill(tmp_path / "top.safetensors", build.freeze(training))
    loaded = load_skill(tmp_path / "top.safetensors")
    assert [layer.card.kind for layer in loaded.layers] == ["sampler", "flow"]
    assert loaded.card.training.algorithm == "sql"
    action = np.zeros((3, 2), np.float32)
    shown = {group.name: np.zeros((3, group.width)) for group in loaded.card.critics[0].groups}
    assert np.isfinite(loaded.action_value(shown, action)).all()
    with pytest.raises(UserError, match="was saved without its critics"):
        build.freeze(train_in_memory(tiny(training__steps=4))).action_value(shown, action)
    assert evaluate_skill(loaded, episodes=2).report.episodes == 2


def test_a_temperature_is_annealed_by_control_steps(tiny: Tiny, train_in_memory: Train, ball_skill: Skill) -> None:
    # From 1 to 0.01 in 200 control steps, of which a transition takes 4 and an update two transitions: 25 updates.
    changed = tiny(
        "ball_maze",
        policy__hold=4,
        algorithm__temperature=0.01,
        algorithm__initial_temperature=1.0,
        algorithm__anneal_steps=200,
        training__steps=4,
    )
    learner = train_in_memory(changed, ball_skill).learner
    assert learner.actor.log_temperature.item() == 0.0
    annealing = learner.steps.settings.annealing
    assert (annealing.temperature, annealing.rate) == (0.01, pytest.approx(math.log(100.0) / 25.0))


@pytest.mark.parametrize(
    ("kind", "draw", "expected"),
    [("flow", "step", "step"), ("flow", "episode", "episode"), ("gaussian", "step", "zero")],
)
def test_how_the_top_latent_is_drawn(tiny: Tiny, train_in_memory: Train, kind: str, draw: str, expected: str) -> None:
    recipe = tiny(policy__kind=kind, policy__latent_draw=draw, training__steps=80)
    assert build.freeze(train_in_memory(recipe)).card.layers[0].evaluation_draw == expected


def test_embedded_layers_are_the_skill_itself(maze_skill: Skill) -> None:
    config = WorldConfig(body="ball", task="maze")
    physical = build.build_world(config, seed=3, num_worlds=2)
    assert isinstance(physical, MujocoWorld)
    world = build.embed(physical, maze_skill.layers, hold=1, discount=1.0)
    before = world.reset()
    latent = np.array([[0.5, -1.0], [1.5, 0.0]], np.float32)
    groups = {name: before[:, physical.layout.span(name)] for name in physical.layout.names}
    world.step(latent)
    # The last command is the bottom layer's second one; the first came from the observation before.
    twin = build.build_world(config, seed=3, num_worlds=2)
    assert np.array_equal(twin.reset(), before)
    first = twin.step(maze_skill.act(groups, latent)).observation
    bottom, top = maze_skill.layers
    held = top.bind(twin.layout).act(before, latent)
    second = twin.step(bottom.bind(twin.layout).act(first, held)).observation
    assert np.array_equal(world.step(np.zeros((2, 2), np.float32), np.zeros(2, bool)).observation, second)


def test_skills_are_found_by_file_run_and_checkpoint(
    ball_file: Path, maze_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = RunFolder.create("walk", "name: walk\n", [])
    with pytest.raises(UserError, match="has not saved a skill yet"):
        build.find_skill("runs/walk_1")
    shutil.copy(ball_file, run.skill_path(10_000))
    shutil.copy(maze_file, run.skill_path(20_000))
    run.close()
    assert build.find_skill(str(ball_file)) == ball_file
    assert build.find_skill("runs/walk_1") == run.skill_path(20_000)
    assert build.find_skill("runs/walk_1@10000") == run.skill_path(10_000)
    assert build.open_skill("runs/walk_1@20000")[1].card.name == "ball_maze"
    with pytest.raises(UserError, match="keeps skills at the steps 10000, 20000; got 40000"):
        build.find_skill("runs/walk_1@40000")
    with pytest.raises(UserError, match="expected a number of steps after '@'"):
        build.find_skill("runs/walk_1@end")
    with pytest.raises(UserError, match="is a folder but no run"):
        build.find_skill("runs")
    with pytest.raises(UserError, match="unknown skill 'nowhere'"):
        build.find_skill("nowhere")


def test_every_listed_thing_has_a_line(tiny: Tiny) -> None:
    names = build.known_names()
    bodies = [(row[0], row[2]) for row in build.describe_bodies()]
    assert set(dict(bodies)) == set(names.bodies)
    own = "open, maze, goal, hallway-wide, hallway-narrow, u-hallway, blocked-maze"
    own += ", goto-targets, move-box, move-heavy-box, gather-boxes, move-or-goto, move-and-goto"
    assert {("ant", own), ("ant", "run"), ("ball", own), ("hopper", "run"), ("arm", "pusher")} < set(bodies)
    assert ("point", "multi-goal") in bodies
    assert [row[0] for row in build.describe_tasks()] == [*names.tasks, "gym:<id>"]
    assert [row[0] for row in build.describe_rewards()] == list(names.rewards)
    rows = [*build.describe_bodies(), *build.describe_tasks(), *build.describe_rewards()]
    assert all(text for row in rows for text in row)


def test_a_skill_keeps_the_targets_and_boxes_of_its_world(tiny: Tiny, train_in_memory: Train, tmp_path: Path) -> None:
    flags: dict[str, Any] = {"world__task": "move-box", "world__count": 2, "world__box_mass": 5.0, "world__rewards": {}}
    skill = build.freeze(train_in_memory(tiny(name="boxes", **flags)))
    save_skill(tmp_path / "boxes.safetensors", skill)
    card = load_skill(tmp_path / "boxes.safetensors").card
    assert (card.format_version, card.world.count, card.world.box_mass) == (3, 2, 5.0)
    assert card.world.fingerprint == build.freeze(train_in_memory(tiny())).card.world.fingerprint  # boxes are no body
    world = build.build_world(build.world_of(card.world), seed=0)
    assert isinstance(world, MujocoWorld)
    assert world.physics.model.body("skillkit/box_1").mass[0] == 5.0
    found = evaluate_skill(skill, episodes=2)
    assert found.report.success_rate is not None
    assert found.report.final_distance_mean is not None
    with pytest.raises(
        UserError, match="needs the group 'targets_ego' with 4 numbers, the ball on the task 'move-heavy"
    ):
        evaluate_skill(skill, task="move-heavy-box")  # whose own count is one
    default = tiny(name="boxes", **{**flags, "world__count": None, "world__box_mass": None})
    own = build.freeze(train_in_memory(default)).card
    assert (own.format_version, own.world.count, own.world.box_mass) == (3, 1, 1.5)  # the task's own are kept too
    assert card.training.recipe["world"]["count"] == 2


def test_a_gymnasium_environment_is_a_world(tiny: Tiny, train_in_memory: Train) -> None:
    flags: dict[str, Any] = {"world__body": None, "world__task": "gym:Pendulum-v1", "world__rewards": {}}
    skill = build.freeze(train_in_memory(tiny(name="pendulum", **flags, world__episode_steps=None)))
    assert [(group.name, group.width) for group in skill.groups] == [("observation", 3)]
    assert skill.card.world.body is None
    assert skill.card.world.task == "gym:Pendulum-v1"
    assert skill.act({"observation": np.zeros(3)}, np.zeros(1)).shape == (1,)
    report = evaluate_skill(skill, episodes=2).report
    assert (report.success_rate, report.fall_rate, report.episode_length_mean) == (None, None, 200.0)


def test_a_gymnasium_environment_s_action_can_be_held(tiny: Tiny, train_in_memory: Train) -> None:
    flags: dict[str, Any] = {"world__body": None, "world__task": "gym:Pendulum-v1", "world__rewards": {}}
    held = {"policy__hold": 4, "training__steps": 200, "world__num_worlds": 1}
    training = train_in_memory(tiny(name="pendulum", **flags, **held, world__episode_steps=None))
    assert training.trainer.transitions == 200 / 4
    skill = build.freeze(training)
    assert skill.card.layers[0].hold == 4
    assert evaluate_skill(skill, episodes=2).report.episode_length_mean == 200.0


def test_rewards_look_back_over_one_window(tiny: Tiny, train_in_memory: Train) -> None:
    same = {"displacement-norm": {"window": 4.0}, "x-displacement-norm": {"window": None}}  # whose own is 4 s
    train_in_memory(tiny(world__rewards=same, training__steps=4))
    rewards = {"displacement-norm": {"window": 1.0}, "x-displacement-norm": {"window": 8.0}}
    with pytest.raises(UserError, match=r"expected one window for all rewards that look back, got 1, 8 s"):
        train_in_memory(tiny(world__rewards=rewards))
