"""What a body is, in words that a recipe, a skill file and a file of one's own may hold."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from skillkit.errors import UserError, unknown_name
from skillkit.yaml_text import first_fault, parse_mapping, read_text, sentence, shown, with_count, without_repeats

SUFFIXES = (".yaml", ".yml")  # of a file that describes a body
LARGEST_MJCF = 150_000  # bytes
NAME = r"^[a-z0-9][a-z0-9_-]*$"

Names = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    Field(strict=False, min_length=1, max_length=1000),
    AfterValidator(without_repeats),
]
Range = Annotated[tuple[float, float], Field(strict=False)]


class _Description(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class NominalPose(_Description):
    """Where it starts: the root's height in m, None for the MJCF's; joints in rad or m, the MJCF's where not named."""

    height: float | None = None
    joints: dict[str, float] = Field(default_factory=dict)


class Health(_Description):
    """When it counts as standing: the root's height in m, and how far it may lean from its upright in degrees."""

    height: Range
    tilt: Annotated[float, Field(gt=0, le=180)] = 75.0

    @field_validator("height")
    @classmethod
    def _in_order(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] >= value[1]:
            raise ValueError(f"expected the lower height first, got {list(value)}; turn it round")
        return value


class BodyDescription(_Description):
    """A robot on a free root: its MJCF and what of it is what.

    mjcf: the text itself (in a YAML file the path of one); root: the MuJoCo body with the free joint; joints: those
    that it senses, None for all hinges and slides below the root; sensors: of the MJCF, that it senses too; motors:
    actuators that it moves by, None for all; scale: size of its arena relative to the ant's; time_step: seconds a
    control step.
    """

    name: Annotated[str, Field(pattern=NAME, max_length=100)]
    description: str = ""
    mjcf: Annotated[str, Field(min_length=1, max_length=LARGEST_MJCF)]
    root: Annotated[str, Field(min_length=1)]
    joints: Names | None = None
    sensors: Names | None = None
    motors: Names | None = None
    nominal: NominalPose = Field(default_factory=NominalPose)
    healthy: Health
    scale: Annotated[float, Field(gt=0, le=100)] = 1.0
    time_step: Annotated[float, Field(gt=0, le=1)] = 0.05

    @model_validator(mode="after")
    def _self_contained(self) -> BodyDescription:
        """Refuse what would be read from other files, so that a skill carries all of its body and reads no file."""
        if (problem := _foreign(self.mjcf)) is not None:
            raise ValueError(problem)
        return self


def is_body_file(name: str) -> bool:
    """Whether the name of a body means a file that describes one."""
    return name.endswith(SUFFIXES)


def read_body(path: Path) -> BodyDescription:
    """The body that a YAML file describes, its MJCF beside it; UserError for what is wrong with either."""
    data = parse_mapping(read_text(path, "body"), str(path), "body", "name: my_robot")
    mjcf = data.get("mjcf")
    if isinstance(mjcf, str) and mjcf:
        data = {**data, "mjcf": _mjcf(path.parent / mjcf)}
    try:
        return BodyDescription.model_validate(data)
    except ValidationError as error:
        item, count = first_fault(error)
        raise UserError(f"{path}: {with_count(_problem(item), count)}") from error


def _mjcf(path: Path) -> str:
    """The text of an MJCF without tabs and blanks at line ends, so that YAML shows it as it is."""
    lines = [line.expandtabs().rstrip() for line in read_text(path, "MJCF").splitlines()]
    if len("\n    ".join(lines).encode()) > LARGEST_MJCF:  # indented, as in a recipe
        raise UserError(f"{path}: expected an MJCF of at most {LARGEST_MJCF:,} bytes, got more; simplify it")
    return "\n".join(lines) + "\n"


def _foreign(mjcf: str) -> str | None:
    """A sentence about what an MJCF takes from elsewhere; None where it takes nothing."""
    if "<!DOCTYPE" in mjcf:
        return "mjcf: expected plain XML, got a document type; remove it"
    try:
        root = ElementTree.fromstring(mjcf)
    except ElementTree.ParseError as error:
        return f"mjcf: expected XML, got a fault ({error}); correct it"
    for element in root.iter():
        file = next((value for key, value in element.attrib.items() if key.startswith("file")), None)
        if file is not None:
            return (
                f"mjcf: expected all of it in one file, got <{element.tag}> from {shown(file)}; draw a mesh with "
                "primitive geoms (or write its points out as vertex), a texture with builtin, an include in its place"
            )
        if element.tag in ("plugin", "extension"):
            return f"mjcf: expected nothing that is loaded, got <{element.tag}>; remove it"
    return None


def _problem(item: Mapping[str, Any]) -> str:
    """One pydantic error in a sentence."""
    key, kind = ".".join(str(part) for part in item["loc"]), item["type"]
    if kind == "extra_forbidden":
        section = BodyDescription
        for part in item["loc"][:-1]:
            section = section.model_fields[part].annotation  # type: ignore[assignment]
        return str(unknown_name("key", key, [".".join((*map(str, item["loc"][:-1]), k)) for k in section.model_fields]))
    return sentence(item, key, "lower-case letters, digits, _ and -" if kind == "string_pattern_mismatch" else None)
