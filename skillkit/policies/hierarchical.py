"""A policy of two levels with a default policy beside each: what KL-regularized hierarchies train."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from skillkit.policies.gaussian import gaussian_kl, gaussian_log_prob
from skillkit.policies.high_level import DefaultHighLevel, HighLevel, ar1
from skillkit.policies.latent_policy import tanh_log_det
from skillkit.policies.low_level import LowLevel
from skillkit.policies.networks import repeated


class Decision(NamedTuple):
    """What a policy decides for n observations, and how far from the default policy it is.

    latent: z, (n, width); outputs: the motors' commands before their tanh, (n, motors); high_kl, low_kl: nats, (n,);
    default_kl: of the default high level from the process that it started as, nats, (n,); entropy: of the commands,
    given the latent, nats, (n,).
    """

    latent: Tensor
    outputs: Tensor
    high_kl: Tensor
    low_kl: Tensor
    default_kl: Tensor
    entropy: Tensor


class Record(NamedTuple):
    """What the replay keeps of n decisions.

    outputs, latent: as decided; last: the latent of the step before, (n, width); begun: 1 where there was such a step,
    0 at the start of an episode, (n, 1); log_prob: of latent and outputs when they were decided, (n, 1).
    """

    outputs: Tensor
    latent: Tensor
    last: Tensor
    begun: Tensor
    log_prob: Tensor


class HierarchicalPolicy(nn.Module):
    """pi(a, z | x) = pi_high(z | x, z_before) pi_low(a | z, x), and the default policy that it is held to.

    high: None for a flat policy, whose latent is 0 wide; default_high: None for that, and where nothing is charged;
    default_low: None where the low level is its own default policy (Tirumala et al. 2020, equation 5), or where there
    is none. frozen: names of parts that are not trained, or whose statistics (`low.normalizer`) do not move.
    """

    def __init__(
        self,
        high: HighLevel | None,
        low: LowLevel,
        default_high: DefaultHighLevel | None,
        default_low: LowLevel | None,
        *,
        frozen: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.high, self.low, self.default_high, self.default_low = high, low, default_high, default_low
        self.frozen = frozen
        self.latent_width, self.motors = low.latent_width, low.motors
        self.width = self.latent_width + self.motors  # of the noise of a decision
        self.record_width = 2 * self.latent_width + self.motors + 2  # of a record

    @property
    def normalizer(self) -> nn.ModuleList:
        """The statistics of all levels that see something."""
        return nn.ModuleList(part.normalizer for part in (self.high, self.low, self.default_low) if part is not None)

    def is_frozen(self, name: str) -> bool:
        """Whether a part, or a parameter or statistics of one, stays as it is: `low`, `low.network.0.weight`."""
        return any(f"{name}.".startswith(f"{part}.") for part in self.frozen)

    def observe(self, observation: Float[Tensor, "batch world_obs"]) -> None:
        """Take raw observations into the statistics of what is trained."""
        for name, part in (("high", self.high), ("low", self.low), ("default_low", self.default_low)):
            if part is not None and not self.is_frozen(f"{name}.normalizer"):
                part.observe(observation)

    def forward(
        self,
        observation: Float[Tensor, "batch world_obs"],
        last: Float[Tensor, "batch latent"],
        begun: Float[Tensor, "batch 1"],
        noise: Float[Tensor, "many noise"],
    ) -> Decision:
        """Decisions from standard-normal noise, one or several an observation, ordered as a latent policy's."""
        count = len(noise)
        of_latent, of_outputs = noise.split((self.latent_width, self.motors), 1)
        latent, high_kl, default_kl = of_latent, noise.new_zeros(count), noise.new_zeros(count)
        if self.high is not None:
            mean, log_std = self.high.distribution(observation, last, begun)
            latent = repeated(mean, count) + repeated(log_std.exp(), count) * of_latent
            if self.default_high is not None:
                default = self.default_high(last, begun)
                kl = gaussian_kl(mean, log_std, *default)
                high_kl = repeated(kl[:, None], count)[:, 0]
                if self.default_high.network is not None:
                    process = ar1(last, begun, self.default_high.coefficient)
                    from_process = gaussian_kl(default[0], default[1], *process)
                    default_kl = repeated(from_process[:, None], count)[:, 0]
        mean, log_std = self.low.distribution(observation, latent)
        outputs = mean + log_std.exp() * of_outputs
        low_kl = noise.new_zeros(count)
        if self.default_low is not None:
            low_kl = gaussian_kl(mean, log_std, *self.default_low.distribution(observation, latent))
        entropy = -gaussian_log_prob(outputs, mean, log_std) + tanh_log_det(outputs)
        return Decision(latent, outputs, high_kl, low_kl, default_kl, entropy)

    def record(self, values: Float[Tensor, "batch record"]) -> Record:
        """A replay's rows by name."""
        width = self.latent_width
        return Record(*values.split((self.motors, width, width, 1, 1), 1))


class RecordDensity(nn.Module):
    """How likely a hierarchical policy is to decide as it once did; shares its parts under the same names."""

    def __init__(self, policy: HierarchicalPolicy) -> None:
        super().__init__()
        self.high, self.low = policy.high, policy.low
        self.default_high, self.default_low = policy.default_high, policy.default_low

    def forward(
        self,
        observation: Float[Tensor, "batch world_obs"],
        last: Float[Tensor, "batch latent"],
        begun: Float[Tensor, "batch 1"],
        latent: Float[Tensor, "batch latent"],
        outputs: Float[Tensor, "batch motors"],
    ) -> Float[Tensor, " batch"]:
        """log pi(z, u | x, z_before), u being the commands before their tanh."""
        log_prob = gaussian_log_prob(outputs, *self.low.distribution(observation, latent))
        if self.high is None:
            return log_prob
        return log_prob + gaussian_log_prob(latent, *self.high.distribution(observation, last, begun))


class HierarchicalActor:
    """Acts with a hierarchical policy; its state is the last latent. Implements `types.CollectingPolicy`.

    mean: whether it takes the means of what it may decide, or draws.
    """

    def __init__(self, policy: HierarchicalPolicy, *, mean: bool = False) -> None:
        self.policy, self.mean = policy, mean
        self._density = RecordDensity(policy)

    @property
    def draw(self) -> str:
        """How its noise is drawn, in the words of a latent policy."""
        return "zero" if self.mean else "step"

    def initial_state(self, count: int) -> dict[str, Tensor]:
        """No latent yet."""
        return {
            "latent": torch.zeros(count, self.policy.latent_width),
            "begun": torch.zeros(count, 1),
            "record": torch.zeros(count, self.policy.record_width),
        }

    @torch.no_grad()
    def act(
        self, observation: Tensor, state: dict[str, Tensor], generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Motor commands (n, motors) for raw observations (n, world width)."""
        before = (state["latent"], state["begun"])
        shape = len(observation), self.policy.width
        noise = torch.zeros(shape) if self.mean else torch.randn(shape, generator=generator)
        decision: Decision = self.policy(observation, *before, noise)
        log_prob = self._density(observation, *before, decision.latent, decision.outputs)
        kept = Record(decision.outputs, decision.latent, *before, log_prob[:, None])
        state = {"latent": decision.latent, "begun": torch.ones_like(before[1]), "record": torch.cat(kept, 1)}
        return torch.tanh(decision.outputs), state

    def record(self, action: Tensor, state: dict[str, Tensor]) -> Tensor:
        """What the replay keeps of the action that led to a state, (n, record width)."""
        return state["record"]
