"""A described body's senses and motors by hand, on a robot of one leg and one wheel; and what does not fit."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
import pytest

from skillkit.bodies import MjcfBody
from skillkit.bodies.rotation import yaw_quaternion
from skillkit.body_description import BodyDescription
from skillkit.errors import UserError
from skillkit.types import Float, Group, Layout
from skillkit.worlds.factory import make_world

MJCF = """
<mujoco>
  <compiler angle="radian"/>
  <option timestep="0.01"/>
  <worldbody>
    <body name="trunk" pos="1 2 0.5">
      <freejoint/>
      <geom type="box" size="0.3 0.3 0.1"/>
      <body name="leg">
        <joint name="hip" axis="0 1 0" range="-1 1" damping="1"/>
        <joint name="shin" type="slide" axis="0 0 1" range="-0.1 0.1" damping="1"/>
        <geom type="capsule" fromto="0 0 0 0 0 -0.3" size="0.05"/>
      </body>
      <body name="wheel">
        <joint name="wheel" axis="0 1 0" damping="1"/>
        <geom type="sphere" size="0.1"/>
      </body>
    </body>
  </worldbody>
  <actuator>
    <position name="servo" joint="hip" ctrlrange="-0.2 0.6"/>
    <motor joint="wheel"/>
    <motor name="shin" joint="shin" ctrlrange="-3 3"/>
  </actuator>
  <keyframe><key qpos="0 0 1 1 0 0 0 0 0 0"/></keyframe>
