"""skillkit: pretrain a low-level skill, freeze it into one file, stack a high-level policy on top.

Importing the package registers its worlds with Gymnasium and is quick; `load_skill` and `SkillEnv` bring torch and
MuJoCo when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from skillkit.worlds.registration import register

if TYPE_CHECKING:
    from skillkit.build.skill_env import SkillEnv
    from skillkit.skills.file import load_skill

_LAZY = {"load_skill": "skillkit.skills.file", "SkillEnv": "skillkit.build.skill_env"}

register()

__all__ = ["SkillEnv", "__version__", "load_skill"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("skillkit-rl")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'skillkit' has no attribute {name!r}")
