"""Bodies by name; a new body is one file here and one line below."""

from __future__ import annotations

from skillkit.bodies.ant import Ant
from skillkit.bodies.ball import Ball
from skillkit.bodies.body import Body

BODIES: dict[str, type[Body]] = {"ant": Ant, "ball": Ball}

__all__ = ["BODIES", "Body"]