</mujoco>
"""
STILL = np.zeros((1, 9))
HALF = np.sqrt(0.5)


def robot(mjcf: str = MJCF, **changed: Any) -> MjcfBody:
    given = {"name": "robot", "mjcf": mjcf, "root": "trunk", "healthy": {"height": [0.2, 0.9]}, **changed}
    return MjcfBody(BodyDescription.model_validate(given))


def test_it_senses_joints_with_limits_and_all_speeds() -> None:
    groups = [(group.name, group.width) for group in robot().groups]
    assert groups == [
        ("height", 1),
        ("gravity", 3),
        ("joint_pos", 2),
        ("body_velocity", 3),
        ("body_angular_velocity", 3),
        ("joint_vel", 3),
    ]


def test_senses_by_hand() -> None:
    facing_left = np.array([[5.0, 6.0, 0.7, HALF, 0.0, 0.0, HALF, 0.3, 0.05, 9.0]])
    qvel = np.array([[0.0, 2.0, 0.5, 0.1, 0.2, 0.3, 1.0, 2.0, 3.0]])
    expected = [0.7, 0.0, 0.0, -1.0, 0.3, 0.05, 2.0, 0.0, 0.5, 0.1, 0.2, 0.3, 1.0, 2.0, 3.0]
    np.testing.assert_allclose(robot().proprioception(facing_left, qvel), [expected], atol=1e-6)
    np.testing.assert_allclose(robot().position(facing_left), [[5.0, 6.0]])
    np.testing.assert_allclose(robot().heading(facing_left), np.pi / 2.0)


def test_what_comes_after_its_own_joints_is_not_its() -> None:
    body, rng = robot(), np.random.default_rng(0)
    qpos, qvel = body.initial_state(np.zeros(3), rng)
    wider = [np.concatenate([part, rng.standard_normal((3, 7))], axis=1) for part in (qpos, qvel)]
    np.testing.assert_array_equal(body.proprioception(*wider), body.proprioception(qpos, qvel))


def test_chosen_joints_are_sensed_in_their_order() -> None:
    body = robot(joints=["wheel", "hip"])
    layout = Layout(body.groups)
    qpos, qvel = np.array([[0.0, 0.0, 0.5, 1.0, 0.0, 0.0, 0.0, 0.3, 0.05, 9.0]]), np.arange(9.0)[None]
    sensed = body.proprioception(qpos, qvel)[0]
    np.testing.assert_allclose(sensed[layout.span("joint_pos")], [0.3], atol=1e-6)
    np.testing.assert_allclose(sensed[layout.span("joint_vel")], [8.0, 6.0])


SENSING = MJCF.replace(
    "</mujoco>",
    '<sensor><subtreecom name="mass" body="trunk"/><jointpos name="bend" joint="hip"/><clock name="time"/></sensor>'
    "</mujoco>",
)


@pytest.mark.parametrize("task", ["open", "move-box"])
def test_chosen_sensors_are_sensed_in_their_order_also_after_a_reset_and_a_resume(task: str) -> None:
    body = robot(SENSING, sensors=["bend", "mass"])
    assert body.groups[-1] == Group("sensors", 4, "as each has")
    world = make_world(body, task, num_worlds=2, seed=1)
    sensed = world.reset()[:, world.layout.span("sensors")]
    hip = world.physics.qpos[:, 7].copy()
    np.testing.assert_allclose(sensed[:, 0], hip, atol=1e-6)
    np.testing.assert_allclose(sensed[:, 1:3], 0.0, atol=0.2)  # the centre of mass is near the root
    commands = np.random.default_rng(0).uniform(-1.0, 1.0, (20, 2, 3)).astype(np.float32)
    for command in commands[:5]:
        world.step(command)
    moved = world.observe()[:, world.layout.span("sensors")]
    assert (np.abs(moved[:, 0] - hip) > 1e-3).all()
    state, after = world.get_state(), [world.step(command).observation for command in commands[5:]]
    other = make_world(body, task, num_worlds=2, seed=2)
    other.reset()
    other.set_state(state)
    np.testing.assert_array_equal(other.observe()[:, world.layout.span("sensors")], moved)
    for command, expected in zip(commands[5:], after, strict=True):
        np.testing.assert_array_equal(other.step(command).observation, expected)


def test_senses_know_neither_place_nor_direction() -> None:
    rng, body = np.random.default_rng(1), robot()
    qpos, qvel = rng.standard_normal((5, 10)), rng.standard_normal((5, 9))
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    moved, velocity = qpos.copy(), qvel.copy()
    moved[:, :2] += rng.uniform(-9.0, 9.0, (5, 2))
    for row, turn in enumerate(yaw_quaternion(rng.uniform(-np.pi, np.pi, 5))):
        mujoco.mju_mulQuat(moved[row, 3:7], turn, qpos[row, 3:7])
        mujoco.mju_rotVecQuat(velocity[row, :3], qvel[row, :3], turn)
    np.testing.assert_allclose(body.proprioception(moved, velocity), body.proprioception(qpos, qvel), atol=1e-5)


def test_a_command_of_one_is_the_end_of_the_motors_range() -> None:
    body = robot()
    assert body.motors == ("servo", "wheel", "shin")  # the second is named after its joint
    assert body.unlimited_motors == ("wheel",)
    world = make_world(body, "open")
    world.reset()
    for command, control in ((1.0, [0.6, 1.0, 3.0]), (-1.0, [-0.2, -1.0, -3.0]), (0.5, [0.4, 0.5, 1.5])):
        world.step(np.full((1, 3), command, np.float32))
        np.testing.assert_allclose(world.physics.ctrl[0], control, atol=1e-12)


def test_motors_that_are_not_chosen_are_gone() -> None:
    body = robot(motors=["shin", "servo"])
    assert body.motors == ("servo", "shin")
    assert body.spec().compile().nu == 2


def test_it_starts_in_its_nominal_pose() -> None:
    body = robot(nominal={"height": 0.6, "joints": {"hip": 0.95, "shin": 0.1}})
    qpos, qvel = body.initial_state(np.array([0.0, 2.0]), np.random.default_rng(0))
    np.testing.assert_allclose(body.position(qpos), 0.0)
    np.testing.assert_allclose(body.heading(qpos), [0.0, 2.0])
    np.testing.assert_allclose(qpos[:, 2], 0.6)
    np.testing.assert_allclose(qpos[:, 8:], [[0.1, 0.0]] * 2)  # neither slides nor wheels are off
    assert ((qpos[:, 7] >= 0.85) & (qpos[:, 7] <= 1.0)).all()
    assert 0.0 < np.abs(qvel).max() < 0.6


@pytest.mark.parametrize(
    ("height", "degrees", "healthy"),
    [(0.5, 0.0, True), (0.19, 0.0, False), (0.91, 0.0, False), (0.5, 74.0, True), (0.5, 76.0, False)],
)
def test_health_is_height_and_tilt(height: float, degrees: float, healthy: bool) -> None:
    half = np.radians(degrees) / 2.0
    qpos = np.array([[0.0, 0.0, height, np.cos(half), 0.0, np.sin(half), 0.0, 0.0, 0.0, 0.0]])
    assert robot().healthy(qpos, STILL)[0] == healthy


def test_it_reaches_a_goal() -> None:
    world = make_world(robot(), "maze", 0)
    world.reset()
    for short, there in ((2.5, 0.0), (1.5, 1000.0)):
        world.physics.qpos[:, :2] = world.goal - (short, 0.0)
        step = world.step(np.zeros((1, 3), np.float32))
        assert step.reward[0] == there


def sentence_of(mjcf: str = MJCF, **changed: Any) -> str:
    with pytest.raises(UserError) as caught:
        robot(mjcf, **changed)
    return str(caught.value)


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"joints": ["hop"]}, "the body 'robot': unknown joint of its MJCF 'hop'; did you mean 'hip'?"),
    ({"nominal": {"joints": {"hop": 0}}}, "unknown joint of its MJCF 'hop'; did you mean 'hip'?"),
    ({"nominal": {"joints": {"hip": 2}}}, "expected nominal.joints.hip within the joint's range -1 to 1, got 2"),
    (
        {"sensors": ["gyro"]},
        "the body 'robot': its MJCF has no sensor with a name, got 'gyro'; leave sensors out, or name one there.",
    ),
    ({"mjcf": SENSING, "sensors": ["bent"]}, "unknown sensor of its MJCF 'bent'; did you mean 'bend'?"),
    ({"mjcf": SENSING.replace('name="mass" ', ""), "sensors": ["xyz"]}, "'xyz'; known: bend, time."),
    ({"motors": ["serve"]}, "unknown motor of its MJCF 'serve'; did you mean 'servo'?"),
    ({"root": "trunck"}, "unknown body of its MJCF 'trunck'; did you mean 'trunk'?"),
    ({"root": "leg"}, "expected the root 'leg' to have one joint, a free one, got 2; give it a <freejoint/>"),
    ({"root": "wheel"}, "a free one, got 1 of another type"),
    ({"nominal": {"height": 0.1}}, "not healthy: expected a height of 0.2 to 0.9 m, got 0.1 m; change nominal.height"),
    ({"time_step": 0.015}, "expected a time_step that is a multiple of the MJCF's timestep 0.01 s, got 0.015 s"),
]


@pytest.mark.parametrize(("changed", "sentence"), CHANGES)
def test_a_description_that_does_not_fit(changed: dict[str, Any], sentence: str) -> None:
    assert sentence in sentence_of(**changed)


BARE = """
<mujoco>
  <worldbody>
    <body name="trunk" pos="0 0 0.5"><freejoint/><geom size="0.1"/><site name="jet"/></body>
  </worldbody>
  <actuator><motor name="jet" site="jet" gear="0 0 1 0 0 0"/></actuator>
