"""What was trained becomes a skill: the live layers frozen on top of their base, with the card that describes them."""

from __future__ import annotations

import copy
import math
from typing import Literal

import torch

from skillkit.build.training import Training, policy_groups
from skillkit.build.worlds import PhysicalWorld, body_card
from skillkit.config import PolicyConfig, Recipe
from skillkit.errors import Diverged
from skillkit.machine import versions
from skillkit.policies import PolicySizes
from skillkit.policies.chain import LatentChain
from skillkit.policies.critic import TwinCritic
from skillkit.skills.card import (
    CriticCard,
    GroupCard,
    LayerCard,
    RewardCard,
    SkillCard,
    TrainingCard,
    WorldCard,
    lowest_version,
)
from skillkit.skills.skill import Skill, SkillLayer
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import REWARDS


def freeze(training: Training) -> Skill:
    """The layers trained so far, frozen, bottom first."""
    recipe, base, world, trainer = training.recipe, training.base, training.world, training.trainer
    temperature, score = float(training.learner.actor.log_temperature.exp()), trainer.score()
    if not all(map(math.isfinite, (temperature, *score.values()))):
        raise Diverged("the temperature or the return is NaN or infinite")
    trained = copy.deepcopy(training.learner.trained_policy()).to("cpu").requires_grad_(False).eval()
    *lower, policy = trained.parts if isinstance(trained, LatentChain) else (trained,)
    layout = world.layout.subset(policy_groups(recipe, world))
    policy.columns = torch.arange(layout.width)
    below = [*(base.layers if base else ())]
    for one, before in zip(lower, training.lower, strict=True):
        one.columns = before.policy.columns  # its own groups, side by side
        below.append(SkillLayer(one, before.card))
    moved = training.init.layers[-1].card.action_names if training.init else world.action_names
    layer = LayerCard(
        **{**vars(PolicySizes.of(recipe.policy)), "hidden": list(recipe.policy.hidden)},
        groups=[GroupCard(name=group.name, width=group.width, unit=group.unit) for group in layout.groups],
        action_names=list(moved),
        action_bounded=policy.squash,
        latent_width=policy.width,
        latent_prior="standard-normal",
        hold=recipe.policy.hold,
        evaluation_draw=_evaluation_draw(recipe.policy),
    )
    cards, critics = [*(layer.card for layer in below), layer], _critics(training)
    critic_cards = [_critic_card(training) for _ in critics]
    where = _world_card(recipe, training.physical)
    card = SkillCard(
        format_version=lowest_version(cards, critic_cards, where),
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
    )
    return Skill((*below, SkillLayer(policy, layer)), card, critics)


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
        groups=[GroupCard(name=each.name, width=each.width, unit=each.unit) for each in training.world.layout.groups],
    )


def _steps(training: Training) -> list[int]:
    """Control steps behind each layer, bottom first; those of layers trained together count for the top one."""
    frozen = training.base.card.training.steps if training.base else []
    *lower, top = training.init.card.training.steps[len(frozen) :] if training.init else [0]
    return [*frozen, *lower, top + training.trainer.steps]


def _evaluation_draw(policy: PolicyConfig) -> Literal["step", "episode", "zero"]:
    """The mean of what has one, the latent that is left of many; else as it collected, without its noise's colour."""
    if policy.kind in ("gaussian", "mixture", "deterministic") or policy.latent_draw == "shrinking":
        return "zero"
    return "step" if policy.latent_draw == "pink" else policy.latent_draw


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
