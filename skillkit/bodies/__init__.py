"""Bodies by name; a new body is one file here and one line below."""

from __future__ import annotations

from skillkit.bodies.ant import Ant
from skillkit.bodies.arm import Arm
from skillkit.bodies.ball import Ball
from skillkit.bodies.body import Body, FeelsContact
from skillkit.bodies.gymnasium_bodies import GYMNASIUM_BODIES, GymnasiumBody
from skillkit.bodies.point import Point
from skillkit.bodies.snake import Snake

BODIES: dict[str, Body] = {"ant": Ant(), "ball": Ball()}  # for every task that has no bodies of its own
ARM, POINT = Arm(), Point()  # each of one task alone, as is the snake
SNAKE = Snake(
    name="snake",
    description="Gymnasium's swimmer, followed by its centre of mass, 2 motors",
    asset="swimmer.xml",
    substeps=4,
    rewards={},
    skipped=2,
)

__all__ = ["ARM", "BODIES", "GYMNASIUM_BODIES", "POINT", "SNAKE", "Body", "FeelsContact", "GymnasiumBody"]
