"""A hierarchy of one latent and one motor whose every Gaussian is known: divergences, targets, costs by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from skillkit.algorithms.flat_parameters import split
from skillkit.algorithms.kl.config import KlSettings
from skillkit.algorithms.kl.steps import KlSteps
from skillkit.algorithms.learner import ActorCriticLearner
from skillkit.algorithms.steps import ACTOR_TENSORS, ActorState, CriticState
from skillkit.policies.critic import TwinCritic
from skillkit.policies.hierarchical import Decision, HierarchicalActor, HierarchicalPolicy
from skillkit.policies.high_level import DefaultHighLevel, HighLevel
from skillkit.policies.low_level import LowLevel
from skillkit.types import SequenceBatch

SIZES: dict[str, Any] = {"hidden": (2,), "normalize": False}
RHO, SPREAD = 0.6, 0.8  # of the process: z' = 0.6 z + 0.8 noise
COST, DISCOUNT, DECAY, VALUE = 0.5, 0.9, 0.7, 2.0


def kl(mean: float, std: float, of_mean: float, of_std: float) -> float:
    """KL(N(mean, std) | N(of_mean, of_std)), nats."""
    return math.log(of_std / std) + (std**2 + (mean - of_mean) ** 2) / (2.0 * of_std**2) - 0.5


def log_density(value: float, mean: float, std: float) -> float:
    return -0.5 * ((value - mean) / std) ** 2 - math.log(std) - 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Known:
    """z' ~ N(0.6 z + 0.8 shift z, 0.8 scale) above u ~ N(slope z', noise), and a default low level N(0, other_noise).

    At an episode's first step z' ~ N(0, scale) instead.
    """

    shift: float
    scale: float
    slope: float
    noise: float
    other_noise: float

    def policy(self, *, separate: bool) -> HierarchicalPolicy:
        """The same as networks. separate: whether the default low level is another one than the low level."""
        high, low = HighLevel(torch.arange(1), 1, RHO, **SIZES), LowLevel(torch.arange(1), 1, 1, **SIZES)
        default = LowLevel(torch.arange(1), 1, 1, **SIZES) if separate else None
        linear(high.network, self.shift, raw_scale(self.scale))
        linear(low.network, self.slope, raw_noise(self.noise))
        if default is not None:
            linear(default.network, 0.0, raw_noise(self.other_noise))
        return HierarchicalPolicy(high, low, DefaultHighLevel(1, RHO, hidden=None), default)


@torch.no_grad()
def linear(network: Any, slope: float, bias: float) -> None:
    """Outputs (slope * second input, bias): the second input is the latent, the first what is observed."""
    first, last = network[0], network[-1]
    first.weight.zero_()
    first.bias.zero_()
    first.weight[:, 1] = torch.tensor([1.0, -1.0])  # relu(z) and relu(-z)
    last.weight.copy_(torch.tensor([[slope, -slope], [0.0, 0.0]]))
    last.bias.copy_(torch.tensor([0.0, bias]))


def raw_scale(scale: float) -> float:
    """What a high level's network says for a standard deviation `scale` times the process's."""
    return 2.0 * math.atanh(math.log(scale) / 2.0)


def raw_noise(noise: float) -> float:
    """What a low level's network says for a standard deviation, the logarithm of which is kept in [-5, 2]."""
    return 3.5 * math.atanh((math.log(noise) + 1.5) / 3.5) - 1.5


KNOWN = Known(shift=0.5, scale=0.5, slope=1.5, noise=0.3, other_noise=0.6)


def decided(policy: HierarchicalPolicy, last: float, begun: float, noise: Tensor) -> Decision:
    rows = torch.full((len(noise), 1), last)
    decision: Decision = policy(torch.zeros(len(noise), 1), rows, torch.full_like(rows, begun), noise)
    return decision


@pytest.mark.parametrize(("last", "begun"), [(1.2, 1.0), (0.0, 0.0)])
def test_divergences_by_hand(last: float, begun: float) -> None:
    """Of the high level from its process, of the low level from its default given the latent; neither is symmetric."""
    spread = SPREAD if begun else 1.0
    mean, std = RHO * last + spread * KNOWN.shift * last, spread * KNOWN.scale
    decision = decided(KNOWN.policy(separate=True), last, begun, torch.tensor([[0.4, 0.1]]))
    latent = mean + 0.4 * std
    assert decision.latent.item() == pytest.approx(latent, abs=1e-5)
    assert decision.outputs.item() == pytest.approx(KNOWN.slope * latent + 0.1 * KNOWN.noise, abs=1e-5)
    assert decision.high_kl.item() == pytest.approx(kl(mean, std, RHO * last, spread), abs=1e-5)
    low = kl(KNOWN.slope * latent, KNOWN.noise, 0.0, KNOWN.other_noise)
    assert decision.low_kl.item() == pytest.approx(low, abs=1e-4)
    assert decided(KNOWN.policy(separate=False), last, begun, torch.tensor([[0.4, 0.1]])).low_kl.item() == 0.0


