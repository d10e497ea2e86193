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


def fingerprint(model: mujoco.MjModel, root: str) -> dict[str, list[str] | list[float]]:
    """What a skill leans on in a body: joint and motor names, gears, and the masses (g precision) below `root`."""
    bodies = [index for index in range(model.nbody) if _below(model, index, model.body(root).id)]
    return {
        "joints": [model.joint(index).name for index in range(model.njnt)],
        "motors": [model.actuator(index).name for index in range(model.nu)],
        "gears": [float(gear) for gear in model.actuator_gear[:, 0]],
        "masses": [round(float(model.body_mass[index]), 3) for index in bodies],
    }


def _below(model: mujoco.MjModel, body: int, root: int) -> bool:
    while body not in (0, root):
        body = int(model.body_parentid[body])
    return body == root
