"""CleanRL's SAC at these sizes: `python -m benchmarks.peers.cleanrl SIZE` serves it.

The algorithm of its single file for continuous actions: PyTorch without compilation, one environment, an actor, two
critics with targets, Adam, a learnt temperature, Stable-Baselines3's replay. One thing differs: its file updates the
actor twice at every second step; here it is once at every step, so that everybody makes the same updates.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

import gymnasium
import numpy as np
import torch
from stable_baselines3.common.buffers import ReplayBuffer
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.sizes import ENVIRONMENT, LEARNING_RATE, LEARNING_STARTS, REPLAY, SIZES
from skillkit.benchmark.protocol import Reading, serve

DISCOUNT, TARGET_SMOOTHING = 0.99, 0.005
LOG_STD_LOW, LOG_STD_HIGH = -5.0, 2.0
CALIBRATION = 3.0  # seconds for each number of threads


class Critic(nn.Module):
    def __init__(self, observation_width: int, action_width: int, hidden: int) -> None:
        super().__init__()
        self.first = nn.Linear(observation_width + action_width, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, 1)

    def forward(self, observation: Tensor, action: Tensor) -> Tensor:
        features = functional.relu(self.first(torch.cat([observation, action], 1)))
        return self.value(functional.relu(self.second(features)))


class Actor(nn.Module):
    def __init__(self, observation_width: int, action_space: gymnasium.spaces.Box, hidden: int) -> None:
        super().__init__()
        width = int(np.prod(action_space.shape))
        self.first = nn.Linear(observation_width, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.mean, self.log_std = nn.Linear(hidden, width), nn.Linear(hidden, width)
        low, high = torch.tensor(action_space.low), torch.tensor(action_space.high)
        self.register_buffer("scale", (high - low) / 2.0)
        self.register_buffer("middle", (high + low) / 2.0)

    def act(self, observation: Tensor) -> tuple[Tensor, Tensor]:
        features = functional.relu(self.second(functional.relu(self.first(observation))))
        log_std = torch.tanh(self.log_std(features))
        log_std = LOG_STD_LOW + 0.5 * (LOG_STD_HIGH - LOG_STD_LOW) * (log_std + 1.0)
        normal = torch.distributions.Normal(self.mean(features), log_std.exp())
        drawn = normal.rsample()
        squashed = torch.tanh(drawn)
        log_prob = normal.log_prob(drawn) - torch.log(self.scale * (1.0 - squashed.square()) + 1e-6)
        return squashed * self.scale + self.middle, log_prob.sum(1, keepdim=True)


class CleanRL:
    """Steps and updates by turns, one of each."""

    name = "CleanRL's SAC algorithm"

    def __init__(self, size: str) -> None:
        chosen = SIZES[size]
        self.threads, self.settings = 1, "1 environment"
        self._batch = chosen.batch
        self._env = gymnasium.make(ENVIRONMENT, **chosen.kwargs)
        space, actions = self._env.observation_space, self._env.action_space
        assert isinstance(space, gymnasium.spaces.Box)
        assert isinstance(actions, gymnasium.spaces.Box)
        space = gymnasium.spaces.Box(-np.inf, np.inf, space.shape, np.float32)
        widths = (space.shape[0], actions.shape[0])
        self._actor = Actor(widths[0], actions, chosen.hidden)
        self._critics = nn.ModuleList([Critic(*widths, chosen.hidden) for _ in range(2)])
        self._targets = nn.ModuleList([Critic(*widths, chosen.hidden) for _ in range(2)])
        self._targets.load_state_dict(self._critics.state_dict())
        self._log_temperature = torch.zeros(1, requires_grad=True)
        self._target_entropy = -float(widths[1])
        self._actor_adam = torch.optim.Adam(self._actor.parameters(), LEARNING_RATE)
        self._critic_adam = torch.optim.Adam(self._critics.parameters(), LEARNING_RATE)
        self._temperature_adam = torch.optim.Adam([self._log_temperature], LEARNING_RATE)
        self._replay = ReplayBuffer(REPLAY, space, actions, "cpu", handle_timeout_termination=False)
        self._observation = self._env.reset(seed=0)[0]
        self._steps = self._updates = 0

    def warm_up(self) -> None:
        """Collect up to the first updates, and find the better number of threads."""
        while not self._updates:
            self.run(1.0)
        rates = {}
        for threads in (1, 2):
            torch.set_num_threads(threads)
            self.run(1.0)
            done = self.run(CALIBRATION)
            rates[threads] = done.count / done.seconds
        self.threads = max(rates, key=lambda threads: rates[threads])
        torch.set_num_threads(self.threads)

    def run(self, seconds: float) -> Reading:
        steps, updates, start = self._steps, self._updates, time.perf_counter()
        while time.perf_counter() - start < seconds:
            self._step()
            if self._steps > LEARNING_STARTS:
                self._update()
        return Reading(self._steps - steps, time.perf_counter() - start, self._updates - updates)

    def _step(self) -> None:
        if self._steps < LEARNING_STARTS:
            action = self._env.action_space.sample()
        else:
            with torch.no_grad():
                action = self._actor.act(torch.tensor(self._observation, dtype=torch.float32)[None])[0][0].numpy()
        after, reward, terminated, truncated, info = self._env.step(action)
        self._replay.add(self._observation, after, action, np.array(reward), np.array(terminated), [info])
        self._observation = self._env.reset()[0] if terminated or truncated else after
        self._steps += 1

    def _update(self) -> None:
        batch = self._replay.sample(self._batch)
        temperature = self._log_temperature.exp().item()
        with torch.no_grad():
            next_action, next_log_prob = self._actor.act(batch.next_observations)
            first, second = (target(batch.next_observations, next_action) for target in self._targets)
            next_value = torch.min(first, second) - temperature * next_log_prob
            wanted = batch.rewards + (1.0 - batch.dones) * DISCOUNT * next_value
        values = [critic(batch.observations, batch.actions) for critic in self._critics]
        descend(self._critic_adam, sum(functional.mse_loss(value, wanted) for value in values))

        action, log_prob = self._actor.act(batch.observations)
        first, second = (critic(batch.observations, action) for critic in self._critics)
        descend(self._actor_adam, (temperature * log_prob - torch.min(first, second)).mean())

        with torch.no_grad():
            _, log_prob = self._actor.act(batch.observations)
        surplus = -self._log_temperature.exp() * (log_prob + self._target_entropy)
        descend(self._temperature_adam, surplus.mean())

        follow(self._targets.parameters(), self._critics.parameters())
        self._updates += 1


def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def follow(targets: Iterable[Tensor], leaders: Iterable[Tensor]) -> None:
    for target, leader in zip(targets, leaders, strict=True):
        target.data.copy_(TARGET_SMOOTHING * leader.data + (1.0 - TARGET_SMOOTHING) * target.data)


if __name__ == "__main__":
    serve(CleanRL(sys.argv[1]))
