"""A training from a recipe: worlds, networks, learner, replay and the loop that joins them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from skillkit.algorithms.learner import ActorCriticLearner
from skillkit.build.hierarchy import build_hierarchy
from skillkit.build.kept import check_kept
from skillkit.build.learner import build_kl_learner, build_learner
from skillkit.build.warm_start import live_layers, warm_start
from skillkit.build.worlds import PhysicalWorld, bound_as, build_world, embed, known_groups
from skillkit.config import KlConfig, Recipe
from skillkit.errors import UserError
from skillkit.machine import free_memory
from skillkit.policies import AnyLatentPolicy, PolicySizes, build_policy
from skillkit.policies.chain import LatentChain
from skillkit.policies.critic import TwinCritic
from skillkit.policies.latent_policy import LatentPolicy
from skillkit.skills.skill import Skill, SkillLayer
from skillkit.training.checkpoint import CheckpointFolder, load_state
from skillkit.training.collector import Collector
from skillkit.training.loop import Row, Schedule, Trainer
from skillkit.training.replay import Replay
from skillkit.types import World

PARTS = ("learner", "replay", "trainer")  # files of a checkpoint


@dataclass(frozen=True)
class Training:
    """What a run is made of: the physical world, the one that the learner acts in, learner, replay and trainer.

    lower: layers that are trained together with the one on top of them, as they were before.
    """

    recipe: Recipe
    base: Skill | None
    init: Skill | None
    head: Skill | None
    lower: tuple[SkillLayer, ...]
    physical: PhysicalWorld
    world: World
    learner: ActorCriticLearner
    replay: Replay
    trainer: Trainer

    def save(self, folder: CheckpointFolder) -> None:
        """Write everything that it goes on from, as the checkpoint at its control steps."""
        states = (self.learner.state_dict(), self.replay.state_dict(), self.trainer.get_state())
        folder.save(self.trainer.steps, dict(zip(PARTS, states, strict=True)))

    def restore(self, checkpoint: Path) -> None:
        """Take over what `save` wrote; UserError when it is damaged or of another version of skillkit."""
        learner, replay, trainer = (load_state(checkpoint / f"{name}.safetensors") for name in PARTS)
        try:
            self.learner.load_state_dict(learner)
            self.replay.load_state_dict(replay)
            self.trainer.set_state(trainer)
        except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
            reason = str(error).partition("\n")[0]
            raise UserError(f"{checkpoint} is of another version of skillkit ({reason}); train anew.") from error


def build_training(
    recipe: Recipe,
    base: Skill | None,
    init: Skill | None = None,
    head: Skill | None = None,
    *,
    log: Callable[[Row], None],
    checkpoint: Callable[[Trainer], None],
    stop: threading.Event,
) -> Training:
    """Everything that `Trainer.run` needs, for a recipe, and the skills that it stacks on and starts from."""
    training, seeds = recipe.training, [int(seed) for seed in _seeds(recipe)]
    physical = build_world(recipe.world, seed=seeds[0])
    world: World = physical
    live: tuple[SkillLayer, ...] = ()
    if isinstance(recipe.algorithm, KlConfig):
        learner = _build_kl(recipe, physical, base, head, seeds)
    else:
        world, live, learner = _build_layer(recipe, physical, base, init, seeds)
    collector = Collector(world, learner.acting_policy(), recipe.algorithm.discount, seeds[3])
    # A transition can be as short as one control step, and an episode's end takes a row of its own.
    capacity = min(training.replay_size, 2 * (training.steps + physical.num_worlds))
    widths = world.layout.width, learner.policy.record_width
    _check_memory(capacity, sum(widths) + 3)
    sequence = recipe.algorithm.sequence_length if isinstance(recipe.algorithm, KlConfig) else 1
    replay = Replay(capacity, physical.num_worlds, *widths, seeds[4], sequence=sequence)
    schedule = Schedule(
        steps=training.steps,
        warmup=training.warmup_transitions,
        update_to_data=recipe.algorithm.update_to_data,
        batch_size=recipe.algorithm.batch_size,
        checkpoint_every=training.checkpoint_every,
        log_every=training.log_every,
    )
    trainer = Trainer(collector, learner, replay, schedule, log=log, checkpoint=checkpoint, stop=stop)
    return Training(recipe, base, init, head, live[:-1], physical, world, learner, replay, trainer)


def _seeds(recipe: Recipe) -> np.ndarray:
    """Of the worlds, the weights, the updates, the collector and the replay."""
    return np.random.SeedSequence(recipe.training.seed).generate_state(5)


def _build_layer(
    recipe: Recipe, physical: PhysicalWorld, base: Skill | None, init: Skill | None, seeds: Sequence[int]
) -> tuple[World, tuple[SkillLayer, ...], ActorCriticLearner]:
    """A new layer on a base: the world with the base in it, the layers that are trained on, and the learner."""
    layers = stacked_on(recipe, base)
    check_kept(recipe, base, None, physical)
    world = embed(physical, layers, recipe.policy.hold, recipe.algorithm.discount)
    live = live_layers(init, base, world, recipe.policy.hold) if init is not None else ()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seeds[1])
        policy, critic = _networks(recipe, world, init, live[:-1])
    skill = None if base is None or layers else bound_as(LatentPolicy, base.layers[0], physical)
    return world, live, build_learner(recipe, world, policy, critic, layers, seeds[2], skill)


def stacked_on(recipe: Recipe, base: Skill | None) -> tuple[SkillLayer, ...]:
    """The base's layers that the new one acts through: none where the base is its prior."""
    return base.layers if base is not None and recipe.algorithm.action_prior != "skill" else ()


