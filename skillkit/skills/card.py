"""What a skill file says of itself: the metadata document, checked whole when it is read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from skillkit.body_description import BodyDescription
from skillkit.skills.group_card import WIDEST, Card, GroupCard, layout_of

Version = Literal[1, 2, 3]
VERSIONS = get_args(Version)  # of the format that are read
SINCE: dict[str, Version] = {
    "flow": 1,
    "gaussian": 1,
    "mixture": 2,
    "sampler": 2,
    "deterministic": 2,
    "conditional": 3,
    "autoregressive": 3,
}  # which version brought a kind
SINCE_3 = ("count", "box_mass", "own_body")  # what version 3 added to a world, absent where it has none
NAME = r"^[a-z0-9][a-z0-9_]*$"

EvaluationDraw = Literal["step", "episode", "zero"]


class LayerCard(Card):
    """One layer: its networks' sizes, what it sees, what it moves, and how its latent is drawn.

    hold: steps of the world below for which one of its actions is held; evaluation_draw: how its own latent is
    drawn when it is the top layer; components: of a mixture; coefficient: of an autoregressive layer, how much of its
    last action the next one starts from; both are absent from the document of any other kind.
    """

    kind: Literal["flow", "gaussian", "mixture", "sampler", "deterministic", "conditional", "autoregressive"]
    hidden: list[Annotated[int, Field(ge=1, le=8192)]] = Field(min_length=1, max_length=16)
    couplings: int = Field(ge=1, le=32)
    embedding: int = Field(ge=1, le=8192)
    coupling_hidden: int = Field(ge=1, le=8192)
    log_scale_limit: float = Field(gt=0, le=10)
    normalize: bool
    groups: list[GroupCard] = Field(min_length=1, max_length=1000)
    action_names: list[str] = Field(min_length=1, max_length=10_000)
    action_bounded: bool
    latent_width: int = Field(ge=1, le=10_000)
    latent_prior: Literal["standard-normal"]
    hold: int = Field(ge=1)
    evaluation_draw: EvaluationDraw
    components: int = Field(default=1, ge=1, le=64)
    coefficient: float = Field(default=0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _latent_fits(self) -> Self:
        """The latent is as wide as the actions; that of a mixture has one number more, which chooses the component.

        Only what a conditional layer does with a latent leaves its width free.
        """
        expected = len(self.action_names) + (self.kind == "mixture")
        if self.latent_width != expected and self.kind != "conditional":
            raise ValueError(f"a {self.kind} of {len(self.action_names)} actions has a latent of another width")
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_not_used(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = write(self)
        for kind, key in (("mixture", "components"), ("autoregressive", "coefficient")):
            if self.kind != kind:
                del document[key]
        return document


class PriorCard(Card):
    """The default policy that the skill was held to.

    kind: over latents, of a flat policy ("distral"), or a frozen "skill"; coefficient: of the autoregressive process
    that the latents start from; hidden: sizes of the network that changes it, None where it is as it is; low: the
    default low level, None where that is the skill's own; skill: name and SHA-256 of a frozen skill, which the file
    does not hold.
    """

    kind: Literal["isotropic", "ar1", "learned-ar", "distral", "skill"]
    coefficient: float = Field(ge=0, lt=1)
    hidden: list[Annotated[int, Field(ge=1, le=8192)]] | None = Field(default=None, min_length=1, max_length=16)
    low: LayerCard | None = None
    skill: str | None = None

    @model_validator(mode="after")
    def _kind_fits(self) -> Self:
        has = (self.hidden is not None, self.kind != "distral" or self.low is not None, self.skill is not None)
        if has != (self.kind == "learned-ar", True, self.kind == "skill"):
            raise ValueError("a default policy lacks a part, or has one that its kind does not have")
        return self


class BodyCard(Card):
    """What the skill leans on in its body; masses in kg, rounded to grams."""

    joints: list[str]
    motors: list[str]
    gears: list[float]
    masses: list[float]
    time_step: float


class RewardCard(Card):
    """A reward term; window in seconds."""

    name: str
    weight: float
    window: float | None = Field(gt=0, le=60)


class WorldCard(Card):
    """Where the top layer was trained.

    fingerprint: None for Gymnasium environments; count, box_mass: how many targets or boxes, and the mass of a box, kg;
    own_body: of a user's own body; these three are absent from the document where None.
    """

    body: Annotated[str, Field(min_length=1)] | None
    fingerprint: BodyCard | None
    task: str = Field(min_length=1)
    goal: Annotated[str, Field(min_length=1)] | None
    count: int | None = Field(default=None, ge=1, le=1000)
    box_mass: float | None = Field(default=None, gt=0, le=1000)
    goals: list[list[float]]
    goal_radius: float
    episode_steps: int | None = Field(ge=1, le=10**12)
    rewards: list[RewardCard]
    own_body: BodyDescription | None = None

    @model_validator(mode="after")
    def _a_body_or_an_environment(self) -> Self:
        if (self.body is None) != self.task.startswith("gym:") or self.task == "gym:":
            raise ValueError("its task is of a body, or gym:<id> without one")
        if self.body is None and (self.goal is not None or self.rewards or self.since > 1):
            raise ValueError("a Gymnasium environment brings its own goal, rewards, targets and boxes")
        if self.own_body is not None and self.own_body.name != self.body:
            raise ValueError("its own body has another name than its body")
        if any(abs(term.weight) > 1e30 for term in self.rewards):
            raise ValueError("a reward's weight is beyond 1e30")
        return self

    @property
    def since(self) -> Version:
        """The first version of the format that knows all that is in it."""
        return 1 if all(getattr(self, name) is None for name in SINCE_3) else 3

    @model_serializer(mode="wrap")
    def _without_what_is_not_used(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = write(self)
        return {name: value for name, value in document.items() if name not in SINCE_3 or value is not None}


class TrainingCard(Card):
    """How it was trained.

    steps: control steps of each layer, bottom first, with those of the layer that it was started from; where several
    were trained together, the steps count for the top one. temperature: the last one.
    """

    algorithm: str
    seed: int
    steps: list[int]
    discount: float
    temperature: float
    recipe: dict[str, Any]
    versions: dict[str, str]


class CriticCard(Card):
    """Twin action values of the top layer: their networks' sizes, and the groups that they see, in order.

    weight: of these in the mean that the policy follows, of which a trained skill has one.
    """

    weight: float = Field(gt=0, le=1)
    hidden: list[Annotated[int, Field(ge=1, le=8192)]] = Field(min_length=1, max_length=16)
    layer_norm: bool
    normalize: bool
    groups: list[GroupCard] = Field(min_length=1, max_length=1000)


def lowest_version(
    layers: Sequence[LayerCard], critics: Sequence[CriticCard], world: WorldCard, prior: PriorCard | None = None
) -> Version:
    """The first version of the format that knows all of these."""
    parts: list[Version] = [world.since, 3 if prior else 1, *(SINCE[layer.kind] for layer in layers)]
    return max([*parts, 2]) if critics else max(parts)


class SkillCard(Card):
    """The whole document; layers stand bottom first, score is from the last training episodes.

    critics: none where the file keeps none; absent from a document of version 1. prior: None where there is none;
    absent from documents before version 3.
    """

    format_version: Version
    name: str = Field(pattern=NAME, max_length=100)  # it names files too
    layers: list[LayerCard] = Field(min_length=1, max_length=32)
    world: WorldCard
    training: TrainingCard
    score: dict[str, float]
    critics: list[CriticCard] = Field(default_factory=list, max_length=100)
    prior: PriorCard | None = None
    sha256: str = ""

    @model_validator(mode="after")
    def _layers_fit(self) -> Self:
        """Each layer moves the latent of the one below, and sees under a name what the others see under it."""
        if self.format_version < lowest_version(self.layers, self.critics, self.world, self.prior):
            raise ValueError(f"version {self.format_version} knows not all of what is in it")
        if self.critics and abs(sum(critic.weight for critic in self.critics) - 1.0) > 1e-6:
            raise ValueError("the weights of its critics do not sum to 1")
        if len(self.training.steps) != len(self.layers):
            raise ValueError(f"{len(self.layers)} layers with the steps of {len(self.training.steps)}")
        for index, layer in enumerate(self.layers):
            under = self.layers[index - 1].kind if index else None
            if (layer.kind == "autoregressive") != (under == "conditional"):
                raise ValueError("a conditional layer is for an autoregressive one on it, and the other way round")
        if self.layers[-1].kind == "conditional":
            raise ValueError("nothing stands on its conditional layer")
        for below, layer in pairwise(self.layers):
            if layer.action_bounded or len(layer.action_names) != below.latent_width:
                raise ValueError(f"a layer does not move the {below.latent_width} unbounded latents of the one below")
        seen: dict[str, GroupCard] = {}
        parts: list[LayerCard | CriticCard] = [*self.layers, *self.critics]
        parts += [self.prior.low] if self.prior and self.prior.low else []
        for part in parts:
            if layout_of(part.groups).width > WIDEST:
                raise ValueError(f"a layer sees more than {WIDEST:,} numbers")
            if len({group.name for group in part.groups}) < len(part.groups):
                raise ValueError("a layer sees a group twice")
            for group in part.groups:
                if seen.setdefault(group.name, group) != group:
                    raise ValueError(f"the group {group.name!r} is one thing in one layer and another in the next")
        return self
