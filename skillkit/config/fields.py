"""What the recipe's sections are made of: frozen models that refuse unknown keys, and the types of their values."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator
from pydantic_core import PydanticCustomError

from skillkit.yaml_text import without_repeats

LARGEST_COUNT = 10**12


def _whole_number(value: object) -> object:
    """A float without a fraction as an int, so that `1e6` counts; anything else unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number_as_name(value: object) -> object:
    """A YAML integer as the name it spells; anything else unchanged."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _temperature(value: object) -> float | str:
    """'auto', or a finite positive number as a float."""
    if value == "auto":
        return "auto"
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= sys.float_info.max:
        return float(value)
    raise PydanticCustomError("temperature", "Input should be 'auto' or a finite number greater than 0")


Integer = Annotated[int, BeforeValidator(_whole_number)]
Count = Annotated[Integer, Field(ge=1, le=LARGEST_COUNT)]
Number = Annotated[Integer, Field(ge=-LARGEST_COUNT, le=LARGEST_COUNT)]  # how many there can be, the task knows
Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(gt=0, le=1)]
Text = Annotated[str, Field(min_length=1)]
Width = Annotated[Integer, Field(ge=1, le=8192)]
Widths = Annotated[tuple[Width, ...], Field(strict=False, min_length=1, max_length=16)]
Names = Annotated[tuple[Text, ...], Field(strict=False, min_length=1), AfterValidator(without_repeats)]
Goal = Annotated[str, Field(min_length=1), BeforeValidator(_number_as_name)]  # which ones there are, the task knows
Temperature = Annotated[Literal["auto"] | float, PlainValidator(_temperature)]
RunName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=100)]  # names files and folders


class Section(BaseModel):
    """A frozen section of a recipe: unknown keys, numbers in disguise (true, "3") and non-finite numbers are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def changed(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys that hold another value than their default."""
        return [key for key in keys if getattr(self, key) != type(self).model_fields[key].default]
