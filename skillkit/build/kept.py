"""What a training keeps of a base or a head: its parts, its KL cost, its steps, and what feeds it in the new world."""

from __future__ import annotations

from skillkit.build.worlds import PhysicalWorld, body_card, world_name
from skillkit.config import KlConfig, Recipe
from skillkit.errors import UserError
from skillkit.policies.high_level import DefaultHighLevel
from skillkit.skills.card import PriorCard
from skillkit.skills.contract import Feed, check_body, check_groups, find_feeds
from skillkit.skills.skill import Skill, SkillLayer

PRIOR_KINDS = ("flow", "gaussian")  # of a skill as prior, and of what is held to it: one sample shows the whole density


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


def kept_cost(recipe: Recipe, kept: Skill | None) -> float | None:
    """The KL cost that a base or head has arrived at; None where the recipe names one, or nothing is kept.

    It is one of scaled rewards, and follows their scale.
    """
    algorithm = recipe.algorithm
    if kept is None or not isinstance(algorithm, KlConfig) or algorithm.kl_cost != "auto":
        return None
    made = kept.card.training.recipe.get("algorithm")
    scale = made.get("reward_scale") if isinstance(made, dict) else None
    known = scale if isinstance(scale, float | int) and scale > 0 else 1.0
    return kept.card.training.temperature * algorithm.reward_scale / known


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
        fits = card is not None and kept.prior is not None and kept.prior.latent is not None
        remedy = f"give --set algorithm.action_prior={card.kind}" if card is not None and fits else "give another skill"
        raise UserError(f"{kept.card.name!r} was trained with {found}, the recipe says {wanted!r}; {remedy}.")
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
    return steps[0] if frozen and not recipe.kl.is_flat else sum(steps)


def _check_prior(skill: Skill) -> None:
    """UserError for a skill that cannot be a default policy on the motors, as its density at a step is not known."""
    name, kinds = skill.card.name, [layer.card.kind for layer in skill.layers]
    if len(kinds) > 1 or kinds[0] not in PRIOR_KINDS:
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