</mujoco>
"""


@pytest.mark.parametrize(
    ("changed", "end"),
    [
        ({"joints": ["hip"]}, "no joint with a name, got 'hip'; leave joints out, or name one there."),
        ({"nominal": {"joints": {"hip": 0}}}, "no joint with a name, got 'hip'; leave nominal.joints out, or name one"),
        ({"mjcf": BARE.replace(' name="trunk"', "")}, "no body with a name, got 'trunk'; name one there."),
    ],
)
def test_an_mjcf_that_names_none_of_what_is_named(changed: dict[str, Any], end: str) -> None:
    assert f"the body 'robot': its MJCF has {end}" in sentence_of(**{"mjcf": BARE, **changed})


MODELS = [
    ('type="sphere"', 'type="sfere"', "expected an MJCF that MuJoCo accepts, got 'XML Error: invalid keyword: 'sfere'"),
    ('joint="hip" ctrl', 'joint="hop" ctrl', "unknown transmission target 'hop'"),
    ("<worldbody>", '<worldbody><geom name="floor" size="1"/>', "expected the geom 'floor' to be a plane of the world"),
    ("<worldbody>", '<worldbody><geom type="plane" pos="0 0 -1" size="1 1 1"/>', "the floor at height 0, got -1 m"),
    ("<freejoint/>", "", "a free one, got none; give it a <freejoint/>"),
    ('pos="1 2 0.5"', 'pos="1 2 0.5" euler="1 0 0"', "expected the root 'trunk' to stand unturned, x ahead and z up"),
    (
        "</worldbody>",
        '<body><freejoint name="prop"/><geom size="1"/></body></worldbody>',
        "the joint 'prop' outside",
    ),
]


@pytest.mark.parametrize(("one", "other", "sentence"), MODELS)
def test_an_mjcf_that_cannot_be_used(one: str, other: str, sentence: str) -> None:
    assert sentence in sentence_of(MJCF.replace(one, other))


def named(kind: str, name: str) -> str:
    """The robot with a texture, material, body, geom or joint of that name."""
    one, other = {
        "texture": (
            "<worldbody>",
            f'<asset><texture name="{name}" type="2d" builtin="flat" width="8" height="8"/></asset>',
        ),
        "material": ("<worldbody>", f'<asset><material name="{name}"/></asset>'),
        "body": ('<body name="wheel">', f'<body name="{name}"><geom size="0.1"/></body>'),
        "geom": ("<freejoint/>", f'<geom name="{name}" size="0.1"/>'),
        "joint": ('<joint name="wheel"', f'<joint name="{name}" axis="0 0 1"/>'),
    }[kind]
    return MJCF.replace(one, other + one)


@pytest.mark.parametrize("kind", ["texture", "material", "body", "geom", "joint"])
def test_a_robot_may_have_the_names_of_an_arenas_parts(kind: str) -> None:
    for name in ("tiles", "sky", "wall_0", "zone_0", "box_0", "box_0_x"):
        model = make_world(robot(named(kind, name)), "move-box").physics.model
        getattr(model, {"texture": "tex", "material": "mat"}.get(kind, kind))(name)
    sentence = f"expected no name that begins with 'skillkit/', got 'skillkit/{kind}'; rename it."
    assert sentence_of(named(kind, f"skillkit/{kind}")) == f"the body 'robot': {sentence}"


def test_an_mjcf_without_motors() -> None:
    before, _, rest = MJCF.partition("<actuator>")
    assert "got an MJCF without actuators" in sentence_of(before + rest.partition("</actuator>")[2])


def poses(body: MjcfBody) -> Float:
    return body.initial_state(np.zeros(1), np.random.default_rng(0))[0]


def test_a_floor_of_its_own_is_kept_and_else_one_is_added() -> None:
    added = robot().spec().compile()
    assert (added.geom("floor").type[0], added.geom("floor").conaffinity[0]) == (mujoco.mjtGeom.mjGEOM_PLANE, 1)
    plane = '<worldbody><geom name="ground" type="plane" size="1 1 1" friction="0.5 0 0"/>'
    own = robot(MJCF.replace("<worldbody>", plane)).spec().compile()
    assert own.ngeom == added.ngeom
    assert own.geom("floor").friction[0] == 0.5
    assert (added.nlight, added.nkey, poses(robot()).shape) == (1, 0, (1, 10))
