"""Bodies by name; a new body is one file here, or a description with its MJCF, and one line below."""

from __future__ import annotations

from pathlib import Path

from skillkit.bodies.ant import Ant
from skillkit.bodies.arm import Arm
from skillkit.bodies.ball import Ball
from skillkit.bodies.body import Body, FeelsContact
from skillkit.bodies.gymnasium_bodies import GYMNASIUM_BODIES, GymnasiumBody
from skillkit.bodies.mjcf_body import MjcfBody
from skillkit.bodies.point import Point
from skillkit.bodies.snake import Snake
from skillkit.body_description import read_body

DESCRIBED = {name: MjcfBody(read_body(Path(__file__).parent / f"{name}.yaml")) for name in ("quadruped", "car")}
BODIES: dict[str, Body] = {"ant": Ant(), "ball": Ball(), **DESCRIBED}  # for every task that has no bodies of its own
ARM, POINT = Arm(), Point()  # each of one task alone, as is the snake
SNAKE = Snake(
    name="snake",
    description="Gymnasium's swimmer, followed by its centre of mass, 2 motors",
    asset="swimmer.xml",
    substeps=4,
    rewards={},
    skipped=2,
)

__all__ = [
    "ARM",
    "BODIES",
    "GYMNASIUM_BODIES",
    "POINT",
    "SNAKE",
    "Body",
    "FeelsContact",
    "GymnasiumBody",
    "MjcfBody",
]
