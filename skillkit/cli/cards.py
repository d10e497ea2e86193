"""A skill's card, and what feeds a kept skill, as tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from skillkit.cli.console import console

if TYPE_CHECKING:
    from rich.console import Console

    from skillkit.config import Recipe
    from skillkit.skills.card import PriorCard, WorldCard
    from skillkit.skills.skill import Skill

NOT_INVERTIBLE = ("mixture", "sampler", "conditional")  # kinds of layer


def print_card(path: Path, skill: Skill, to: Console = console) -> None:
    """A skill's card as a table."""
    from rich.table import Table

    card = skill.card
    table = Table("card", "", title=f"{card.name}  ({path})", show_header=False)
    table.add_row("body, task", f"{card.world.body or '-'}, {card.world.task}" + _asked(skill.card.world))
    table.add_row("rewards", ", ".join(f"{term.name} x {term.weight:g}" for term in card.world.rewards) or "-")
    for index, layer in enumerate(card.layers):
        sees = ", ".join(f"{group.name} ({group.width})" for group in layer.groups)
        moves = ", ".join(layer.action_names) + (f", held {layer.hold} steps" if layer.hold > 1 else "")
        latent = f"latent {layer.latent_width} wide" + (", not invertible" if layer.kind in NOT_INVERTIBLE else "")
        table.add_row(f"layer {index}: {layer.kind}", f"sees {sees}\nmoves {moves}\n{latent}")
    if card.prior is not None:
        table.add_row("held to", _prior(card.prior))
    table.add_row("control steps", " + ".join(f"{count:,}" for count in card.training.steps))
    table.add_row("score", ", ".join(f"{name} {value:.4g}" for name, value in card.score.items()) or "-")
    table.add_row("seed, discount", f"{card.training.seed}, {card.training.discount:g}")
    table.add_row("versions", ", ".join(f"{name} {text}" for name, text in card.training.versions.items()))
    table.add_row("sha256", card.sha256)
    to.print(table)


def print_feeds(recipe: Recipe, *, base: Skill | None = None, head: Skill | None = None) -> None:
    """What feeds each group of a base or head in the world that a recipe describes, and what they do not look at.

    Raises UserError for what does not fit, below the table that shows it.
    """
    from rich.table import Table

    from skillkit.build import build_world, check_kept, feeds_of_kept, kept_cost

    world = build_world(recipe.world, seed=0, num_worlds=1)
    found = feeds_of_kept(recipe, base, head, world)
    table = Table(
        "layer", "group", "numbers", "unit", "fed by columns", title=f"what feeds the {'base' if base else 'head'}"
    )
    for feed in found:
        columns = "missing" if feed.columns is None else f"{feed.columns[0]} to {feed.columns[1] - 1}"
        offered = feed.width if feed.columns is None else feed.columns[1] - feed.columns[0]
        columns += "" if offered == feed.width else f": {offered} numbers, which does not fit"
        table.add_row(str(feed.layer), feed.group, str(feed.width), feed.unit, columns)
    seen = {feed.group for feed in found}
    for group in world.layout.groups:
        if group.name not in seen:
            table.add_row("-", group.name, str(group.width), group.unit, "ignored")
    console.print(table)
    check_kept(recipe, base, head, world)
    kept = base or head
    cost = kept_cost(recipe, kept)
    if kept is not None and cost is not None:
        console.print(
            f"a nat from the default policy costs {cost:.3g}, which {kept.card.name} arrived at; "
            "where the task pays later, give less: --set algorithm.kl_cost=...",
            highlight=False,
        )


def _asked(world: WorldCard) -> str:
    """What was chosen of the task: its goal, how many targets or boxes, and their mass."""
    chosen = {"goal": world.goal, "count": world.count, "box mass": world.box_mass}
    return "".join(f", {name} {value}" for name, value in chosen.items() if value is not None)


def _prior(card: PriorCard) -> str:
    """A default policy in words."""
    if card.kind == "skill":
        return f"the skill {card.skill}"
    process = f", coefficient {card.coefficient:g}" if card.coefficient else ""
    return f"{card.kind}{process}" + (", with a low level of its own" if card.low is not None else "")
