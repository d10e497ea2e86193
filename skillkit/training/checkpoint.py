"""Nested state to a safetensors file and back: tensors, arrays, numbers and strings; never a pickle."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from skillkit.errors import UserError
from skillkit.files import sync

STATE_KEY = "state"
WRITING, DIGITS = ".writing_", 12  # of a checkpoint's folder: how it begins until it is whole, and its steps then


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write a tree of dicts and lists whose leaves are tensors, arrays, numbers, strings or None."""
    tensors: dict[str, Tensor] = {}
    save_file(tensors_of(state, tensors), path, metadata={STATE_KEY: json.dumps(_outline(state, ""))})


def tensors_of(state: Any, found: dict[str, Tensor], prefix: str = "") -> dict[str, Tensor]:
    """All tensors and arrays of a tree by their place in it, added to `found`."""
    for key, value in _children(state):
        place = f"{prefix}/{key}"
        if isinstance(value, Tensor | np.ndarray):
            tensor = torch.as_tensor(value).detach().contiguous()
            # Only what stands in the tree twice is copied: a replay is too large to be held twice.
            found[place] = tensor.clone() if _memory(tensor) in map(_memory, found.values()) else tensor
        else:
            tensors_of(value, found, place)
    return found


def load_state(path: Path) -> Any:
    """The tree that `save_state` wrote; UserError when the file is none."""
    try:
        with safe_open(path, framework="pt") as file:
            outline = json.loads(file.metadata()[STATE_KEY])
            return _rebuild(outline, file)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is not a whole checkpoint ({error}); resume from another run.") from error


class CheckpointFolder:
    """Keeps the newest whole checkpoint of a run as a folder of state files, written aside and renamed into place.

    path: a folder that exists; where it is gone, so is the run, and nothing is made anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, steps: int, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Write one file for each named state; the previous checkpoint goes once this one is whole.

        One of the same steps is of the same state and stays, so that there is no moment without a whole one.
        """
        final = self.path / f"{steps:0{DIGITS}d}"
        if final.exists():
            return
        for left in self.path.glob(f"{WRITING}*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix=WRITING, dir=self.path))
        try:
            for name, state in states.items():
                save_state(aside / f"{name}.safetensors", state)
                sync(aside / f"{name}.safetensors")
            sync(aside)
            os.replace(aside, final)
            sync(self.path)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        for other in self._whole():
            if other != final:
                shutil.rmtree(other, ignore_errors=True)

    def newest(self) -> Path | None:
        """The newest whole checkpoint, None when there is none."""
        return max(self._whole(), default=None)

    def _whole(self) -> list[Path]:
        return [path for path in self.path.glob("[0-9]" * DIGITS) if path.is_dir()]


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _children(state: Any) -> list[tuple[str, Any]]:
    if isinstance(state, Mapping):
        return [(str(key), value) for key, value in state.items()]
    if isinstance(state, list | tuple):
        return [(str(index), value) for index, value in enumerate(state)]
    return []


def _outline(state: Any, place: str) -> Any:
    """The tree as JSON; where a tensor or array stood, a note of which it was and its place."""
    if isinstance(state, Tensor | np.ndarray):
        return {"__tensor__": place, "numpy": isinstance(state, np.ndarray)}
    if isinstance(state, Mapping):
        return {key: _outline(value, f"{place}/{key}") for key, value in _children(state)}
    if isinstance(state, list | tuple):
        return [_outline(value, f"{place}/{key}") for key, value in _children(state)]
    if isinstance(state, np.generic):
        return state.item()
    return state


def _rebuild(outline: Any, file: Any) -> Any:
    if isinstance(outline, dict):
        if "__tensor__" in outline:
            tensor = file.get_tensor(outline["__tensor__"])
            return tensor.numpy() if outline["numpy"] else tensor
        return {key: _rebuild(value, file) for key, value in outline.items()}
    if isinstance(outline, list):
        return [_rebuild(value, file) for value in outline]
    return outline
