from __future__ import annotations

import numpy as np

from skillkit.benchmark.simulation import CHUNK, RawCore, RawThreads, Worlds, full_states
from skillkit.machine import cores
from skillkit.worlds.factory import make_world


def test_states_hold_time_positions_and_velocities() -> None:
    world = make_world("ant", "open", num_worlds=2)
    world.reset()
    qpos, qvel = world.physics.qpos, world.physics.qvel
    states = full_states(world.physics.model, qpos, qvel)
    assert np.array_equal(states[:, : 1 + 15 + 14], np.hstack([np.zeros((2, 1)), qpos, qvel]))


def test_steps_are_counted_over_all_ants() -> None:
    for contender, unit in ((Worlds(), 16), (RawThreads(), 16 * CHUNK), (RawCore(), 16 * CHUNK * cores())):
        contender.warm_up()
        done = contender.run(0.01)
        assert done.count >= unit
        assert done.count % unit == 0
