"""What a skill file says of the observation groups that a layer sees."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from skillkit.types import Group, Layout

WIDEST = 100_000  # numbers that a layer may see


class Card(BaseModel):
    """A part of the document, read strictly."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class GroupCard(Card):
    """An observation group that a layer sees, in the order in which it sees them."""

    name: str
    width: int = Field(ge=1, le=WIDEST)
    unit: str


def layout_of(groups: Iterable[GroupCard]) -> Layout:
    """What a card names, as a layout."""
    return Layout(tuple(Group(group.name, group.width, group.unit) for group in groups))


def group_cards(layout: Layout) -> list[GroupCard]:
    """The groups of a layout as a card names them."""
    return [GroupCard(name=group.name, width=group.width, unit=group.unit) for group in layout.groups]
