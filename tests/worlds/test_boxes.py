"""Boxes: the gap between two by hand, their joints, and that a body can push them."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.bodies import BODIES
from skillkit.worlds.boxes import gap
from skillkit.worlds.errand_tasks import room
from skillkit.worlds.factory import make_world
from skillkit.worlds.model import build_model, fingerprint

DIAMOND = np.pi / 4.0  # on its corner, a box is the square root of 2 wide


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0.0, 0.0, 0.0), (1.3, 0.0, 0.0), 0.3),  # side by side
        ((0.0, 0.0, 0.0), (0.2, -1.3, np.pi / 2.0), 0.3),  # a quarter turn changes nothing
        ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 0.0),
        ((0.0, 0.0, 0.0), (0.9, 0.1, 0.0), -0.1),  # they overlap by 0.1 m at least
        ((0.0, 0.0, 0.0), (1.5, 0.0, DIAMOND), 1.0 - np.sqrt(0.5)),  # a corner points at a face
        ((2.0, 1.0, DIAMOND), (0.5, 1.0, 0.0), 1.0 - np.sqrt(0.5)),
        ((0.0, 0.0, DIAMOND), (1.5, 1.5, DIAMOND), np.hypot(1.5, 1.5) - 1.0),  # face to face across the diagonal
        ((0.0, 0.0, 0.0), (1.1, 1.2, 0.0), 0.2),  # corner to corner: of the two axes the larger
    ],
)
def test_the_gap_by_hand(one: tuple[float, ...], other: tuple[float, ...], expected: float) -> None:
    assert gap(np.array([one]), np.array([other]))[0] == pytest.approx(expected)
    assert gap(np.array([[other]]), np.array([[one]]))[0, 0] == pytest.approx(expected)


@pytest.mark.parametrize("body", sorted(BODIES))
def test_boxes_stand_behind_the_body_and_have_their_own_joints(body: str) -> None:
    bare, model = BODIES[body].spec().compile(), build_model(BODIES[body], room(2, 3.0))
    assert (model.nq - bare.nq, model.nv - bare.nv, model.nu) == (6, 6, bare.nu)
    assert model.joint("skillkit/box_0_x").qposadr[0] == bare.nq
    assert model.joint("skillkit/box_1_turn").qposadr[0] == model.nq - 1
    boxes = slice(bare.nv, None)
    assert not model.dof_armature[boxes].any()  # the ant's own joints have some by default
    assert not model.jnt_stiffness[bare.njnt :].any()  # and the quadruped's springs
    assert not model.jnt_limited[bare.njnt :].any()
    np.testing.assert_allclose(model.dof_frictionloss[boxes][:2], 0.08 * 9.81 * 3.0)
    np.testing.assert_allclose(model.dof_damping[boxes], [1.5, 1.5, 0.25] * 2)
    assert model.body("skillkit/box_0").mass[0] == pytest.approx(3.0)
    assert fingerprint(make_world(body, "move-box").body_model) == fingerprint(bare)


@pytest.mark.parametrize(("task", "least"), [("move-box", 2.0), ("move-heavy-box", 1.0)])
@pytest.mark.parametrize("direction", [0.0, np.pi / 4.0])  # along one joint, and across both
def test_a_ball_that_rolls_against_a_box_moves_it_and_stays_on_the_floor(
    task: str, least: float, direction: float
) -> None:
    world = make_world("ball", task)
    world.reset()
    ahead = np.array([np.cos(direction), np.sin(direction)])
    world.physics.qpos[0] = [*(-2.0 * ahead), 0.0, direction, 0.0, 0.0, 0.0, direction]
    world.physics.qvel[:] = 0.0
    for _ in range(100):  # 5 s
        world.step(np.array([[1.0, 0.0]], np.float32))
    box = world.boxes(world.physics.qpos)[0, 0, :2]
    assert box @ ahead > least
    assert np.linalg.norm(box - (box @ ahead) * ahead) < 0.1
    assert abs(world.physics.qpos[0, 2]) < 0.01  # it does not climb
    for _ in range(60):
        world.step(np.array([[-1.0, 0.0]], np.float32))
    np.testing.assert_allclose(world.physics.qvel[0, 5:], 0.0, atol=1e-3)  # left alone, the box comes to rest


def test_an_ant_cannot_walk_through_a_box() -> None:
    world = make_world("ant", "move-box")
    world.reset()
    start = world.physics.qpos.copy()
    world.physics.qpos[0, 15:] = [0.9, 0.0, 0.0]  # in one of its legs
    world.step(np.zeros((1, 8), np.float32))
    moved = world.physics.qpos[0, [15, 0]] - [0.9, start[0, 0]]
    assert moved[0] > 0.0 > moved[1]
