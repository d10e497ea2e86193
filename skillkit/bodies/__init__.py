"""Bodies by name; a new body is one file here and one line below."""

from __future__ import annotations

from skillkit.bodies.ant import Ant
from skillkit.bodies.ball import Ball
from skillkit.bodies.body import Body, FeelsContact
from skillkit.bodies.gymnasium_bodies import GYMNASIUM_BODIES, GymnasiumBody
from skillkit.bodies.point import Point

BODIES: dict[str, Body] = {"ant": Ant(), "ball": Ball()}  # for every task that has no bodies of its own
POINTS: dict[str, Body] = {"point": Point()}  # of the task multi-goal, as GYMNASIUM_BODIES are of the task run

__all__ = ["BODIES", "GYMNASIUM_BODIES", "POINTS", "Body", "FeelsContact", "GymnasiumBody"]
