"""Worlds from a recipe, and frozen layers embedded in them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TypeVar

import torch

from skillkit.bodies import Body, MjcfBody
from skillkit.config import GYM_PREFIX, RewardConfig, WorldConfig
from skillkit.errors import UserError, unknown_name
from skillkit.policies.hierarchical import HierarchicalActor, HierarchicalPolicy
from skillkit.policies.high_level import HighLevel
from skillkit.policies.latent_policy import LatentActor, LatentPolicy
from skillkit.policies.low_level import LowLevel
from skillkit.policies.mixture import BestComponent, MixturePolicy
from skillkit.skills.card import BodyCard, EvaluationDraw, WorldCard
from skillkit.skills.contract import Feed, check_contract
from skillkit.skills.skill import LayerPolicy, Skill, SkillLayer
from skillkit.types import World
from skillkit.worlds.factory import make_world
from skillkit.worlds.gym_world import GymWorld
from skillkit.worlds.model import fingerprint
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import REWARDS, RewardTerm
from skillkit.worlds.skill_world import SkillWorld

PhysicalWorld = MujocoWorld | GymWorld
Kind = TypeVar("Kind", LatentPolicy, LowLevel, HighLevel)


def build_world(
    config: WorldConfig, *, seed: int, num_worlds: int | None = None, threads: int | None = None
) -> PhysicalWorld:
    """The physical worlds of a recipe, without any skill in them; UserError for names and rewards that do not fit."""
    count = num_worlds if num_worlds is not None else config.num_worlds
    if config.is_gym:
        return GymWorld(config.task.removeprefix(GYM_PREFIX), num_worlds=count, seed=seed)
    terms = tuple(RewardTerm(name, term.weight, term.window) for name, term in config.rewards.items())
    for term in terms:
        if term.window is not None and not REWARDS[term.name].windowed:
            raise UserError(
                f"the reward {term.name!r} looks back over no window, got {term.window:g} s; leave window out."
            )
    return make_world(
        body_of(config),
        config.task,
        config.goal,
        count=config.count,
        box_mass=config.box_mass,
        rewards=terms or None,
        episode_steps=config.episode_steps,
        num_worlds=count,
        threads=threads if threads is not None else config.threads,
        seed=seed,
    )


def body_of(world: WorldConfig | WorldCard) -> str | Body:
    """The body of a world that has one: the name of one of ours, or the user's own as described."""
    assert world.body is not None
    return world.body if world.own_body is None else MjcfBody(world.own_body)


def world_of(card: WorldCard, goal: str | None = None, *, trusted: bool = False) -> WorldConfig:
    """The world of a skill as a recipe would have it, with another goal where one is named.

    trusted: whether the user named the task too; else a UserError where it would import a module that a file names.
    """
    module, colon, _ = card.task.removeprefix(GYM_PREFIX).rpartition(":")
    if colon and not trusted and card.task.startswith(GYM_PREFIX):
        raise UserError(
            f"this skill's environment lies in the Python module {module!r}, which would be imported; where you trust "
            f"it, give --task {card.task}."
        )
    return WorldConfig(
        body=card.body,
        own_body=card.own_body,
        task=card.task,
        goal=goal if goal is not None else card.goal,
        count=card.count,
        box_mass=card.box_mass,
        rewards={term.name: RewardConfig(weight=term.weight, window=term.window) for term in card.rewards},
        episode_steps=card.episode_steps,
    )


def embed(world: World, layers: tuple[SkillLayer, ...], hold: int, discount: float) -> World:
    """The world with frozen layers in it, bottom first; `hold` is how long the topmost latent, or motors, are held."""
    motors, *holds = [*(layer.hold for layer in layers), hold]
    if motors > 1:
        world = SkillWorld(world, None, hold=motors, discount=discount)
    for layer, steps in zip(layers, holds, strict=True):
        world = SkillWorld(world, layer.bind(world.layout), hold=steps, discount=discount)
    return world


def bound_policy(layer: SkillLayer, world: World) -> LayerPolicy:
    """A copy of a layer's policy that sees its groups in this world's observations."""
    policy = copy.deepcopy(layer.policy)
    policy.columns = torch.from_numpy(world.layout.indices(layer.layout.names))
    return policy


def bound_as(kind: type[Kind], layer: SkillLayer, world: World) -> Kind:
    """The same of a layer whose policy is known to be of that class."""
    policy = bound_policy(layer, world)
    assert isinstance(policy, kind)
    return policy


def known_groups(groups: Sequence[str], world: World) -> tuple[str, ...]:
    """The groups; UserError for one that the world does not show."""
    for name in groups:
        if name not in world.layout.names:
            raise unknown_name("observation group", name, world.layout.names)
    return tuple(groups)


def skill_actor(
    skill: Skill, world: PhysicalWorld, draw: EvaluationDraw | None = None
) -> tuple[World, LatentActor | HierarchicalActor]:
    """The world with all layers but the top one in it, and the top one acting, rewards undiscounted.

    The two levels of a hierarchy act together, both drawn. draw: of the top latent, None for the skill's own. At "zero"
    a mixture acts with the mean of its best component.
    """
    *lower, top = skill.layers
    policy, chosen = bound_policy(top, world), draw or top.card.evaluation_draw
    if isinstance(policy, HighLevel):
        if chosen == "episode":
            raise UserError(
                f"the high level of {skill.card.name!r} draws a latent at every step, or takes its mean; give "
                "--latent-draw step or zero."
            )
        *rest, low = lower
        levels = HierarchicalPolicy(policy, bound_as(LowLevel, low, world), None, None)
        return embed(world, tuple(rest), low.hold, discount=1.0), HierarchicalActor(levels, mean=chosen == "zero")
    below = embed(world, tuple(lower), top.hold, discount=1.0)
    assert isinstance(policy, LatentPolicy)  # a low level alone is no skill
    if not (isinstance(policy, MixturePolicy) and skill.critics and chosen == "zero"):
        return below, LatentActor(policy, chosen)
    columns = world.layout.indices([group.name for group in skill.card.critics[0].groups])
    return below, LatentActor(BestComponent(policy, skill.critics[0], torch.from_numpy(columns)), chosen)


def feeds(skill: Skill, world: PhysicalWorld) -> list[Feed]:
    """What feeds each group of a skill in a world; UserError where they do not fit."""
    return check_contract(skill, world.layout, world.action_names, body_card(world), world_name(world))


def world_name(world: PhysicalWorld) -> str:
    """How a message calls a world."""
    if isinstance(world, MujocoWorld):
        return f"the {world.body.name} on the task {world.task.name!r}"
    return f"the Gymnasium environment {world.id}"


def body_card(world: PhysicalWorld) -> BodyCard | None:
    """The fingerprint of a world's body; None for Gymnasium environments."""
    if not isinstance(world, MujocoWorld):
        return None
    found = fingerprint(world.body_model)
    return BodyCard.model_validate({**found, "time_step": world.body.time_step})