def test_a_learnt_default_policy_is_charged_for_leaving_its_process() -> None:
    policy, last = KNOWN.policy(separate=False), 1.2
    policy.default_high = DefaultHighLevel(1, RHO, hidden=(2,))
    assert decided(policy, last, 1.0, torch.zeros(1, 2)).default_kl.item() == 0.0  # as which it starts
    with torch.no_grad():
        policy.default_high.network[-1].bias.copy_(torch.tensor([0.7, raw_scale(1.5)]))  # type: ignore[union-attr, operator, index]
    expected = kl(RHO * last + SPREAD * 0.7, 1.5 * SPREAD, RHO * last, SPREAD)
    assert decided(policy, last, 1.0, torch.zeros(1, 2)).default_kl.item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("noise", [0.3, 0.05])
def test_what_is_charged_is_at_least_the_divergence_of_commands(noise: float) -> None:
    """Equation 3 of Tirumala et al. (2020), on a policy's own decisions; all Gaussians, so that both sides are known.

    u ~ N(slope m, sqrt(slope^2 s^2 + noise^2)) under the policy, the same of the default's latent and low level.
    """
    known, last = Known(0.5, 0.5, 1.5, noise, 0.6), 1.2
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(100_000, 2, generator=generator)
    mean, std = (RHO + SPREAD * known.shift) * last, SPREAD * known.scale
    of_commands = (known.slope * mean, math.hypot(known.slope * std, noise))
    separate = decided(known.policy(separate=True), last, 1.0, drawn)
    other = kl(*of_commands, 0.0, known.other_noise)
    assert other < (separate.high_kl + separate.low_kl).mean().item()
    shared = decided(known.policy(separate=False), last, 1.0, drawn)
    of_default = (known.slope * RHO * last, math.hypot(known.slope * SPREAD, noise))
    bound, below = (shared.high_kl + shared.low_kl).mean().item(), kl(*of_commands, *of_default)
    assert below < bound
    if noise < 0.1:  # commands then tell the latent, and nothing is given away
        assert below == pytest.approx(bound, rel=0.02)


def learner_of(policy: HierarchicalPolicy, *, slope: float = 0.0, **changes: Any) -> tuple[ActorCriticLearner, KlSteps]:
    """Critics that say VALUE + slope * command, the same of everything unless `slope` is given."""
    critic = TwinCritic(1, policy.width, hidden=(2,), layer_norm=False, normalize=False)
    first, last = (critic.network[index] for index in (0, -1))
    with torch.no_grad():
        first.get_parameter("weight").zero_()
        first.get_parameter("bias").zero_()
        first.get_parameter("weight")[:, 1] = torch.tensor([1.0, -1.0])  # relu(a) and relu(-a)
        last.get_parameter("weight").copy_(torch.tensor([[slope], [-slope]]))
        last.get_parameter("bias").fill_(VALUE)
    settings = replace(KlSettings(1e-2, 1.0, COST, 0.1, 0.75, 0.0, 1, DECAY, 100), **changes)
    steps = KlSteps(policy, critic, settings, 2)
    return ActorCriticLearner(policy, critic, steps, collecting=HierarchicalActor, seed=0), steps


def test_targets_of_a_policy_that_has_changed_since() -> None:
    """Two steps of one sequence, the first of its episode; what follows each is judged after that step's own latent.

    The policy acted with another shift of its high level than it has now, so that of the joint ratio the high level's
    part alone differs from 1.
    """
    old, new = KNOWN, Known(-0.2, KNOWN.scale, KNOWN.slope, KNOWN.noise, KNOWN.other_noise)
    latents, outputs, rewards = (0.8, 1.1), (1.0, 1.4), (1.0, 3.0)

    def log_prob(known: Known, step: int) -> float:
        before, spread = ((0.0, 1.0), (latents[0], SPREAD))[step]
        mean = (RHO + spread * known.shift) * before
        high = log_density(latents[step], mean, spread * known.scale)
        return high + log_density(outputs[step], known.slope * latents[step], known.noise)

    record = [
        [outputs[0], latents[0], 0.0, 0.0, log_prob(old, 0)],
        [outputs[1], latents[1], latents[0], 1.0, log_prob(old, 1)],
    ]
    learner, steps = learner_of(new.policy(separate=True))
    nothing, lasting = torch.zeros(2, 1), torch.full((2,), DISCOUNT)
    batch = SequenceBatch(nothing, torch.tensor(record), torch.tensor(rewards), lasting, nothing, torch.ones(2))
    (returns,) = steps.target_step(*learner._target_inputs(batch, torch.zeros(2, 2)))

    def soft(latent: float) -> float:
        """The value of the state after a latent, the decision there being without noise."""
        mean, std = (RHO + SPREAD * new.shift) * latent, SPREAD * new.scale
        high = kl(mean, std, RHO * latent, SPREAD)
        return VALUE - COST * (high + kl(new.slope * mean, new.noise, 0.0, new.other_noise))

    errors = [reward + DISCOUNT * soft(latent) - VALUE for reward, latent in zip(rewards, latents, strict=True)]
    ratio = math.exp(log_prob(new, 1) - log_prob(old, 1))
    assert ratio < 0.95
    expected = [VALUE + errors[0] + DISCOUNT * DECAY * ratio * errors[1], VALUE + errors[1]]
    assert returns.tolist() == pytest.approx(expected, abs=1e-4)


