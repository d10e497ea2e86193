"""The recipe: everything one training run is made of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from skillkit.body_description import BodyDescription
from skillkit.config.algorithms import AlgorithmConfig, KlConfig, SacConfig
from skillkit.config.fields import (
    LARGEST_COUNT,
    Count,
    Goal,
    Integer,
    Names,
    Number,
    RunName,
    Section,
    Text,
    Width,
    Widths,
)

GYM_PREFIX = "gym:"
OF_A_POLICY = {  # keys of a policy that only this kind has
    "flow": ("couplings", "embedding", "coupling_hidden", "log_scale_limit"),
    "mixture": ("components",),
}
OF_TWO_LEVELS = ("low_groups", "latent_width")  # keys of a policy that only --algo kl has


class RewardConfig(Section):
    """One reward term; a bare number stands for its weight."""

    weight: float = 1.0
    window: Annotated[float, Field(gt=0, le=60)] | None = None  # seconds; None = 4

    @model_validator(mode="before")
    @classmethod
    def _bare_number(cls, data: object) -> object:
        is_number = isinstance(data, int | float) and not isinstance(data, bool)
        return {"weight": data} if is_number else data


class WorldConfig(Section):
    """The physical world: a body on a task, simulated many times side by side."""

    body: Text | None = "ant"  # None for a Gymnasium task, and only there
    own_body: BodyDescription | None = None  # what is behind a body that is not skillkit's, read from its file
    task: Text = "open"  # a task's name, or gym:<id>
    goal: Goal | None = None  # None = the task's own
    count: Number | None = None  # targets or boxes; None = the task's own
    box_mass: Annotated[float, Field(gt=0, le=1000)] | None = None  # kg; None = the task's own
    rewards: dict[str, RewardConfig] = Field(default_factory=dict)  # empty = the task's own
    episode_steps: Count | None = None  # control steps; None = the task's own
    num_worlds: Annotated[Integer, Field(ge=1, le=4096)] = 16
    threads: Annotated[Integer, Field(ge=1, le=256)] = 1  # of the physics

    @model_serializer(mode="wrap")
    def _without_what_is_not_used(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = write(self)
        if document.get("own_body") is None:
            document.pop("own_body", None)
        return document

    @property
    def is_gym(self) -> bool:
        """Whether the task is a registered Gymnasium environment."""
        return self.task.startswith(GYM_PREFIX)

    @model_validator(mode="before")
    @classmethod
    def _gym_has_no_body(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {"body": None, **data} if str(data.get("task", "")).startswith(GYM_PREFIX) else data

    @model_validator(mode="after")
    def _task_fits(self) -> WorldConfig:
        if self.task == GYM_PREFIX:
            raise ValueError("task 'gym:' names no environment; write gym:<id>, as in gym:Pendulum-v1")
        if not self.is_gym and self.body is None:
            raise ValueError(f"task {self.task!r} needs a body, got null; name one, as in body: ant")
        if self.own_body is not None and self.own_body.name != self.body:
            raise ValueError(f"own_body is the {self.own_body.name!r}, got the body {self.body!r}; leave own_body out")
        of_ours = ("body", "goal", "count", "box_mass", "rewards", "episode_steps")
        extra = [key for key in of_ours if self.is_gym and getattr(self, key) not in (None, {})]
        if extra:
            raise ValueError(f"task {self.task!r} brings its own {extra[0]}; leave {extra[0]} out")
        return self


class PolicyConfig(Section):
    """The layer to be trained."""

    kind: Text = "flow"
    groups: Names | None = None  # observation groups it sees, of two levels the high one; None = the world's default
    low_groups: Names | None = None  # of two levels those that the low one sees; None = the world's default
    latent_width: Annotated[Integer, Field(ge=1, le=256)] = 4  # of what the high one tells the low one
    hidden: Widths = (128, 128)
    couplings: Annotated[Integer, Field(ge=1, le=32)] = 2  # coupling layers of a flow
    embedding: Width = 32  # width of what a flow's couplings see of the observation
    coupling_hidden: Width = 32  # hidden width of a flow's scale and shift networks
    log_scale_limit: Annotated[float, Field(gt=0, le=10)] = 4.0
    components: Annotated[Integer, Field(ge=1, le=64)] = 4  # of a mixture
    latent_draw: Literal["step", "episode", "pink", "shrinking"] = "step"  # while it collects
    hold: Annotated[Integer, Field(ge=1, le=1000)] = 1  # steps of the world below that one action lasts
    normalize: bool = True  # observations, by their running mean and variance

    @model_validator(mode="after")
    def _kind_has_its_keys(self) -> PolicyConfig:
        for kind, keys in OF_A_POLICY.items():
            if kind != self.kind and (extra := self.changed(keys)):
                raise ValueError(f"{extra[0]} is of the policy {kind}, this recipe's is {self.kind}; leave it out")
        return self


def _gaussian_under_kl(data: object) -> object:
    """Both levels of a hierarchy are Gaussians, unless a recipe says something else, which is refused later."""
    algorithm = data.get("algorithm") if isinstance(data, dict) else None
    if isinstance(data, dict) and isinstance(algorithm, dict) and algorithm.get("kind") == "kl":
        policy = data.get("policy") or {}
        return {**data, "policy": {"kind": "gaussian", **policy}} if isinstance(policy, dict) else data
    return data


def _soft_actor_critic_unless_said(data: object) -> object:
    """A section that names no kind is one of soft actor-critic."""
    return {"kind": "sac", **data} if isinstance(data, dict) else data


class TrainingConfig(Section):
    """How long, from which seed and on what; steps are control steps summed over the worlds."""

    steps: Count = 500_000
    seed: Annotated[Integer, Field(ge=0, lt=2**63)] = 0
    replay_size: Annotated[Integer, Field(ge=1000, le=10**9)] = 1_000_000  # observations
    warmup_transitions: Annotated[Integer, Field(ge=0, le=LARGEST_COUNT)] = 1000  # transitions before updates
    checkpoint_every: Count = 50_000
    log_every: Count = 5_000
    device: Annotated[str, Field(pattern=r"^(cpu|cuda(:[0-9]{1,4})?)$")] = "cpu"
    compile: bool = True
    with_replay: bool = False  # export states that the skill was trained on beside it, which composing needs


class Recipe(Section):
    """One experiment: a layer, the world it acts in, and how it is trained."""

    name: RunName
    description: str = ""
    base: Text | None = None  # skill file, bundled skill or checkpoint below; None = the motors
    init: Text | None = None  # the same, whose layers above the base are started from; None = random weights
    head: Text | None = None  # the same, whose high level is taken over, frozen, for another body; None = a new one
    adapt_base: bool = False  # whether a base of --algo kl is trained on, held to what it was
    world: WorldConfig = Field(default_factory=WorldConfig)
    policy: PolicyConfig = Field(default_factory=PolicyConfig)
    algorithm: Annotated[
        AlgorithmConfig, Field(discriminator="kind"), BeforeValidator(_soft_actor_critic_unless_said)
    ] = Field(default_factory=SacConfig)
    training: TrainingConfig = Field(default_factory=TrainingConfig)

    @property
    def kl(self) -> KlConfig:
        """The algorithm of a recipe of --algo kl."""
        assert isinstance(self.algorithm, KlConfig)
        return self.algorithm

    @model_validator(mode="before")
    @classmethod
    def _kind_of_policy(cls, data: object) -> object:
        return _gaussian_under_kl(data)

    @model_validator(mode="after")
    def _parts_fit(self) -> Recipe:
        if self.base is not None and self.world.is_gym:
            task = self.world.task
            raise ValueError(f"task {task!r} takes flat policies only, got {self.base!r}; leave base out")
        self._hierarchy_fits()
        if self.policy.latent_draw == "shrinking" and getattr(self.algorithm, "anneal_steps", None) is None:
            raise ValueError("policy.latent_draw 'shrinking' shrinks while algorithm.anneal_steps last; give a number")
        if self.training.with_replay and self.algorithm.kind != "sql":
            raise ValueError("with_replay is for composing, which takes skills of --algo sql; leave it out")
        batch, replay = self.algorithm.batch_size, self.training.replay_size
        if batch > replay:
            raise ValueError(f"algorithm.batch_size {batch} exceeds training.replay_size {replay}; lower it")
        return self

    def _hierarchy_fits(self) -> None:
        """ValueError where a part of KL-regularized hierarchies is asked for without the rest."""
        algorithm = self.algorithm
        if algorithm.action_prior == "skill":
            self._held_to_a_skill()
        if not isinstance(algorithm, KlConfig):
            given = self.changed(("head", "adapt_base"))
            given += [f"policy.{key}" for key in self.policy.changed(OF_TWO_LEVELS)]
            if given:
                raise ValueError(f"{given[0]} is for --algo kl, got the algorithm {algorithm.kind!r}; leave it out")
            return
        for key, known in (("kind", "gaussian"), ("latent_draw", "step"), ("hold", 1)):
            found = getattr(self.policy, key)
            if found != known:
                raise ValueError(
                    f"--algo kl takes policy.{key} {known!r}, got {found!r}; give --set policy.{key}={known}"
                )
        if algorithm.is_flat and self.policy.changed(("latent_width",)):
            raise ValueError(
                f"the prior {algorithm.action_prior!r} is of one level, which has no latent, got policy.latent_width "
                f"{self.policy.latent_width}; leave it out"
            )
        if self.world.is_gym:
            raise ValueError(f"--algo kl trains on skillkit's own tasks, got {self.world.task!r}; choose another task")
        if self.init is not None:
            raise ValueError("--algo kl starts from a base, a head, or nothing, got an init; leave init out")
        if self.head is not None and (self.base is not None or algorithm.is_flat):
            raise ValueError(
                "a head needs a new low level and a prior over latents; leave base out, or change the prior"
            )
        if self.base is not None and algorithm.action_prior == "none":
            raise ValueError("the prior 'none' keeps nothing of a base; leave base out, or change the prior")
        if not algorithm.shared_low and algorithm.is_flat:
            raise ValueError(
                f"shared_low false is for two levels, got the prior {algorithm.action_prior!r}; leave it out"
            )
        if not algorithm.shared_low and (self.base is not None or self.head is not None):
            raise ValueError("shared_low false is for two levels from nothing; leave base and head out, or shared_low")
        self._kept_levels_are_not_told_what_they_see(algorithm)
        if self.adapt_base and (self.base is None or algorithm.is_flat):
            raise ValueError("adapt_base needs a base of two levels; give --base, or leave it out")

    def _kept_levels_are_not_told_what_they_see(self, algorithm: KlConfig) -> None:
        """ValueError where groups are named for a level that is kept, or is not there."""
        if self.head is not None and self.policy.groups is not None:
            raise ValueError("the high level of a head sees what it has seen, got policy.groups; leave it out")
        if self.base is not None and self.policy.low_groups is not None:
            raise ValueError("the low level of a base sees what it has seen, got policy.low_groups; leave it out")
        if algorithm.action_prior == "none" and self.policy.low_groups is not None:
            raise ValueError("the prior 'none' has one level alone, got policy.low_groups; leave it out")

    def _held_to_a_skill(self) -> None:
        """ValueError where the prior 'skill' lacks its skill, or what is trained is not on the motors at every step."""
        if self.base is None:
            raise ValueError("action_prior 'skill' takes the base as the prior, got none; use skillkit stack --base")
        if self.init is not None:
            raise ValueError("action_prior 'skill' starts from random weights, got an init; leave init out")
        if self.policy.hold > 1:
            raise ValueError(
                f"action_prior 'skill' charges every control step, got policy.hold {self.policy.hold}; leave it out"
            )
