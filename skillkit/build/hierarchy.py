"""Policies of two levels with their default policies: new parts, and those of a base or a head, frozen."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch

from skillkit.build.kept import kept_high, kept_low, kept_prior
from skillkit.build.worlds import bound_as, known_groups
from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.policies.hierarchical import HierarchicalPolicy
from skillkit.policies.high_level import DefaultHighLevel, HighLevel
from skillkit.policies.latent_policy import LatentPolicy
from skillkit.policies.low_level import LowLevel, from_gaussian_policy
from skillkit.skills.skill import Skill
from skillkit.types import World


def build_hierarchy(recipe: Recipe, world: World, base: Skill | None, head: Skill | None) -> HierarchicalPolicy:
    """The policy of a recipe of --algo kl, drawn from torch's generator but for what base or head bring.

    Of a base its low level and default policies are taken over, frozen; with `adapt_base` the low level is trained on,
    and held to what it was. Of a head its high level and default policy. UserError where they do not fit.
    """
    algorithm = recipe.kl
    if algorithm.is_flat:
        return _flat(recipe, world, base)
    if head is not None:
        return _of_head(recipe, world, head)
    low, default_high, default_low = _new_low(recipe, world), _new_default_high(recipe), None
    frozen: tuple[str, ...] = ()
    if base is not None:
        low, default_high, default_low, frozen = _of_base(recipe, world, base)
    elif not algorithm.shared_low:
        default_low = copy.deepcopy(low)
    seen, sizes = high_groups(recipe, world), recipe.policy
    if not seen:
        raise UserError(
            f"a high level sees nothing on the task {recipe.world.task!r}; choose a task with a target, or name what "
            "it shall see as policy.groups."
        )
    columns = torch.from_numpy(world.layout.indices(seen))
    coefficient = default_high.coefficient
    high = HighLevel(columns, low.latent_width, coefficient, hidden=sizes.hidden, normalize=sizes.normalize)
    return HierarchicalPolicy(high, low, default_high, default_low, frozen=frozen)


def high_groups(recipe: Recipe, world: World) -> tuple[str, ...]:
    """What the high level sees, or a flat policy."""
    own = world.actor_groups if recipe.kl.is_flat else world.high_groups
    return known_groups(recipe.policy.groups or own, world)


def low_groups(recipe: Recipe, world: World) -> tuple[str, ...]:
    """What the low level sees, or the default policy of a flat one."""
    return known_groups(recipe.policy.low_groups or world.low_groups, world)


def _flat(recipe: Recipe, world: World, base: Skill | None) -> HierarchicalPolicy:
    """One level, and for "distral" a default policy that sees less, of the base where there is one."""
    algorithm, low = recipe.kl, _low(recipe, world, high_groups(recipe, world), 0)
    if algorithm.action_prior == "none":
        return HierarchicalPolicy(None, low, None, None)
    if base is None:
        return HierarchicalPolicy(None, low, None, _low(recipe, world, low_groups(recipe, world), 0))
    kept = kept_low(algorithm, base)
    default_low = from_gaussian_policy(bound_as(LatentPolicy, kept, world), kept.card.hidden)
    return HierarchicalPolicy(None, low, None, default_low, frozen=("default_low",))


def _of_base(
    recipe: Recipe, world: World, base: Skill
) -> tuple[LowLevel, DefaultHighLevel, LowLevel | None, tuple[str, ...]]:
    """The low level, both default policies, and what of them is frozen."""
    layer = kept_low(recipe.kl, base)
    default_high = copy.deepcopy(kept_prior(recipe, base)[1])
    low = bound_as(LowLevel, layer, world)
    if not recipe.adapt_base:
        return low, default_high, None, ("low", "default_high")
    frozen = ("default_low", "default_high", "low.normalizer")
    return low.requires_grad_(True), default_high, bound_as(LowLevel, layer, world), frozen


def _of_head(recipe: Recipe, world: World, head: Skill) -> HierarchicalPolicy:
    layer = kept_high(head)
    default_high, high = copy.deepcopy(kept_prior(recipe, head)[1]), bound_as(HighLevel, layer, world)
    low, frozen = _new_low(recipe, world, high.width), ("high", "default_high")
    return HierarchicalPolicy(high, low, default_high, None, frozen=frozen)


def _new_low(recipe: Recipe, world: World, width: int | None = None) -> LowLevel:
    return _low(recipe, world, low_groups(recipe, world), recipe.policy.latent_width if width is None else width)


def _low(recipe: Recipe, world: World, groups: Sequence[str], latent_width: int) -> LowLevel:
    columns, motors = torch.from_numpy(world.layout.indices(groups)), len(world.action_names)
    return LowLevel(columns, latent_width, motors, hidden=recipe.policy.hidden, normalize=recipe.policy.normalize)


def _new_default_high(recipe: Recipe) -> DefaultHighLevel:
    algorithm = recipe.kl
    coefficient = 0.0 if algorithm.action_prior == "isotropic" else algorithm.ar_coefficient
    hidden = recipe.policy.hidden if algorithm.action_prior == "learned-ar" else None
    return DefaultHighLevel(recipe.policy.latent_width, coefficient, hidden=hidden)
