"""The steps of KL-regularized learning: ratios, slopes, targets, the KL cost, and what is frozen."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from skillkit.algorithms.flat_parameters import split
from skillkit.algorithms.kl.config import KlSettings
from skillkit.algorithms.kl.steps import KlSteps
from skillkit.algorithms.learner import ActorCriticLearner
from skillkit.policies.critic import TwinCritic
from skillkit.policies.hierarchical import HierarchicalActor, HierarchicalPolicy
from skillkit.policies.high_level import DefaultHighLevel, HighLevel
from skillkit.policies.low_level import LowLevel
from skillkit.types import SequenceBatch

SETTINGS = KlSettings(1e-2, 1.0, 0.5, 0.1, 0.75, 0.0, 2, 1.0, 100)
LENGTH = 3


def hierarchy(
    *, frozen: tuple[str, ...] = (), separate: bool = False, hidden: tuple[int, ...] | None = None
) -> HierarchicalPolicy:
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"hidden": (8,), "normalize": False}
    high, low = HighLevel(torch.arange(3), 2, 0.9, **sizes), LowLevel(torch.arange(2), 2, 2, **sizes)
    with torch.no_grad():
        high.network[-1].weight.normal_()  # type: ignore[operator, union-attr]
    default = LowLevel(torch.arange(2), 2, 2, **sizes) if separate else None
    return HierarchicalPolicy(high, low, DefaultHighLevel(2, 0.9, hidden=hidden), default, frozen=frozen)


def learner_of(policy: HierarchicalPolicy, **changes: Any) -> ActorCriticLearner:
    critic = TwinCritic(3, 4, hidden=(8,), layer_norm=True, normalize=False)
    steps = KlSteps(policy, critic, replace(SETTINGS, **changes), LENGTH)
    return ActorCriticLearner(policy, critic, steps, collecting=HierarchicalActor, seed=0)


def played(policy: HierarchicalPolicy, count: int = 4) -> SequenceBatch:
    """Sequences that the policy itself acted out, over random observations."""
    actor, generator = HierarchicalActor(policy), torch.Generator().manual_seed(1)
    observations = torch.randn(LENGTH + 1, count, 3, generator=generator)
    state, records = actor.initial_state(count), []
    for observation in observations[:-1]:
        action, state = actor.act(observation, state, generator)
        records.append(actor.record(action, state))
    rows = LENGTH * count
    return SequenceBatch(
        observations[:-1].flatten(0, 1),
        torch.cat(records),
        torch.randn(rows, generator=generator),
        torch.full((rows,), 0.9),
        observations[1:].flatten(0, 1),
        torch.ones(rows),
    )


def test_on_policy_the_ratio_is_one() -> None:
    policy = hierarchy()
    learner, batch = learner_of(policy), played(policy)
    steps = learner.steps
    assert isinstance(steps, KlSteps)
    record = policy.record(batch.action)
    seen = (batch.observation, record.last, record.begun, record.latent, record.outputs)
    parameters = split(policy, learner.actor.policy)
    log_prob = steps.call(steps._density, parameters, tuple(policy.buffers()), *seen)
    assert log_prob.tolist() == pytest.approx(record.log_prob[:, 0].tolist(), abs=1e-5)


def test_the_record_holds_the_latent_before() -> None:
    policy = hierarchy()
    record = policy.record(played(policy, 4).action)
    assert record.begun[:4].tolist() == [[0.0]] * 4
    assert record.last[:4].abs().max() == 0.0
    assert torch.equal(record.last[4:], record.latent[:-4])
    assert record.begun[4:].tolist() == [[1.0]] * 8


def slopes(policy: HierarchicalPolicy, **changes: Any) -> dict[str, torch.Tensor]:
    """How far each part of the policy moves in one update, by the first part of its name."""
    learner = learner_of(policy, **changes)
    before, batch = learner.actor.policy.clone(), played(policy)
    noise = torch.randn(len(batch.reward), policy.width, generator=torch.Generator().manual_seed(3))
    after = learner.steps.actor_step(*learner._actor_inputs(learner.actor, batch, noise))[0]
    moved = split(policy, (after - before).abs())
    parts = {name.partition(".")[0] for name in moved}
    return {part: sum(moved[name].sum() for name in moved if name.startswith(f"{part}.")) for part in parts}  # type: ignore[misc]


def test_all_parts_learn_but_those_that_are_frozen() -> None:
    learnt = slopes(hierarchy(separate=True, hidden=(4,)))
    assert min(learnt.values()) > 0.0
    kept = slopes(hierarchy(separate=True, hidden=(4,), frozen=("low", "default_high")))
    assert (kept["low"], kept["default_high"]) == (0.0, 0.0)
    assert min(kept["high"], kept["default_low"]) > 0.0
    head = slopes(hierarchy(frozen=("high", "default_high")))
    assert head["high"] == 0.0
    assert head["low"] > 0.0


def test_the_critics_slope_reaches_the_high_level_through_the_command_alone() -> None:
    """With a low level that does not look at the latent, nothing is left but the KL cost, which is nearly nothing."""
    policy = hierarchy()
    with torch.no_grad():
        policy.low.network[0].weight[:, 2:] = 0.0  # type: ignore[index, union-attr]
    learner, batch = learner_of(policy, kl_cost=1e-12), played(policy)
    noise = torch.randn(len(batch.reward), policy.width, generator=torch.Generator().manual_seed(3))
    outputs = learner.steps.actor_step(*learner._actor_inputs(learner.actor, batch, noise))
    first_moment = split(policy, outputs[1])  # a tenth of the gradient
    assert max(part.abs().max() for name, part in first_moment.items() if name.startswith("high.")) < 1e-9
    assert max(part.abs().max() for name, part in first_moment.items() if name.startswith("low.")) > 1e-5


def test_the_kl_cost_goes_to_its_target() -> None:
    """Further from the default policy than asked for, the cost rises; nearer, it falls; a fixed one stays."""
    policy = hierarchy()
    noise = torch.randn(12, policy.width, generator=torch.Generator().manual_seed(3))
    for target, sign in ((1e-3, 1.0), (1e3, -1.0)):
        learner = learner_of(policy, kl_cost="auto", kl_target=target)
        outputs = learner.steps.actor_step(*learner._actor_inputs(learner.actor, played(policy), noise))
        assert math.copysign(1.0, outputs[6] - learner.actor.log_temperature) == sign
    learner = learner_of(policy)
    outputs = learner.steps.actor_step(*learner._actor_inputs(learner.actor, played(policy), noise))
    assert outputs[6].exp().item() == pytest.approx(0.5)


def test_targets_are_copied_once_in_a_while() -> None:
    steps = learner_of(hierarchy()).steps
    old, new = torch.zeros(2), torch.ones(2)
    assert steps.next_target(old, new, torch.tensor(99.0)).tolist() == [0.0, 0.0]
    assert steps.next_target(old, new, torch.tensor(200.0)).tolist() == [1.0, 1.0]


def test_two_lengths_of_sequences_are_two_updates() -> None:
    policy = hierarchy()
    critic = TwinCritic(3, 4, hidden=(8,), layer_norm=True, normalize=False)
    assert KlSteps(policy, critic, SETTINGS, 3).made_of() != KlSteps(policy, critic, SETTINGS, 6).made_of()


def test_the_entropy_of_a_frozen_low_level_does_not_sway_the_high_one() -> None:
    with_cost = slopes(hierarchy(frozen=("low", "default_high")), entropy_cost=10.0)
    without = slopes(hierarchy(frozen=("low", "default_high")), entropy_cost=0.0)
    assert with_cost["high"] == without["high"]


def test_an_automatic_cost_does_not_fall_to_nothing() -> None:
    learner = learner_of(hierarchy(), kl_cost="auto", initial_kl_cost=1e-4, kl_target=1e3)
    noise = torch.randn(12, learner.policy.width, generator=torch.Generator().manual_seed(3))
    outputs = learner.steps.actor_step(*learner._actor_inputs(learner.actor, played(hierarchy()), noise))
    assert outputs[6].exp().item() == pytest.approx(1e-4)


def test_targets_by_hand() -> None:
    """Two steps of one sequence whose every part is known, the critics being constant.

    Q = 2 everywhere, bounded by 1.5 where it is bootstrapped. z' | z is N(0.6 z + 0.8, 0.8) under the policy and
    N(0.6 z, 0.8) under its prior: 0.5 nats, 0.25 at a cost of 0.5. The low level is its own default. Rewards 1 and 3
    count double. The second decision was made with a density e times as low as now: c = 0.9, lambda.
    Errors: 2 + 0.5 * (1.5 - 0.25) - 2 = 0.625 and 6 + 0.5 * 1.25 - 2 = 4.625.
    Returns: 2 + 0.625 + 0.5 * 0.9 * 4.625 and 2 + 4.625.
    """
    sizes: dict[str, Any] = {"hidden": (4,), "normalize": False}
    high, low = HighLevel(torch.arange(1), 1, 0.6, **sizes), LowLevel(torch.arange(1), 1, 1, **sizes)
    with torch.no_grad():
        high.network[-1].bias.copy_(torch.tensor([1.0, 0.0]))  # type: ignore[operator, union-attr]
    policy = HierarchicalPolicy(high, low, DefaultHighLevel(1, 0.6, hidden=None), None)
    critic = TwinCritic(1, 2, hidden=(4,), layer_norm=False, normalize=False)
    with torch.no_grad():
        critic.network[-1].weight.zero_()  # type: ignore[operator, union-attr]
        critic.network[-1].bias.fill_(2.0)  # type: ignore[operator, union-attr]
    settings = replace(SETTINGS, reward_scale=2.0, trace_decay=0.9, bound=1.5)
    steps = KlSteps(policy, critic, settings, 2)
    learner = ActorCriticLearner(policy, critic, steps, collecting=HierarchicalActor, seed=0)
    actor, state, records = HierarchicalActor(policy), HierarchicalActor(policy).initial_state(1), []
    for index in range(2):
        action, state = actor.act(torch.zeros(1, 1), state, torch.Generator().manual_seed(index))
        record = actor.record(action, state).clone()
        record[0, -1] += (1.0, -1.0)[index]
        records.append(record)
    rows = torch.zeros(2, 1)
    batch = SequenceBatch(
        rows, torch.cat(records), torch.tensor([1.0, 3.0]), torch.full((2,), 0.5), rows, torch.ones(2)
    )
    (returns,) = steps.target_step(*learner._target_inputs(batch, torch.randn(4, 2)))
    assert returns.tolist() == pytest.approx([2.0 + 0.625 + 0.5 * 0.9 * 4.625, 6.625], abs=1e-5)
