"""A trained hierarchy as the layers of a skill, and the default policy that it was held to."""

from __future__ import annotations

from typing import Any

import torch

from skillkit.build.hierarchy import high_groups, low_groups
from skillkit.build.kept import kept_high, kept_low, kept_prior
from skillkit.build.layer_card import layer_card
from skillkit.build.training import Training
from skillkit.policies.hierarchical import HierarchicalPolicy
from skillkit.policies.high_level import HighLevel
from skillkit.policies.low_level import LowLevel, to_gaussian_policy
from skillkit.skills.card import PriorCard
from skillkit.skills.skill import DefaultPolicy, SkillLayer
from skillkit.types import Layout


def freeze_hierarchy(
    trained: HierarchicalPolicy, training: Training
) -> tuple[tuple[SkillLayer, ...], tuple[PriorCard, DefaultPolicy] | None]:
    """The layers, bottom first, and the default policy with its card, None where there was none.

    What was taken over is what it was, card and all. A flat policy becomes a Gaussian layer like any other.
    """
    recipe, base, head = training.recipe, training.base, training.head
    kind, below = recipe.kl.action_prior, None if base is None else kept_low(recipe.kl, base)
    if trained.high is None or trained.default_high is None:
        layers: tuple[SkillLayer, ...] = (
            _low(trained.low, _seen(training, high_groups(recipe, training.world)), training),
        )
        if kind == "none":
            return layers, None
        held = below or _default_low(trained, training)
        return layers, (_prior_card(kind, 0.0, None, held), DefaultPolicy(None, held))
    if below is None:
        low = _low(trained.low, _seen(training, low_groups(recipe, training.world)), training)
        held = _default_low(trained, training)
    elif recipe.adapt_base:
        trained.low.columns = torch.arange(below.layout.width)
        low, held = SkillLayer(trained.low, below.card), below
    else:
        low, held = below, None
    high = _high(trained.high, training) if head is None else kept_high(head)
    if kept := base or head:
        card, latent = kept_prior(recipe, kept)
        return (low, high), (card.model_copy(update={"low": held.card if held else None}), DefaultPolicy(latent, held))
    hidden = None if trained.default_high.network is None else list(recipe.policy.hidden)
    card = _prior_card(kind, trained.default_high.coefficient, hidden, held)
    return (low, high), (card, DefaultPolicy(trained.default_high, held))


def _seen(training: Training, groups: tuple[str, ...]) -> Layout:
    return training.world.layout.subset(groups)


def _prior_card(kind: Any, coefficient: float, hidden: list[int] | None, low: SkillLayer | None) -> PriorCard:
    return PriorCard(kind=kind, coefficient=coefficient, hidden=hidden, low=low.card if low else None)


def _default_low(trained: HierarchicalPolicy, training: Training) -> SkillLayer | None:
    """The default low level that was trained beside the low level, None where there is none."""
    if trained.default_low is None:
        return None
    return _low(trained.default_low, _seen(training, low_groups(training.recipe, training.world)), training)


def _low(level: LowLevel, layout: Layout, training: Training) -> SkillLayer:
    """A low level as a layer: conditional on a latent, or where that is 0 wide, a Gaussian."""
    sizes, motors = training.recipe.policy, training.world.action_names
    level.columns = torch.arange(layout.width)
    if level.latent_width:
        card = layer_card(sizes, layout, motors, bounded=True, latent_width=level.latent_width, kind="conditional")
        return SkillLayer(level, card)
    gaussian = to_gaussian_policy(level, sizes.hidden).requires_grad_(False).eval()
    card = layer_card(sizes, layout, motors, bounded=True, latent_width=len(motors), evaluation_draw="step")
    return SkillLayer(gaussian, card)


def _high(level: HighLevel, training: Training) -> SkillLayer:
    layout = _seen(training, high_groups(training.recipe, training.world))
    level.columns = torch.arange(layout.width)
    names = [f"latent_{index}" for index in range(level.width)]
    card = layer_card(
        training.recipe.policy,
        layout,
        names,
        bounded=False,
        latent_width=level.width,
        evaluation_draw="step",
        kind="autoregressive",
        coefficient=level.coefficient,
    )
    return SkillLayer(level, card)
