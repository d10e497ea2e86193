"""What a training keeps of a base or a head, and what feeds it in the new world."""

from __future__ import annotations

from skillkit.build.hierarchy import kept_high, kept_low
from skillkit.build.worlds import PhysicalWorld, body_card, world_name
from skillkit.config import KlConfig, Recipe
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
    if base is not None:
        check_body(base, world.action_names, body_card(world), world_name(world))
    check_groups(kept.card.name, _kept(recipe, base, head), world.layout, world_name(world))


def _kept(recipe: Recipe, base: Skill | None, head: Skill | None) -> dict[int, SkillLayer]:
    """The layers that are kept, by their place; UserError where there is none of the kind."""
    algorithm = recipe.algorithm
    if head is not None:
        return {1: kept_high(head)}
    if base is None:
        return {}
    return {0: kept_low(algorithm, base)} if isinstance(algorithm, KlConfig) else dict(enumerate(base.layers))
