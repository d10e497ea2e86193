"""Several skills' soft Q-functions become one skill, which does what all of them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor

from skillkit.algorithms.sql.config import SqlSettings
from skillkit.algorithms.sql.extraction import MANY, disagreement, extract, soft_values
from skillkit.algorithms.sql.proposals import from_prior
from skillkit.build.worlds import body_of, build_world, skill_actor, world_of
from skillkit.errors import UserError
from skillkit.machine import versions
from skillkit.policies import WITH_DENSITY, PolicySizes, build_policy
from skillkit.policies.critic import WeightedCritics
from skillkit.skills.card import CriticCard, LayerCard, RewardCard, SkillCard, TrainingCard, lowest_version
from skillkit.skills.group_card import layout_of
from skillkit.skills.skill import Skill, SkillLayer
from skillkit.worlds.factory import body_on_task
from skillkit.worlds.rewards import RewardTerm

BATCH, PARTICLES, LEARNING_RATE = 64, 16, 1e-3
SHORT = (int, float, str)  # what a message can show of both skills
PLAYED_WORLDS, PLAYED_STEPS = 16, 100  # from which the states come that the disagreement is measured in


@dataclass(frozen=True)
class Constituent:
    """A skill with its critics, its share in the mean, and states that it was trained on, (n, critics' width).

    source: where these come from, the replay beside the skill or its run.
    """

    skill: Skill
    weight: float
    observation: Tensor
    source: Literal["beside", "run"]


def check_composable(skills: Sequence[Skill]) -> None:
    """A UserError that names what two skills do not share, a skill without critics, or a world that is not trusted."""
    for skill in skills:
        world_of(skill.card.world)
        if skill.critics and skill.card.training.algorithm not in ("sql", "compose"):
            raise UserError(
                f"the critics of the skill {skill.card.name!r}, trained by {skill.card.training.algorithm}, judge its "
                "own policy alone; compose skills of --algo sql."
            )
        if not skill.critics:
            raise UserError(
                f"the skill {skill.card.name!r} was saved without a critic, which composing needs; train it with "
                "--algo sql."
            )
    for one, other in pairwise(skills):
        differ = [
            f"{name} ({read(one)} and {read(other)})" if isinstance(read(one), SHORT) else name
            for name, read in SHARED.items()
            if read(one) != read(other)
        ]
        if differ:
            raise UserError(
                f"the skills {one.card.name!r} and {other.card.name!r} differ in {', '.join(differ)}; compose skills "
                "that share them."
            )


def _algorithm(skill: Skill) -> dict[str, Any]:
    """The section of its recipe that says what its critics' values are of."""
    section: dict[str, Any] = skill.card.training.recipe.get("algorithm", {})
    return section


def _bottom(skill: Skill) -> list[list[bytes]]:
    layers = [layer.policy.state_dict().values() for layer in skill.layers[:-1]]
    return [[value.numpy().tobytes() for value in layer] for layer in layers]


SHARED: dict[str, Callable[[Skill], Any]] = {
    "body": lambda skill: str(skill.card.world.body),
    "make of the body": lambda skill: skill.card.world.fingerprint,
    "number of targets or boxes": lambda skill: skill.card.world.count,
    "mass of boxes": lambda skill: skill.card.world.box_mass,
    "environment": lambda skill: None if skill.card.world.body else skill.card.world.task,
    "reward windows": lambda skill: (
        {RewardTerm(term.name, term.weight, term.window).looks_back for term in skill.card.world.rewards} - {None}
    ),
    "motors": lambda skill: ", ".join(skill.motors),
    "layers below": _bottom,
    "observation groups": lambda skill: "; ".join(
        ", ".join(f"{group.name} {group.width}" for group in groups)
        for groups in (skill.card.layers[-1].groups, skill.card.critics[0].groups)
    ),
    "hold": lambda skill: skill.card.layers[-1].hold,
    "discount": lambda skill: skill.card.training.discount,
    "temperature": lambda skill: skill.card.training.temperature,
    "reward scale": lambda skill: _algorithm(skill).get("reward_scale", 1.0),
    "action prior": lambda skill: _algorithm(skill).get("action_prior", "auto"),
}


def compose(
    constituents: Sequence[Constituent],
    *,
    name: str,
    kind: str,
    updates: int,
    seed: int,
    compiled: bool,
    progress: Callable[[int], None],
) -> Skill:
    """A policy of that kind drawn from the weighted mean of the soft Q-functions, in the union of the states.

    progress: called with the updates made so far. Raises RuntimeError where `compiled` cannot be done.
    """
    first = constituents[0].skill
    critics, cards = _merged(constituents)
    top, temperature = first.card.layers[-1], first.card.training.temperature
    columns = torch.from_numpy(layout_of(cards[0].groups).indices([group.name for group in top.groups]))
    sizes = PolicySizes.of(top.model_copy(update={"kind": kind}))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        policy = build_policy(sizes, columns, len(top.action_names), squash=top.action_bounded)
    observation = torch.cat([one.observation for one in constituents])
    policy.observe(observation)
    settings = SqlSettings(
        learning_rate=LEARNING_RATE,
        start_temperature=temperature,
        action_prior="uniform" if _is_uniform(first) else "gaussian",
        reward_scale=1.0,
        target_update_interval=1,
        value_samples=1,
        particles=PARTICLES,
        proposal="policy" if kind in WITH_DENSITY else "prior",
    )
    extract(
        policy,
        critics,
        settings,
        observation,
        updates=updates,
        batch_size=BATCH,
        seed=seed,
        compiled=compiled,
        progress=progress,
    )
    policy.columns = torch.arange(len(columns))
    layer = top.model_copy(update={"kind": kind, "latent_width": policy.width, "evaluation_draw": "step"})
    composed = Skill(
        (*first.layers[:-1], SkillLayer(policy.requires_grad_(False).eval(), layer)),
        _card(constituents, name, layer, cards, updates, seed),
        tuple(critics.critics),  # type: ignore[arg-type]
    )
    score = {"disagreement": _disagreement(composed, constituents, seed)}
    return Skill(composed.layers, composed.card.model_copy(update={"score": score}), composed.critics)


def _merged(constituents: Sequence[Constituent]) -> tuple[WeightedCritics, list[CriticCard]]:
    """All critics; those of a constituent that is composed itself share its weight."""
    pairs = [
        (critic, card.model_copy(update={"weight": one.weight * card.weight}))
        for one in constituents
        for critic, card in zip(one.skill.critics, one.skill.card.critics, strict=True)
    ]
    critics, cards = [critic for critic, _ in pairs], [card for _, card in pairs]
    return WeightedCritics(critics, [card.weight for card in cards]).requires_grad_(False), cards


def _card(
    constituents: Sequence[Constituent], name: str, layer: LayerCard, critics: list[CriticCard], updates: int, seed: int
) -> SkillCard:
    first = constituents[0].skill.card
    weights: dict[tuple[str, float | None], float] = {}
    for one in constituents:
        for term in one.skill.card.world.rewards:
            key = (term.name, term.window)
            weights[key] = weights.get(key, 0.0) + one.weight * term.weight
    rewards = [RewardCard(name=term, weight=weight, window=window) for (term, window), weight in weights.items()]
    made_of = [
        {
            "name": one.skill.card.name,
            "sha256": one.skill.card.sha256,
            "weight": one.weight,
            "states": len(one.observation),
            "states_from": one.source,
        }
        for one in constituents
    ]
    layers = [*first.layers[:-1], layer]
    world = first.world.model_copy(update={"rewards": rewards, "goal": _joint_goal(constituents)})
    return SkillCard(
        format_version=lowest_version(layers, critics, world),
        name=name,
        layers=layers,
        world=world,
        training=TrainingCard(
            algorithm="compose",
            seed=seed,
            steps=[*first.training.steps[:-1], sum(one.skill.card.training.steps[-1] for one in constituents)],
            discount=first.training.discount,
            temperature=first.training.temperature,
            recipe={"constituents": made_of, "updates": updates, "algorithm": _algorithm(constituents[0].skill)},
            versions=versions(),
        ),
        score={},
        critics=critics,
    )


def _joint_goal(constituents: Sequence[Constituent]) -> str | None:
    """All of their goals in one name where the task has such a one, as in x=-1,y=-1; else the first one's."""
    world = constituents[0].skill.card.world
    goals = dict.fromkeys(one.skill.card.world.goal for one in constituents)
    if world.body is None or world.goal is None or len(goals) == 1 or None in goals:
        return world.goal
    joint = ",".join(map(str, goals))
    try:
        return body_on_task(body_of(world), world.task, joint)[1].goal
    except UserError:
        return world.goal


def _disagreement(composed: Skill, constituents: Sequence[Constituent], seed: int) -> float:
    """The constituents' disagreement, averaged over states that the composed policy comes to."""
    observation, top = _played_states(composed, seed), composed.card.layers[-1]
    noise = torch.randn(MANY, len(top.action_names), generator=torch.Generator().manual_seed(seed))
    action, divergence = from_prior(noise, bounded=top.action_bounded, gaussian=not _is_uniform(composed))
    values = torch.stack([_values(one.skill, observation, action, divergence) for one in constituents])
    together = _values(composed, observation, action, divergence)
    weights = torch.tensor([one.weight for one in constituents])
    return float(disagreement(values, weights, together, composed.card.training.temperature).mean())


def _is_uniform(skill: Skill) -> bool:
    """Whether its actions' prior is uniform on [-1, 1], or the unit Gaussian of a latent."""
    named = _algorithm(skill).get("action_prior", "auto")
    return skill.card.layers[-1].action_bounded if named == "auto" else named == "uniform"


def _values(skill: Skill, observation: Tensor, action: Tensor, divergence: Tensor) -> Tensor:
    critics = WeightedCritics(skill.critics, [card.weight for card in skill.card.critics])
    return soft_values(critics, observation, action, divergence, skill.card.training.temperature)


def _played_states(skill: Skill, seed: int) -> Tensor:
    """What the critics see along the skill's way, (states, width)."""
    physical = build_world(world_of(skill.card.world), seed=seed, num_worlds=PLAYED_WORLDS)
    world, actor = skill_actor(skill, physical)
    columns = world.layout.indices([group.name for group in skill.card.critics[0].groups])
    generator, observation = torch.Generator().manual_seed(seed), world.reset()
    state, seen = actor.initial_state(world.num_worlds), []
    for _ in range(PLAYED_STEPS):
        seen.append(torch.from_numpy(observation[:, columns]))
        action, state = actor.act(torch.from_numpy(observation), state, generator)
        step = world.step(action.numpy())
        observation = world.reset(step.ended) if step.ended.any() else step.observation
    return torch.cat(seen)
