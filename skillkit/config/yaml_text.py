"""Plain YAML to values and back: numbers as people write them, and nothing that could surprise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from skillkit.errors import UserError

LARGEST_DOCUMENT = 64_000  # bytes
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
    list, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)
)


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
