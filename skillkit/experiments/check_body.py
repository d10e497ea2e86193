"""Whether a robot of one's own can be used: what its description says, and what a simulation of it does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import imageio.v3 as imageio
import mujoco
import numpy as np

from skillkit.bodies import MjcfBody
from skillkit.body_description import read_body
from skillkit.build import known_names
from skillkit.errors import Diverged, UserError
from skillkit.files import written_whole
from skillkit.rendering.backend import BACKEND_HELP, choose_backend
from skillkit.rendering.renderer import Renderer, camera_at
from skillkit.types import Float32
from skillkit.worlds.factory import make_world
from skillkit.worlds.mujoco_world import MujocoWorld

COPIES = 16
SECONDS = 5.0  # of random commands, and before that of none
FASTEST = 1e3  # m/s, rad/s: beyond, a simulation has exploded
LOWEST = -0.05  # m; a root further below the floor has fallen through it
CLEARANCE = (-0.005, 0.05)  # m; between these the nominal pose stands on the floor
SIZE = (640, 480)  # pixels


@dataclass(frozen=True)
class CheckedBody:
    """A body that can be used: facts as (what, value), and warnings, a sentence each."""

    body: MjcfBody
    facts: list[tuple[str, str]]
    warnings: list[str]


def check_body(path: Path) -> CheckedBody:
    """Simulate a described body without commands and with random ones; UserError for one that cannot be used."""
    described = read_body(path)
    if described.name in known_names().bodies:
        raise UserError(f"{path}: expected a name of its own, got that of skillkit's {described.name!r}; change it.")
    world = make_world(MjcfBody(described), "open", num_worlds=COPIES)
    body = world.body
    assert isinstance(body, MjcfBody)
    steps, rng = round(SECONDS / body.time_step), np.random.default_rng(0)
    warnings = [*_about_motors(body), *_about_nominal_pose(world, body)]
    with _quiet():
        still = _simulate(world, np.zeros((steps, COPIES, len(body.motors)), np.float32))
    if not still.all():
        first = (1 + int(np.argmin(still.all(axis=1)))) * body.time_step
        warnings.append(f"with all motors at 0 it is no longer healthy after {first:.2g} s")
    began = time.perf_counter()
    with _quiet():
        moved = _simulate(world, rng.uniform(-1.0, 1.0, (steps, COPIES, len(body.motors))).astype(np.float32))
    rate = COPIES * steps / (time.perf_counter() - began)
    model = world.physics.model
    facts = [
        ("what it is", body.description or "-"),
        ("mass", f"{model.body_mass.sum():.3g} kg, in {model.nbody - 1} bodies with {model.njnt} joints"),
        ("senses", ", ".join(f"{group.name} ({group.width})" for group in body.groups)),
        ("motors", ", ".join(_motor(body, index) for index in range(len(body.motors)))),
        ("nominal height", f"{body.nominal[body.height_at]:.3g} m"),
        ("control step", f"{body.time_step:g} s in {body.substeps} steps of {model.opt.timestep:g} s"),
        ("arena", f"{body.scale:g} times the ant's"),
        ("random commands", f"healthy for {moved.mean():.0%} of {SECONDS:g} s in {COPIES} copies"),
        ("speed", f"{rate:,.0f} control steps/s on one core"),
    ]
    return CheckedBody(body, facts, warnings)


def draw(body: MjcfBody, path: Path) -> list[str]:
    """A picture of the nominal pose; a sentence instead where nothing can draw here."""
    if choose_backend() is None:
        return [f"no picture was drawn: {BACKEND_HELP}"]
    world = make_world(body, "open")
    renderer = Renderer(world.physics.model, *SIZE)
    try:
        pose = body.nominal
        renderer.pose(pose)
        data = renderer.data
        mujoco.mj_forward(renderer.model, data)
        root = data.body(body.root).xpos.copy()
        own = np.flatnonzero(renderer.model.geom_bodyid > 0)
        reach = (np.linalg.norm(data.geom_xpos[own] - root, axis=1) + renderer.model.geom_rbound[own]).max()
        pixels = renderer.draw(pose, camera_at(root, 2.8 * reach, 130.0, -25.0), np.zeros((0, 3)))
    finally:
        renderer.close()
    with written_whole(path) as aside:
        imageio.imwrite(aside, pixels)
    return []


def _simulate(world: MujocoWorld, commands: Float32) -> np.ndarray:
    """Whether each copy is healthy after each command of (steps, copies, motors): (steps, copies)."""
    body, healthy = world.body, []
    world.reset()
    for command in commands:
        try:
            world.step(command)
        except Diverged as error:
            raise _exploded(body.name, str(error)) from error
        qpos, qvel = world.physics.qpos, world.physics.qvel
        fastest = np.abs(qvel).max()
        if fastest > FASTEST:
            raise _exploded(body.name, f"a joint or its root moves at {fastest:.3g} m/s or rad/s")
        assert isinstance(body, MjcfBody)
        if (qpos[:, body.height_at] < LOWEST).any():
            raise UserError(
                f"the body {body.name!r} falls through the floor: expected its geoms to collide with it, got a root "
                f"{-qpos[:, body.height_at].min():.2g} m below; give them contype 1 or conaffinity 1."
            )
        healthy.append(body.healthy(qpos, qvel))
    return np.array(healthy)


@contextmanager
def _quiet() -> Iterator[None]:
    """MuJoCo's warnings of a simulation that explodes go nowhere: neither to the screen nor to its log file."""
    mujoco.set_mju_user_warning(lambda _: None)
    try:
        yield
    finally:
        mujoco.set_mju_user_warning(None)


