"""The skill file: one safetensors file, weights and a JSON card, read strictly and written whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from skillkit.errors import Diverged, UserError
from skillkit.files import written_whole
from skillkit.skills.card import VERSIONS, SkillCard
from skillkit.skills.skill import (
    DefaultPolicy,
    Skill,
    SkillLayer,
    empty_critic,
    empty_default_high,
    empty_policy,
)

METADATA_KEY = "skillkit"
TYPES = ("F32", "F64")  # that a skill's tensors have
SUFFIX = ".safetensors"


def save_skill(path: Path, skill: Skill) -> None:
    """Write a skill whole or not at all; the digest is computed here. Diverged when a weight is no finite number."""
    modules: dict[str, nn.Module] = {f"layers.{index}": layer.policy for index, layer in enumerate(skill.layers)}
    modules |= {f"critics.{index}": critic for index, critic in enumerate(skill.critics)}
    if skill.prior is not None:
        modules |= {} if skill.prior.latent is None else {"prior.latent": skill.prior.latent}
        modules |= {} if skill.prior.low is None else {"prior.low": skill.prior.low.policy}
    tensors = {
        f"{part}.{name}": value.detach().cpu().contiguous()
        for part, module in modules.items()
        for name, value in module.state_dict().items()
    }
    broken = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise Diverged(f"the weight {broken[0]} is NaN or infinite")
    absent = {key for key, since in (("critics", 2), ("prior", 3)) if skill.card.format_version < since}
    document = skill.card.model_dump(mode="json", exclude={"sha256", *absent})
    document["sha256"] = digest(tensors, document)
    content = save(tensors, metadata={METADATA_KEY: json.dumps(document)})
    with written_whole(path) as aside:
        aside.write_bytes(content)


def load_skill(path: str | Path) -> Skill:
    """Read a skill file; anything that is not exactly as it was written is a UserError that says what."""
    path = Path(path)
    tensors, document = _read(path)
    found = document.get("format_version")
    if type(found) is not int or found not in VERSIONS:
        raise UserError(
            f"{path} has skill format version {found!r}, this skillkit reads {VERSIONS[0]} to {VERSIONS[-1]}; "
            "export it again with this version, or use the version that wrote it."
        )
    try:
        card = SkillCard.model_validate(document)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(
            part if part.isalnum() or part.isidentifier() else repr(part) for part in map(str, problem["loc"])
        )
        what = f"its card's {place} is wrong" if place else "its card does not hold together"
        raise _damaged(path, f"{what}: {problem['msg'].removeprefix('Value error, ').lower()}") from error
    expected = digest(tensors, {key: value for key, value in document.items() if key != "sha256"})
    if card.sha256 != expected:
        raise _damaged(path, "its digest does not match its content, so it was altered after it was written")
    left = dict(tensors)
    layers = tuple(_load_layer(path, index, card, left) for index in range(len(card.layers)))
    critics = tuple(empty_critic(critic, len(card.layers[-1].action_names)) for critic in card.critics)
    for index, critic in enumerate(critics):
        _fill(path, f"critics.{index}", critic, left)
    prior = _load_prior(path, card, left)
    if left:
        raise _damaged(path, f"it has a tensor {min(left)!r} that no layer knows")
    return Skill(layers, card, critics, prior)


def digest(tensors: Mapping[str, Tensor], document: Mapping[str, Any]) -> str:
    """SHA-256 over the card as canonical JSON (sorted keys, no spaces), then every tensor in order of its name.

    A tensor enters as the UTF-8 text `name dtype shape`, such as `layers.0.normalizer.mean float32 26`, and its
    little-endian bytes.
    """
    total = hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        shape = "x".join(map(str, tensor.shape))
        total.update(f"{name} {str(tensor.dtype).removeprefix('torch.')} {shape}".encode())
        values = tensor.contiguous().numpy()
        total.update(values.astype(values.dtype.newbyteorder("<"), copy=False).reshape(-1).view(np.uint8).data)
    return total.hexdigest()


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    if not path.exists():
        raise UserError(f"there is no skill file {str(path)!r}.")
    if path.is_dir():
        raise UserError(f"expected a skill file, got the folder {str(path)!r}.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if METADATA_KEY not in metadata:
                raise UserError(
                    f"{path} is a safetensors file but no skill: it has no card; expected a skillkit export."
                )
            document = json.loads(metadata[METADATA_KEY], object_pairs_hook=_without_repeats)
            json.dumps(document, ensure_ascii=False).encode()  # a ValueError for halves of characters
            for name in file.keys():  # noqa: SIM118 - not a mapping
                if file.get_slice(name).get_dtype() not in TYPES:
                    raise _damaged(path, f"the tensor {name!r} is of none of the types {', '.join(TYPES)}")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {error.strerror or error}.") from error
    except SafetensorError as error:
        raise _damaged(path, f"it is no whole safetensors file ({error})") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its card is no JSON document") from error
    if not isinstance(document, dict):
        raise _damaged(path, "its card is no JSON object")
    return tensors, document


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; ValueError where a key stands in it twice, of which readers may take one or the other."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands in an object twice")
    return dict(pairs)


def _load_layer(path: Path, index: int, card: SkillCard, tensors: dict[str, Tensor]) -> SkillLayer:
    policy = empty_policy(card.layers[index])
    _fill(path, f"layers.{index}", policy, tensors)
    return SkillLayer(policy, card.layers[index])


def _load_prior(path: Path, card: SkillCard, tensors: dict[str, Tensor]) -> DefaultPolicy | None:
    if card.prior is None:
        return None
    latent = empty_default_high(card.prior, card.layers[0].latent_width)
    if latent is not None:
        _fill(path, "prior.latent", latent, tensors)
    if card.prior.low is None:
        return DefaultPolicy(latent, None)
    low = SkillLayer(empty_policy(card.prior.low), card.prior.low)
    _fill(path, "prior.low", low.policy, tensors)
    return DefaultPolicy(latent, low)


def _fill(path: Path, part: str, module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Move the part's tensors into a module, frozen; each is checked, and taken out of `tensors`."""
    state = {}
    for name, shape in module.state_dict().items():
        tensor = tensors.pop(f"{part}.{name}", None)
        if tensor is None:
            raise _damaged(path, f"the tensor {part}.{name} is missing")
        if tensor.shape != shape.shape or tensor.dtype != shape.dtype:
            raise _damaged(
                path,
                f"the tensor {part}.{name} should be {shape.dtype} {tuple(shape.shape)}, "
                f"is {tensor.dtype} {tuple(tensor.shape)}",
            )
        if not torch.isfinite(tensor).all():
            raise _damaged(path, f"the tensor {part}.{name} holds NaN or infinity")
        if name == "normalizer.variance" and (tensor < 0).any():
            raise _damaged(path, f"the tensor {part}.{name} has variances below 0")
        state[name] = tensor
    module.load_state_dict(state, strict=True, assign=True)
    module.requires_grad_(False).eval()


def _damaged(path: Path, what: str) -> UserError:
    return UserError(f"{path} cannot be loaded as a skill: {what}; get the file again or train the skill anew.")
