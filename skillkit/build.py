"""From recipe to objects: the one place that wires concrete classes together."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from skillkit.algorithms.critic import TwinCritic
from skillkit.algorithms.sac.config import SacSettings
from skillkit.algorithms.sac.learner import SacLearner
from skillkit.bodies import BODIES
from skillkit.config import KnownNames, Recipe, WorldConfig
from skillkit.environment import versions
from skillkit.errors import UserError, unknown_name
from skillkit.policies import POLICIES, PolicySizes, build_policy
from skillkit.policies.latent_policy import LatentActor, LatentDraw, LatentPolicy
from skillkit.skills.card import (
    BodyCard,
    GroupCard,
    LayerCard,
    RewardCard,
    SkillCard,
    TrainingCard,
    WorldCard,
)
from skillkit.skills.contract import Feed, check_contract
from skillkit.skills.file import load_skill
from skillkit.skills.library import bundled, bundled_skills
from skillkit.skills.skill import Skill, SkillLayer
from skillkit.training.collector import Collector
from skillkit.training.loop import Row, Schedule, Trainer
from skillkit.training.replay import Replay
from skillkit.training.run_folder import is_run, newest_skill, skill_at
from skillkit.types import World
from skillkit.worlds.factory import make_world
from skillkit.worlds.gym_world import GymWorld
from skillkit.worlds.model import fingerprint
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.rewards import REWARDS, RewardTerm
from skillkit.worlds.skill_world import SkillWorld
from skillkit.worlds.tasks import TASKS

PhysicalWorld = MujocoWorld | GymWorld


def known_names() -> KnownNames:
    """The names that a recipe may use."""
    return KnownNames(bodies=tuple(BODIES), tasks=tuple(TASKS), rewards=tuple(REWARDS), policies=POLICIES)


def describe_bodies() -> list[tuple[str, ...]]:
    """Name, description, senses and motors of each body."""
    return [
        (name, body.description, ", ".join(group.name for group in body.groups), ", ".join(body.motors))
        for name, body in BODIES.items()
    ]


def describe_tasks() -> list[tuple[str, ...]]:
    """Name and description of each task."""
    own: list[tuple[str, ...]] = [(name, (task.__doc__ or "").splitlines()[0]) for name, task in TASKS.items()]
    return [
        *own,
        ("gym:<id>", "Any registered Gymnasium environment with continuous actions, for flat policies."),
    ]


def describe_rewards() -> list[tuple[str, ...]]:
    """Name and description of each reward."""
    return [(name, (kind.function.__doc__ or "").splitlines()[0]) for name, kind in REWARDS.items()]


def build_world(
    config: WorldConfig, *, seed: int, num_worlds: int | None = None, threads: int | None = None
) -> PhysicalWorld:
    """The physical worlds of a recipe, without any skill in them."""
    count = num_worlds if num_worlds is not None else config.num_worlds
    if config.is_gym:
        return GymWorld(config.task.removeprefix("gym:"), num_worlds=count, seed=seed)
    assert config.body is not None
    terms = (RewardTerm(name, term.weight, term.window) for name, term in config.rewards.items())
    return make_world(
        config.body,
        config.task,
        config.goal,
        rewards=tuple(terms) or None,
        episode_steps=config.episode_steps,
        num_worlds=count,
        threads=threads if threads is not None else config.threads,
        seed=seed,
    )


def embed(world: World, layers: tuple[SkillLayer, ...], hold: int, discount: float) -> World:
    """The world with frozen layers in it, bottom first; `hold` is how long the topmost latent is held."""
    holds = [*(layer.hold for layer in layers[1:]), hold]
    for layer, steps in zip(layers, holds, strict=bool(layers)):
        world = SkillWorld(world, layer.bind(world.layout), hold=steps, discount=discount)
    return world


def bound_policy(layer: SkillLayer, world: World) -> LatentPolicy:
    """A copy of a layer's policy that sees its groups in this world's observations."""
    policy = copy.deepcopy(layer.policy)
    policy.columns = torch.from_numpy(world.layout.indices(layer.layout.names))
    return policy


def skill_actor(skill: Skill, world: PhysicalWorld, draw: LatentDraw | None = None) -> tuple[World, LatentActor]:
    """The world with all layers but the top one in it, and the top one acting, rewards undiscounted.

    draw: how the top latent is drawn; None for what the skill says.
    """
    *lower, top = skill.layers
    below = embed(world, tuple(lower), top.hold, discount=1.0)
    return below, LatentActor(bound_policy(top, world), draw or top.card.evaluation_draw)


def feeds(skill: Skill, world: PhysicalWorld) -> list[Feed]:
    """What feeds each group of a skill in a world; UserError where they do not fit."""
    return check_contract(skill, world.layout, world.action_names, body_card(world), world_name(world))


def world_name(world: PhysicalWorld) -> str:
    """How a message calls a world."""
    if isinstance(world, MujocoWorld):
        return f"the {world.body.name} on the task {world.task.name!r}"
    return f"the Gymnasium environment {world.id}"


def body_card(world: PhysicalWorld) -> BodyCard | None:
    """The fingerprint of a world's body; None for Gymnasium environments."""
    if not isinstance(world, MujocoWorld):
        return None
    found = fingerprint(world.physics.model, world.body.root)
    return BodyCard.model_validate({**found, "time_step": world.body.time_step})


