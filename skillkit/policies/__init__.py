"""The kinds of policy layer and their networks.

A new kind that maps a latent to an action is one file here, a name and a branch below, and a kind of layer in the skill
file's card. The two levels of a hierarchy have no branch: `build/hierarchy.py` makes them, each of what it alone needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from torch import Tensor

from skillkit.policies.chain import LatentChain
from skillkit.policies.deterministic import DeterministicTransform
from skillkit.policies.flow import FlowTransform
from skillkit.policies.gaussian import GaussianTransform
from skillkit.policies.hierarchical import HierarchicalPolicy
from skillkit.policies.latent_policy import LatentPolicy, Transform
from skillkit.policies.mixture import MixturePolicy, MixtureTransform
from skillkit.policies.sampler import SamplerTransform

POLICIES = ("flow", "gaussian", "mixture", "sampler", "deterministic")
WITH_DENSITY = ("flow", "gaussian", "mixture", "deterministic")  # those whose log density is known
BY_SAMPLES = ("flow", "gaussian", "sampler")  # those that a sample's slope can train whole
AnyLatentPolicy = LatentPolicy | LatentChain
Trainable = AnyLatentPolicy | HierarchicalPolicy


@dataclass(frozen=True)
class PolicySizes:
    """What defines a policy's networks; `couplings` and below matter to flows only, `components` to mixtures."""

    kind: str
    hidden: Sequence[int] = (128, 128)
    normalize: bool = True
    couplings: int = 2
    embedding: int = 32
    coupling_hidden: int = 32
    log_scale_limit: float = 4.0
    components: int = 1

    @classmethod
    def of(cls, source: object) -> PolicySizes:
        """The sizes that a recipe's policy or a skill's layer card states."""
        sizes = cls(**{field.name: getattr(source, field.name) for field in fields(cls)})
        return sizes if sizes.kind == "mixture" else replace(sizes, components=1)


def build_policy(sizes: PolicySizes, columns: Tensor, width: int, *, squash: bool) -> LatentPolicy:
    """A freshly initialised policy of these sizes that sees these columns and acts with `width` numbers."""
    if sizes.kind == "mixture":
        mixture = MixtureTransform(len(columns), width, hidden=sizes.hidden, components=sizes.components)
        return MixturePolicy(mixture, columns, width, squash=squash, normalize=sizes.normalize)
    transform: Transform
    if sizes.kind == "flow":
        transform = FlowTransform(
            len(columns),
            width,
            hidden=sizes.hidden,
            couplings=sizes.couplings,
            embedding=sizes.embedding,
            coupling_hidden=sizes.coupling_hidden,
            log_scale_limit=sizes.log_scale_limit,
        )
    elif sizes.kind == "gaussian":
        transform = GaussianTransform(len(columns), width, hidden=sizes.hidden)
    elif sizes.kind == "deterministic":
        transform = DeterministicTransform(len(columns), width, hidden=sizes.hidden)
    else:
        assert sizes.kind == "sampler", sizes.kind
        transform = SamplerTransform(len(columns), width, hidden=sizes.hidden)
    return LatentPolicy(transform, columns, width, squash=squash, normalize=sizes.normalize)
