"""From recipe to objects: the one place that wires concrete classes together."""

from skillkit.build.composition import Constituent, check_composable, compose
from skillkit.build.freeze import freeze
from skillkit.build.kept import check_kept, feeds_of_kept, kept_cost, kept_high, kept_steps
from skillkit.build.lookup import (
    describe_bodies,
    describe_rewards,
    describe_tasks,
    find_skill,
    known_names,
    open_skill,
)
from skillkit.build.training import Training, build_training
from skillkit.build.worlds import (
    PhysicalWorld,
    body_of,
    build_world,
    embed,
    feeds,
    skill_actor,
    world_of,
)

__all__ = [
    "Constituent",
    "PhysicalWorld",
    "Training",
    "body_of",
    "build_training",
    "build_world",
    "check_composable",
    "check_kept",
    "compose",
    "describe_bodies",
    "describe_rewards",
    "describe_tasks",
    "embed",
    "feeds",
    "feeds_of_kept",
    "find_skill",
    "freeze",
    "kept_cost",
    "kept_high",
    "kept_steps",
    "known_names",
    "open_skill",
    "skill_actor",
    "world_of",
]
