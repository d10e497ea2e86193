"""The card of a layer that was trained by a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skillkit.config import PolicyConfig
from skillkit.policies import PolicySizes
from skillkit.skills.card import EvaluationDraw, LayerCard
from skillkit.skills.group_card import group_cards
from skillkit.types import Layout


def layer_card(
    policy: PolicyConfig, layout: Layout, moved: Sequence[str], *, bounded: bool, latent_width: int, **other: Any
) -> LayerCard:
    """The card of a layer that sees the groups of a layout and moves motors or latents of these names.

    policy: of the recipe; other: what it says otherwise; of a level of a hierarchy its kind and what goes with it.
    """
    sizes = PolicySizes.of(policy)
    return LayerCard(
        **{**vars(sizes), "hidden": list(sizes.hidden), "evaluation_draw": _evaluation_draw(policy), **other},
        groups=group_cards(layout),
        action_names=list(moved),
        action_bounded=bounded,
        latent_width=latent_width,
        latent_prior="standard-normal",
        hold=policy.hold,
    )


def _evaluation_draw(policy: PolicyConfig) -> EvaluationDraw:
    """The mean of what has one, the latent that is left of many; else as it collected, without its noise's colour."""
    if policy.kind in ("gaussian", "mixture", "deterministic") or policy.latent_draw == "shrinking":
        return "zero"
    return "step" if policy.latent_draw == "pink" else policy.latent_draw
