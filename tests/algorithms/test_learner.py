"""The update, of SAC: deterministic, resumable, and it learns what can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from skillkit.algorithms.compiled import TensorFunction
from skillkit.algorithms.flat_parameters import flatten
from skillkit.algorithms.learner import TURN, ActorCriticLearner
from skillkit.algorithms.sac.config import SacSettings
from skillkit.algorithms.sac.steps import SacSteps
from skillkit.algorithms.sql.config import SqlSettings
from skillkit.algorithms.sql.steps import SqlSteps
from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.critic import TwinCritic
from skillkit.policies.latent_policy import LatentActor, ShrinkingSet
from skillkit.types import Batch

SETTINGS: dict[str, Any] = {
    "learning_rate": 1e-2,
    "target_smoothing": 0.1,
    "temperature": 0.1,
    "initial_temperature": 0.5,
    "divergence_target": 0.0,
    "action_prior": "uniform",
    "reward_scale": 1.0,
}


def learner_of(
    kind: str = "flow", width: int = 1, squash: bool = True, seed: int = 0, **changes: Any
) -> ActorCriticLearner:
    """A tiny eager learner for observations of 2 numbers."""
    torch.manual_seed(0)
    sizes = PolicySizes(kind, (8,), embedding=4, coupling_hidden=4)
    policy = build_policy(sizes, torch.arange(2), width, squash=squash)
    critic = TwinCritic(2, width, hidden=(32, 32), layer_norm=False, normalize=True)
    settings = SacSettings(**SETTINGS | changes)
    return ActorCriticLearner(
        policy, critic, SacSteps(policy, critic, settings), collecting=partial(LatentActor, draw="step"), seed=seed
    )


def batch_of(seed: int, width: int = 1, count: int = 16) -> Batch:
    """Random transitions, a quarter of them terminations."""
    generator = torch.Generator().manual_seed(seed)
    observation, next_observation = torch.randn(2, count, 2, generator=generator)
    action = 1.8 * torch.rand(count, width, generator=generator) - 0.9
    discount = torch.where(torch.arange(count) % 4 == 0, 0.0, 0.9)
    return Batch(observation, action, torch.randn(count, generator=generator), discount, next_observation)


def tensors_of(tree: Any) -> list[Tensor]:
    """All tensors of nested dicts, in order."""
    if isinstance(tree, dict):
        return [tensor for name in sorted(tree) for tensor in tensors_of(tree[name])]
    return [tree]


def same_state(first: ActorCriticLearner, second: ActorCriticLearner) -> bool:
    pairs = zip(tensors_of(first.state_dict()), tensors_of(second.state_dict()), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def update(learner: ActorCriticLearner, batches: list[Batch]) -> dict[str, Tensor]:
    """An update for each batch."""
    left = iter(batches)
    return learner.update(lambda count: list(islice(left, count)), len(batches))


def train(learner: ActorCriticLearner, seeds: range) -> dict[str, Tensor]:
    metrics: dict[str, Tensor] = {}
    for seed in seeds:
        batch = batch_of(seed, learner.policy.width)
        learner.observe(batch.observation)
        metrics = update(learner, [batch])
    return metrics


@pytest.mark.parametrize("kind", ["flow", "gaussian"])
def test_updates_depend_on_the_seed_alone(kind: str) -> None:
    first, same, other = (learner_of(kind, width=3, seed=seed) for seed in (0, 0, 1))
    for learner in (first, same, other):
        train(learner, range(3))
    assert same_state(first, same)
    assert not torch.equal(first.actor.policy, other.actor.policy)


@pytest.mark.parametrize("temperature", [0.1, "auto"])
def test_resuming_is_the_same_as_no_interruption(temperature: Any) -> None:
    straight, resumed = (learner_of(width=2, seed=seed, temperature=temperature) for seed in (0, 7))
    train(straight, range(3))
    train(resumed, range(5, 7))  # a past of its own, all of it replaced
    resumed.load_state_dict(straight.state_dict())
    assert same_state(straight, resumed)
    for learner in (straight, resumed):
        train(learner, range(3, 6))
    assert same_state(straight, resumed)


def test_every_part_moves_and_the_target_lags() -> None:
    learner = learner_of(temperature="auto")
    critics, actor = learner.critics, learner.actor
    metrics = train(learner, range(1))
    assert_close(learner.critics.target, 0.9 * critics.critic + 0.1 * learner.critics.critic)
    assert not torch.equal(critics.critic, learner.critics.critic)
    assert not torch.equal(actor.policy, learner.actor.policy)
    assert not torch.equal(actor.log_temperature, learner.actor.log_temperature)
    assert set(metrics) == {"critic_loss", "value", "actor_loss", "divergence", "entropy", "temperature"}
    assert all(value.dim() == 0 and bool(torch.isfinite(value)) for value in metrics.values())


def test_first_update_reports_the_divergence_of_its_own_noise() -> None:
    learner = learner_of()
    noise = torch.randn(2, 16, 1, generator=torch.Generator().manual_seed(0))
    batch = batch_of(0)
    with torch.no_grad():
        _, log_prob = learner.policy(batch.observation, noise[1])
    metrics = update(learner, [batch])
    assert metrics["divergence"].item() == pytest.approx(log_prob.mean().item(), abs=1e-6)
    assert metrics["entropy"].item() == pytest.approx(-log_prob.mean().item(), abs=1e-6)


def test_reward_scale_multiplies_rewards() -> None:
    batch = batch_of(0)
    scaled = Batch(batch.observation, batch.action, 5.0 * batch.reward, batch.discount, batch.next_observation)
    first, second = learner_of(reward_scale=5.0), learner_of()
    update(first, [batch])
    update(second, [scaled])
    assert_close(first.critics.critic, second.critics.critic)


def test_fixed_temperature_stays() -> None:
    learner = learner_of(temperature=0.25)
    metrics = train(learner, range(3))
    assert metrics["temperature"].item() == pytest.approx(0.25)
    assert learner.actor.log_temperature.exp().item() == pytest.approx(0.25)


@pytest.mark.parametrize(("target", "rises"), [(-100.0, True), (100.0, False)])
def test_automatic_temperature_steers_the_divergence(target: float, rises: bool) -> None:
    learner = learner_of(temperature="auto", divergence_target=target)
    train(learner, range(3))
    # Three steps of Adam against a slope of constant sign move log temperature by 3 * 0.01.
    change = 0.03 if rises else -0.03
    expected = torch.tensor(0.5).log().item() + change
    assert learner.actor.log_temperature.item() == pytest.approx(expected, abs=1e-3)


def test_publish_copies_weights_and_statistics_to_the_acting_policy() -> None:
    learner = learner_of()
    acting = learner.acting_policy().policy
    fresh = flatten(acting)
    train(learner, range(2))
    assert torch.equal(flatten(acting), fresh)
    assert float(acting.normalizer.count) == 0.0
    learner.publish()
    assert torch.equal(flatten(acting), learner.actor.policy)
    assert torch.equal(acting.normalizer.mean, learner.policy.normalizer.mean)
    published = flatten(acting)
    train(learner, range(2, 3))
    assert torch.equal(flatten(acting), published)


def test_trained_policy_has_the_newest_weights() -> None:
    learner = learner_of()
    train(learner, range(2))
    assert torch.equal(flatten(learner.trained_policy()), learner.actor.policy)


def test_in_a_turn_the_policy_learns_against_the_critics_before_it() -> None:
    # With other rewards the critics move elsewhere from the first update on, the policy from the second turn on.
    batches = [batch_of(seed) for seed in range(TURN + 1)]
    others = [replace(batch, reward=batch.reward + 7.0) for batch in batches]
    first, second = learner_of(), learner_of()
    update(first, batches[:TURN])
    update(second, others[:TURN])
    assert torch.equal(first.actor.policy, second.actor.policy)
    assert not torch.equal(first.critics.critic, second.critics.critic)
    update(first, batches[TURN:])
    update(second, others[TURN:])
    assert not torch.equal(first.actor.policy, second.actor.policy)


def test_in_a_turn_the_critics_learn_against_the_target_critics_before_it() -> None:
    # Target critics that stand still change nothing within a turn, and something in the next.
    batches = [batch_of(seed) for seed in range(TURN + 1)]
    first, second = learner_of(), learner_of()
    step = second._critic_step
    second._critic_step = lambda *tensors: (lambda out: (out[0], tensors[1], *out[2:]))(step(*tensors))
    for learner in (first, second):
        update(learner, batches[:TURN])
    assert torch.equal(first.critics.critic, second.critics.critic)
    for learner in (first, second):
        update(learner, batches[TURN:])
    assert not torch.equal(first.critics.critic, second.critics.critic)


def test_in_a_turn_the_critics_learn_against_the_policy_before_it() -> None:
    # The policy's learning does not reach the critics' next values within a turn.
    batches = [batch_of(seed) for seed in range(TURN + 1)]
    first, second = learner_of(), learner_of()
    second._actor_step = standing_still(second._actor_step)
    for learner in (first, second):
        update(learner, batches[:TURN])
    assert torch.equal(first.critics.critic, second.critics.critic)
    assert not torch.equal(first.actor.policy, second.actor.policy)
    for learner in (first, second):
        update(learner, batches[TURN:])
    assert not torch.equal(first.critics.critic, second.critics.critic)


def standing_still(step: TensorFunction) -> TensorFunction:
    """An actor's step that leaves the policy where it is."""

    def still(*tensors: Tensor) -> tuple[Tensor, ...]:
        return (tensors[0], *step(*tensors)[1:])

    return still


