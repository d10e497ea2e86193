"""A trained hierarchy as the layers of a skill, and the default policy that it was held to."""

from __future__ import annotations

from typing import Any

import torch

from skillkit.build.hierarchy import high_groups, kept_low, low_groups
from skillkit.build.training import Training
from skillkit.config import KlConfig
from skillkit.policies import PolicySizes
from skillkit.policies.autoregressive import HighLevel
from skillkit.policies.conditional import LowLevel, as_gaussian
from skillkit.policies.hierarchical import HierarchicalPolicy
from skillkit.skills.card import GroupCard, LayerCard, PriorCard
from skillkit.skills.skill import DefaultPolicy, SkillLayer
from skillkit.types import Layout


def freeze_hierarchy(
    trained: HierarchicalPolicy, training: Training
) -> tuple[tuple[SkillLayer, ...], tuple[PriorCard, DefaultPolicy] | None]:
    """The layers, bottom first, and the default policy with its card, None where there was none.

    A flat policy becomes a Gaussian layer like any other.
    """
    kind = _algorithm(training).action_prior
    held = None if trained.default_low is None else _low(trained.default_low, _seen_below(training), training)
    default_low = None if held is None else held.card
    if trained.high is None or trained.prior is None or kind == "none":
        layers: tuple[SkillLayer, ...] = (_low(trained.low, _seen_above(training), training),)
        if kind == "none":
            return layers, None
        return layers, (PriorCard(kind=kind, coefficient=0.0, low=default_low), DefaultPolicy(None, held))
    hidden = None if trained.prior.network is None else list(training.recipe.policy.hidden)
    card = PriorCard(kind=kind, coefficient=trained.prior.coefficient, hidden=hidden, low=default_low)
    layers = (_low(trained.low, _seen_below(training), training), _high(trained.high, training))
    return layers, (card, DefaultPolicy(trained.prior, held))


def hierarchy_steps(training: Training) -> list[int]:
    """Control steps behind each layer; where both levels were trained they count for the upper one."""
    own, base, head = training.trainer.steps, training.base, training.head
    before = sum(base.card.training.steps) if base else 0
    if _algorithm(training).is_flat:
        return [before + own]
    return [before, own] if head is None else [own, sum(head.card.training.steps)]


def group_cards(layout: Layout) -> list[GroupCard]:
    """The groups of a layout as a card names them."""
    return [GroupCard(name=group.name, width=group.width, unit=group.unit) for group in layout.groups]


def _algorithm(training: Training) -> KlConfig:
    assert isinstance(training.recipe.algorithm, KlConfig)
    return training.recipe.algorithm


def _seen_below(training: Training) -> Layout:
    """What the low level sees, and the default policy of a flat one; of a base what it saw."""
    kept = None if training.base is None else kept_low(training.recipe, training.base)
    return (
        training.physical.layout.subset(low_groups(training.recipe, training.physical)) if kept is None else kept.layout
    )


def _seen_above(training: Training) -> Layout:
    """What the high level sees, or a flat policy; of a head what it saw."""
    if training.head is not None:
        return training.head.layers[1].layout
    return training.physical.layout.subset(high_groups(training.recipe, training.physical))


def _low(level: LowLevel, layout: Layout, training: Training) -> SkillLayer:
    """A low level as a layer: conditional on a latent, or where that is 0 wide, a Gaussian."""
    motors, hidden = list(training.physical.action_names), training.recipe.policy.hidden
    level.columns = torch.arange(layout.width)
    if level.latent_width:
        return SkillLayer(level, _card("conditional", layout, motors, level.latent_width, training, bounded=True))
    gaussian = as_gaussian(level, hidden).requires_grad_(False).eval()
    return SkillLayer(gaussian, _card("gaussian", layout, motors, len(motors), training, bounded=True))


def _high(level: HighLevel, training: Training) -> SkillLayer:
    layout = _seen_above(training)
    level.columns = torch.arange(layout.width)
    names = [f"latent_{index}" for index in range(level.width)]
    card = _card("autoregressive", layout, names, level.width, training, bounded=False, coefficient=level.coefficient)
    return SkillLayer(level, card)


def _card(
    kind: str, layout: Layout, moved: list[str], latent_width: int, training: Training, *, bounded: bool, **other: Any
) -> LayerCard:
    sizes = PolicySizes.of(training.recipe.policy)
    return LayerCard(
        **{**vars(sizes), "kind": kind, "hidden": list(sizes.hidden), **other},
        groups=group_cards(layout),
        action_names=moved,
        action_bounded=bounded,
        latent_width=latent_width,
        latent_prior="standard-normal",
        hold=1,
        evaluation_draw="zero",
    )
