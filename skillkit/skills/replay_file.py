"""States that a skill was trained on, in a file beside it: what composing draws a policy from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from skillkit.errors import UserError
from skillkit.files import written_whole

METADATA_KEY = "skillkit_replay"
ROWS = 5_000  # that a file holds at most


def replay_path(skill: Path) -> Path:
    """Where the replay of a skill file lies: beside it."""
    return skill.with_name(f"{skill.stem}_replay{skill.suffix}")


def save_replay(path: Path, observation: Tensor, skill_sha256: str, seed: int) -> None:
    """Write observations (n, width), at most 5,000 of them drawn at random, as the replay of a skill."""
    if len(observation) > ROWS:
        chosen = torch.randperm(len(observation), generator=torch.Generator().manual_seed(seed))[:ROWS]
        observation = observation[chosen]
    note = {"skill_sha256": skill_sha256, "sha256": _digest(observation)}
    content = save({"observation": observation.contiguous()}, metadata={METADATA_KEY: json.dumps(note)})
    with written_whole(path) as aside:
        aside.write_bytes(content)


def load_replay(path: Path, skill_sha256: str, width: int) -> Tensor:
    """The observations (n, width); UserError where the file is none, damaged, or of another skill."""
    try:
        with safe_open(path, framework="pt") as file:
            note = json.loads((file.metadata() or {})[METADATA_KEY])
            known, digest = note["skill_sha256"], note["sha256"]
            observation: Tensor = file.get_tensor("observation")
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is no whole replay ({error}); export the skill again with --with-replay.") from error
    if known != skill_sha256:
        raise UserError(f"{path} is the replay of another skill; export the skill again with --with-replay.")
    whole = observation.dim() == 2 and observation.shape[1] == width and observation.dtype == torch.float32
    if whole and _digest(observation) != digest:
        raise UserError(f"{path} was altered after it was written; export the skill again with --with-replay.")
    if not whole or not len(observation) or not torch.isfinite(observation).all():
        raise UserError(f"{path} does not hold finite observations of {width} numbers; export the skill again.")
    return observation


def _digest(observation: Tensor) -> str:
    values = np.ascontiguousarray(observation.numpy()).astype("<f4", copy=False)
    return hashlib.sha256(f"{values.shape}".encode() + values.tobytes()).hexdigest()
