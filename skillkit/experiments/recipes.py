"""Which recipe a command means, and where its skill goes by default."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skillkit.body_description import is_body_file, read_body
from skillkit.build import kept_high, known_names, open_skill
from skillkit.config import GYM_PREFIX, Recipe
from skillkit.config.recipes import OF_A_TASK, bundled_recipes, changed_recipe, find_recipe
from skillkit.errors import UserError
from skillkit.skills.card import SkillCard
from skillkit.skills.file import SUFFIX
from skillkit.skills.skill import Skill
from skillkit.worlds.tasks import RUN

DEFAULT_PRETRAIN, DEFAULT_RUN, DEFAULT_GYM, DEFAULT_STACK = "ant_loco", "half_cheetah_run", "gym", "stack"
DEFAULT_KL = "ball_goto"


def pretrain_recipe(name: str | None, flags: Mapping[str, Any], assignments: Sequence[str]) -> Recipe:
    """The named recipe, else the one for body and task, else the one of the body's skill, named after the task.

    A Gymnasium environment has no body: it starts from a recipe that is tuned to none; the task run has one of its own.
    """
    body, task = _body_name(flags), flags.get("world.task")
    known = bundled_recipes()
    default = f"{body}_loco" if f"{body}_loco" in known else DEFAULT_PRETRAIN
    own = snake_case(f"{body or DEFAULT_PRETRAIN.removesuffix('_loco')}_{task}_flat")
    changed = dict(flags)
    if name is None and task is not None and task.startswith(GYM_PREFIX):
        default, changed = DEFAULT_GYM, {"name": snake_case(task), **changed}
    elif name is None and task == RUN:
        default = DEFAULT_RUN
        changed = {"name": snake_case(f"{body}_{RUN}"), **changed} if body is not None else changed
    elif name is None and flags.get("algorithm.kind") == "kl":
        default, changed = DEFAULT_KL, {"name": snake_case(f"{body or 'ball'}_{task or 'goto-targets'}"), **changed}
    elif own in known:
        default = own
    elif name is None and task is not None and task != "open":
        changed = {"name": own, **changed}
    elif name is None and body is not None:
        changed = {"name": snake_case(f"{body}_loco"), **changed}
    recipe = changed_recipe(find_recipe(default if name is None else name), changed, assignments, known_names())
    if recipe.base is not None:
        raise UserError(f"the recipe {recipe.name!r} stacks on {recipe.base!r}; run it with skillkit stack.")
    if recipe.head is not None:
        raise UserError(f"the recipe {recipe.name!r} keeps the head {recipe.head!r}; run it with skillkit transfer.")
    return recipe


def stack_recipe(
    name: str | None, base: str | None, flags: Mapping[str, Any], assignments: Sequence[str]
) -> tuple[Path, Skill, Recipe]:
    """The base's file, the base, and the named recipe, else the one for the base's body and the task."""
    if name is None and (base is None or flags.get("world.task") is None):
        raise UserError("skillkit stack needs --base and --task (as in --base ant_loco --task maze), or --recipe.")
    changed = dict(flags)
    if base is not None:
        changed["base"] = base
    if str(flags.get("world.task")).startswith(GYM_PREFIX):
        raise UserError(
            f"the task {flags['world.task']!r} takes flat policies only; use skillkit pretrain, without a base."
        )
    if name is None:
        assert base is not None
        card, task = open_skill(base)[1].card, str(flags["world.task"])
        world = card.world
        if world.body is None:
            raise UserError(f"the base {base!r} is of a Gymnasium environment; stack on another skill.")
        own = snake_case(f"{world.body}_{task}")
        name = own if own in bundled_recipes() else DEFAULT_STACK
        if flags.get("algorithm.kind") == "kl":
            name, changed = DEFAULT_KL, {**_held_to(card), **changed}
        elif flags.get("algorithm.action_prior") == "skill":
            name, changed = DEFAULT_STACK, {"policy.hold": 1, **changed}
        if name != own:
            changed = {
                "name": own if task != RUN else f"{own}_stacked",
                "world.body": world.body,
                "world.own_body": world.own_body,
                **changed,
            }
    recipe = changed_recipe(find_recipe(name), changed, assignments, known_names())
    if recipe.base is None:
        raise UserError(f"the recipe {recipe.name!r} has no base to stack on; give --base, or use skillkit pretrain.")
    path, skill = open_skill(recipe.base)
    if recipe.world.body != skill.card.world.body:
        raise UserError(
            f"the recipe {recipe.name!r} is for the body {recipe.world.body!r}, the base {skill.card.name!r} moves "
            f"{skill.card.world.body!r}; use a base for that body, or --set world.body={skill.card.world.body}."
        )
    return path, skill, recipe


def transfer_recipe(
    name: str | None, head: str | None, flags: Mapping[str, Any], assignments: Sequence[str]
) -> tuple[Path, Skill, Recipe]:
    """The head's file, the head, and the named recipe, else one for the body, on the task that the head knows."""
    if name is None and (head is None or flags.get("world.body") is None):
        raise UserError(
            "skillkit transfer needs --head and --body (as in --head ball_goto.safetensors --body ant), or --recipe."
        )
    changed = dict(flags)
    if head is not None:
        changed["head"] = head
    if name is None:
        assert head is not None
        skill = open_skill(head)[1]
        kept_high(skill)
        known = skill.card.world
        name, task = DEFAULT_KL, flags.get("world.task", known.task)
        own = {"name": snake_case(f"{_body_name(flags)}_{task}_transferred"), "world.task": task}
        made = skill.card.training.recipe
        if task == known.task:
            own |= _taken(made, "world", OF_A_TASK["world"])
        own |= _taken(made, "algorithm", ("discount", "reward_scale"))
        changed = {**own, **_held_to(skill.card), **changed}
    recipe = changed_recipe(find_recipe(name), changed, assignments, known_names())
    if recipe.head is None:
        raise UserError(f"the recipe {recipe.name!r} has no head; give --head, or use skillkit pretrain.")
    path, skill = open_skill(recipe.head)
    return path, skill, recipe


def _body_name(flags: Mapping[str, Any]) -> str | None:
    """The body that is asked for, by its own name where it is a file."""
    body = flags.get("world.body")
    return read_body(Path(body)).name if isinstance(body, str) and is_body_file(body) else body


def _taken(made: Mapping[str, Any], section: str, keys: Sequence[str]) -> dict[str, Any]:
    """Dotted keys of a section, as the recipe that a skill was made by has them."""
    own = made.get(section)
    return {f"{section}.{key}": own[key] for key in keys if key in own} if isinstance(own, dict) else {}


def _held_to(card: SkillCard) -> dict[str, Any]:
    """The keys of what a base or head was held to, and of the latents that it understands; none where it was not."""
    if card.prior is None or card.prior.kind == "skill":
        return {}
    width = {} if card.prior.kind == "distral" else {"policy.latent_width": card.layers[0].latent_width}
    return {"algorithm.action_prior": card.prior.kind, **width}


def default_output(recipe: Recipe) -> Path:
    """The skill's file, named after its recipe."""
    return Path(f"{recipe.name}{SUFFIX}")


def snake_case(text: str) -> str:
    """A name as a file or run may have it: lower case, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.removeprefix(GYM_PREFIX).lower()).strip("_") or "skill"
