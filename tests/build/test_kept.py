"""What is taken over of a base or a head: layers, default policy, KL cost and steps, and what has none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from skillkit.build.kept import kept_cost, kept_high, kept_low, kept_prior, kept_steps
from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.skills.skill import DefaultPolicy, Skill

Tiny = Callable[..., Recipe]


def trained(skill: Skill, **changed: Any) -> Skill:
    """The skill with another history on its card."""
    training = skill.card.training.model_copy(update=changed)
    return replace(skill, card=skill.card.model_copy(update={"training": training}))


@pytest.mark.parametrize(
    ("made", "steps"),
    [
        ({}, 12),  # both levels learnt together
        ({"base": "a"}, 7),  # the low level was frozen
        ({"base": "a", "adapt_base": True}, 12),
        ({"head": "a"}, 7),  # the low level learnt under a frozen high one
        ({"base": None, "head": None, "adapt_base": False}, 12),
    ],
)
def test_the_steps_of_a_base_are_those_in_which_its_low_level_learnt(
    tiny: Tiny, goto_skill: Skill, made: dict[str, Any], steps: int
) -> None:
    base = trained(goto_skill, steps=[7, 5], recipe=made)
    assert kept_steps(tiny("ball_goto"), base, None) == steps
    assert kept_steps(tiny("ball_goto", algorithm__action_prior="distral"), base, None) == 12


def test_the_steps_of_a_head_are_its_high_levels_and_of_nothing_none(tiny: Tiny, goto_skill: Skill) -> None:
    assert kept_steps(tiny("ball_goto"), None, trained(goto_skill, steps=[7, 5])) == 5
    assert kept_steps(tiny("ball_goto"), None, None) == 0


def test_the_cost_is_kept_unless_the_recipe_names_one(tiny: Tiny, goto_skill: Skill) -> None:
    kept = trained(goto_skill, temperature=0.25)
    assert kept_cost(tiny("ball_goto"), kept) == 0.25
    assert kept_cost(tiny("ball_goto"), None) is None
    assert kept_cost(tiny("ball_goto", algorithm__kl_cost=0.5), kept) is None
    assert kept_cost(tiny("ball_maze"), kept) is None  # soft actor-critic has none


def test_of_a_base_the_default_low_level_is_kept_and_else_its_own(tiny: Tiny, goto_skill: Skill) -> None:
    low, high = goto_skill.layers
    algorithm, flat = tiny("ball_goto").kl, tiny("ball_goto", algorithm__action_prior="distral").kl
    assert kept_low(algorithm, goto_skill) is low
    default = replace(low)  # another one that is as it
    assert goto_skill.prior is not None
    assert kept_low(algorithm, replace(goto_skill, prior=replace(goto_skill.prior, low=default))) is default
    assert kept_low(flat, replace(goto_skill, prior=DefaultPolicy(None, default))) is default
    assert kept_high(goto_skill) is high


def test_a_skill_without_such_a_level_is_refused(tiny: Tiny, goto_skill: Skill, ball_skill: Skill) -> None:
    algorithm, flat = tiny("ball_goto").kl, tiny("ball_goto", algorithm__action_prior="distral").kl
    with pytest.raises(UserError, match="'ball_loco' begins with a flow layer; give such a base, or use --algo sac"):
        kept_low(algorithm, ball_skill)
    for base in (ball_skill, goto_skill):  # the second has a default policy over latents
        with pytest.raises(UserError, match=f"'distral', '{base.card.name}' has none; give such a base, or leave"):
            kept_low(flat, base)
    with pytest.raises(UserError, match="'ball_loco' has the layers flow; give another skill"):
        kept_high(ball_skill)


def test_the_default_policy_over_latents_must_be_the_one_that_the_recipe_means(
    tiny: Tiny, goto_skill: Skill, ball_skill: Skill
) -> None:
    assert goto_skill.prior is not None
    assert kept_prior(tiny("ball_goto"), goto_skill) == (goto_skill.card.prior, goto_skill.prior.latent)
    for recipe, skill, message in (
        (
            tiny("ball_goto"),
            ball_skill,
            "with no default policy over latents, the recipe says 'ar1'; give another skill",
        ),
        (
            tiny("ball_goto", algorithm__action_prior="isotropic"),
            goto_skill,
            "the prior 'ar1', .* says 'isotropic'; give --set algorithm.action_prior=ar1.",
        ),
        (tiny("ball_goto", policy__latent_width=3), goto_skill, "of 4 numbers, policy.latent_width says 3; give --set"),
    ):
        with pytest.raises(UserError, match=message):
            kept_prior(recipe, skill)
