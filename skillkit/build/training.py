"""A training from a recipe: worlds, networks, learner, replay and the loop that joins them."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from skillkit.algorithms.critic import TwinCritic
from skillkit.algorithms.sac.config import SacSettings, ValueBound
from skillkit.algorithms.sac.learner import SacLearner
from skillkit.build.warm_start import live_layers, warm_start
from skillkit.build.worlds import PhysicalWorld, bound_policy, build_world, embed, feeds
from skillkit.config import Recipe
from skillkit.errors import UserError, unknown_name
from skillkit.machine import free_memory
from skillkit.policies import PolicySizes, Trainable, build_policy
from skillkit.policies.chain import LatentChain
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
    learner: SacLearner
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
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise UserError(f"{checkpoint} is of another version of skillkit ({error}); train anew.") from error


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
    learner = SacLearner(
        policy,
        critic,
        _settings(recipe, world),
        draw=recipe.policy.latent_draw,
        seed=seeds[2],
        device=checked_device(training.device),
    )
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


def checked_device(name: str) -> str:
    """The device of that name; UserError when torch does not find it here."""
    if name.startswith("cuda"):
        count = torch.cuda.device_count()
        if int(name.partition(":")[2] or 0) >= count:
            raise UserError(f"the device {name!r} is not there, torch sees {count} CUDA devices; use --device cpu.")
    return name


def policy_groups(recipe: Recipe, world: World) -> tuple[str, ...]:
    """The groups that the new layer sees: the recipe's, else the world's own; UserError for one that is not there."""
    groups = recipe.policy.groups or world.actor_groups
    for name in groups:
        if name not in world.layout.names:
            raise unknown_name("observation group", name, world.layout.names)
    return tuple(groups)


def _settings(recipe: Recipe, world: World) -> SacSettings:
    """Settings with what depends on the world filled in.

    A target entropy H under the uniform prior on [-1, 1]^d is d log 2 - H nats from that prior; the same distance
    is asked for under the unit Gaussian of a latent.
    """
    algorithm, width = recipe.algorithm, len(world.action_names)
    prior = algorithm.action_prior
    if prior == "auto":
        prior = "uniform" if world.action_bounded else "gaussian"
    if prior == "uniform" and not world.action_bounded:
        raise UserError("algorithm.action_prior 'uniform' needs bounded actions, a latent has none; use 'gaussian'.")
    entropy = float(-width if algorithm.target_entropy is None else algorithm.target_entropy)
    highest = width * math.log(2.0)
    if algorithm.temperature == "auto" and entropy >= highest:
        raise UserError(
            f"algorithm.target_entropy must be below {highest:.3g}, where it asks for no distance from the prior, "
            f"got {entropy:g}; lower it, or leave it out for {-width}."
        )
    return SacSettings(
        learning_rate=algorithm.learning_rate,
        target_smoothing=algorithm.target_smoothing,
        temperature=algorithm.temperature,
        initial_temperature=algorithm.initial_temperature,
        divergence_target=-entropy + (highest if prior == "gaussian" else 0.0),
        action_prior=prior,
        reward_scale=algorithm.reward_scale,
        bound=_value_bound(recipe, world, 0.0 if prior == "gaussian" else highest),
    )


def _value_bound(recipe: Recipe, world: World, nats: float) -> ValueBound | None:
    """What bounds every value, where that is known. nats: the most that the entropy of one decision adds."""
    discount = recipe.algorithm.discount**recipe.policy.hold
    if world.highest_return is None or (nats > 0.0 and discount == 1.0):
        return None
    reward = recipe.algorithm.reward_scale * world.highest_return
    return ValueBound(reward, nats / (1.0 - discount) if nats > 0.0 else 0.0)