@dataclass(frozen=True)
class Training:
    """What a run is made of: the physical world, the one that the learner acts in, learner, replay and trainer."""

    recipe: Recipe
    base: Skill | None
    physical: PhysicalWorld
    world: World
    learner: SacLearner
    replay: Replay
    trainer: Trainer
    draw: LatentDraw

    def skill(self) -> Skill:
        """The layers trained so far, frozen, with their card."""
        return _freeze(self)


def build_training(
    recipe: Recipe,
    base: Skill | None,
    *,
    log: Callable[[Row], None],
    checkpoint: Callable[[Trainer], None],
    stop: threading.Event,
    compile_update: bool,
) -> Training:
    """Everything that `Trainer.run` needs, for a recipe and the skill that it stacks on."""
    algorithm, training = recipe.algorithm, recipe.training
    if base is None and recipe.policy.hold != 1:
        raise UserError(f"policy.hold must be 1 without a base, got {recipe.policy.hold}; motors are not held.")
    seeds = [int(seed) for seed in np.random.SeedSequence(training.seed).generate_state(5)]
    physical = build_world(recipe.world, seed=seeds[0])
    if base is not None:
        feeds(base, physical)
    world = embed(physical, base.layers if base else (), recipe.policy.hold, algorithm.discount)
    width = len(world.action_names)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seeds[1])
        columns = torch.from_numpy(world.layout.indices(_groups(recipe, world)))
        policy = build_policy(_sizes(recipe), columns, width, squash=world.action_bounded)
        critic = TwinCritic(
            world.layout.width,
            width,
            hidden=algorithm.critic_hidden,
            layer_norm=algorithm.critic_layer_norm,
            normalize=recipe.policy.normalize,
        )
    draw: LatentDraw = recipe.policy.latent_draw
    learner = SacLearner(
        policy,
        critic,
        _settings(recipe, world),
        draw=draw,
        seed=seeds[2],
        compile_update=compile_update,
        device=checked_device(training.device),
    )
    collector = Collector(world, learner.acting_policy(), algorithm.discount, seeds[3])
    # With frozen layers a transition takes up to `hold` control steps, but an episode's end can make it shorter.
    capacity = min(training.replay_size, training.steps + physical.num_worlds)
    replay = Replay(capacity, world.layout.width, width, seeds[4])
    schedule = Schedule(
        steps=training.steps,
        warmup=training.warmup_steps,
        update_to_data=algorithm.update_to_data,
        batch_size=algorithm.batch_size,
        checkpoint_every=training.checkpoint_every,
        log_every=training.log_every,
    )
    trainer = Trainer(collector, learner, replay, schedule, log=log, checkpoint=checkpoint, stop=stop)
    return Training(recipe, base, physical, world, learner, replay, trainer, draw)


def find_skill(name: str) -> Path:
    """The file that a name means: a file, else a bundled skill, else a run or its checkpoint (`runs/x@500000`)."""
    path = Path(name)
    if path.is_file():
        return path
    found = bundled(name)
    if found is not None:
        return found
    run, _, steps = name.rpartition("@")
    if run and is_run(Path(run)):
        if not steps.isdigit():
            raise UserError(f"expected a number of steps after '@' in {name!r}, such as {run}@500000.")
        return skill_at(Path(run), int(steps))
    if is_run(path):
        newest = newest_skill(path)
        if newest is None:
            raise UserError(f"the run {name!r} has not saved a skill yet; wait for its first checkpoint.")
        return newest
    if path.is_dir():
        raise UserError(f"{name!r} is a folder but no run; expected a skill file, a bundled skill or a run's folder.")
    raise unknown_name("skill", name, bundled_skills())


