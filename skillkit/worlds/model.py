"""Body and arena meet here, in one compiled MuJoCo model."""

from __future__ import annotations

import mujoco

from skillkit.bodies import Body
from skillkit.worlds.arenas import Arena


def build_model(body: Body, arena: Arena) -> mujoco.MjModel:
    """The body's MJCF with the arena's walls in it, compiled."""
    spec = body.spec()
    arena.add_to(spec)
    spec.visual.global_.offwidth = 1920
    spec.visual.global_.offheight = 1080
    return spec.compile()