def _exploded(name: str, what: str) -> UserError:
    return UserError(
        f"the body {name!r} explodes when it is simulated ({what}); lower the MJCF's timestep, the motors' gear or the "
        "joints' stiffness, or give its joints damping or armature."
    )


def _about_motors(body: MjcfBody) -> list[str]:
    names = ", ".join(body.unlimited_motors)
    return [f"the motors {names} have no ctrlrange, so they are driven from -1 to 1"] if names else []


def _about_nominal_pose(world: MujocoWorld, body: MjcfBody) -> list[str]:
    """What is odd about where it starts: parts in each other, parts in the floor, air below."""
    model = world.physics.model
    data, floor, found = mujoco.MjData(model), model.geom("floor").id, []
    data.qpos[:] = body.nominal
    mujoco.mj_forward(model, data)
    for contact in data.contact[: data.ncon]:
        if floor not in contact.geom and contact.dist < 0.0:
            one, other = (_geom(model, index) for index in contact.geom)
            found.append(f"its nominal pose touches itself: {one} and {other} overlap by {-contact.dist:.2g} m")
    collides = [
        geom
        for geom in np.flatnonzero(model.geom_bodyid > 0)
        if (model.geom_contype[geom] & model.geom_conaffinity[floor])
        or (model.geom_contype[floor] & model.geom_conaffinity[geom])
    ]
    gap = min((mujoco.mj_geomDistance(model, data, floor, geom, 10.0, None) for geom in collides), default=0.0)
    if gap < CLEARANCE[0]:
        found.append(f"its nominal pose reaches {-gap:.2g} m into the floor; raise nominal.height")
    elif gap > CLEARANCE[1]:
        found.append(f"its nominal pose hangs {gap:.2g} m above the floor; lower nominal.height")
    return found


def _geom(model: mujoco.MjModel, index: int) -> str:
    geom = model.geom(index)
    return repr(geom.name) if geom.name else f"a geom of {model.body(int(geom.bodyid[0])).name!r}"


def _motor(body: MjcfBody, index: int) -> str:
    middle, reach = body.control_middle[index], body.control_range[index]
    return f"{body.motors[index]} [{middle - reach:.3g}, {middle + reach:.3g}]"
