"""A new layer that starts from a trained one acts as it did, whatever else it sees."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from skillkit import build
from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.skills.skill import Skill

Tiny = Callable[..., Recipe]


def started(recipe: Recipe, base: Skill | None, init: Skill | None) -> build.Training:
    """Built, not trained."""
    return build.build_training(
        recipe, base, init, log=lambda _: None, checkpoint=lambda _: None, stop=threading.Event()
    )


@pytest.mark.parametrize("kind", ["flow", "gaussian"])
def test_it_starts_by_acting_as_the_skill_does(tiny: Tiny, train_in_memory: Callable[..., Any], kind: str) -> None:
    init = build.freeze(train_in_memory(tiny(policy__kind=kind)))
    training = started(tiny("ball_maze_flat", policy__kind=kind), None, init)
    policy, world = training.learner.policy, training.world
    names = init.layers[0].layout.names
    assert len(policy.columns) > len(init.layers[0].policy.columns)  # the maze shows more
    observation = torch.from_numpy(world.reset())
    latent = torch.randn(len(observation), 2, generator=torch.Generator().manual_seed(0))
    sensed = observation[:, torch.from_numpy(world.layout.indices(names))]
    for now, before in zip(policy(observation, latent), init.layers[0].policy(sensed, latent), strict=True):
        assert torch.allclose(now, before, atol=1e-6)


def test_a_second_level_starts_from_another_on_the_same_base(tiny: Tiny, ball_skill: Skill, maze_skill: Skill) -> None:
    recipe = tiny("ball_maze", policy__hold=2)
    found = started(recipe, ball_skill, maze_skill).learner.policy.state_dict()
    wanted = maze_skill.layers[-1].policy.state_dict()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


def test_what_cannot_be_started_from_is_said(tiny: Tiny, ball_skill: Skill, maze_skill: Skill) -> None:
    other = build.freeze(started(tiny(training__seed=1), None, None))
    cases: list[tuple[Recipe, Skill | None, Skill, str]] = [
        (tiny("ball_maze_flat"), None, maze_skill, "has 2 layers to train, one of them held for 2 steps; layers are"),
        (
            tiny("ball_maze"),
            ball_skill,
            ball_skill,
            "new layer stands on 1; use skillkit pretrain",
        ),
        (tiny("ball_maze"), other, maze_skill, "stands on another base"),
        (tiny(policy__hidden=[16]), None, ball_skill, r"has policy.hidden \[8\], the recipe says \[16\]"),
        (tiny(policy__kind="gaussian"), None, ball_skill, "has policy.kind flow, the recipe says gaussian"),
        (tiny(policy__groups=["roll_rate"]), None, ball_skill, "the new layer only roll_rate"),
        (tiny(world__body="ant"), None, ball_skill, "start from a skill that moves the same"),
        (tiny("ball_maze", policy__hold=1), ball_skill, maze_skill, "holds its action for 2 step.*policy.hold=2"),
    ]
    for recipe, base, init, message in cases:
        with pytest.raises(UserError, match=message):
            started(recipe, base, init)


def test_groups_of_another_width_are_said(tiny: Tiny) -> None:
    def recipe(task: str) -> Recipe:
        return tiny(name="gym", world__body=None, world__task=task, world__rewards={}, world__episode_steps=None)

    init = build.freeze(started(recipe("gym:Pendulum-v1"), None, None))
    with pytest.raises(UserError, match="sees 3 numbers as 'observation', this world shows 2"):
        started(recipe("gym:MountainCarContinuous-v0"), None, init)


def test_what_is_new_to_the_policy_is_normalised_by_what_comes(tiny: Tiny) -> None:
    init = build.freeze(started(tiny(), None, None))
    init.layers[0].policy.normalizer.count.fill_(1e6)
    policy = started(tiny("ball_maze_flat"), None, init).learner.policy
    before = policy.normalizer.mean.clone()
    policy.normalizer.observe(torch.full((100, len(policy.columns)), 6.0))
    old = torch.isin(policy.columns, policy.columns[: len(init.layers[0].policy.columns)])
    assert torch.allclose(policy.normalizer.mean[old], before[old], atol=1e-3)
    assert torch.allclose(policy.normalizer.mean[~old], torch.full_like(before[~old], 6.0))


@pytest.fixture(scope="module")
def two_levels(tiny: Tiny, train_in_memory: Callable[..., Any], ball_skill: Skill) -> Skill:
    """The ball in the maze, both of its layers acting at every step."""
    return build.freeze(train_in_memory(tiny("ball_maze", policy__hold=1, training__steps=200), ball_skill))


def test_all_layers_of_a_skill_start_by_acting_as_it_does(tiny: Tiny, two_levels: Skill) -> None:
    training = started(tiny("ball_maze_flat"), None, two_levels)
    observation = training.world.reset()
    latent = np.random.default_rng(0).standard_normal((len(observation), 2)).astype(np.float32)
    groups = {name: observation[:, training.world.layout.span(name)] for name in training.world.layout.names}
    action, _ = training.learner.policy(torch.from_numpy(observation), torch.from_numpy(latent))
    np.testing.assert_allclose(action.detach().numpy(), two_levels.act(groups, latent), atol=1e-6)


def test_all_layers_of_a_skill_are_trained_and_frozen_apart(
    tiny: Tiny, two_levels: Skill, train_in_memory: Callable[..., Any]
) -> None:
    training = started(tiny("ball_maze_flat", policy__latent_draw="episode", training__steps=200), None, two_levels)
    training.trainer.run()
    found = build.freeze(training)
    assert [card.model_dump() for card in found.card.layers] == [card.model_dump() for card in two_levels.card.layers]
    assert found.card.training.steps == [400, 200 + 200]  # 800 in all
    for layer, before in zip(found.layers, two_levels.layers, strict=True):
        weights, others = layer.policy.state_dict(), before.policy.state_dict()
        assert all(not torch.equal(weights[name], others[name]) for name in weights if name.endswith("weight"))
    observation = training.world.observe()  # type: ignore[union-attr,attr-defined]
    latent = np.zeros((len(observation), 2), np.float32)
    groups = {name: observation[:, training.world.layout.span(name)] for name in training.world.layout.names}
    action, _ = training.learner.trained_policy()(torch.from_numpy(observation), torch.from_numpy(latent))
    np.testing.assert_allclose(found.act(groups, latent), action.detach().numpy(), atol=1e-6)


def test_layers_that_see_what_the_world_does_not_show_are_refused(tiny: Tiny, two_levels: Skill) -> None:
    senses = ["body_velocity", "turn_rate", "roll_rate"]
    below = build.freeze(started(tiny("ball_maze_flat", policy__groups=[*senses, "target_ego"]), None, None))
    top = build.freeze(started(tiny("ball_maze", policy__hold=1, policy__groups=senses), below, None))
    with pytest.raises(UserError, match="needs target_ego, which this world does not show"):
        started(tiny(policy__groups=senses), None, top)


def test_a_mixture_is_not_trained_together_with_others(tiny: Tiny, ball_skill: Skill) -> None:
    top = build.freeze(started(tiny("ball_maze", policy__hold=1, policy__kind="mixture"), ball_skill, None))
    with pytest.raises(UserError, match="has 2 layers to train, one of them a mixture, which is trained alone"):
        started(tiny("ball_maze_flat"), None, top)
    again = started(tiny("ball_maze", policy__hold=1, policy__kind="mixture"), ball_skill, top)
    assert torch.equal(again.learner.policy.transform.network[0].bias, top.layers[-1].policy.transform.network[0].bias)  # type: ignore[union-attr]
