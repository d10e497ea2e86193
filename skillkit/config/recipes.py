"""The recipes that come with the package, and how flags change one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skillkit.config.algorithms import ALGORITHMS
from skillkit.config.loader import KnownNames, apply_overrides, read_recipe, resolve
from skillkit.config.schema import OF_A_POLICY, OF_TWO_LEVELS, Recipe, WorldConfig
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


def changed_recipe(path: Path, flags: Mapping[str, Any], assignments: Sequence[str], known: KnownNames) -> Recipe:
    """The recipe in a file, changed by flags (dotted key -> value) and then by `key=value` assignments.

    What belongs to the task, the algorithm or the kind of policy of the file is dropped where that is changed.
    """
    data = read_recipe(path)
    for section, keys in _dropped(data, _changed(data, flags, assignments)).items():
        own = data.get(section)
        if isinstance(own, dict):
            data[section] = {key: value for key, value in own.items() if key not in keys}
    return resolve(_changed(data, flags, assignments), str(path), known)


def _dropped(data: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The file's keys, by section, that mean nothing once its task, its algorithm or its kind of policy is another."""
    found = dict(OF_A_TASK) if _task(changed) != _task(data) else {}
    algorithm, policy = _algorithm(changed), _policy(changed)
    if algorithm in ALGORITHMS and algorithm != _algorithm(data):
        theirs = {key for config in ALGORITHMS.values() for key in config.model_fields}
        found["algorithm"] = tuple(theirs - set(ALGORITHMS[algorithm].model_fields))
        found["policy"] = (*found.get("policy", ()), *(OF_TWO_LEVELS if algorithm != "kl" else ()))
    if policy != _policy(data):
        others = [key for kind, keys in OF_A_POLICY.items() if kind != policy for key in keys]
        found["policy"] = (*found.get("policy", ()), *others)
    return found


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


def _task(data: Mapping[str, Any]) -> str:
    return _entry(data, "world", "task", WorldConfig.model_fields["task"].default)


def _algorithm(data: Mapping[str, Any]) -> str:
    return _entry(data, "algorithm", "kind", "sac")


def _policy(data: Mapping[str, Any]) -> str:
    return _entry(data, "policy", "kind", "gaussian" if _algorithm(data) == "kl" else "flow")


def _entry(data: Mapping[str, Any], section: str, key: str, default: str) -> str:
    own = data.get(section)
    return str(own.get(key, default)) if isinstance(own, dict) else default


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
