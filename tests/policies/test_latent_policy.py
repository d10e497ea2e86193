"""How a policy senses and squashes, and how its actor draws latents."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from skillkit.policies import POLICIES, PolicySizes, build_policy
from skillkit.policies.latent_policy import (
    OCTAVES,
    LatentActor,
    LatentDraw,
    LatentPolicy,
    shrinking_set,
    standard_normal_log_prob,
    tanh_log_det,
)


def policy_of(kind: str = "flow", columns: tuple[int, ...] = (0, 1), normalize: bool = True) -> LatentPolicy:
    torch.manual_seed(0)
    sizes = PolicySizes(kind, (8,), normalize=normalize, embedding=4, coupling_hidden=4)
    return build_policy(sizes, torch.tensor(columns), 2, squash=True)


def latents(draw: LatentDraw, masks: list[list[bool]], seed: int = 0) -> list[Tensor]:
    """Latents used in successive steps of three worlds; after step i the worlds in masks[i] start anew."""
    actor = LatentActor(policy_of(), draw)
    generator = torch.Generator().manual_seed(seed)
    state = actor.initial_state(3)
    used = []
    for mask in masks:
        _, state = actor.act(torch.ones(3, 2), state, generator)
        used.append(state["latent"])
        fresh, ended = actor.initial_state(3), torch.tensor(mask)
        state = {
            name: torch.where(ended.view(3, *[1] * (value.dim() - 1)), fresh[name], value)
            for name, value in state.items()
        }
    return used


CONTINUE = [False, False, False]


def test_episode_draw_keeps_its_latent_until_the_state_is_reset() -> None:
    first, second, third = latents("episode", [CONTINUE, [False, True, False], CONTINUE])
    assert torch.equal(first, second)
    assert torch.equal(second[[0, 2]], third[[0, 2]])
    assert bool((second[1] != third[1]).all())
    assert bool((first != 0).all())


def test_step_draw_changes_at_every_step_and_depends_on_the_seed_alone() -> None:
    first, second = latents("step", [CONTINUE, CONTINUE])
    assert bool((first != second).all())
    again, other = latents("step", [CONTINUE])[0], latents("step", [CONTINUE], seed=1)[0]
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_pink_draw_is_standard_normal_at_every_step_with_a_spectrum_of_one_over_f() -> None:
    count, steps = 400, 256
    actor = LatentActor(policy_of(), "pink")
    generator, state, used = torch.Generator().manual_seed(0), actor.initial_state(count), []
    for _ in range(steps):
        _, state = actor.act(torch.ones(count, 2), state, generator)
        used.append(state["latent"].sum(1) / math.sqrt(OCTAVES))
    noise = torch.stack(used).flatten(1).double()  # (steps, 2 count)
    for step in (0, steps - 1):
        assert float(noise[step].mean()) == pytest.approx(0.0, abs=0.12)
        assert float(noise[step].var()) == pytest.approx(1.0, abs=0.15)
    power = torch.fft.rfft(noise - noise.mean(0), dim=0).abs().square().mean(1)
    frequency = torch.arange(len(power), dtype=torch.float64)
    slope = np.polyfit(frequency[2:64].log().numpy(), power[2:64].log().numpy(), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.2)


def test_pink_draw_starts_anew_where_the_state_is_reset() -> None:
    first, second = latents("pink", [[False, True, False], CONTINUE])
    memory = math.exp(-1.0 / 512.0)  # of the slowest octave
    drift = (second[:, -1] - memory * first[:, -1]).abs().amax(1) / math.sqrt(1.0 - memory**2)
    assert bool((drift[[0, 2]] < 5.0).all())
    assert float(drift[1]) > 5.0


def test_zero_draw_is_the_mode_and_uses_no_random_numbers() -> None:
    policy = policy_of()
    actor, generator = LatentActor(policy, "zero"), torch.Generator().manual_seed(0)
    before = generator.get_state()
    observation = torch.randn(3, 2)
    action, _ = actor.act(observation, actor.initial_state(3), generator)
    assert torch.equal(generator.get_state(), before)
    assert torch.equal(action, policy(observation, torch.zeros(3, 2))[0].detach())
    assert not action.requires_grad


def test_actor_acts_with_the_latent_it_reports() -> None:
    policy = policy_of()
    actor = LatentActor(policy, "step")
    observation = torch.randn(3, 2)
    action, state = actor.act(observation, actor.initial_state(3), torch.Generator().manual_seed(3))
    assert torch.equal(action, policy(observation, state["latent"])[0].detach())


@pytest.mark.parametrize("kind", POLICIES)
def test_policy_ignores_columns_it_does_not_see(kind: str) -> None:
    policy = policy_of(kind, columns=(3, 1))
    seen = torch.randn(6, 4)
    other = seen.clone()
    other[:, [0, 2]] += 100.0
    policy.observe(seen)
    mean = policy.normalizer.mean.clone()
    assert_close(mean, seen[:, [3, 1]].mean(0))
    latent = torch.randn(6, 2)
    assert torch.equal(policy(seen, latent)[0], policy(other, latent)[0])
    policy.observe(other)
    assert_close(policy.normalizer.mean, mean)
    moved = seen.clone()
    moved[:, 1] += 1.0
    assert not torch.equal(policy(seen, latent)[0], policy(moved, latent)[0])


def test_columns_are_no_part_of_the_saved_weights() -> None:
    names = set(policy_of().state_dict())
    assert "columns" not in names
    assert {"normalizer.mean", "normalizer.variance", "normalizer.count"} <= names


def test_standard_normal_numbers() -> None:
    # -(1 + 4) / 2 - log(2 pi)
    value = standard_normal_log_prob(torch.tensor([[1.0, 2.0]]))
    assert value.item() == pytest.approx(-2.5 - math.log(2.0 * math.pi), abs=1e-6)


def test_tanh_log_det_is_the_plain_formula_where_that_is_exact() -> None:
    value = torch.linspace(-5.0, 5.0, 101, dtype=torch.float64)[:, None]
    expected = torch.log1p(-torch.tanh(value).square())[:, 0]
    assert_close(tanh_log_det(value), expected, atol=1e-10, rtol=0.0)


def test_tanh_log_det_stays_finite_where_tanh_saturates() -> None:
    # log(1 - tanh^2 x) tends to log 4 - 2|x|, for two numbers twice that.
    value = torch.tensor([[100.0, -100.0]], requires_grad=True)
    result = tanh_log_det(value)
    result.backward()
    assert result.item() == pytest.approx(2.0 * (math.log(4.0) - 200.0), rel=1e-6)
    assert value.grad is not None
    assert value.grad[0].tolist() == pytest.approx([-2.0, 2.0])


def test_a_shrinking_set_loses_its_latents_evenly_and_ends_at_the_mode() -> None:
    latents = shrinking_set(2, updates=310.0, seed=3)
    assert [len(latents.left(updates)) for updates in (0, 9, 10, 155, 309, 310, 10_000)] == [32, 32, 31, 17, 2, 1, 1]
    assert_close(latents.left(310), torch.zeros(1, 2))
    assert_close(latents.left(155), latents.left(0)[:17])


def test_an_actor_draws_from_the_latents_that_are_left() -> None:
    policy = build_policy(PolicySizes("flow", (8,)), torch.arange(3), 2, squash=False)
    actor = LatentActor(policy, "shrinking")
    actor.choices = torch.tensor([[0.0, 0.0], [1.0, -1.0]])
    state, generator, drawn = actor.initial_state(4), torch.Generator().manual_seed(0), []
    for _ in range(50):
        _, state = actor.act(torch.zeros(4, 3), state, generator)
        drawn.append(state["latent"])
    found = torch.cat(drawn)
    assert {tuple(row.tolist()) for row in found} == {(0.0, 0.0), (1.0, -1.0)}
    assert 0.35 < found[:, 0].mean().item() < 0.65
