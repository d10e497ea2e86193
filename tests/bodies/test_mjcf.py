"""From an MJCF to a spec, part by part: motors by name, the floor, light and sky, and where the root stands."""

from __future__ import annotations

import mujoco
import pytest

from skillkit.bodies.mjcf import body_spec, compiled, motor_names, root_address
from skillkit.body_description import BodyDescription
from skillkit.errors import UserError

CART = """
<mujoco>
  <worldbody>
    {world}
    <body name="cart" pos="0 0 1">
      <freejoint/>
      <geom name="hull" size="0.1"/>
      <body name="arm"><joint name="elbow" axis="0 1 0"/><geom name="hand" size="0.1" pos="1 0 0"/></body>
    </body>
  </worldbody>
  <actuator><motor joint="elbow"/><motor joint="elbow"/><motor name="weak" joint="elbow"/></actuator>
  {more}
</mujoco>
"""


def described(world: str = "", more: str = "", **changed: object) -> BodyDescription:
    given = {"name": "cart", "mjcf": CART.format(world=world, more=more), "root": "cart", **changed}
    return BodyDescription.model_validate({**given, "healthy": {"height": [0.0, 2.0]}})


def model(body: BodyDescription) -> mujoco.MjModel:
    return compiled(body_spec(body), "the cart")


def test_motors_without_a_name_have_their_joints_once_and_then_a_number() -> None:
    assert motor_names(model(described())) == ("elbow", "motor_1", "weak")
    assert motor_names(model(described(motors=["weak", "elbow"]))) == ("elbow", "weak")


def test_what_an_mjcf_lacks_is_added() -> None:
    bare = model(described(more='<keyframe><key qpos="0 0 1 1 0 0 0 0"/></keyframe>'))
    assert (bare.nlight, bare.ntex, bare.nkey, bare.ngeom) == (1, 1, 0, 3)
    floor = bare.geom("floor")
    assert (floor.type[0], floor.conaffinity[0], floor.condim[0]) == (mujoco.mjtGeom.mjGEOM_PLANE, 1, 3)
    sky = '<asset><texture type="skybox" builtin="flat" width="8" height="8"/></asset>'
    own = model(described('<light pos="0 0 1"/><light pos="0 0 2"/>', sky))
    assert (own.nlight, own.ntex) == (2, 1)


def test_of_several_planes_the_one_called_floor_is_it_else_the_first() -> None:
    plane = '<geom name="{}" type="plane" size="1 1 {}"/>'
    for names, size in ((("a", "b"), 1.0), (("a", "floor"), 2.0)):
        planes = "".join(plane.format(name, number) for number, name in enumerate(names, start=1))
        assert model(described(planes)).geom("floor").size[2] == size


def test_the_roots_joint_starts_behind_nothing() -> None:
    body = described()
    assert root_address(model(body), body) == (0, 0)
    assert model(body).nq == 8  # seven of the root and the elbow


def test_what_mujoco_rejects_is_said_in_its_words() -> None:
    said = r"expected an MJCF that MuJoCo accepts, got '.*{}.*'; correct it\."
    with pytest.raises(UserError, match="the body 'cart': " + said.format("repeated name 'hand' in geom")):
        model(described('<geom name="hand" size="1"/>'))
    with pytest.raises(UserError, match="the cart: " + said.format("mass and inertia of moving bodies")):
        model(described('<body name="ghost"><joint/></body>'))
