"""New layers that start from trained ones instead of from random weights."""

from __future__ import annotations

import torch
from torch import nn

from skillkit.errors import UserError
from skillkit.policies import PolicySizes
from skillkit.policies.latent_policy import LatentPolicy
from skillkit.skills.skill import Skill, SkillLayer
from skillkit.types import Layout, World

ALONE = ("mixture", "sampler")  # kinds that cannot be one of several layers that are trained together


def live_layers(init: Skill, base: Skill | None, world: World, hold: int) -> tuple[SkillLayer, ...]:
    """The layers of `init` that stand on `base` and are trained on, bottom first.

    world: that they act in; hold: of the recipe. UserError where the layers below are not those of the base, where
    they move or see something else, or where several cannot be trained together.
    """
    name, depth = init.card.name, len(base.layers) if base else 0
    if len(init.layers) <= depth:
        raise UserError(
            f"the skill {name!r} has {len(init.layers)} layer(s), the new layer stands on {depth}; "
            "use skillkit pretrain, or stack on a base that it stands on."
        )
    for one, other in zip(init.layers[:depth], base.layers if base else (), strict=True):
        theirs = other.policy.state_dict()
        ours = one.policy.state_dict()
        if any(key not in theirs or not torch.equal(value, theirs[key]) for key, value in ours.items()):
            raise UserError(f"the skill {name!r} stands on another base than the new layer; give --base as it had.")
    live = init.layers[depth:]
    if live[-1].card.kind == "autoregressive":
        raise UserError(
            f"the skill {name!r} was trained by --algo kl, which starts from a base or a head; leave --init out."
        )
    moved = live[0].card.action_names
    if list(moved) != list(world.action_names):
        raise UserError(
            f"the skill {name!r} moves {', '.join(moved)}, the new layer {', '.join(world.action_names)}; "
            "start from a skill that moves the same."
        )
    kind = next((layer.card.kind for layer in live if layer.card.kind in ALONE), None)
    if len(live) > 1 and kind is not None:
        raise UserError(
            f"the skill {name!r} has {len(live)} layers to train, one of them a {kind}, which is trained alone; use "
            "skillkit stack with the base of its top layer."
        )
    held = max(hold, *(layer.hold for layer in live))
    if len(live) > 1 and held > 1:
        raise UserError(
            f"the skill {name!r} has {len(live)} layers to train, one of them held for {held} steps; layers are "
            "trained together where all act at every step. Use skillkit stack with the base of its top layer."
        )
    missing = [group for layer in live[:-1] for group in layer.layout.names if group not in world.layout.names]
    if missing:
        raise UserError(f"the skill {name!r} needs {', '.join(missing)}, which this world does not show.")
    for group in (group for layer in live for group in layer.layout.groups if group.name in world.layout.names):
        offered = world.layout.group(group.name).width
        if offered != group.width:
            raise UserError(
                f"the skill {name!r} sees {group.width} numbers as {group.name!r}, this world shows {offered}; "
                "start from a skill of this world."
            )
    if len(live) == 1 and live[0].hold != hold:
        raise UserError(
            f"the top layer of {name!r} holds its action for {live[0].hold} step(s), the recipe says {hold}; give "
            f"--set policy.hold={live[0].hold}, or start from another skill."
        )
    return live


@torch.no_grad()
def warm_start(policy: LatentPolicy, top: SkillLayer, name: str, *, sizes: PolicySizes, layout: Layout) -> None:
    """Copy the top layer of the skill `name` into a policy that sees the groups of `layout`, in that order.

    Groups that the trained layer did not see get weights of zero and statistics of their own from here on, so that the
    policy starts by acting just as it did. UserError where the two differ in shape.
    """
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
    weight = state[f"{first}.weight"]
    beside = torch.arange(layout.width, layout.width + weight.shape[1] - len(columns))  # a sampler's latents
    state[f"{first}.weight"] = _spread(weight, torch.cat([columns, beside]), layout.width + len(beside), 0.0)
    state["normalizer.mean"] = _spread(state["normalizer.mean"], columns, layout.width, 0.0)
    state["normalizer.variance"] = _spread(state["normalizer.variance"], columns, layout.width, 1.0)
    policy.load_state_dict(state)
    if layout.width > len(columns):  # the others have seen nothing yet
        lag = policy.normalizer.count.repeat(layout.width)
        lag[columns] = 0.0
        policy.normalizer.lag = lag


def _spread(values: torch.Tensor, columns: torch.Tensor, width: int, rest: float) -> torch.Tensor:
    """The last axis moved to these columns of a wider one, with `rest` in the others."""
    spread = values.new_full((*values.shape[:-1], width), rest)
    spread[..., columns] = values
    return spread
