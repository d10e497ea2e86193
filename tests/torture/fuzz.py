"""Mutated skill files and recipes, drawn by Hypothesis: each is refused in one sentence or is whole, soon and small.

`python fuzz.py skills 10000 FILE` and `python fuzz.py recipes 1000`, in a process that may hold 1 GB beside PyTorch.
"""

from __future__ import annotations

import copy
import json
import resource
import struct
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from skillkit.build import known_names
from skillkit.config import load_recipe
from skillkit.config.recipes import bundled_recipes
from skillkit.errors import UserError
from skillkit.skills.file import METADATA_KEY, digest, load_skill
from skillkit.skills.skill import SkillLayer

SECONDS = 5.0  # that one file may take
MEMORY = 2**30  # bytes, beside what PyTorch holds from the start
EXECUTED = Path(tempfile.mkdtemp()) / "executed"  # what code in a file would leave

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(["", "../../etc/passwd", "layers.0", "x" * 5000, "\u0000", "1", "flow", "__class__", "é"]),
    st.text(max_size=8),
)
VALUES = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=6), below, max_size=4)
)
DEEP = st.integers(1, 4000).map(lambda depth: json.loads("[" * min(depth, 900) + "]" * min(depth, 900)))


def places(document: Any, found: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value of a JSON document."""
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [found, *(place for key, value in items for place in places(value, (*found, key)))]


def changed(document: Any, place: tuple[Any, ...], change: str, value: Any) -> Any:
    """A copy with the value at a place replaced, removed, or joined by another."""
    if not place:
        return value
    result = copy.deepcopy(document)
    parent = result
    for key in place[:-1]:
        parent = parent[key]
    if change == "remove":
        del parent[place[-1]]
    elif change == "add" and isinstance(parent, dict):
        parent[f"{place[-1]}_{len(parent)}"] = value
    else:
        parent[place[-1]] = value
    return result


@st.composite
def skill_files(draw: st.DrawFn, content: bytes) -> tuple[bytes, bool]:
    """The bytes of a skill file with something wrong in them, and whether that hides under a digest that fits."""
    kind = draw(
        st.sampled_from(["flip", "cut", "insert", "length", "header", "tensor", "card", "signed card", "signed tensor"])
    )
    if kind == "flip":
        broken = bytearray(content)
        for at in draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
            broken[at] ^= draw(st.integers(1, 255))
        return bytes(broken), False
    if kind == "cut":
        return content[: draw(st.integers(0, len(content) - 1))], False
    if kind == "insert":
        at = draw(st.integers(0, len(content)))
        return content[:at] + draw(st.binary(min_size=1, max_size=64)) + content[at:], False
    if kind == "length":
        return struct.pack("<Q", draw(st.integers(0, 2**64 - 1))) + content[8:], False
    size = struct.unpack("<Q", content[:8])[0]
    header, data = json.loads(content[8 : 8 + size]), content[8 + size :]
    if kind in ("header", "tensor"):
        if kind == "header":
            text = json.dumps(changed(header, draw(st.sampled_from(places(header))), draw(CHANGES), draw(VALUES)))
        else:
            name = draw(st.sampled_from(sorted(set(header) - {"__metadata__"})))
            entry = header[name] | draw(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "dtype": st.sampled_from(["F64", "F16", "BF16", "I64", "U8", "BOOL", "F8_E4M3", "X"]),
                        "shape": st.lists(st.integers(-1, 2**63), max_size=5),
                        "data_offsets": st.lists(st.integers(-1, 2**63), min_size=2, max_size=2),
                    },
                )
            )
            text = json.dumps(header | {name: entry})
            if draw(st.booleans()):  # the same key twice
                text = text[:-1] + f", {json.dumps(name)}: {json.dumps(entry)}}}"
        raw = text.encode("utf-8", "surrogatepass")
        return struct.pack("<Q", len(raw)) + raw + data, False
    tensors, document = load(content), json.loads(header["__metadata__"][METADATA_KEY])
    if kind == "signed tensor":
        name = draw(st.sampled_from(sorted(tensors)))
        tensors[name] = draw(
            st.sampled_from(
                [
                    torch.full_like(tensors[name], torch.nan),
                    torch.full_like(tensors[name], -torch.inf),
                    tensors[name].reshape(-1, 1),
                    tensors[name].half(),
                    tensors[name].bfloat16(),
                    tensors[name].to(torch.float8_e4m3fn),
                    tensors[name].long(),
                    -tensors[name].abs() - 1.0,
                    torch.zeros(0),
                ]
            )
        )
    else:
        document = changed(document, draw(st.sampled_from(places(document))), draw(CHANGES), draw(VALUES | DEEP))
    signed = kind.startswith("signed") and isinstance(document, dict)
    if signed:
        document.pop("sha256", None)
        numpy_has_them = all(tensor.dtype not in NO_NUMPY for tensor in tensors.values())
        document["sha256"] = digest(tensors, document) if numpy_has_them else "0" * 64
    return save(tensors, metadata={METADATA_KEY: json.dumps(document)}), signed


NO_NUMPY = (torch.bfloat16, torch.float8_e4m3fn)  # of which there is no digest
CHANGES = st.sampled_from(["replace", "remove", "add"])


@st.composite
def recipe_files(draw: st.DrawFn, texts: tuple[str, ...]) -> str:
    """A bundled recipe with a line, a key or a value that does not belong there."""
    lines = draw(st.sampled_from(texts)).splitlines()
    at = draw(st.integers(0, len(lines) - 1))
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    key = lines[at].split(":")[0]
    wrong = draw(
        st.sampled_from(
            [
                f"{key}: !!python/object/apply:os.system ['touch {EXECUTED}']",
                f"{key}: !!binary aGVsbG8=",
                f"{key}: &a [*a, *a]",
                f"{key}: {{<<: *x}}",
                f"{key}: " + "[" * 3000 + "]" * 3000,
                f"{key}: 1e999",
                f"{key}: {'9' * 4000}",
                f"{key}: 0x{'f' * 400}",
                f"{key}: 190:20:30.15",
                f"{key}: 2026-11-21",
                f"{indent}unknown: 1",
                f"{indent}? [a, b]",
                f"{indent}- 1",
                lines[at],
                "\t" + lines[at],
                f"{indent}\u0000",
                "%YAML 9.9",
                "--- !<tag:x> y",
                "...",
            ]
        )
        | st.text(max_size=40).map(lambda text: f"{indent}{text}")
        | VALUES.map(lambda value: f"{key}: {json.dumps(value, default=str)}")
    )
    replaced = [*lines[:at], wrong, *lines[at + draw(st.integers(0, 1)) :]]
    return "\n".join(replaced)


def check_sentence(error: UserError) -> None:
    """It is one line, and no longer than a user reads."""
    assert "\n" not in str(error)
    assert len(str(error)) < 1000


def fuzz_skills(count: int, original: Path) -> tuple[int, int]:
    """How many mutated files were tried, and how many of them were loaded: they say the same, or are signed anew."""
    content, known, loaded = original.read_bytes(), load_skill(original), [0]
    folder = Path(tempfile.mkdtemp())

    @seed(0)
    @settings(max_examples=count, deadline=SECONDS * 1000, database=None, suppress_health_check=list(HealthCheck))
    @given(skill_files(content))
    def one(mutated: tuple[bytes, bool]) -> None:
        broken, signed = mutated
        path = folder / "broken.safetensors"
        path.write_bytes(broken)
        try:
            skill = load_skill(path)
        except UserError as error:
            check_sentence(error)
            return
        loaded[0] += 1
        if not signed:
            assert skill.card == known.card
            assert all(map(_same, skill.layers, known.layers))
        else:
            groups = {group.name: np.zeros(group.width, np.float32) for group in skill.groups}
            assert np.isfinite(skill.act(groups, np.zeros(skill.layers[-1].latent_width, np.float32))).all()

    one()
    return count, loaded[0]


def _same(one: SkillLayer, other: SkillLayer) -> bool:
    first, second = one.policy.state_dict(), other.policy.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def fuzz_recipes(count: int) -> tuple[int, int]:
    """How many mutated recipes were tried, and how many of them are recipes still."""
    texts, known, loaded = tuple(path.read_text() for path in bundled_recipes().values()), known_names(), [0]
    folder = Path(tempfile.mkdtemp())

    @seed(0)
    @settings(max_examples=count, deadline=SECONDS * 1000, database=None, suppress_health_check=list(HealthCheck))
    @given(recipe_files(texts))
    def one(text: str) -> None:
        path = folder / "broken.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            load_recipe(path, known)
        except UserError as error:
            check_sentence(error)
            return
        loaded[0] += 1

    one()
    return count, loaded[0]


if __name__ == "__main__":
    kind, count, *rest = sys.argv[1:]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    job: Callable[[], tuple[int, int]] = (
        (lambda: fuzz_skills(int(count), Path(rest[0]))) if kind == "skills" else (lambda: fuzz_recipes(int(count)))
    )
    tried, loaded = job()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < MEMORY, f"memory grew by {grown // 1024} MiB"
    assert not EXECUTED.exists(), "a file ran code"
    print(f"{tried} {loaded}")
