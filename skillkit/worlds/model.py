"""Body and arena meet here, in one compiled MuJoCo model."""

from __future__ import annotations

import mujoco

from skillkit.bodies import Body
from skillkit.worlds.arenas import Arena


def build_model(body: Body, arena: Arena) -> mujoco.MjModel:
    """The body's MJCF with the arena's walls in it, compiled, on a floor that looks the same for every body.

    Names of what is added begin with `skillkit/`, which those of a body of the user's never do.
    """
    spec = body.spec()
    _dress(spec)
    arena.add_to(spec)
    # MuJoCo would put a simulation that diverges back to the start without a word; as it is, its numbers tell.
    spec.option.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET.value
    spec.visual.global_.offwidth = 1920
    spec.visual.global_.offheight = 1080
    return spec.compile()


def _dress(spec: mujoco.MjSpec) -> None:
    """Soft colours: a tiled floor as far as one sees, and light that leaves it visible; physics unchanged."""
    tiles = spec.add_texture(
        name="skillkit/tiles",
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
        rgb1=(0.80, 0.83, 0.86),
        rgb2=(0.70, 0.74, 0.78),
        width=256,
        height=256,
    )
    material = spec.add_material(name="skillkit/tiles", texrepeat=(0.5, 0.5), texuniform=True)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = tiles.name
    floor = spec.geom("floor")
    floor.material, floor.rgba = material.name, (1.0, 1.0, 1.0, 1.0)
    floor.size = (0.0, 0.0, 1.0)  # drawn without end
    for light in spec.lights:
        light.diffuse, light.specular = (0.5, 0.5, 0.5), (0.1, 0.1, 0.1)


def fingerprint(model: mujoco.MjModel) -> dict[str, list[str] | list[float]]:
    """What a skill leans on in a body: joint and motor names, gears, and the masses (g precision) of all its parts."""
    return {
        "joints": [model.joint(index).name for index in range(model.njnt)],
        "motors": [model.actuator(index).name for index in range(model.nu)],
        "gears": [float(gear) for gear in model.actuator_gear[:, 0]],
        "masses": [round(float(mass), 3) for mass in model.body_mass[1:]],  # the first is the world's, none
    }
