"""Groups on a card and in a layout."""

from __future__ import annotations

from skillkit.skills.group_card import GroupCard, group_cards, layout_of
from skillkit.types import Group, Layout


def test_a_layout_is_written_and_read_in_its_order() -> None:
    layout = Layout((Group("heading", 2, "1"), Group("joint_pos", 3, "rad")))
    cards = group_cards(layout)
    assert cards == [GroupCard(name="heading", width=2, unit="1"), GroupCard(name="joint_pos", width=3, unit="rad")]
    assert layout_of(cards) == layout
    assert layout_of(cards).width == 5
