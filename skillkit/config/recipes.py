"""The recipes that come with the package, and how flags change one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skillkit.config.loader import KnownNames, apply_overrides, read_recipe, resolve
from skillkit.config.schema import Recipe
from skillkit.errors import UserError, unknown_name

SUFFIX = ".yaml"


def bundled_recipes() -> dict[str, Path]:
    """Bundled recipe files by name; in the wheel they lie inside the package, in a checkout beside it."""
    package = Path(__file__).parent.parent
    inside = package / "recipes"
    folder = inside if inside.is_dir() else package.parent / "recipes"
    return {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}"))}


def find_recipe(name: str) -> Path:
    """The file that a name means: a file, else a bundled recipe; UserError with the nearest name otherwise."""
    path = Path(name)
    if path.is_file():
        return path
    if path.is_dir():
        raise UserError(f"expected a recipe file, {name!r} is a folder.")
    known = bundled_recipes()
    found = known.get(name.removesuffix(SUFFIX))
    if found is None:
        raise unknown_name("recipe", name, known)
    return found


def compose(path: Path, flags: Mapping[str, Any], assignments: Sequence[str], known: KnownNames) -> Recipe:
    """The recipe in a file, changed by flags (dotted key -> value) and then by `key=value` assignments.

    Rewards, goal, episode length and draw of latents belong to a recipe's own task: a flag for another drops them.
    """
    data = read_recipe(path)
    own = data.get("world") or {}
    if isinstance(own, dict) and flags.get("world.task", own.get("task")) != own.get("task"):
        data["world"] = {key: value for key, value in own.items() if key not in ("rewards", "goal", "episode_steps")}
        policy = data.get("policy")
        if isinstance(policy, dict):
            data["policy"] = {key: value for key, value in policy.items() if key != "latent_draw"}
    for key, value in flags.items():
        section, _, last = key.rpartition(".")
        target = data
        if section:
            target = data[section] = dict(data.get(section) or {})
        target[last] = value
    return resolve(apply_overrides(data, assignments), str(path), known)


def parse_rewards(texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Reward terms from `name` or `name=weight`; UserError when a weight is no number."""
    terms = {}
    for text in texts:
        name, separator, weight = text.partition("=")
        try:
            terms[name] = {"weight": float(weight) if separator else 1.0}
        except ValueError as error:
            raise UserError(f"expected --reward name or name=weight, got {text!r}; weight must be a number.") from error
    return terms
