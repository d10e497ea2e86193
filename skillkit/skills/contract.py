"""Whether a skill fits a world: groups and motors by name, before the first step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skillkit.errors import UserError
from skillkit.skills.card import BodyCard
from skillkit.skills.skill import Skill, SkillLayer
from skillkit.types import Group, Layout


@dataclass(frozen=True)
class Feed:
    """A group of the skill and the columns of the world's observation that feed it, None where the world lacks it."""

    layer: int
    group: str
    width: int
    unit: str
    columns: tuple[int, int] | None


def check_contract(
    skill: Skill, layout: Layout, motors: Sequence[str], fingerprint: BodyCard | None, world: str
) -> list[Feed]:
    """What feeds each group of each layer; UserError that names every group or motor that `world` lacks."""
    check_body(skill, motors, fingerprint, world)
    return check_groups(skill.card.name, dict(enumerate(skill.layers)), layout, world)


def check_body(skill: Skill, motors: Sequence[str], fingerprint: BodyCard | None, world: str) -> None:
    """UserError where a world's body is not the skill's."""
    needed = skill.layers[0].card.action_names
    lacking = [motor for motor in needed if motor not in motors]
    if lacking or list(needed) != list(motors):
        detail = f"lacks {', '.join(lacking)}" if lacking else f"has them in another order or more: {', '.join(motors)}"
        raise UserError(
            f"the skill {skill.card.name!r} drives the motors {', '.join(needed)}; {world} {detail}; "
            "use the body that it was trained on."
        )
    known = skill.card.world.fingerprint
    if known is not None and fingerprint is not None and known != fingerprint:
        changed = [name for name in type(known).model_fields if getattr(known, name) != getattr(fingerprint, name)]
        raise UserError(
            f"the skill {skill.card.name!r} was trained on a body with other {', '.join(changed)} than {world}; "
            "use the body that it was trained on, or train the skill anew."
        )


def check_groups(skill: str, layers: Mapping[int, SkillLayer], layout: Layout, world: str) -> list[Feed]:
    """What feeds each group of some layers of a skill; UserError that names every group that `world` lacks.

    skill: its name; layers: by their place in it.
    """
    needed = {group.name: group for layer in layers.values() for group in layer.layout.groups}
    missing = [
        f"{group.name} ({group.width} {group.unit})" for name, group in needed.items() if name not in layout.names
    ]
    if missing:
        raise UserError(
            f"the skill {skill!r} needs observation groups that {world} lacks: {', '.join(missing)}; "
            "use a body and a task that offer them."
        )
    for group in needed.values():
        if layout.group(group.name).width != group.width:
            raise UserError(
                f"the skill {skill!r} needs the group {group.name!r} with {group.width} numbers, "
                f"{world} offers {layout.group(group.name).width}; use a body, or a number of targets and boxes "
                "(world.count), to match."
            )
    return find_feeds(layers, layout)


def find_feeds(layers: Mapping[int, SkillLayer], layout: Layout) -> list[Feed]:
    """What feeds each group of some layers in a world of that layout, whether it fits or not."""
    return [_feed(index, group, layout) for index, layer in layers.items() for group in layer.layout.groups]


def _feed(layer: int, group: Group, layout: Layout) -> Feed:
    span = layout.span(group.name) if group.name in layout.names else None
    return Feed(layer, group.name, group.width, group.unit, None if span is None else (span.start, span.stop))