def two_steps(policy: HierarchicalPolicy, latents: tuple[float, float], outputs: tuple[float, float]) -> SequenceBatch:
    """A sequence that was decided so after a latent of 1.2 each time, rewards 1 and 3; observations are 0."""
    width, nothing = policy.latent_width, torch.zeros(2, 1)
    own, last = (torch.tensor(values)[:, None].expand(2, width) for values in (latents, (1.2, 1.2)))
    record = torch.cat([torch.tensor(outputs)[:, None], own, last, nothing + 1.0, nothing], 1)
    return SequenceBatch(nothing, record, torch.tensor([1.0, 3.0]), torch.full((2,), DISCOUNT), nothing, torch.ones(2))


def test_values_are_means_over_each_steps_own_decisions() -> None:
    """Two a step: the motors' noise is 1 and -3 after the latent 0, 2 and 0 after the latent 1.

    Nothing diverges, lambda is 0, and Q = 2 + tanh(u), u ~ N(1.5 * 0.6 z, 0.5).
    """
    policy = Known(0.0, 1.0, 1.5, 0.5, 0.5).policy(separate=False)
    learner, steps = learner_of(policy, slope=1.0, value_samples=2, trace_decay=0.0)
    noise = torch.tensor([[0.0, 1.0], [0.0, 2.0], [0.0, -3.0], [0.0, 0.0]])  # both steps' first, both steps' second
    batch = two_steps(policy, (0.0, 1.0), (0.3, 0.3))
    (returns,) = steps.target_step(*learner._target_inputs(batch, noise))
    first = VALUE + (math.tanh(0.5) + math.tanh(-1.5)) / 2.0
    second = VALUE + (math.tanh(0.9 + 1.0) + math.tanh(0.9)) / 2.0
    assert returns.tolist() == pytest.approx([1.0 + DISCOUNT * first, 3.0 + DISCOUNT * second], abs=1e-5)


def test_critics_judge_commands_as_the_motors_get_them_and_only_until_the_end() -> None:
    """Of the two steps the second is not valid: Q = 2 + tanh(2) should be 3, of two critics' mean error half is each's.

    Adam's first moment is a tenth of the slope in the last bias, (Q - 3) / 10.
    """
    policy = KNOWN.policy(separate=False)
    learner, steps = learner_of(policy, slope=1.0)
    value = VALUE + math.tanh(2.0)
    for output, wanted in ((0.5, 7.0), (-1.0, -100.0)):
        batch = replace(two_steps(policy, (0.8, 1.1), (2.0, output)), valid=torch.tensor([1.0, 0.0]))
        after = steps.critic_step(*learner._critic_inputs(learner.critics, batch, torch.tensor([3.0, wanted])))
        loss, mean = after[-2:]
        assert (loss.item(), mean.item()) == pytest.approx(((value - 3.0) ** 2, value), abs=1e-5)
        moment = split(learner.critic, CriticState(*after[:-2]).first)["network.2.bias"]
        assert moment.flatten().tolist() == pytest.approx([(value - 3.0) / 10.0] * 2, abs=1e-6)


def flat() -> HierarchicalPolicy:
    """u ~ N(0, 0.3) without a latent, and a default policy N(0, 0.6)."""
    low, default = (LowLevel(torch.tensor([0, 0]), 0, 1, **SIZES) for _ in range(2))
    linear(low.network, 0.0, raw_noise(KNOWN.noise))
    linear(default.network, 0.0, raw_noise(KNOWN.other_noise))
    return HierarchicalPolicy(None, low, None, default)


def test_the_kl_cost_follows_what_both_levels_pay() -> None:
    """From 1.2 the latent is N(0.6 * 1.2 + 0.8 * 0.6, 0.4), its default N(0.72, 0.8); u is N(1.5 * 1.2, 0.3) there."""
    high, low = kl(1.2, 0.4, 0.72, 0.8), kl(1.8, 0.3, 0.0, 0.6)
    alone = kl(0.0, 0.3, 0.0, 0.6)
    for policy, paid, of_low in ((KNOWN.policy(separate=True), high + low, low), (flat(), alone, alone)):
        for target, sign in ((paid - 0.5 * of_low, 1.0), (paid + 0.5 * of_low, -1.0)):
            learner, steps = learner_of(policy, kl_cost="auto", kl_target=target)
            batch = two_steps(policy, (0.8, 1.1), (1.0, 1.4))
            inputs = learner._actor_inputs(learner.actor, batch, torch.zeros(2, policy.width))
            after = ActorState(*steps.actor_step(*inputs)[:ACTOR_TENSORS])
            assert math.copysign(1.0, after.log_temperature - learner.actor.log_temperature) == sign
