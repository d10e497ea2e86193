"""The contract: what a skill needs and a world lacks is named before the first step."""

from __future__ import annotations

import pytest

from skillkit.errors import UserError
from skillkit.skills.card import BodyCard
from skillkit.skills.contract import Feed, check_contract
from skillkit.skills.skill import Skill
from skillkit.types import Group, Layout

MOTORS = ("roll", "turn")
BALL = Layout((Group("body_velocity", 2, "m/s"), Group("turn_rate", 1, "rad/s"), Group("roll_rate", 1, "rad/s")))
EXTRA = Group("rangefinder", 5, "m")
MAZE = Layout((*BALL.groups, Group("heading", 2, "1"), Group("position", 2, "m"), Group("target_ego", 2, "m")))


def test_feeds_say_which_columns_feed_which_group(ball_skill: Skill) -> None:
    velocity, turn, roll = BALL.groups
    layout = Layout((EXTRA, roll, velocity, EXTRA, turn))
    assert check_contract(ball_skill, layout, MOTORS, None, "here") == [
        Feed(0, "body_velocity", 2, "m/s", (6, 8)),
        Feed(0, "turn_rate", 1, "rad/s", (13, 14)),
        Feed(0, "roll_rate", 1, "rad/s", (5, 6)),
    ]


def test_every_layer_is_fed(maze_skill: Skill) -> None:
    feeds = check_contract(maze_skill, MAZE, MOTORS, None, "here")
    assert [(feed.layer, feed.group) for feed in feeds] == [
        *((0, group.name) for group in BALL.groups),
        *((1, group.name) for group in MAZE.groups),
    ]
    assert feeds[-1].columns == (8, 10)


def test_every_missing_group_is_named(maze_skill: Skill) -> None:
    layout = Layout((*BALL.groups, Group("position", 2, "m")))
    message = r"'ball_maze' needs .* that the moon lacks: heading \(2 1\), target_ego \(2 m\)"
    with pytest.raises(UserError, match=message):
        check_contract(maze_skill, layout, MOTORS, None, "the moon")


def test_a_group_of_another_width(ball_skill: Skill) -> None:
    layout = Layout((Group("body_velocity", 3, "m/s"), *BALL.groups[1:]))
    with pytest.raises(UserError, match="'body_velocity' with 2 numbers, here offers 3"):
        check_contract(ball_skill, layout, MOTORS, None, "here")


@pytest.mark.parametrize(
    ("motors", "message"),
    [
        (("hip", "turn"), "here lacks roll;"),
        ((), "here lacks roll, turn;"),
        (("turn", "roll"), "here has them in another order or more: turn, roll;"),
        (("roll", "turn", "jump"), "in another order or more: roll, turn, jump;"),
    ],
)
def test_other_motors(ball_skill: Skill, motors: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_contract(ball_skill, BALL, motors, None, "here")


def test_the_fingerprint_must_be_the_same(ball_skill: Skill) -> None:
    body = ball_skill.card.world.fingerprint
    assert body is not None
    check_contract(ball_skill, BALL, MOTORS, body.model_copy(), "here")
    changes: list[tuple[dict[str, object], str]] = [
        ({"masses": [mass + 0.001 for mass in body.masses]}, "masses"),
        ({"gears": [2.0 * gear for gear in body.gears], "time_step": 0.02}, "gears, time_step"),
        ({"joints": body.joints[::-1]}, "joints"),
    ]
    for change, named in changes:
        other = BodyCard.model_validate({**body.model_dump(), **change})
        with pytest.raises(UserError, match=f"body with other {named} than here;"):
            check_contract(ball_skill, BALL, MOTORS, other, "here")


def test_a_world_without_a_fingerprint_passes_on_names_alone(ball_skill: Skill) -> None:
    assert len(check_contract(ball_skill, BALL, MOTORS, None, "here")) == 3
