"""Bodies by name; a new body is one file here and one line below."""

from __future__ import annotations

from skillkit.bodies.ant import Ant
from skillkit.bodies.ball import Ball
from skillkit.bodies.body import Body, FeelsContact
from skillkit.bodies.gymnasium_bodies import GYMNASIUM_BODIES, GymnasiumBody

BODIES: dict[str, Body] = {"ant": Ant(), "ball": Ball()}  # for every task but run, which has the GYMNASIUM_BODIES

__all__ = ["BODIES", "GYMNASIUM_BODIES", "Body", "FeelsContact", "GymnasiumBody"]
