"""From YAML text and `key=value` overrides to a Recipe, and back; every fault is one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from skillkit.body_description import is_body_file, read_body
from skillkit.config.algorithms import ALGORITHMS
from skillkit.config.keys import locate, unknown_key
from skillkit.config.schema import Recipe, RewardConfig
from skillkit.errors import UserError, unknown_name
from skillkit.yaml_text import Dumper, first_fault, parse_mapping, parse_yaml, read_text, sentence, shown, with_count

START = "name: my_run"  # of a recipe


@dataclass(frozen=True)
class KnownNames:
    """The names a recipe may use, listed by whoever registers them."""

    bodies: tuple[str, ...]
    tasks: tuple[str, ...]
    rewards: tuple[str, ...]
    policies: tuple[str, ...]


def read_recipe(path: Path) -> dict[str, Any]:
    """The keys and values of a recipe file, not yet checked against the schema."""
    return parse_mapping(read_text(path, "recipe"), str(path), "recipe", START)


def load_recipe(path: Path, known: KnownNames | None = None, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe in a file, with `key=value` overrides laid over it."""
    source = f"{path} with overrides" if overrides else str(path)
    return resolve(apply_overrides(read_recipe(path), overrides), source, known)


def parse_recipe(text: str, source: str, known: KnownNames | None = None) -> Recipe:
    """The recipe in a text; `source` names it in errors."""
    return resolve(parse_mapping(text, source, "recipe", START), source, known)


def dump_recipe(recipe: Recipe) -> str:
    """The recipe as YAML, keys in schema order; parse_recipe gives it back equal."""
    data = recipe.model_dump(mode="json")
    return yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True)


def apply_overrides(data: Mapping[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    """A copy of `data` with each `dotted.key=value` set in turn; values are read as YAML."""
    pairs = [_split_assignment(assignment) for assignment in assignments]
    for parts, _ in pairs:
        if locate(parts) is None:
            raise unknown_key(parts)
    result = dict(data)
    for parts, text in pairs:
        result = _with_value(result, parts, 0, parse_yaml(text, f"override {'.'.join(parts)}"))
    return result


def _split_assignment(assignment: str) -> tuple[tuple[str, ...], str]:
    key, equals, value = assignment.partition("=")
    if not equals or not key.strip():
        raise UserError(f"expected an override as key=value, got {assignment!r}; as in training.steps=1e6")
    return tuple(key.strip().split(".")), value


def _with_value(data: Mapping[str, Any], parts: tuple[str, ...], depth: int, value: object) -> dict[str, Any]:
    """A copy of the section at parts[:depth] in which the key at the rest of parts holds `value`."""
    key = parts[depth]
    if depth + 1 == len(parts):
        return {**data, key: value}
    here = data.get(key)
    found = locate(parts[: depth + 1])
    if found and found[0] is RewardConfig and isinstance(here, int | float):
        here = {"weight": here}
    if here is not None and not isinstance(here, Mapping):
        place = ".".join(parts[: depth + 1])
        raise UserError(f"{place}: expected a mapping to override in, got {shown(here)}; correct it")
    return {**data, key: _with_value(here or {}, parts, depth + 1, value)}


def resolve(data: Mapping[str, Any], source: str, known: KnownNames | None = None) -> Recipe:
    """The checked recipe; the faults in `data` become one UserError that tells the first, counts the rest."""
    data = _with_body_read(data, known)
    try:
        recipe = Recipe.model_validate(data)
    except ValidationError as error:
        item, count = first_fault(error)
        problem = _problem(item)
    else:
        problems = _unknown_names(recipe, known) if known else []
        if not problems:
            return recipe
        problem, count = problems[0], len(problems)
    raise UserError(f"{source}: {with_count(problem, count)}")


def _with_body_read(data: Mapping[str, Any], known: KnownNames | None) -> dict[str, Any]:
    """The data in which a body that is named by its file stands as that file describes it."""
    world = data.get("world")
    if not isinstance(world, Mapping):
        return dict(data)
    file = world.get("body")
    if not isinstance(file, str) or not is_body_file(file):
        return dict(data)
    described = read_body(Path(file))
    if known and described.name in known.bodies:
        raise UserError(f"{file}: expected a name of its own, got that of skillkit's {described.name!r}; change it")
    return {**data, "world": {**world, "body": described.name, "own_body": described}}


def _unknown_names(recipe: Recipe, known: KnownNames) -> list[str]:
    """A sentence for each name in the recipe that is not known; Gymnasium's names are its own to check."""
    world = recipe.world
    uses = [("world.rewards", "reward", name, known.rewards) for name in world.rewards]
    uses.append(("policy.kind", "policy", recipe.policy.kind, known.policies))
    if not world.is_gym:
        uses.insert(0, ("world.task", "task", world.task, known.tasks))
        if world.own_body is None:
            uses.insert(0, ("world.body", "body", str(world.body), known.bodies))
    return [
        f"{key}: {unknown_name(kind, name, names)}".rstrip(".") for key, kind, name, names in uses if name not in names
    ]


def _problem(item: Mapping[str, Any]) -> str:
    """One pydantic error in the recipe's own words."""
    parts = tuple(str(part) for part in item["loc"])
    algorithm = parts[1] if parts[:1] == ("algorithm",) and parts[1:2] and parts[1] in ALGORITHMS else None
    if algorithm is not None:  # pydantic's note of which kind of section it took
        parts = (parts[0], *parts[2:])
    key, kind = ".".join(parts), item["type"]
    if kind == "extra_forbidden" and locate(parts) is not None:
        owners = [name for name, config in ALGORITHMS.items() if parts[-1] in config.model_fields]
        return f"{key} is of the algorithm {' or '.join(owners)}, this recipe's is {algorithm}; leave it out"
    if kind == "extra_forbidden":
        return str(unknown_key(parts))
    if kind == "union_tag_invalid":
        return f"algorithm.kind: {unknown_name('algorithm', item['ctx']['tag'], ALGORITHMS)}".rstrip(".")
    wanted = _PATTERNS.get(key) if kind == "string_pattern_mismatch" else None
    found = locate(parts)
    field = found[1] if found else None
    if algorithm is not None and len(parts) == 2:
        field = ALGORITHMS[algorithm].model_fields[parts[1]]
    remedy = "" if field is None or field.is_required() else ", or leave it out"
    if field and remedy and field.default_factory is None and field.default is not None:
        remedy += f" for {shown(field.default)}"
    return sentence(item, key, wanted, remedy)


_PATTERNS = {
    "name": "lower-case letters, digits and underscores, not starting with an underscore",
    "training.device": "cpu, cuda or cuda:<number>",
}