def test_a_call_is_made_of_turns() -> None:
    together, apart = learner_of(width=2), learner_of(width=2)
    batches = [batch_of(seed, width=2) for seed in range(TURN + 3)]
    update(together, batches)
    update(apart, batches[:TURN])
    update(apart, batches[TURN:])
    assert same_state(together, apart)


@pytest.mark.parametrize("kind", ["flow", "gaussian"])
def test_learns_the_best_action_of_a_bandit(kind: str) -> None:
    # Reward -(a - 0.5)^2 and a fixed temperature of 0.02: the best policy is proportional to exp(reward / 0.02),
    # a Gaussian around 0.5 with standard deviation sqrt(0.02 / 2) = 0.1.
    learner = learner_of(kind, temperature=0.02, learning_rate=5e-3)
    generator = torch.Generator().manual_seed(0)
    nothing = torch.zeros(64, 2)
    for _ in range(400):
        action = 1.98 * torch.rand(64, 1, generator=generator) - 0.99
        reward = -(action[:, 0] - 0.5).square()
        update(learner, [Batch(nothing, action, reward, torch.zeros(64), nothing)])
    with torch.no_grad():
        latent = torch.randn(500, 1, generator=generator)
        chosen, _ = learner.trained_policy()(torch.zeros(500, 2), latent)
    assert chosen.mean().item() == pytest.approx(0.5, abs=0.08)
    assert 0.05 < chosen.std().item() < 0.2


