"""From a described body's MJCF to a spec on a floor, checked part by part."""

from __future__ import annotations

from collections.abc import Iterable

import mujoco
import numpy as np

from skillkit.body_description import BodyDescription
from skillkit.errors import UserError, unknown_name

FLOOR = "floor"
OURS = "skillkit/"  # what names of ours in an arena begin with
FREE = mujoco.mjtJoint.mjJNT_FREE.value


def body_spec(described: BodyDescription) -> mujoco.MjSpec:
    """The MJCF with the described motors, each with a name, no keyframes, and a floor, light and sky where it has none.

    Raises UserError when MuJoCo cannot read it, for a name that could be an arena's, or for a motor that it lacks.
    """
    try:
        spec = mujoco.MjSpec.from_string(described.mjcf)
    except ValueError as error:
        raise _rejected(f"the body {described.name!r}", error) from error
    _check_names(spec, described)
    for key in list(spec.keys):  # whose length an arena with joints of its own would not fit
        spec.delete(key)
    _choose_motors(spec, described)
    _add_floor(spec, described)
    if not list(spec.lights):
        spec.worldbody.add_light(
            type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, dir=(0.0, 0.0, -1.0), pos=(0.0, 0.0, 8.0)
        )
    if not any(texture.type == mujoco.mjtTexture.mjTEXTURE_SKYBOX for texture in spec.textures):
        spec.add_texture(
            name=f"{OURS}sky",
            type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
            builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
            rgb1=(1.0, 1.0, 1.0),
            rgb2=(0.75, 0.82, 0.9),
            width=64,
            height=64,
        )
    return spec


def compiled(spec: mujoco.MjSpec, named: str) -> mujoco.MjModel:
    """The model of a spec; UserError with MuJoCo's own words where it rejects it."""
    try:
        return spec.compile()
    except ValueError as error:
        raise _rejected(named, error) from error


def motor_names(model: mujoco.MjModel) -> tuple[str, ...]:
    """The actuators' names, in order."""
    return tuple(model.actuator(index).name for index in range(model.nu))


def root_address(model: mujoco.MjModel, described: BodyDescription) -> tuple[int, int]:
    """Where the root's free joint starts in qpos and in qvel; UserError where there is no such root."""
    bodies = {model.body(index).name: index for index in range(1, model.nbody)}
    if described.root not in bodies:
        raise unknown_part(described, "body", described.root, bodies)
    root = bodies[described.root]
    first, count = int(model.body_jntadr[root]), int(model.body_jntnum[root])
    if count != 1 or model.jnt_type[first] != FREE:
        raise fault(
            described,
            f"expected the root {described.root!r} to have one joint, a free one, got {count or 'none'}"
            f"{' of another type' if count == 1 else ''}; give it a <freejoint/>, or name the body that has it",
        )
    strangers = [joint for joint in range(model.njnt) if model.body_rootid[model.jnt_bodyid[joint]] != root]
    if strangers:
        raise fault(
            described,
            f"expected all joints to belong to the root {described.root!r}, got the joint "
            f"{model.joint(strangers[0]).name!r} outside it; remove it",
        )
    at = int(model.jnt_qposadr[first])
    if not np.allclose(model.qpos0[at + 3 : at + 7], (1.0, 0.0, 0.0, 0.0)):
        raise fault(
            described,
            f"expected the root {described.root!r} to stand unturned, x ahead and z up, got an orientation of its "
            "own; remove it, and turn what is in it",
        )
    return at, int(model.jnt_dofadr[first])


def _check_names(spec: mujoco.MjSpec, described: BodyDescription) -> None:
    for element in (*spec.bodies, *spec.joints, *spec.geoms, *spec.textures, *spec.materials):
        if element.name.startswith(OURS):
            raise fault(described, f"expected no name that begins with {OURS!r}, got {element.name!r}; rename it")


def _choose_motors(spec: mujoco.MjSpec, described: BodyDescription) -> None:
    """Name what has no name after its joint, and remove what is not chosen."""
    taken = {actuator.name for actuator in spec.actuators}
    for index, actuator in enumerate(spec.actuators):
        if not actuator.name:
            actuator.name = actuator.target if actuator.target not in taken else f"motor_{index}"
            taken.add(actuator.name)
    known = [actuator.name for actuator in spec.actuators]
    if not known:
        raise fault(described, "expected at least one motor, got an MJCF without actuators; add an <actuator>")
    for name in described.motors or ():
        if name not in known:
            raise unknown_part(described, "motor", name, known)
    for actuator in list(spec.actuators):
        if described.motors is not None and actuator.name not in described.motors:
            spec.delete(actuator)


def _add_floor(spec: mujoco.MjSpec, described: BodyDescription) -> None:
    """Call a plane of the world's the floor, else add one that everything of contact type 1 stands on."""
    planes = [geom for geom in spec.worldbody.geoms if geom.type == mujoco.mjtGeom.mjGEOM_PLANE]
    planes.sort(key=lambda geom: geom.name != FLOOR)
    called = [geom for geom in spec.geoms if geom.name == FLOOR]
    if called and not (planes and planes[0].name == FLOOR):
        raise fault(described, "expected the geom 'floor' to be a plane of the world, got another; rename it")
    if planes and planes[0].pos[2] != 0.0:
        raise fault(described, f"expected the floor at height 0, got {planes[0].pos[2]:g} m; move it there")
    floor = planes[0] if planes else spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=(0.0, 0.0, 1.0))
    floor.name = FLOOR
    if not planes:
        floor.contype, floor.conaffinity, floor.condim, floor.friction = 1, 1, 3, (1.0, 0.005, 0.0001)


def _rejected(named: str, error: ValueError) -> UserError:
    words = " ".join(str(error).split())
    return UserError(f"{named}: expected an MJCF that MuJoCo accepts, got '{words}'; correct it.")


def fault(described: BodyDescription, problem: str) -> UserError:
    """What a description and its MJCF do not agree on; `problem` is a sentence."""
    return UserError(f"the body {described.name!r}: {problem}{'' if problem.endswith(('.', '?')) else '.'}")


def unknown_part(described: BodyDescription, kind: str, name: str, known: Iterable[str], key: str = "") -> UserError:
    """A name that no part of the MJCF has; known: those of this kind; key: what names it, where it may be left out."""
    named = [each for each in known if each]
    if named:
        return fault(described, str(unknown_name(f"{kind} of its MJCF", name, named)))
    remedy = f"leave {key} out, or name one there" if key else "name one there"
    return fault(described, f"its MJCF has no {kind} with a name, got {name!r}; {remedy}")
