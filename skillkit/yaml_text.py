"""Plain YAML to values and back: numbers as people write them, and nothing that could surprise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import ValidationError
from yaml.constructor import ConstructorError

from skillkit.errors import UserError

LARGEST_DOCUMENT = 256_000  # bytes; a run's recipe may hold the MJCF of a body
DEEPEST_NESTING = 20

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_INTEGER = re.compile(rf"^[-+]?{_DIGITS}$")
_FLOAT = re.compile(
    rf"^[-+]?(?:(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$"
)
_BOOLEAN = re.compile(r"^(?:true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$")
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_RESOLVERS = (
    ("tag:yaml.org,2002:bool", _BOOLEAN, "tTfFyYnNoO"),
    ("tag:yaml.org,2002:int", _INTEGER, "-+0123456789"),
    ("tag:yaml.org,2002:float", _FLOAT, "-+0123456789."),
    ("tag:yaml.org,2002:null", _NULL, ["~", "n", "N", ""]),
)


class _Loader(yaml.SafeLoader):
    """Plain YAML: text, numbers, booleans, lists and mappings; no tags, anchors, aliases or deep nesting."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if event.anchor is not None:
            raise _fault("anchors and aliases are not read, write the value out", event)
        if event.tag is not None:
            raise _fault(f"tag {event.tag!r} is not read, remove it", event)
        if isinstance(event, yaml.CollectionStartEvent) and self.depth >= DEEPEST_NESTING:
            raise _fault(f"nesting deeper than {DEEPEST_NESTING} levels", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class Dumper(yaml.SafeDumper):
    """Writes text that _Loader reads back unchanged."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out."""
        return True


def _fault(problem: str, at: Any) -> ConstructorError:
    """A fault in the text, placed where the event or node starts."""
    return ConstructorError(None, None, problem, at.start_mark)


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    """A mapping whose keys are texts, each once."""
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise _fault(f"expected text as a key, got {shown(key)}", key_node)
        if key in mapping:
            raise _fault(f"key {key!r} appears twice, keep one", key_node)
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


def _construct_integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    """A decimal integer; one too long for Python to read is an error."""
    try:
        return int(node.value)
    except ValueError:
        raise _fault("a number with too many digits", node) from None


def _construct_float(loader: _Loader, node: yaml.ScalarNode) -> float:
    """A decimal number, `.inf` or `.nan`; Python spells the last two without the dot."""
    is_word = node.value[-1].isalpha()
    return float(node.value.replace(".", "") if is_word else node.value)


def _construct_text(loader: _Loader, node: yaml.ScalarNode) -> str:
    """A text that can be written as UTF-8."""
    try:
        node.value.encode("utf-8")
    except UnicodeEncodeError:
        raise _fault("half of a surrogate pair", node) from None
    return str(node.value)


_Loader.yaml_implicit_resolvers = {}
Dumper.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _RESOLVERS:
    _Loader.add_implicit_resolver(_tag, _pattern, list(_first))
    Dumper.add_implicit_resolver(_tag, _pattern, list(_first))
_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
_Loader.add_constructor("tag:yaml.org,2002:str", _construct_text)
_Loader.add_constructor("tag:yaml.org,2002:int", _construct_integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)
Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)
Dumper.add_representer(
    list, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)
)


def read_text(path: Path, what: str) -> str:
    """The text of a UTF-8 file, read no further than the limit needs; `what` names it in errors, as in "a recipe"."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_DOCUMENT + 1).decode("utf-8-sig")
    except FileNotFoundError:
        problem = "got none; check the path"
    except IsADirectoryError:
        problem = "got a directory; name a file in it"
    except UnicodeDecodeError:
        problem = "got bytes that are not UTF-8 text; save it as UTF-8"
    except (OSError, ValueError) as error:
        problem = f"got '{getattr(error, 'strerror', None) or error}'; check the path and its permissions"
    raise UserError(f"{path}: expected a readable {what} file, {problem}")


def parse_mapping(text: str, source: str, what: str, first: str) -> dict[str, Any]:
    """The keys and values of a YAML text, not yet checked; `first` is a line that it could start with."""
    data = parse_yaml(text, source)
    if isinstance(data, dict):
        return data
    came = "an empty document" if data is None else shown(data)
    raise UserError(f"{source}: expected a mapping of {what} keys, got {came}; start with '{first}'")


def parse_yaml(text: str, source: str) -> object:
    """The value of one YAML document; a fault in it is a UserError with its line."""
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST_DOCUMENT:
        raise UserError(f"{source}: expected at most {LARGEST_DOCUMENT} bytes, got more; shorten it")
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = ", ".join(part for part in (error.context, error.problem) if part)
    except yaml.reader.ReaderError as error:
        line, problem = text.count("\n", 0, error.position) + 1, "a character that YAML does not allow"
    raise UserError(f"{source}, line {line}: expected plain YAML, got a fault: {problem}; correct that line")


def shown(value: object) -> str:
    """A value as a recipe would write it, cut to a readable length."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = str(list(value)) if isinstance(value, tuple) else repr(value)
    text = _WORDS.get(text, text)
    return text if len(text) <= 60 else f"{text[:57]}..."


_WORDS = {"True": "true", "False": "false", "None": "null", "inf": ".inf", "-inf": "-.inf", "nan": ".nan"}


def without_repeats(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names as they are; ValueError, which pydantic takes in, for one that appears more than once."""
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise ValueError(f"expected each name once, got {shown(repeated[0])} more than once; keep one")
    return names


def first_fault(error: ValidationError) -> tuple[Mapping[str, Any], int]:
    """The fault to tell first, a misspelt key as it often explains a missing one, and how many there are."""
    found = sorted(error.errors(include_url=False), key=lambda item: item["type"] != "extra_forbidden")
    return cast(Mapping[str, Any], found[0]), len(found)


def with_count(problem: str, count: int) -> str:
    """A problem, and how many more there are than this one."""
    return f"{problem} (and {count - 1} more)" if count > 1 else problem


def sentence(item: Mapping[str, Any], key: str, wanted: str | None = None, remedy: str = "") -> str:
    """One of pydantic's errors about a key. wanted: what was expected, None for what pydantic says; remedy: the end."""
    if item["type"] == "missing":
        return f"expected {key}, got none; add the line '{key}: ...'"
    if item["type"] == "value_error":
        return (f"{key}: " if key else "") + str(item["msg"]).removeprefix("Value error, ")
    return f"{key}: expected {wanted or _expected(item)}, got {shown(item['input'])}; change it{remedy}"


def _expected(item: Mapping[str, Any]) -> str:
    words = _EXPECTED.get(item["type"]) or str(item["msg"]).removeprefix("Input should be ")
    return words.format_map(item.get("ctx", {}))


_EXPECTED = {  # by the type of pydantic's error
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "float_type": "a number",
    "greater_than": "a number greater than {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "int_type": "a whole number",
    "less_than": "a number less than {lt}",
    "less_than_equal": "a number of at most {le}",
    "model_attributes_type": "a mapping",
    "model_type": "a mapping",
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_too_long": "text of at most {max_length} characters",
    "too_long": "a list of at most {max_length}",
    "too_short": "a list of at least {min_length}",
    "tuple_type": "a list",
}
