"""Whether a skill fits a world: groups and motors by name, before the first step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skillkit.errors import UserError
from skillkit.skills.card import BodyCard
from skillkit.skills.skill import Skill
from skillkit.types import Layout


@dataclass(frozen=True)
class Feed:
    """A group of the skill and the columns of the world's observation that feed it."""

    layer: int
    group: str
    width: int
    unit: str
    columns: tuple[int, int]


def check_contract(
    skill: Skill, layout: Layout, motors: Sequence[str], fingerprint: BodyCard | None, world: str
) -> list[Feed]:
    """What feeds each group of each layer; UserError that names every group or motor that `world` lacks."""
    needed = skill.layers[0].card.action_names
    lacking = [motor for motor in needed if motor not in motors]
    if lacking or list(needed) != list(motors):
        detail = f"lacks {', '.join(lacking)}" if lacking else f"has them in another order or more: {', '.join(motors)}"
        raise UserError(
            f"the skill {skill.card.name!r} drives the motors {', '.join(needed)}; {world} {detail}; "
            "use the body that it was trained on."
        )
    offered = {group.name: group for group in layout.groups}
    missing = [f"{group.name} ({group.width} {group.unit})" for group in skill.groups if group.name not in offered]
    if missing:
        raise UserError(
            f"the skill {skill.card.name!r} needs observation groups that {world} lacks: {', '.join(missing)}; "
            "use a task that offers them."
        )
    for group in skill.groups:
        if offered[group.name].width != group.width:
            raise UserError(
                f"the skill {skill.card.name!r} needs the group {group.name!r} with {group.width} numbers, "
                f"{world} offers {offered[group.name].width}; use the body, and the number of targets "
                "and boxes, that it was trained on."
            )
    known = skill.card.world.fingerprint
    if known is not None and fingerprint is not None and known != fingerprint:
        changed = [name for name in type(known).model_fields if getattr(known, name) != getattr(fingerprint, name)]
        raise UserError(
            f"the skill {skill.card.name!r} was trained on a body with other {', '.join(changed)} than {world}; "
            "use the body that it was trained on, or train the skill anew."
        )
    return [_feed(index, name, layout) for index, layer in enumerate(skill.layers) for name in layer.layout.names]


def _feed(layer: int, name: str, layout: Layout) -> Feed:
    group, span = layout.group(name), layout.span(name)
    return Feed(layer, name, group.width, group.unit, (span.start, span.stop))