def open_skill(name: str) -> tuple[Path, Skill]:
    """The file that a name means, and the skill in it."""
    path = find_skill(name)
    return path, load_skill(path)


def checked_device(name: str) -> str:
    """The device of that name; UserError when torch does not find it here."""
    if name.startswith("cuda"):
        count = torch.cuda.device_count()
        if int(name.partition(":")[2] or 0) >= count:
            raise UserError(f"the device {name!r} is not there, torch sees {count} CUDA devices; use --device cpu.")
    return name


def _groups(recipe: Recipe, world: World) -> tuple[str, ...]:
    groups = recipe.policy.groups or world.actor_groups
    for name in groups:
        if name not in world.layout.names:
            raise unknown_name("observation group", name, world.layout.names)
    return tuple(groups)


def _sizes(recipe: Recipe) -> PolicySizes:
    policy = recipe.policy
    return PolicySizes(
        kind=policy.kind,
        hidden=policy.hidden,
        normalize=policy.normalize,
        couplings=policy.couplings,
        embedding=policy.embedding,
        coupling_hidden=policy.coupling_hidden,
        log_scale_limit=policy.log_scale_limit,
    )


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
    return SacSettings(
        discount=algorithm.discount,
        learning_rate=algorithm.learning_rate,
        target_smoothing=algorithm.target_smoothing,
        temperature=algorithm.temperature,
        initial_temperature=algorithm.initial_temperature,
        divergence_target=-entropy + (width * math.log(2.0) if prior == "gaussian" else 0.0),
        action_prior=prior,
        reward_scale=algorithm.reward_scale,
    )


def _freeze(training: Training) -> Skill:
    recipe, base, world, trainer = training.recipe, training.base, training.world, training.trainer
    policy = copy.deepcopy(training.learner.trained_policy()).to("cpu").requires_grad_(False).eval()
    layout = world.layout.subset(_groups(recipe, world))
    policy.columns = torch.arange(layout.width)
    layer = LayerCard(
        **{**vars(_sizes(recipe)), "hidden": list(recipe.policy.hidden)},
        groups=[GroupCard(name=group.name, width=group.width, unit=group.unit) for group in layout.groups],
        action_names=list(world.action_names),
        action_bounded=world.action_bounded,
        latent_width=policy.width,
        latent_prior="standard-normal",
        hold=recipe.policy.hold,
        evaluation_draw="zero" if recipe.policy.kind == "gaussian" else training.draw,
    )
    card = SkillCard(
        format_version=1,
        name=recipe.name,
        layers=[*(base.card.layers if base else []), layer],
        world=_world_card(recipe, training.physical),
        training=TrainingCard(
            algorithm=recipe.algorithm.kind,
            seed=recipe.training.seed,
            steps=[*(base.card.training.steps if base else []), trainer.steps],
            discount=recipe.algorithm.discount,
            temperature=float(training.learner.state.log_temperature.exp()),
            recipe=recipe.model_dump(mode="json"),
            versions=versions(),
        ),
        score=trainer.score(),
    )
    return Skill((*(base.layers if base else ()), SkillLayer(policy, layer)), card)


def _world_card(recipe: Recipe, physical: PhysicalWorld) -> WorldCard:
    if not isinstance(physical, MujocoWorld):
        return WorldCard(
            body=None,
            fingerprint=None,
            task=recipe.world.task,
            goal=None,
            goals=[],
            goal_radius=0.0,
            episode_steps=None,
            rewards=[],
        )
    task = physical.task
    return WorldCard(
        body=physical.body.name,
        fingerprint=body_card(physical),
        task=task.name,
        goal=task.goal,
        goals=[list(goal) for goal in task.arena.goals],
        goal_radius=task.arena.goal_radius,
        episode_steps=physical.episode_steps,
        rewards=[
            RewardCard(
                name=term.name,
                weight=term.weight,
                window=term.window if REWARDS[term.name].windowed else None,
            )
            for term in physical.rewards
        ],
    )
