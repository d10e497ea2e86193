"""The keys of a recipe by their dotted names: which there are, of what type, and the nearest to a misspelt one."""

from __future__ import annotations

import difflib
from types import UnionType
from typing import Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from skillkit.config.schema import Recipe
from skillkit.errors import UserError, nearest_name


def child_names(annotation: object) -> tuple[str, ...]:
    """The keys of a section, in schema order, of any of its kinds; none for a single value or a free mapping."""
    return tuple(_fields(annotation))


def _fields(annotation: object) -> dict[str, FieldInfo]:
    kinds = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return {name: field for model in reversed(models) for name, field in model.model_fields.items()}


def locate(parts: tuple[str, ...]) -> tuple[object, FieldInfo | None] | None:
    """The type under a dotted key's parts and its field (none in a free mapping); None for an unknown key."""
    annotation: object = Recipe
    field: FieldInfo | None = None
    for part in parts:
        if get_origin(annotation) is dict:
            annotation, field = get_args(annotation)[1], None
        elif part in child_names(annotation):
            field = _fields(annotation)[part]
            annotation = field.annotation
        else:
            return None
    return annotation, field


def known_keys(annotation: object = Recipe, prefix: str = "") -> tuple[str, ...]:
    """Every dotted key of the recipe, sections included, in schema order."""
    keys: list[str] = []
    for name in child_names(annotation):
        key = f"{prefix}{name}"
        found = locate(tuple(key.split(".")))
        keys += [key, *known_keys(found[0] if found else None, f"{key}.")]
    return tuple(keys)


def unknown_key(parts: tuple[str, ...]) -> UserError:
    """A UserError for a key the schema lacks, with the nearest: a close one anywhere, else one beside it."""
    depth = next(size for size in range(len(parts)) if locate(parts[: size + 1]) is None)
    section, key = parts[:depth], ".".join(parts)
    found = locate(section)
    siblings = child_names(found[0]) if found else ()
    if not siblings:
        return UserError(f"unknown key {key!r}; {'.'.join(section)} holds a single value, set it as a whole")
    by_name = {item.rpartition(".")[2]: item for item in reversed(known_keys())}
    by_name |= {name: ".".join((*section, name)) for name in siblings}
    close = difflib.get_close_matches(parts[-1], by_name, n=1, cutoff=0.8)
    near = close[0] if close else nearest_name(parts[depth], siblings)
    hint = f"did you mean {by_name[near]!r}?" if near else f"known: {', '.join(siblings)}"
    return UserError(f"unknown key {key!r}; {hint}")
