"""A training from a recipe: worlds, networks, learner, replay and the loop that joins them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from skillkit.algorithms.learner import ActorCriticLearner
from skillkit.build.learner import build_learner
from skillkit.build.warm_start import live_layers, warm_start
from skillkit.build.worlds import PhysicalWorld, bound_policy, build_world, embed, feeds
from skillkit.config import Recipe
from skillkit.errors import UserError, unknown_name
from skillkit.machine import free_memory
from skillkit.policies import PolicySizes, Trainable, build_policy
from skillkit.policies.chain import LatentChain
from skillkit.policies.critic import TwinCritic
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
    *,
    log: Callable[[Row], None],
    checkpoint: Callable[[Trainer], None],
    stop: threading.Event,
) -> Training:
    """Everything that `Trainer.run` needs, for a recipe, the skill it stacks on and the one it starts from."""
    algorithm, training = recipe.algorithm, recipe.training
    seeds = [int(seed) for seed in np.random.SeedSequence(training.seed).generate_state(5)]
    physical = build_world(recipe.world, seed=seeds[0])
    if base is not None:
        feeds(base, physical)
    world = embed(physical, base.layers if base else (), recipe.policy.hold, algorithm.discount)
    live = live_layers(init, base, world, recipe.policy.hold) if init is not None else ()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seeds[1])
        policy, critic = _networks(recipe, world, init, live[:-1])
    learner = build_learner(recipe, world, policy, critic, base.layers if base else (), seeds[2])
    collector = Collector(world, learner.acting_policy(), algorithm.discount, seeds[3])
    # A transition can be as short as one control step, and an episode's end takes a row of its own.
    capacity = min(training.replay_size, 2 * (training.steps + physical.num_worlds))
    _check_memory(capacity, world.layout.width + len(world.action_names) + 3)
    replay = Replay(capacity, physical.num_worlds, world.layout.width, len(world.action_names), seeds[4])
    schedule = Schedule(
        steps=training.steps,
        warmup=training.warmup_transitions,
        update_to_data=algorithm.update_to_data,
        batch_size=algorithm.batch_size,
        checkpoint_every=training.checkpoint_every,
        log_every=training.log_every,
    )
    trainer = Trainer(collector, learner, replay, schedule, log=log, checkpoint=checkpoint, stop=stop)
    return Training(recipe, base, init, live[:-1], physical, world, learner, replay, trainer)


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
) -> tuple[Trainable, TwinCritic]:
    """Policy and critics, drawn from torch's generator; the new layer starts as the top one of `init`, on `lower`."""
    algorithm, width, groups = recipe.algorithm, len(world.action_names), policy_groups(recipe, world)
    columns, sizes = torch.from_numpy(world.layout.indices(groups)), PolicySizes.of(recipe.policy)
    top = build_policy(sizes, columns, width, squash=world.action_bounded and not lower)
    if init is not None:
        warm_start(top, init.layers[-1], init.card.name, sizes=sizes, layout=world.layout.subset(groups))
    below = [bound_policy(layer, world).requires_grad_(True) for layer in lower]
    critic = TwinCritic(
        world.layout.width,
        width,
        hidden=algorithm.critic_hidden,
        layer_norm=algorithm.critic_layer_norm,
        normalize=recipe.policy.normalize,
    )
    return LatentChain([*below, top]) if below else top, critic


def policy_groups(recipe: Recipe, world: World) -> tuple[str, ...]:
    """The groups that the new layer sees: the recipe's, else the world's own; UserError for one that is not there."""
    groups = recipe.policy.groups or world.actor_groups
    for name in groups:
        if name not in world.layout.names:
            raise unknown_name("observation group", name, world.layout.names)
    return tuple(groups)
