"""The learner of a recipe: its algorithm's steps, with settings that depend on the world filled in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Literal

import torch

from skillkit.algorithms.kl.config import KlSettings
from skillkit.algorithms.kl.steps import KlSteps
from skillkit.algorithms.learner import ActorCriticLearner
from skillkit.algorithms.sac.config import SacSettings, ValueBound
from skillkit.algorithms.sac.steps import MixtureSacSteps, SacSteps, SkillPriorSacSteps
from skillkit.algorithms.sql.config import SqlSettings
from skillkit.algorithms.sql.steps import SqlSteps
from skillkit.algorithms.steps import Steps
from skillkit.algorithms.temperature import Annealing
from skillkit.build.kept import PRIOR_KINDS, kept_cost
from skillkit.config import KlConfig, Recipe, SacConfig, SqlConfig
from skillkit.errors import UserError
from skillkit.policies import BY_SAMPLES, WITH_DENSITY, AnyLatentPolicy
from skillkit.policies.critic import TwinCritic
from skillkit.policies.hierarchical import HierarchicalActor, HierarchicalPolicy
from skillkit.policies.latent_policy import LatentActor, LatentPolicy, shrinking_set
from skillkit.policies.mixture import MixturePolicy
from skillkit.skills.skill import Skill, SkillLayer
from skillkit.types import World

NO_ENTROPY = 1e-6  # the temperature where entropy is worth nothing
Prior = Literal["uniform", "gaussian", "skill"]


def build_learner(
    recipe: Recipe,
    world: World,
    policy: AnyLatentPolicy,
    critic: TwinCritic,
    below: Sequence[SkillLayer],
    seed: int,
    skill: LatentPolicy | None = None,
) -> ActorCriticLearner:
    """The learner of a policy and critics that act in this world, on these frozen layers.

    skill: the prior of a policy that is held to one.
    """
    algorithm, kind = recipe.algorithm, recipe.policy.kind
    assert not isinstance(algorithm, KlConfig)
    prior, updates_a_step = _prior(algorithm, world), algorithm.update_to_data / _held(recipe, below)
    draw, device = recipe.policy.latent_draw, checked_device(recipe.training.device)
    _check_pair(algorithm.kind, kind)
    if skill is not None and kind not in PRIOR_KINDS:
        raise UserError(
            f"the prior 'skill' takes a policy of the kinds {' and '.join(PRIOR_KINDS)}, got {kind!r}; "
            f"give --policy {' or '.join(PRIOR_KINDS)}."
        )
    steps: Steps
    if isinstance(algorithm, SqlConfig):
        steps = SqlSteps(policy, critic, _sql_settings(algorithm, kind, prior, updates_a_step))
    else:
        settings = _sac_settings(recipe, algorithm, world, prior, updates_a_step)
        if skill is not None:
            assert isinstance(policy, LatentPolicy)  # nothing is trained below it
            steps = SkillPriorSacSteps(policy, critic, settings, skill)
        elif isinstance(policy, MixturePolicy):
            steps = MixtureSacSteps(policy, critic, settings)
        else:
            steps = SacSteps(policy, critic, settings)
    shrinking = None
    if draw == "shrinking":
        assert algorithm.anneal_steps is not None  # the schema's own rule
        shrinking = shrinking_set(policy.width, algorithm.anneal_steps * updates_a_step, seed)
    collecting = partial(LatentActor, draw=draw)
    return ActorCriticLearner(
        policy, critic, steps, collecting=collecting, shrinking=shrinking, seed=seed, device=device
    )


def build_kl_learner(
    recipe: Recipe, world: World, policy: HierarchicalPolicy, critic: TwinCritic, kept: Skill | None, seed: int
) -> ActorCriticLearner:
    """The learner of a hierarchy and critics that judge its commands and latents.

    kept: the base or head of which it has parts.
    """
    settings, device = _kl_settings(recipe, world, kept), recipe.training.device
    steps = KlSteps(policy, critic, settings, recipe.kl.sequence_length)
    return ActorCriticLearner(
        policy, critic, steps, collecting=HierarchicalActor, seed=seed, device=checked_device(device)
    )


def _check_pair(algorithm: str, kind: str) -> None:
    """A UserError where an algorithm cannot train a kind of policy."""
    known = {"sac": WITH_DENSITY, "sql": BY_SAMPLES}[algorithm]
    if kind not in known:
        reason = "whose density is known" if algorithm == "sac" else "that its samples alone can train"
        raise UserError(
            f"the algorithm {algorithm!r} needs a policy {reason}, got {kind!r}; use --policy "
            f"{' or '.join(known)}, or --algo {'sql' if algorithm == 'sac' else 'sac'}."
        )


def checked_device(name: str) -> str:
    """The device of that name; UserError when torch does not find it here."""
    if name.startswith("cuda"):
        count = torch.cuda.device_count()
        if int(name.partition(":")[2] or 0) >= count:
            raise UserError(f"the device {name!r} is not there, torch sees {count} CUDA devices; use --device cpu.")
    return name


def _held(recipe: Recipe, below: Sequence[SkillLayer]) -> int:
    """Control steps that one action lasts."""
    return recipe.policy.hold * math.prod(layer.hold for layer in below)


def _prior(algorithm: SacConfig | SqlConfig, world: World) -> Prior:
    """What actions are drawn from where nothing is to be gained."""
    if algorithm.action_prior == "auto":
        return "uniform" if world.action_bounded else "gaussian"
    if algorithm.action_prior == "uniform" and not world.action_bounded:
        raise UserError("algorithm.action_prior 'uniform' needs bounded actions, a latent has none; use 'gaussian'.")
    return algorithm.action_prior


def _annealing(algorithm: SacConfig | SqlConfig, updates_a_step: float) -> Annealing | None:
    """From the initial temperature to the other in so many control steps, along a straight line of its logarithm."""
    if algorithm.anneal_steps is None:
        return None
    assert algorithm.temperature != "auto"  # the schema's own rule
    distance = abs(math.log(algorithm.temperature / algorithm.initial_temperature))
    return Annealing(algorithm.temperature, distance / (algorithm.anneal_steps * updates_a_step))


def _kl_settings(recipe: Recipe, world: World, kept: Skill | None) -> KlSettings:
    """Settings with what depends on the world filled in; the KL cost of what is kept stays."""
    algorithm, known = recipe.kl, kept_cost(recipe, kept)
    cost = algorithm.kl_cost if known is None else known
    if algorithm.action_prior == "none":
        cost = 1.0  # of nothing
    bound = world.highest_return
    return KlSettings(
        learning_rate=algorithm.learning_rate,
        reward_scale=algorithm.reward_scale,
        kl_cost=cost,
        initial_kl_cost=algorithm.initial_kl_cost,
        kl_target=algorithm.kl_target,
        entropy_cost=algorithm.entropy_cost,
        value_samples=algorithm.value_samples,
        trace_decay=algorithm.trace_decay,
        target_update_interval=algorithm.target_update_interval,
        bound=None if bound is None else algorithm.reward_scale * bound,
    )


def _sql_settings(algorithm: SqlConfig, kind: str, prior: Prior, updates_a_step: float) -> SqlSettings:
    assert prior != "skill"  # the schema's own rule
    annealing = _annealing(algorithm, updates_a_step)
    return SqlSettings(
        learning_rate=algorithm.learning_rate,
        start_temperature=algorithm.temperature if annealing is None else algorithm.initial_temperature,
        action_prior=prior,
        reward_scale=algorithm.reward_scale,
        target_update_interval=algorithm.target_update_interval,
        value_samples=algorithm.value_samples,
        particles=algorithm.particles,
        proposal="policy" if kind in WITH_DENSITY else "prior",
        annealing=annealing,
    )


def _sac_settings(
    recipe: Recipe, algorithm: SacConfig, world: World, prior: Prior, updates_a_step: float
) -> SacSettings:
    """Settings with what depends on the world filled in.

    A target entropy H under the uniform prior on [-1, 1]^d is d log 2 - H nats from that prior; the same distance
    is asked for under the unit Gaussian of a latent.
    """
    width = len(world.action_names)
    entropy = float(-width if algorithm.target_entropy is None else algorithm.target_entropy)
    highest = width * math.log(2.0)
    deterministic = recipe.policy.kind == "deterministic"  # its entropy is no choice
    if algorithm.temperature == "auto" and entropy >= highest and not deterministic:
        raise UserError(
            f"algorithm.target_entropy must be below {highest:.3g}, where it asks for no distance from the prior, "
            f"got {entropy:g}; lower it, or leave it out for {-width}."
        )
    return SacSettings(
        learning_rate=algorithm.learning_rate,
        target_smoothing=algorithm.target_smoothing,
        temperature=NO_ENTROPY if deterministic else algorithm.temperature,
        initial_temperature=algorithm.initial_temperature,
        divergence_target=_divergence_target(algorithm, prior, entropy, width),
        action_prior="gaussian" if prior == "gaussian" else "uniform",
        reward_scale=algorithm.reward_scale,
        bound=_value_bound(recipe, world, highest if prior == "uniform" else 0.0),
        annealing=None if deterministic else _annealing(algorithm, updates_a_step),
    )


def _divergence_target(algorithm: SacConfig, prior: Prior, entropy: float, width: int) -> float:
    """Nats from its prior that an automatic temperature steers a policy to."""
    if prior == "skill":
        return float(width) if algorithm.kl_target is None else algorithm.kl_target
    return -entropy + (width * math.log(2.0) if prior == "gaussian" else 0.0)


def _value_bound(recipe: Recipe, world: World, nats: float) -> ValueBound | None:
    """What bounds every value, where that is known. nats: the most that the entropy of one decision adds."""
    discount = recipe.algorithm.discount**recipe.policy.hold
    if world.highest_return is None or (nats > 0.0 and discount == 1.0):
        return None
    reward = recipe.algorithm.reward_scale * world.highest_return
    return ValueBound(reward, nats / (1.0 - discount) if nats > 0.0 else 0.0)
