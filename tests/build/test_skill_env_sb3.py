"""A skill under another library: Stable-Baselines3 learns on the latent as on any other action."""

from __future__ import annotations

import gymnasium
import numpy as np
from stable_baselines3 import SAC

import skillkit
from skillkit.skills.skill import Skill


def test_stable_baselines_learns_on_the_latent(ball_skill: Skill) -> None:
    env = skillkit.SkillEnv(gymnasium.make("skillkit/BallMaze-v0"), ball_skill, hold=3, discount=0.99)
    model = SAC("MultiInputPolicy", env, learning_starts=50, batch_size=16, policy_kwargs={"net_arch": [8]}, seed=0)
    before = [parameter.detach().clone() for parameter in model.policy.parameters()]
    model.learn(200)
    after = list(model.policy.parameters())
    assert model.num_timesteps == 200
    assert any(not np.array_equal(old.numpy(), new.detach().numpy()) for old, new in zip(before, after, strict=True))
    observation, _ = env.reset(seed=1)
    latent, _ = model.predict(observation, deterministic=True)
    assert env.action_space.contains(latent)
    info = env.step(latent)[4]
    assert info["duration"] == 3