def _build_kl(
    recipe: Recipe, world: PhysicalWorld, base: Skill | None, head: Skill | None, seeds: Sequence[int]
) -> ActorCriticLearner:
    """The learner of a hierarchy, which acts on the motors themselves."""
    check_kept(recipe, base, head, world)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seeds[1])
        policy = build_hierarchy(recipe, world, base, head)
        critic = _critic(recipe, world, len(world.action_names) + policy.latent_width)
    return build_kl_learner(recipe, world, policy, critic, base or head, seeds[2])


def _check_memory(rows: int, numbers: int) -> None:
    """A UserError where a full replay would not fit, which would otherwise show after hours."""
    needed, free = 4 * rows * numbers, free_memory()
    if free is not None and needed > free:
        raise UserError(
            f"a replay of {rows:,} observations needs {needed / 2**30:.1f} GiB, this machine has {free / 2**30:.1f} "
            "free; lower training.replay_size."
        )


def _networks(
    recipe: Recipe, world: World, init: Skill | None, lower: Sequence[SkillLayer]
) -> tuple[AnyLatentPolicy, TwinCritic]:
    """Policy and critics, drawn from torch's generator; the new layer starts as the top one of `init`, on `lower`."""
    width, groups = len(world.action_names), policy_groups(recipe, world)
    columns, sizes = torch.from_numpy(world.layout.indices(groups)), PolicySizes.of(recipe.policy)
    top = build_policy(sizes, columns, width, squash=world.action_bounded and not lower)
    if init is not None:
        warm_start(top, init.layers[-1], init.card.name, sizes=sizes, layout=world.layout.subset(groups))
    below = [bound_as(LatentPolicy, layer, world).requires_grad_(True) for layer in lower]
    critic = _critic(recipe, world, width)
    return LatentChain([*below, top]) if below else top, critic


def _critic(recipe: Recipe, world: World, action_width: int) -> TwinCritic:
    return TwinCritic(
        world.layout.width,
        action_width,
        hidden=recipe.algorithm.critic_hidden,
        layer_norm=recipe.algorithm.critic_layer_norm,
        normalize=recipe.policy.normalize,
    )


def policy_groups(recipe: Recipe, world: World) -> tuple[str, ...]:
    """The groups that the new layer sees: the recipe's, else the world's own; UserError for one that is not there."""
    return known_groups(recipe.policy.groups or world.actor_groups, world)
