"""What a training keeps of a base or a head, and what feeds it in the new world."""

from __future__ import annotations

from skillkit.build.hierarchy import kept_high, kept_low
from skillkit.build.learner import HELD_TO_A_SKILL
from skillkit.build.worlds import PhysicalWorld, body_card, world_name
from skillkit.config import KlConfig, Recipe
from skillkit.errors import UserError
from skillkit.skills.contract import Feed, check_body, check_groups, find_feeds
from skillkit.skills.skill import Skill, SkillLayer


def feeds_of_kept(recipe: Recipe, base: Skill | None, head: Skill | None, world: PhysicalWorld) -> list[Feed]:
    """What feeds each group of what is kept, whether it fits or not."""
    return find_feeds(_kept(recipe, base, head), world.layout)


def check_kept(recipe: Recipe, base: Skill | None, head: Skill | None, world: PhysicalWorld) -> None:
    """UserError where what is kept does not fit the world; only a base must be of its body."""
    kept = base or head
    if kept is None:
        return
    if base is not None and recipe.algorithm.action_prior == "skill":
        _check_prior(base)
    if base is not None:
        check_body(base, world.action_names, body_card(world), world_name(world))
    check_groups(kept.card.name, _kept(recipe, base, head), world.layout, world_name(world))


def _check_prior(skill: Skill) -> None:
    """UserError for a skill that cannot be a default policy on the motors, as its density at a step is not known."""
    name, kinds = skill.card.name, [layer.card.kind for layer in skill.layers]
    if len(kinds) > 1 or kinds[0] not in HELD_TO_A_SKILL:
        raise UserError(
            f"a prior is one flow or Gaussian layer on the motors, {name!r} has the layers {', '.join(kinds)}; give "
            "another skill as --base."
        )
    if skill.layers[0].hold > 1:
        raise UserError(
            f"a prior acts at every control step, {name!r} holds its commands for {skill.layers[0].hold}; give another "
            "skill as --base."
        )


def _kept(recipe: Recipe, base: Skill | None, head: Skill | None) -> dict[int, SkillLayer]:
    """The layers that are kept, by their place; UserError where there is none of the kind."""
    algorithm = recipe.algorithm
    if head is not None:
        return {1: kept_high(head)}
    if base is None:
        return {}
    return {0: kept_low(algorithm, base)} if isinstance(algorithm, KlConfig) else dict(enumerate(base.layers))
