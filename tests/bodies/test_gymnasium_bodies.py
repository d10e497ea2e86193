"""The bodies of the task run beside Gymnasium's own environments, and their numbers by hand."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

from skillkit.bodies import GYMNASIUM_BODIES
from skillkit.worlds.factory import make_world
from skillkit.worlds.mujoco_world import MujocoWorld

ENVIRONMENTS = {
    "swimmer": "Swimmer-v5",
    "hopper": "Hopper-v5",
    "walker2d": "Walker2d-v5",
    "half-cheetah": "HalfCheetah-v5",
    "ant": "Ant-v5",
    "humanoid": "Humanoid-v5",
}
ENDING = {"hopper", "walker2d", "ant", "humanoid"}  # random motors end their episodes sooner or later
EPISODES, STEPS = 12, 80


def test_every_runner_has_its_environment() -> None:
    assert set(GYMNASIUM_BODIES) == set(ENVIRONMENTS)


def start_from(world: MujocoWorld, qpos: np.ndarray, qvel: np.ndarray) -> None:
    """Start the world's episode from a state, as if its body had drawn it."""
    state = world.get_state()
    world.physics.reset(np.ones(1, bool), qpos[None], qvel[None])
    position = np.broadcast_to(world.position[:, None, :], state["history"].shape)
    world.set_state({**state, "physics": world.physics.get_state(), "history": position})


@pytest.mark.parametrize("body", ENVIRONMENTS)
def test_observations_rewards_and_ends_are_gymnasiums(body: str) -> None:
    theirs = gymnasium.make(ENVIRONMENTS[body])
    plain = theirs.unwrapped
    ours = make_world(body, "run")
    assert (ours.layout.width,) == theirs.observation_space.shape
    assert ours.body.time_step == pytest.approx(plain.dt)  # type: ignore[attr-defined]
    assert ours.episode_steps == theirs.spec.max_episode_steps  # type: ignore[union-attr]
    rng, ended = np.random.default_rng(0), 0
    for episode in range(EPISODES):
        ours.reset()
        first, _ = theirs.reset(seed=episode)
        start_from(ours, plain.data.qpos.copy(), plain.data.qvel.copy())  # type: ignore[attr-defined]
        np.testing.assert_allclose(ours.observe()[0], first, rtol=1e-5, atol=1e-5)
        for _ in range(STEPS):
            action = rng.uniform(-1.0, 1.0, len(ours.action_names)).astype(np.float32)
            observation, reward, terminated, _, _ = theirs.step(action * theirs.action_space.high)  # type: ignore[attr-defined]
            step = ours.step(action[None])
            np.testing.assert_allclose(step.observation[0], observation, rtol=1e-5, atol=1e-4)
            assert step.reward[0] == pytest.approx(reward, abs=1e-4)
            assert step.terminated[0] == terminated
            if terminated:
                ended += 1
                break
    assert (ended > 0) == (body in ENDING)


@pytest.mark.parametrize("body", ENVIRONMENTS)
def test_starts_are_spread_like_gymnasiums(body: str) -> None:
    world = make_world(body, "run", num_worlds=300, seed=1)
    world.reset()
    theirs = gymnasium.make(ENVIRONMENTS[body]).unwrapped
    states = []
    for seed in range(300):
        theirs.reset(seed=seed)
        states.append([*theirs.data.qpos, *theirs.data.qvel])  # type: ignore[attr-defined]
    ours = np.concatenate([world.physics.qpos, world.physics.qvel], axis=1)
    spread = np.std(states, axis=0)
    np.testing.assert_allclose(ours.std(axis=0), spread, rtol=0.25)
    np.testing.assert_allclose(ours.mean(axis=0), np.mean(states, axis=0), atol=0.25 * spread.max() + 1e-9)


def test_a_humanoids_commands_are_scaled_to_its_motors() -> None:
    world = make_world("humanoid", "run")
    world.reset()
    step = world.step(np.full((1, 17), 2.0, np.float32))  # clipped to 1
    np.testing.assert_allclose(world.physics.ctrl, 0.4)
    assert step.terms["control-cost"][0] == pytest.approx(-0.1 * 17 * 0.4**2)


def test_contact_load_is_limited_as_each_environment_limits_it() -> None:
    forces = {"cfrc_ext": np.full((1, 2, 6), 3.0)}
    assert GYMNASIUM_BODIES["ant"].contact_load(forces)[0] == pytest.approx(12.0)  # each force clipped to 1
    assert GYMNASIUM_BODIES["humanoid"].contact_load(forces)[0] == pytest.approx(108.0)
    heavy = {"cfrc_ext": np.full((1, 2, 6), 1e6)}
    assert 5e-7 * GYMNASIUM_BODIES["humanoid"].contact_load(heavy)[0] == pytest.approx(10.0)


def test_a_planar_body_faces_along_x_and_is_where_its_root_is() -> None:
    cheetah = GYMNASIUM_BODIES["half-cheetah"]
    qpos = np.zeros((2, 9))
    qpos[:, 0] = (1.5, -2.0)
    np.testing.assert_allclose(cheetah.position(qpos), [[1.5, 0.0], [-2.0, 0.0]])
    np.testing.assert_allclose(cheetah.heading(qpos), [0.0, 0.0])
