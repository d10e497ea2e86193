"""Plain YAML: what a word means, what is refused and where, what is written back, and how a value is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillkit.errors import UserError
from skillkit.yaml_text import (
    Dumper,
    first_fault,
    parse_mapping,
    parse_yaml,
    read_text,
    sentence,
    shown,
    with_count,
    without_repeats,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3e-4", 0.0003),
        ("1e6", 1e6),
        ("-.5", -0.5),
        ("-.inf", float("-inf")),
        ("1_000", 1000),
        ("010", 10),
        ("off", False),
        ("~", None),
        ("", None),
        ("1e", "1e"),
        ("12:30", "12:30"),
        ("'5'", "5"),
        ("[1, a]", [1, "a"]),
        ("{a: {b: 2.0}}", {"a": {"b": 2.0}}),
    ],
)
def test_what_is_written_means_what_a_person_means(text: str, value: object) -> None:
    found = parse_yaml(text, "x.yaml")
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: *x", "x.yaml, line 2: expected plain YAML, got a fault: anchors and aliases are not read"),
        ("a: !!set {}", "x.yaml, line 1: .*tag 'tag:yaml.org,2002:set' is not read, remove it; correct that line"),
        ("a: 1\n\na: 2", "x.yaml, line 3: .*key 'a' appears twice, keep one"),
        ("a: [" + "[" * 20, "nesting deeper than 20 levels"),
        ("a:\n- \x07", "x.yaml, line 2: .*a character that YAML does not allow"),
        ("a: " + "x" * 256_000, "x.yaml: expected at most 256000 bytes, got more; shorten it"),
    ],
)
def test_what_could_surprise_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_yaml(text, "x.yaml")


def test_only_a_mapping_has_keys() -> None:
    assert parse_mapping("name: a", "x.yaml", "recipe", "name: ...") == {"name": "a"}
    for text, came in (("", "an empty document"), ("[1, 2]", "a list of 2"), ("yes", "true")):
        with pytest.raises(UserError, match=f"expected a mapping of recipe keys, got {came}; start with 'name: ...'"):
            parse_mapping(text, "x.yaml", "recipe", "name: ...")


def test_what_is_dumped_is_read_again() -> None:
    known = {"word": "1e6", "no": "off", "lines": "a: b\n  c\n", "numbers": [1, 0.0003, float("inf")], "left": None}
    text = yaml.dump(known, Dumper=Dumper, sort_keys=False)
    assert parse_yaml(text, "x.yaml") == known
    assert "numbers: [1, 0.0003, .inf]" in text
    assert "lines: |\n" in text
    twice = [1]
    assert parse_yaml(yaml.dump([twice, twice], Dumper=Dumper), "x.yaml") == [[1], [1]]


def test_a_file_is_read_as_text_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "marked.yaml").write_bytes(b"\xef\xbb\xbfname: a")
    assert read_text(tmp_path / "marked.yaml", "recipe") == "name: a"
    (tmp_path / "long.yaml").write_bytes(b"x" * 300_000)
    assert len(read_text(tmp_path / "long.yaml", "recipe")) == 256_001
    (tmp_path / "latin.yaml").write_bytes(b"name: n\xe4h")
    for name, message in (
        ("latin.yaml", "expected a readable recipe file, got bytes that are not UTF-8 text; save it as UTF-8"),
        ("none.yaml", "got none; check the path"),
        (".", "got a directory; name a file in it"),
        ("x" * 300, "got 'File name too long'; check the path and its permissions"),
        ("a\0b", "got 'embedded null byte'; check the path and its permissions"),
    ):
        with pytest.raises(UserError, match=message):
            read_text(tmp_path / name, "recipe")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (None, "null"),
        (float("-inf"), "-.inf"),
        ("true", "'true'"),
        ((1, 2), "[1, 2]"),
        ([1, 2], "a list of 2"),
        ({"a": 1}, "a mapping"),
        ("x" * 59, "'" + "x" * 56 + "..."),  # of 61 characters with its quotes
    ],
)
def test_a_value_is_told_as_it_would_be_written(value: object, text: str) -> None:
    assert shown(value) == text


class Thing(BaseModel):
    """What pydantic checks below."""

    model_config = ConfigDict(extra="forbid")
    name: str
    size: Annotated[int, Field(ge=2)] = 2


def fault_of(document: dict[str, object]) -> tuple[str, int]:
    with pytest.raises(ValidationError) as caught:
        Thing.model_validate(document)
    item, count = first_fault(caught.value)
    return sentence(item, ".".join(map(str, item["loc"])), remedy=", or leave it out"), count


def test_a_fault_is_a_sentence_and_the_misspelt_key_comes_first() -> None:
    assert fault_of({}) == ("expected name, got none; add the line 'name: ...'", 1)
    low = "size: expected a number of at least 2, got 1; change it, or leave it out"
    assert fault_of({"name": "a", "size": 1}) == (low, 1)
    found, count = fault_of({"nme": "a"})
    assert found.startswith("nme: ")
    assert (with_count("this", count), with_count("this", 1)) == ("this (and 1 more)", "this")


def test_a_name_that_appears_more_than_once_is_refused() -> None:
    assert without_repeats(("a", "b")) == ("a", "b")
    assert without_repeats(()) == ()
    with pytest.raises(ValueError, match="expected each name once, got 'a' more than once; keep one"):
        without_repeats(("a", "b", "a", "b", "b"))
