"""A skill in memory: frozen layers, bottom first, and the card that describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from skillkit.errors import UserError
from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.critic import TwinCritic
from skillkit.policies.high_level import DefaultHighLevel, HighLevel
from skillkit.policies.latent_policy import LatentPolicy
from skillkit.policies.low_level import LowLevel
from skillkit.skills.card import CriticCard, LayerCard, PriorCard, SkillCard
from skillkit.skills.group_card import layout_of
from skillkit.types import Float32, Group, Layout

LayerPolicy = LatentPolicy | LowLevel | HighLevel


@dataclass(frozen=True)
class SkillLayer:
    """One frozen layer; its policy sees the groups of its card side by side, in the card's order."""

    policy: LayerPolicy
    card: LayerCard

    @property
    def latent_width(self) -> int:
        """Length of its latent."""
        return self.card.latent_width

    @property
    def hold(self) -> int:
        """Steps of the world below for which one of its actions is held."""
        return self.card.hold

    @property
    def layout(self) -> Layout:
        """The groups that it sees."""
        return layout_of(self.card.groups)

    def bind(self, layout: Layout) -> BoundLayer:
        """The layer with its groups found by name in a world's observations; KeyError when one is absent."""
        return BoundLayer(self, layout.indices(self.layout.names))


@dataclass(frozen=True)
class BoundLayer:
    """A frozen layer that takes a world's flat observation. Implements `skillkit.types.Layer`."""

    layer: SkillLayer
    columns: np.ndarray

    def __post_init__(self) -> None:
        if not isinstance(self.layer.policy, LatentPolicy):
            raise UserError(
                "the high level of this skill goes on from its last latent, which is not kept here; play it on its "
                "task by skillkit eval, or stack with --algo kl, which puts a new level in its place."
            )

    @property
    def latent_width(self) -> int:
        """Length of its latent."""
        return self.layer.latent_width

    @torch.no_grad()
    def act(self, observation: Float32, latent: Float32) -> Float32:
        """Actions (n, action width) for observations (n, world width) and latents (n, latent width)."""
        sensed = torch.from_numpy(observation[:, self.columns])
        assert isinstance(self.layer.policy, LatentPolicy)
        action, _ = self.layer.policy(sensed, torch.as_tensor(latent, dtype=torch.float32))
        result: Float32 = action.numpy()
        return result


@dataclass(frozen=True)
class DefaultPolicy:
    """What a skill was held to: over latents, and its low level; None for one that it has not, or not of its own."""

    latent: DefaultHighLevel | None
    low: SkillLayer | None


@dataclass(frozen=True)
class Skill:
    """A frozen generator of behaviour: observation and latent in, motor commands out.

    critics: of the top layer; prior: the default policy that it was held to, None where there was none.
    """

    layers: tuple[SkillLayer, ...]
    card: SkillCard
    critics: tuple[TwinCritic, ...] = ()
    prior: DefaultPolicy | None = None

    @property
    def latent_width(self) -> int:
        """Length of the top layer's latent."""
        return self.layers[-1].latent_width

    @property
    def motors(self) -> tuple[str, ...]:
        """Names of the motors that it drives, in order."""
        return tuple(self.layers[0].card.action_names)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every group that some layer sees, each once."""
        found = {group.name: group for layer in self.layers for group in layer.layout.groups}
        return tuple(found.values())

    def act(self, observation: Mapping[str, np.ndarray], latent: np.ndarray) -> Float32:
        """Motor commands for one moment: every layer is asked once, from the top down; nothing is held.

        observation: each group by name, (width,) or (n, width); latent: (latent_width,) or (n, latent_width).
        Raises UserError when a group is missing or has the wrong shape. Returns (motors,) or (n, motors).
        """
        signal = np.atleast_2d(np.asarray(latent, np.float32))
        if signal.shape[1] != self.latent_width:
            raise UserError(f"this skill's latent has {self.latent_width} numbers, got {signal.shape[1]}.")
        for layer in reversed(self.layers):
            sensed = _gather(observation, layer.layout, len(signal))
            signal = BoundLayer(layer, np.arange(layer.layout.width)).act(sensed, signal)
        return signal if np.ndim(latent) == 2 else signal[0]

    @torch.no_grad()
    def action_value(self, observation: Mapping[str, np.ndarray], action: np.ndarray) -> Float32:
        """The soft value of actions of the top layer, (n,): the smaller one of twins, in scaled rewards.

        Of a composed skill it is the weighted mean of its constituents' (Haarnoja 2018, equation 6.2).

        observation: each group that the critics see by name, (n, width); action: (n, width).
        Raises UserError where the file keeps no critics, or a group is missing or has the wrong shape.
        """
        if not self.critics:
            raise UserError(
                f"the skill {self.card.name!r} was saved without its critics; soft Q-learning and mixtures keep them."
            )
        width = len(self.layers[-1].card.action_names)
        if np.ndim(action) != 2 or np.shape(action)[1] != width:
            raise UserError(f"actions of this skill must have shape (n, {width}), got {np.shape(action)}.")
        chosen, total = torch.from_numpy(np.asarray(action, np.float32)), torch.zeros(len(action))
        for critic, card in zip(self.critics, self.card.critics, strict=True):
            sensed = torch.from_numpy(_gather(observation, layout_of(card.groups), len(chosen)))
            total += card.weight * critic(sensed, chosen).min(0).values
        result: Float32 = total.numpy()
        return result


def empty_critic(card: CriticCard, action_width: int) -> TwinCritic:
    """Uninitialised critics of a card's shape, without memory of their own (on the meta device)."""
    width = layout_of(card.groups).width
    with torch.device("meta"):
        return TwinCritic(width, action_width, hidden=card.hidden, layer_norm=card.layer_norm, normalize=card.normalize)


def empty_policy(card: LayerCard) -> LayerPolicy:
    """An uninitialised policy of a card's shape, without memory of its own (on the meta device)."""
    width, actions = layout_of(card.groups).width, len(card.action_names)
    sizes: dict[str, Any] = {"hidden": card.hidden, "normalize": card.normalize}
    policy: LayerPolicy
    with torch.device("meta"):
        if card.kind == "conditional":
            policy = LowLevel(torch.arange(width), card.latent_width, actions, **sizes)
        elif card.kind == "autoregressive":
            policy = HighLevel(torch.arange(width), actions, card.coefficient, **sizes)
        else:
            policy = build_policy(PolicySizes.of(card), torch.arange(width), actions, squash=card.action_bounded)
    policy.columns = torch.arange(width)
    return policy


def empty_default_high(card: PriorCard, latent_width: int) -> DefaultHighLevel | None:
    """An uninitialised default policy over latents, of a card's shape; None where it is over actions."""
    if card.kind in ("distral", "skill"):
        return None
    with torch.device("meta"):
        return DefaultHighLevel(latent_width, card.coefficient, hidden=card.hidden)


def _gather(observation: Mapping[str, np.ndarray], layout: Layout, count: int) -> Float32:
    parts = []
    for group in layout.groups:
        if group.name not in observation:
            raise UserError(f"this skill needs the observation group {group.name!r} ({group.width} numbers), got none.")
        part = np.atleast_2d(np.asarray(observation[group.name], np.float32))
        if part.shape != (count, group.width):
            raise UserError(f"the group {group.name!r} must have shape {(count, group.width)}, got {part.shape}.")
        parts.append(part)
    return np.concatenate(parts, axis=1)
