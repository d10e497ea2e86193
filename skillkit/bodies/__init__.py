"""Bodies by name; a new body is one file here and one line below."""

from __future__ import annotations

from skillkit.bodies.ant import Ant
from skillkit.bodies.ball import Ball
from skillkit.bodies.body import Body, FeelsContact
from skillkit.bodies.gymnasium_bodies import GYMNASIUM_BODIES, GymnasiumBody
from skillkit.bodies.point import Point

# For every task but run, which has the GYMNASIUM_BODIES.
BODIES: dict[str, Body] = {"ant": Ant(), "ball": Ball(), "point": Point()}

__all__ = ["BODIES", "GYMNASIUM_BODIES", "Body", "FeelsContact", "GymnasiumBody"]
