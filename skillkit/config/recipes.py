"""The recipes that come with the package, and how flags change one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skillkit.config.loader import KnownNames, apply_overrides, read_recipe, resolve
from skillkit.config.schema import ALGORITHMS, Recipe, WorldConfig
from skillkit.errors import UserError, unknown_name

SUFFIX = ".yaml"
OF_A_TASK = {  # keys by section
    "world": ("rewards", "goal", "count", "box_mass", "episode_steps"),
    "policy": ("latent_draw",),
}


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

    Rewards, goal, targets and boxes, episode length and draw of latents belong to a recipe's own task: they are dropped
    for another. So is what another algorithm does not have.
    """
    data = read_recipe(path)
    changed = _changed(data, flags, assignments)
    own, algorithm = data.get("algorithm"), _algorithm(changed)
    if isinstance(own, dict) and algorithm in ALGORITHMS and algorithm != _algorithm(data):
        data["algorithm"] = {key: value for key, value in own.items() if key in ALGORITHMS[algorithm].model_fields}
        changed = _changed(data, flags, assignments)
    if _task(changed) != _task(data):
        for section, keys in OF_A_TASK.items():
            own = data.get(section)
            if isinstance(own, dict):
                data[section] = {key: value for key, value in own.items() if key not in keys}
        changed = _changed(data, flags, assignments)
    return resolve(changed, str(path), known)


def _changed(data: Mapping[str, Any], flags: Mapping[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    made = dict(data)
    for key, value in flags.items():
        section, _, last = key.rpartition(".")
        target = made
        if section and not isinstance(made.get(section, {}), dict | None):
            continue  # no section, which is said where the whole is checked
        if section:
            target = made[section] = dict(made.get(section) or {})
        target[last] = value
    return apply_overrides(made, assignments)


def _algorithm(data: Mapping[str, Any]) -> str:
    section = data.get("algorithm")
    return str(section.get("kind", "sac")) if isinstance(section, dict) else "sac"


def _task(data: Mapping[str, Any]) -> Any:
    world = data.get("world")
    default = WorldConfig.model_fields["task"].default
    return world.get("task", default) if isinstance(world, dict) else default


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