@pytest.mark.parametrize("kind", ["flow", "gaussian"])
def test_without_reward_the_policy_stays_at_its_gaussian_prior(kind: str) -> None:
    learner = learner_of(kind, width=2, squash=False, action_prior="gaussian", temperature=1.0, learning_rate=3e-3)
    generator = torch.Generator().manual_seed(0)
    for _ in range(250):
        observation, action = torch.randn(64, 2, generator=generator), torch.randn(64, 2, generator=generator)
        update(learner, [Batch(observation, action, torch.zeros(64), torch.full((64,), 0.5), observation)])
    observation, latent = torch.randn(2, 2000, 2, generator=generator)
    with torch.no_grad():
        chosen, log_prob = learner.trained_policy()(observation, latent)
    normal = torch.distributions.Normal(0.0, 1.0)
    divergence = (log_prob - normal.log_prob(chosen).sum(1)).mean().item()
    assert divergence == pytest.approx(0.0, abs=0.03)
    assert chosen.mean(0).tolist() == pytest.approx([0.0, 0.0], abs=0.15)
    assert chosen.std(0).tolist() == pytest.approx([1.0, 1.0], abs=0.15)


@pytest.mark.parametrize("algorithm", ["sac", "sql"])
def test_soft_q_learning_alone_learns_with_the_latents_that_are_left(algorithm: str) -> None:
    torch.manual_seed(0)
    policy = build_policy(PolicySizes("flow", (8,), embedding=4, coupling_hidden=4), torch.arange(2), 1, squash=True)
    critic = TwinCritic(2, 1, hidden=(8,), layer_norm=False, normalize=True)
    steps = (
        SacSteps(policy, critic, SacSettings(**SETTINGS))
        if algorithm == "sac"
        else SqlSteps(policy, critic, SqlSettings(1e-2, 0.5, "uniform", 1.0, 10, 3, 2, "policy"))
    )
    few = ShrinkingSet(torch.tensor([[0.0], [1.0], [2.0]]), 4.0)
    learner = ActorCriticLearner(
        policy, critic, steps, collecting=partial(LatentActor, draw="shrinking"), shrinking=few, seed=0
    )
    seen: list[set[float]] = []
    step = learner._actor_step

    def noted(*tensors: Tensor) -> Any:
        latents = tensors[len(learner.actor) + 2]
        seen.append(set(latents.flatten().tolist()))
        return step(*tensors)

    learner._actor_step = noted
    for _ in range(3):
        learner.publish()
        learner.update(lambda count: [batch_of(0)] * count, 2)
    assert learner.acting_policy().choices.tolist() == [[0.0]]
    if algorithm == "sac":
        assert all(len(values) > 10 for values in seen)
    else:
        assert [sorted(values) for values in seen[::2]] == [[0.0, 1.0, 2.0], [0.0, 1.0], [0.0]]
