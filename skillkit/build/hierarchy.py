"""Policies of two levels with their default policies: new parts, and those of a base or a head, frozen."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch

from skillkit.algorithms.kl.config import KlSettings
from skillkit.build.worlds import bound_as, known_groups
from skillkit.config import KlConfig, Recipe
from skillkit.errors import UserError
from skillkit.policies.hierarchical import HierarchicalPolicy
from skillkit.policies.high_level import DefaultHighLevel, HighLevel
from skillkit.policies.latent_policy import LatentPolicy
from skillkit.policies.low_level import LowLevel, of_gaussian
from skillkit.skills.card import PriorCard
from skillkit.skills.skill import Skill, SkillLayer
from skillkit.types import World


def build_hierarchy(recipe: Recipe, world: World, base: Skill | None, head: Skill | None) -> HierarchicalPolicy:
    """The policy of a recipe of --algo kl, drawn from torch's generator but for what base or head bring.

    Of a base its low level and default policies are taken over, frozen; with `adapt_base` the low level is trained on,
    and held to what it was. Of a head its high level and default policy. UserError where they do not fit.
    """
    algorithm = kl_of(recipe)
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


def kl_of(recipe: Recipe) -> KlConfig:
    """The algorithm of a recipe of --algo kl."""
    assert isinstance(recipe.algorithm, KlConfig)
    return recipe.algorithm


def high_groups(recipe: Recipe, world: World) -> tuple[str, ...]:
    """What the high level sees, or a flat policy."""
    own = world.actor_groups if kl_of(recipe).is_flat else world.high_groups
    return known_groups(recipe.policy.groups or own, world)


def low_groups(recipe: Recipe, world: World) -> tuple[str, ...]:
    """What the low level sees, or the default policy of a flat one."""
    return known_groups(recipe.policy.low_groups or world.low_groups, world)


def kl_settings(recipe: Recipe, world: World, base: Skill | None, head: Skill | None) -> KlSettings:
    """Settings with what depends on the world filled in; the KL cost of a base or head is kept."""
    algorithm = kl_of(recipe)
    kept = kept_cost(recipe, base or head)
    cost = algorithm.kl_cost if kept is None else kept
    if algorithm.action_prior == "none":
        cost = 1.0  # of nothing
    bound = world.highest_return
    return KlSettings(
        learning_rate=algorithm.learning_rate,
        reward_scale=algorithm.reward_scale,
        kl_cost=cost,
        initial_kl_cost=algorithm.initial_kl_cost,
        kl_target=algorithm.kl_target,
        entropy_cost=algorithm.entropy_cost,
        value_samples=algorithm.value_samples,
        trace_decay=algorithm.trace_decay,
        target_update_interval=algorithm.target_update_interval,
        bound=None if bound is None else algorithm.reward_scale * bound,
    )


def kept_cost(recipe: Recipe, kept: Skill | None) -> float | None:
    """The KL cost that a base or head has arrived at; None where the recipe names one, or nothing is kept."""
    algorithm = recipe.algorithm
    if kept is None or not isinstance(algorithm, KlConfig) or algorithm.kl_cost != "auto":
        return None
    return kept.card.training.temperature


def kept_low(algorithm: KlConfig, base: Skill) -> SkillLayer:
    """What is taken over of a base: its default low level, or of a flat one its default policy.

    UserError where it has none.
    """
    name, low = base.card.name, base.layers[0]
    default = base.prior.low if base.prior is not None else None
    if algorithm.is_flat:
        if default is None or base.prior is None or base.prior.latent is not None:
            raise UserError(
                f"the prior {algorithm.action_prior!r} keeps the default policy of a base that was trained with "
                f"'distral', {name!r} has none; give such a base, or leave --base out."
            )
        return default
    if low.card.kind != "conditional":
        raise UserError(
            f"--algo kl stacks on a low level that it has trained, {name!r} begins with a {low.card.kind} layer; "
            "give such a base, or use --algo sac."
        )
    return default or low


def kept_high(head: Skill) -> SkillLayer:
    """What is taken over of a head: its high level; UserError where it has none."""
    if head.layers[-1].card.kind != "autoregressive":
        kinds = ", ".join(layer.card.kind for layer in head.layers)
        raise UserError(
            f"a head is the high level of a skill that --algo kl has trained, {head.card.name!r} has the layers "
            f"{kinds}; give another skill."
        )
    return head.layers[-1]


def kept_prior(recipe: Recipe, kept: Skill) -> tuple[PriorCard, DefaultHighLevel]:
    """The default policy over latents of a base or head, which the recipe must mean, as the width of its latents."""
    card, wanted = kept.card.prior, recipe.algorithm.action_prior
    if card is None or kept.prior is None or kept.prior.latent is None or card.kind != wanted:
        found = "no default policy over latents" if card is None else f"the prior {card.kind!r}"
        raise UserError(
            f"{kept.card.name!r} was trained with {found}, the recipe says {wanted!r}; give --prior as it had."
        )
    width = kept.layers[0].latent_width
    if recipe.policy.latent_width != width:
        raise UserError(
            f"{kept.card.name!r} has latents of {width} numbers, policy.latent_width says "
            f"{recipe.policy.latent_width}; give --set policy.latent_width={width}."
        )
    return card, kept.prior.latent


def kept_steps(recipe: Recipe, base: Skill | None, head: Skill | None) -> int:
    """Control steps behind what a hierarchy takes over.

    Of a base those of its low level, which learnt with the upper one where neither was taken over, or was adapted.
    """
    if head is not None:
        return head.card.training.steps[-1]
    if base is None:
        return 0
    made, steps = base.card.training.recipe, base.card.training.steps
    frozen = made.get("head") is not None or (made.get("base") is not None and not made.get("adapt_base"))
    return steps[0] if frozen and not kl_of(recipe).is_flat else sum(steps)


def _flat(recipe: Recipe, world: World, base: Skill | None) -> HierarchicalPolicy:
    """One level, and for "distral" a default policy that sees less, of the base where there is one."""
    algorithm, low = kl_of(recipe), _low(recipe, world, high_groups(recipe, world), 0)
    if algorithm.action_prior == "none":
        return HierarchicalPolicy(None, low, None, None)
    if base is None:
        return HierarchicalPolicy(None, low, None, _low(recipe, world, low_groups(recipe, world), 0))
    kept = kept_low(algorithm, base)
    default_low = of_gaussian(bound_as(LatentPolicy, kept, world), kept.card.hidden)
    return HierarchicalPolicy(None, low, None, default_low, frozen=("default_low",))


def _of_base(
    recipe: Recipe, world: World, base: Skill
) -> tuple[LowLevel, DefaultHighLevel, LowLevel | None, tuple[str, ...]]:
    """The low level, both default policies, and what of them is frozen."""
    layer = kept_low(kl_of(recipe), base)
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
    algorithm = kl_of(recipe)
    coefficient = 0.0 if algorithm.action_prior == "isotropic" else algorithm.ar_coefficient
    hidden = recipe.policy.hidden if algorithm.action_prior == "learned-ar" else None
    return DefaultHighLevel(recipe.policy.latent_width, coefficient, hidden=hidden)
