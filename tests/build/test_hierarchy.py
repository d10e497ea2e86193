"""Hierarchies from recipes: what is trained, kept, frozen and saved, and what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from skillkit import build
from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.experiments.evaluate import evaluate_skill
from skillkit.policies.hierarchical import HierarchicalPolicy
from skillkit.skills.file import load_skill, save_skill
from skillkit.skills.skill import Skill

Tiny = Callable[..., Recipe]
Train = Callable[..., build.Training]


def small(tiny: Tiny, **changes: Any) -> Recipe:
    """The recipe of ball_goto, with short sequences and few updates."""
    return tiny("ball_goto", **{"algorithm__sequence_length": 3, "algorithm__update_to_data": 0.1, **changes})


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(*pair) for pair in pairs)


def test_a_hierarchy_is_a_skill_of_two_layers_with_its_default_policy(goto_skill: Skill, tmp_path: Path) -> None:
    save_skill(tmp_path / "goto.safetensors", goto_skill)
    loaded = load_skill(tmp_path / "goto.safetensors")
    low, high = loaded.card.layers
    assert (low.kind, low.latent_width, high.kind, high.coefficient) == ("conditional", 4, "autoregressive", 0.95)
    assert [group.name for group in low.groups] == ["body_velocity", "turn_rate", "roll_rate"]
    assert [group.name for group in high.groups] == ["targets_ego", "target_index"]
    assert loaded.card.prior is not None
    assert (loaded.card.prior.kind, loaded.card.prior.coefficient, loaded.card.prior.low) == ("ar1", 0.95, None)
    assert loaded.card.format_version == 3
    assert all(same(one.policy, other.policy) for one, other in zip(loaded.layers, goto_skill.layers, strict=True))
    report = evaluate_skill(loaded, episodes=3, seed=1).report
    assert report.episodes == 3
    assert report.success_rate is not None


@pytest.mark.parametrize("prior", ["isotropic", "learned-ar", "distral", "none"])
def test_every_prior_trains_saves_and_plays(tiny: Tiny, train_in_memory: Train, tmp_path: Path, prior: str) -> None:
    skill = build.freeze(train_in_memory(small(tiny, algorithm__action_prior=prior)))
    save_skill(tmp_path / "x.safetensors", skill)
    loaded = load_skill(tmp_path / "x.safetensors")
    found = loaded.card.prior
    assert (found.kind if found else "none") == prior
    flat = prior in ("distral", "none")
    assert [layer.card.kind for layer in loaded.layers] == (["gaussian"] if flat else ["conditional", "autoregressive"])
    assert (found is not None and found.low is not None) == (prior == "distral")
    assert evaluate_skill(loaded, episodes=2, seed=1).report.episodes == 2


def test_separate_low_levels(tiny: Tiny, train_in_memory: Train) -> None:
    training = train_in_memory(small(tiny, algorithm__shared_low=False))
    skill = build.freeze(training)
    assert skill.prior is not None
    assert skill.prior.low is not None
    assert not same(skill.prior.low.policy, skill.layers[0].policy)


def test_the_collected_ratio_is_one_and_the_last_latent_is_part_of_the_state(
    tiny: Tiny, train_in_memory: Train
) -> None:
    """What the replay keeps of a step begins where the step before it left the latent."""
    training = train_in_memory(small(tiny, training__warmup_transitions=10_000, policy__normalize=False))
    (batch,) = training.replay.sample(16, 1)
    policy = training.learner.policy
    assert isinstance(policy, HierarchicalPolicy)
    record = policy.record(batch.action)
    valid = batch.valid.bool()  # type: ignore[attr-defined]
    last, latent = record.last.view(3, 16, -1), record.latent.view(3, 16, -1)
    both = valid.view(3, 16)[1:]
    assert torch.equal(last[1:][both], latent[:-1][both])
    seen = (batch.observation, record.last, record.begun, record.latent, record.outputs)
    log_prob = training.learner.acting_policy()._density(*seen)  # type: ignore[attr-defined]
    ratio = (log_prob - record.log_prob[:, 0]).exp()[valid]
    assert ratio.detach().numpy() == pytest.approx(np.ones(int(valid.sum())), abs=1e-4)


def test_a_base_keeps_its_low_level_and_its_default_policy(
    tiny: Tiny, train_in_memory: Train, goto_skill: Skill
) -> None:
    training = train_in_memory(small(tiny, name="second", world__task="move-or-goto"), goto_skill)
    skill = build.freeze(training)
    assert same(skill.layers[0].policy, goto_skill.layers[0].policy)
    assert skill.card.training.steps == [sum(goto_skill.card.training.steps), training.trainer.steps]
    cost = goto_skill.card.training.temperature
    assert skill.card.training.temperature == pytest.approx(cost)  # the KL cost of the first training is kept


def test_an_adapted_base_is_held_to_what_it_was(tiny: Tiny, train_in_memory: Train, goto_skill: Skill) -> None:
    skill = build.freeze(train_in_memory(small(tiny, adapt_base=True, base="goto"), goto_skill))
    assert not same(skill.layers[0].policy, goto_skill.layers[0].policy)
    assert skill.prior is not None
    assert skill.prior.low is not None
    assert same(skill.prior.low.policy, goto_skill.layers[0].policy)


def test_a_flat_default_policy_moves_to_another_task(tiny: Tiny, train_in_memory: Train) -> None:
    recipe = small(tiny, algorithm__action_prior="distral")
    base = build.freeze(train_in_memory(recipe))
    skill = build.freeze(train_in_memory(recipe, base))
    assert base.prior is not None
    assert skill.prior is not None
    assert base.prior.low is not None
    assert skill.prior.low is not None
    assert same(skill.prior.low.policy, base.prior.low.policy)


def test_a_head_moves_to_another_body(tiny: Tiny, train_in_memory: Train, goto_skill: Skill) -> None:
    training = train_in_memory(small(tiny, name="moved", world__body="ant"), head=goto_skill)
    skill = build.freeze(training)
    assert same(skill.layers[1].policy, goto_skill.layers[1].policy)
    assert skill.card.layers[0].action_names == list(training.physical.action_names)
    assert skill.card.training.steps == [training.trainer.steps, sum(goto_skill.card.training.steps)]
    assert evaluate_skill(skill, episodes=2, seed=1).report.episodes == 2


def test_what_does_not_fit_is_said(
    tiny: Tiny, train_in_memory: Train, goto_skill: Skill, ball_skill: Skill, maze_skill: Skill
) -> None:
    for recipe, base, head, sentence in (
        (small(tiny), ball_skill, None, "begins with a flow layer"),
        (small(tiny), None, ball_skill, "high level"),
        (small(tiny), None, maze_skill, "high level"),
        (small(tiny, policy__latent_width=6), goto_skill, None, "latents of 4 numbers"),
        (small(tiny, policy__latent_width=6), None, goto_skill, "latents of 4 numbers"),
        (small(tiny, algorithm__action_prior="isotropic"), goto_skill, None, "the prior 'ar1'"),
        (small(tiny, algorithm__action_prior="distral"), goto_skill, None, "'distral'"),
        (small(tiny, world__task="gather-boxes"), None, goto_skill, "targets_ego"),
        (small(tiny, world__count=2), None, goto_skill, "6 numbers"),
        (tiny("ball_maze", policy__hold=2, world__task="goto-targets"), goto_skill, None, "last latent"),
    ):
        with pytest.raises(UserError, match=sentence):
            train_in_memory(recipe, base, head=head)


def test_a_skill_as_prior(tiny: Tiny, train_in_memory: Train, ball_skill: Skill, maze_skill: Skill) -> None:
    recipe = tiny("ball_maze_flat", base="ball_loco", algorithm__action_prior="skill", algorithm__temperature="auto")
    training = train_in_memory(recipe, ball_skill)
    skill = build.freeze(training)
    assert [layer.card.kind for layer in skill.layers] == ["flow"]
    assert skill.card.prior is not None
    assert (skill.card.prior.kind, str(skill.card.prior.skill).split()[0]) == ("skill", ball_skill.card.name)
    assert skill.card.training.steps == [sum(ball_skill.card.training.steps) + training.trainer.steps]
    with pytest.raises(UserError, match="one flow or Gaussian layer"):
        train_in_memory(recipe, maze_skill)


def changed(skill: Skill, tmp_path: Path) -> Skill:
    """What is left of a skill that was written and read."""
    save_skill(tmp_path / "x.safetensors", skill)
    return load_skill(tmp_path / "x.safetensors")


def test_what_is_kept_keeps_its_own_sizes(
    tiny: Tiny, train_in_memory: Train, goto_skill: Skill, tmp_path: Path
) -> None:
    other = small(tiny, policy__hidden=[6, 6], policy__normalize=False)
    stacked = changed(build.freeze(train_in_memory(other, goto_skill)), tmp_path)
    low, high = stacked.card.layers
    assert (low.hidden, low.normalize, high.hidden, high.normalize) == ([8], True, [6, 6], False)
    assert same(stacked.layers[0].policy, goto_skill.layers[0].policy)
    moved = changed(build.freeze(train_in_memory(other, head=goto_skill)), tmp_path)
    low, high = moved.card.layers
    assert (low.hidden, low.normalize, high.hidden, high.normalize) == ([6, 6], False, [8], True)
    learnt = build.freeze(train_in_memory(small(tiny, algorithm__action_prior="learned-ar")))
    kept = small(tiny, algorithm__action_prior="learned-ar", policy__hidden=[6])
    again = changed(build.freeze(train_in_memory(kept, learnt)), tmp_path)
    assert again.prior is not None
    assert learnt.prior is not None
    assert again.prior.latent is not None
    assert learnt.prior.latent is not None
    assert same(again.prior.latent, learnt.prior.latent)
    flat = small(tiny, algorithm__action_prior="distral")
    held = build.freeze(train_in_memory(flat))
    wider = small(tiny, algorithm__action_prior="distral", policy__hidden=[6])
    assert changed(build.freeze(train_in_memory(wider, held)), tmp_path).card.prior == held.card.prior


def test_an_adapted_low_level_starts_where_it_is_held_to(tiny: Tiny, train_in_memory: Train, goto_skill: Skill) -> None:
    """No nat apart after having seen a lot, as long as it has not learnt."""
    recipe = small(tiny, adapt_base=True, base="goto", training__warmup_transitions=10_000)
    policy = train_in_memory(recipe, goto_skill).learner.policy
    assert isinstance(policy, HierarchicalPolicy)
    observation = torch.randn(5, 100)
    decision = policy(observation, torch.zeros(5, 4), torch.zeros(5, 1), torch.randn(5, policy.width))
    assert decision.low_kl.abs().max() < 1e-6


def test_a_base_trained_unshared_hands_on_its_default_low_level(tiny: Tiny, train_in_memory: Train) -> None:
    base = build.freeze(train_in_memory(small(tiny, algorithm__shared_low=False)))
    skill = build.freeze(train_in_memory(small(tiny), base))
    assert base.prior is not None
    assert base.prior.low is not None
    assert same(skill.layers[0].policy, base.prior.low.policy)


def test_steps_count_what_each_level_has_learnt(tiny: Tiny, train_in_memory: Train, goto_skill: Skill) -> None:
    (_, first), recipe = goto_skill.card.training.steps, small(tiny, base="goto")
    second = build.freeze(train_in_memory(recipe, goto_skill))
    third = build.freeze(train_in_memory(recipe, second))
    assert third.card.training.steps == [first, third.card.training.steps[1]]  # the low level has learnt once
    moved = build.freeze(train_in_memory(small(tiny, head="goto"), head=goto_skill))
    again = build.freeze(train_in_memory(small(tiny, head="moved"), head=moved))
    assert again.card.training.steps[1] == moved.card.training.steps[1] == first


def test_a_hierarchy_draws_at_every_step_or_not_at_all(goto_skill: Skill) -> None:
    with pytest.raises(UserError, match="give --latent-draw step or zero"):
        evaluate_skill(goto_skill, episodes=2, latent_draw="episode")
    assert evaluate_skill(goto_skill, episodes=2, latent_draw="step").report.latent_draw == "step"


def test_a_skill_cannot_begin_a_hierarchy_nor_be_played_without_its_last_latent(
    tiny: Tiny, train_in_memory: Train, goto_skill: Skill, ball_skill: Skill
) -> None:
    with pytest.raises(UserError, match="skillkit eval"):
        goto_skill.act({group.name: np.zeros(group.width) for group in goto_skill.groups}, np.zeros(4))


@pytest.mark.parametrize("kind", ["mixture", "deterministic"])
def test_only_flows_and_gaussians_are_held_to_a_skill(
    tiny: Tiny, train_in_memory: Train, ball_skill: Skill, kind: str
) -> None:
    recipe = tiny("ball_maze_flat", base="ball_loco", algorithm__action_prior="skill", policy__kind=kind)
    with pytest.raises(UserError, match=f"kinds flow and gaussian, got '{kind}'"):
        train_in_memory(recipe, ball_skill)
