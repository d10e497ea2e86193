"""What was trained becomes a skill: the live layer frozen on top of its base, with the card that describes it."""

from __future__ import annotations

import copy
import math
from typing import Literal

import torch

from skillkit.build.training import Training, policy_groups
from skillkit.build.worlds import PhysicalWorld, body_card
from skillkit.config import PolicyConfig, Recipe
from skillkit.errors import UserError
from skillkit.machine import versions
from skillkit.policies import PolicySizes
from skillkit.skills.card import GroupCard, LayerCard, RewardCard, SkillCard, TrainingCard, WorldCard
from skillkit.skills.skill import Skill, SkillLayer
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import REWARDS


def freeze(training: Training) -> Skill:
    """The layers trained so far, frozen, bottom first."""
    recipe, base, world, trainer = training.recipe, training.base, training.world, training.trainer
    temperature, score = float(training.learner.actor.log_temperature.exp()), trainer.score()
    if not all(map(math.isfinite, (temperature, *score.values()))):
        raise UserError(
            "the training has diverged: its temperature or its returns are no longer finite; lower "
            "algorithm.learning_rate or algorithm.reward_scale and train again."
        )
    policy = copy.deepcopy(training.learner.trained_policy()).to("cpu").requires_grad_(False).eval()
    layout = world.layout.subset(policy_groups(recipe, world))
    policy.columns = torch.arange(layout.width)
    layer = LayerCard(
        **{**vars(PolicySizes.of(recipe.policy)), "hidden": list(recipe.policy.hidden)},
        groups=[GroupCard(name=group.name, width=group.width, unit=group.unit) for group in layout.groups],
        action_names=list(world.action_names),
        action_bounded=world.action_bounded,
        latent_width=policy.width,
        latent_prior="standard-normal",
        hold=recipe.policy.hold,
        evaluation_draw=_evaluation_draw(recipe.policy),
    )
    card = SkillCard(
        format_version=1,
        name=recipe.name,
        layers=[*(base.card.layers if base else []), layer],
        world=_world_card(recipe, training.physical),
        training=TrainingCard(
            algorithm=recipe.algorithm.kind,
            seed=recipe.training.seed,
            steps=[*(base.card.training.steps if base else []), trainer.steps + _steps_before(training)],
            discount=recipe.algorithm.discount,
            temperature=temperature,
            recipe=recipe.model_dump(mode="json"),
            versions=versions(),
        ),
        score=score,
    )
    return Skill((*(base.layers if base else ()), SkillLayer(policy, layer)), card)


def _evaluation_draw(policy: PolicyConfig) -> Literal["step", "episode", "zero"]:
    """The mean of a Gaussian; else as it collected, without the colour of a noise that was for exploring."""
    if policy.kind == "gaussian":
        return "zero"
    return "step" if policy.latent_draw == "pink" else policy.latent_draw


def _steps_before(training: Training) -> int:
    """Control steps that the layer which this one started from had been trained for."""
    return training.init.card.training.steps[-1] if training.init is not None else 0


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
    )
