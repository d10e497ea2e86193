"""A new layer that starts from a trained one instead of from random weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from skillkit.errors import UserError
from skillkit.policies import PolicySizes
from skillkit.policies.latent_policy import LatentPolicy
from skillkit.skills.skill import Skill
from skillkit.types import Layout


@torch.no_grad()
def warm_start(
    policy: LatentPolicy,
    init: Skill,
    *,
    sizes: PolicySizes,
    layout: Layout,
    base: Skill | None,
    action_names: Sequence[str],
) -> None:
    """Copy the top layer of `init` into a policy that sees the groups of `layout`, in that order.

    Groups that the trained layer did not see get weights of zero, so that the policy starts by acting just as it
    did. UserError where the two differ in shape, in what they move, or in the layers below.
    """
    *lower, top = init.layers
    name = init.card.name
    _check_below(name, [layer.policy for layer in lower], [layer.policy for layer in base.layers] if base else [])
    if list(top.card.action_names) != list(action_names):
        raise UserError(
            f"the skill {name!r} moves {', '.join(top.card.action_names)}, the new layer {', '.join(action_names)}; "
            "start from a skill that moves the same."
        )
    for field, wanted in vars(sizes).items():
        found = getattr(top.card, field)
        wanted = list(wanted) if field == "hidden" else wanted
        if found != wanted:
            raise UserError(
                f"the top layer of {name!r} has policy.{field} {found}, the recipe says {wanted}; give "
                f"--set 'policy.{field}={found}', or start from another skill."
            )
    missing = [group for group in top.layout.names if group not in layout.names]
    if missing:
        raise UserError(
            f"the top layer of {name!r} sees {', '.join(missing)}, the new layer only {', '.join(layout.names)}; "
            "name them all in policy.groups, or start from another skill."
        )
    columns = torch.from_numpy(layout.indices(top.layout.names))
    state = dict(top.policy.state_dict())
    first = next(key for key, module in policy.named_modules() if isinstance(module, nn.Linear))
    state[f"{first}.weight"] = _spread(state[f"{first}.weight"], columns, layout.width, 0.0)
    state["normalizer.mean"] = _spread(state["normalizer.mean"], columns, layout.width, 0.0)
    state["normalizer.variance"] = _spread(state["normalizer.variance"], columns, layout.width, 1.0)
    policy.load_state_dict(state)


def _spread(values: torch.Tensor, columns: torch.Tensor, width: int, rest: float) -> torch.Tensor:
    """The last axis moved to these columns of a wider one, with `rest` in the others."""
    spread = values.new_full((*values.shape[:-1], width), rest)
    spread[..., columns] = values
    return spread


def _check_below(name: str, found: Sequence[nn.Module], wanted: Sequence[nn.Module]) -> None:
    """UserError unless both stand on the same frozen layers."""
    if len(found) != len(wanted):
        stands = f"stands on {len(found)} frozen layer(s)" if found else "stands on the motors"
        raise UserError(
            f"the skill {name!r} {stands}, the new layer on {len(wanted) or 'none'}; "
            + ("use skillkit stack with its base." if found else "use skillkit pretrain.")
        )
    for one, other in zip(found, wanted, strict=True):
        theirs = other.state_dict()
        if any(key not in theirs or not torch.equal(value, theirs[key]) for key, value in one.state_dict().items()):
            raise UserError(f"the skill {name!r} stands on another base than the new layer; give --base as it had.")
