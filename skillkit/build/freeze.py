"""What was trained becomes a skill: the live layers frozen on top of their base, with the card that describes them."""

from __future__ import annotations

import copy
import math

import torch

from skillkit.build.freeze_hierarchy import freeze_hierarchy
from skillkit.build.kept import kept_steps
from skillkit.build.layer_card import layer_card
from skillkit.build.training import Training, policy_groups, stacked_on
from skillkit.build.worlds import PhysicalWorld, body_card
from skillkit.config import KlConfig, Recipe
from skillkit.errors import Diverged
from skillkit.machine import versions
from skillkit.policies import AnyLatentPolicy
from skillkit.policies.chain import LatentChain
from skillkit.policies.critic import TwinCritic
from skillkit.policies.hierarchical import HierarchicalPolicy
from skillkit.skills.card import (
    CriticCard,
    PriorCard,
    RewardCard,
    SkillCard,
    TrainingCard,
    WorldCard,
    lowest_version,
)
from skillkit.skills.group_card import group_cards
from skillkit.skills.skill import DefaultPolicy, Skill, SkillLayer
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import REWARDS


def freeze(training: Training) -> Skill:
    """The layers trained so far, frozen, bottom first."""
    recipe, score = training.recipe, training.trainer.score()
    temperature = float(training.learner.actor.log_temperature.exp())
    if not all(map(math.isfinite, (temperature, *score.values()))):
        raise Diverged("the temperature or the return is NaN or infinite")
    trained = copy.deepcopy(training.learner.trained_policy()).to("cpu").requires_grad_(False).eval()
    prior: tuple[PriorCard, DefaultPolicy] | None = None
    critics: tuple[TwinCritic, ...] = ()
    if isinstance(trained, HierarchicalPolicy):
        layers, prior = freeze_hierarchy(trained, training)
    else:
        layers, critics, prior = _frozen_layers(trained, training), _critics(training), _skill_prior(training)
    cards, critic_cards = [layer.card for layer in layers], [_critic_card(training) for _ in critics]
    where, held_to = _world_card(recipe, training.physical), prior[0] if prior else None
    card = SkillCard(
        format_version=lowest_version(cards, critic_cards, where, held_to),
        name=recipe.name,
        layers=cards,
        world=where,
        training=TrainingCard(
            algorithm=recipe.algorithm.kind,
            seed=recipe.training.seed,
            steps=_steps(training),
            discount=recipe.algorithm.discount,
            temperature=temperature,
            recipe=recipe.model_dump(mode="json", exclude={"world": {"own_body"}}),  # which the world has
            versions=versions(),
        ),
        score=score,
        critics=critic_cards,
        prior=held_to,
    )
    return Skill(layers, card, critics, prior[1] if prior else None)


def _frozen_layers(trained: AnyLatentPolicy, training: Training) -> tuple[SkillLayer, ...]:
    """The base's layers, those that were trained below the top one, and the top one."""
    recipe, world = training.recipe, training.world
    *lower, policy = trained.parts if isinstance(trained, LatentChain) else (trained,)
    layout = world.layout.subset(policy_groups(recipe, world))
    policy.columns = torch.arange(layout.width)
    below = [*stacked_on(recipe, training.base)]
    for one, before in zip(lower, training.lower, strict=True):
        one.columns = torch.arange(before.layout.width)  # its own groups, side by side
        below.append(SkillLayer(one, before.card))
    moved = training.init.layers[-1].card.action_names if training.init else world.action_names
    card = layer_card(recipe.policy, layout, moved, bounded=policy.squash, latent_width=policy.width)
    return (*below, SkillLayer(policy, card))


def _skill_prior(training: Training) -> tuple[PriorCard, DefaultPolicy] | None:
    """The skill that the policy was held to, by name and digest; None where there was none."""
    if training.recipe.algorithm.action_prior != "skill":
        return None
    assert training.base is not None
    named = f"{training.base.card.name} {training.base.card.sha256}"
    return PriorCard(kind="skill", coefficient=0.0, skill=named), DefaultPolicy(None, None)


def _critics(training: Training) -> tuple[TwinCritic, ...]:
    """The critics of soft Q-learning, whose policy is what they say, and of a mixture, where they choose; no others.

    Nor are those of several layers that were trained together, which judge what the lowest of them does.
    """
    recipe = training.recipe
    if training.lower or not (recipe.algorithm.kind == "sql" or recipe.policy.kind == "mixture"):
        return ()
    return (copy.deepcopy(training.learner.trained_critic()).to("cpu").requires_grad_(False).eval(),)


def _critic_card(training: Training) -> CriticCard:
    algorithm = training.recipe.algorithm
    return CriticCard(
        weight=1.0,
        hidden=list(algorithm.critic_hidden),
        layer_norm=algorithm.critic_layer_norm,
        normalize=training.recipe.policy.normalize,
        groups=group_cards(training.world.layout),
    )


def _steps(training: Training) -> list[int]:
    """Control steps behind each layer, bottom first; those of layers trained together count for the top one."""
    if isinstance(training.recipe.algorithm, KlConfig):
        kept, own = kept_steps(training.recipe, training.base, training.head), training.trainer.steps
        if training.recipe.algorithm.is_flat:
            return [kept + own]
        return [kept, own] if training.head is None else [own, kept]
    before = training.base.card.training.steps if training.base else []
    if training.recipe.algorithm.action_prior == "skill":
        return [sum(before) + training.trainer.steps]
    *lower, top = training.init.card.training.steps[len(before) :] if training.init else [0]
    return [*before, *lower, top + training.trainer.steps]


def _world_card(recipe: Recipe, physical: PhysicalWorld) -> WorldCard:
    if not isinstance(physical, MujocoWorld):
        return WorldCard(
            body=None,
            fingerprint=None,
            task=recipe.world.task,
            goal=None,
            goals=[],
            goal_radius=0.0,
            episode_steps=None,
            rewards=[],
        )
    task = physical.task
    return WorldCard(
        body=physical.body.name,
        fingerprint=body_card(physical),
        task=task.name,
        goal=task.goal,
        count=task.errands.count if task.errands else None,
        box_mass=task.errands.box_mass if task.errands else None,
        goals=[list(goal) for goal in task.arena.goals],
        goal_radius=task.arena.goal_radius,
        episode_steps=physical.episode_steps,
        rewards=[
            RewardCard(
                name=term.name,
                weight=term.weight,
                window=term.window if REWARDS[term.name].windowed else None,
            )
            for term in physical.rewards
        ],
        own_body=recipe.world.own_body,
    )
