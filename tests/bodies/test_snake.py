"""The snake is where its mass is."""

from __future__ import annotations

import mujoco
import numpy as np

from skillkit.bodies import GYMNASIUM_BODIES, SNAKE


def test_its_place_is_its_centre_of_mass() -> None:
    model = SNAKE.spec().compile()
    data = mujoco.MjData(model)
    rng = np.random.default_rng(0)
    for _ in range(5):
        data.qpos[:] = rng.normal(size=5)
        mujoco.mj_forward(model, data)
        np.testing.assert_allclose(SNAKE.position(data.qpos[None].copy())[0], data.subtree_com[0][:2], atol=1e-9)


def test_it_senses_and_moves_as_the_swimmer() -> None:
    swimmer = GYMNASIUM_BODIES["swimmer"]
    assert (SNAKE.groups, SNAKE.motors, SNAKE.time_step) == (swimmer.groups, swimmer.motors, swimmer.time_step)
    assert SNAKE.name == "snake"
