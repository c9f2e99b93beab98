"""Base of the prompt models."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from prompt_cli.domain.json_values import NumberRangeError, check_number, is_array, is_object, json_type


class FrozenModel(BaseModel):
    """An immutable value object; unknown keys are errors, and files write keys in JSON Schema's camelCase."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, strict=True, defer_build=True
    )


_SCALARS = frozenset({str, bool, type(None)})


def _check_number(value: object) -> object:
    try:
        return check_number(value)
    except NumberRangeError as error:
        raise PydanticCustomError("wrong_value", "{problem}", {"problem": str(error)}) from None


def _check_json(value: object) -> object:
    """Refuse values that are not JSON: other types, numbers that are not finite, keys that are not strings."""
    if type(value) in _SCALARS:  # most values
        return value
    pending = [value]
    while pending:
        item = pending.pop()
        _check_number(item)
        if is_object(item):
            if not all(isinstance(key, str) for key in item):
                raise PydanticCustomError("wrong_value", "the keys of an object are strings")
            pending.extend(item.values())
        elif is_array(item):
            pending.extend(item)
        elif item is not None and not isinstance(item, bool | int | float | str):
            raise PydanticCustomError("wrong_value", "a {type} is no JSON value", {"type": json_type(item)})
    return value


IN_RANGE = BeforeValidator(_check_number)
"""Refuses numbers outside the range on which JSON readers agree."""

Json: TypeAlias = Annotated[Any, BeforeValidator(_check_json)]
"""A field that holds any JSON value."""
