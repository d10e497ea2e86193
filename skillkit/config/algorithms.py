"""The settings of each algorithm."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from skillkit.config.fields import Count, Fraction, Integer, Positive, Section, Temperature, Widths


class _AlgorithmConfig(Section):
    """What every algorithm has."""

    discount: Fraction = 0.99  # per control step
    batch_size: Annotated[Integer, Field(ge=1, le=65536)] = 128
    learning_rate: Fraction = 3e-4
    update_to_data: Annotated[float, Field(ge=1e-6, le=64)] = 1.0  # gradient updates per transition
    reward_scale: Positive = 1.0
    critic_hidden: Widths = (128, 128)
    critic_layer_norm: bool = True


class _EntropyConfig(_AlgorithmConfig):
    """What maximum-entropy algorithms have."""

    @field_validator("action_prior", mode="before", check_fields=False)
    @classmethod
    def _no_default_policy(cls, value: object) -> object:
        """The prior as it is; a ValueError for one that only hierarchies have."""
        kind = cls.model_fields["kind"].default
        if value in ("ar1", "learned-ar"):
            raise ValueError(
                f"the prior {value!r} goes on from the last latent, which the algorithm {kind} does not keep; "
                "use --algo kl, or another prior"
            )
        if value in ("isotropic", "distral", "none"):
            raise ValueError(f"the prior {value!r} is of --algo kl, this is {kind}; use that, or another prior")
        return value

    initial_temperature: Positive = 0.1  # where "auto" starts, and a fixed one that is annealed
    anneal_steps: Count | None = None  # control steps from the initial temperature to a fixed one; None = at once


class SacConfig(_EntropyConfig):
    """Soft actor-critic (Haarnoja et al. 2018b)."""

    kind: Literal["sac"] = "sac"
    action_prior: Literal["auto", "uniform", "gaussian", "skill"] = "auto"  # "skill" is the base, not stacked upon
    kl_target: Positive | None = None  # nats from the skill that an automatic temperature steers to; None = 1 a motor
    target_smoothing: Fraction = 0.01  # the paper's tau
    temperature: Temperature = "auto"
    target_entropy: float | None = None  # None = minus the action's width

    @model_validator(mode="after")
    def _annealing_has_an_end(self) -> SacConfig:
        if self.anneal_steps is not None and self.temperature == "auto":
            raise ValueError("anneal_steps needs a temperature to end at, got 'auto'; give a number as temperature")
        return self

    @model_validator(mode="after")
    def _target_is_of_the_prior(self) -> SacConfig:
        held, reason = self.action_prior == "skill", "is what an automatic temperature steers to"
        if held and self.target_entropy is not None:
            raise ValueError(f"under the prior 'skill' kl_target {reason}, got a target_entropy; leave it out")
        if not held and self.kl_target is not None:
            raise ValueError(f"without the prior 'skill' target_entropy {reason}, got a kl_target; leave it out")
        return self


class SqlConfig(_EntropyConfig):
    """Soft Q-learning (Haarnoja 2018, chapter 3)."""

    kind: Literal["sql"] = "sql"
    action_prior: Literal["auto", "uniform", "gaussian"] = "auto"
    batch_size: Annotated[Integer, Field(ge=1, le=65536)] = 64
    temperature: Positive = 0.1
    target_update_interval: Count = 1000  # updates after which the critics become their own targets
    value_samples: Annotated[Integer, Field(ge=1, le=1024)] = 16  # actions that a soft value is estimated from
    particles: Annotated[Integer, Field(ge=2, le=256)] = 16  # actions in each half of a Stein gradient


MOST_LEARNT = 0.99  # of ar_coefficient: sqrt(1 - 0.99^2) is a standard deviation of 0.14


class KlConfig(_AlgorithmConfig):
    """SVG(0) with Retrace, held to a default policy (Tirumala et al. 2020)."""

    kind: Literal["kl"] = "kl"
    batch_size: Annotated[Integer, Field(ge=1, le=65536)] = 32  # sequences
    sequence_length: Annotated[Integer, Field(ge=1, le=1000)] = 10  # control steps
    learning_rate: Fraction = 1e-3
    update_to_data: Annotated[float, Field(ge=1e-6, le=64)] = 0.2
    action_prior: Literal["isotropic", "ar1", "learned-ar", "distral", "none"] = "ar1"  # the default policy
    ar_coefficient: Annotated[float, Field(ge=0, lt=1)] = 0.95  # of the latents of ar1 and learned-ar, a control step
    shared_low: bool = True  # whether the low level is its own default policy
    kl_cost: Temperature = "auto"  # of a nat
    initial_kl_cost: Positive = 0.003  # where "auto" starts
    kl_target: Positive = 0.75  # nats a control step that "auto" steers to
    entropy_cost: Annotated[float, Field(ge=0)] = 1e-3  # what a nat of the commands' entropy is worth
    value_samples: Annotated[Integer, Field(ge=1, le=1024)] = 1  # decisions that a value is the mean of
    trace_decay: Annotated[float, Field(ge=0, le=1)] = 1.0  # the lambda of Retrace
    target_update_interval: Count = 100  # updates after which the critics become their own targets

    @model_validator(mode="after")
    def _starts_at_the_process(self) -> KlConfig:
        """A learnt default policy keeps a tenth of noise, with which it cannot start as a process that has less."""
        if self.action_prior == "learned-ar" and self.ar_coefficient > MOST_LEARNT:
            raise ValueError(
                f"the prior 'learned-ar' takes an ar_coefficient of at most {MOST_LEARNT}, got "
                f"{self.ar_coefficient:g}; lower it, or take another prior"
            )
        return self

    @property
    def is_flat(self) -> bool:
        """Whether there is one level alone."""
        return self.action_prior in ("distral", "none")


AlgorithmConfig = SacConfig | SqlConfig | KlConfig
ALGORITHMS: dict[str, type[_AlgorithmConfig]] = {"sac": SacConfig, "sql": SqlConfig, "kl": KlConfig}
