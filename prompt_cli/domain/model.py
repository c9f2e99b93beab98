"""What the prompt models have in common."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from prompt_cli.domain.values import NumberRangeError, check_number, is_array, is_object, json_type


class FrozenModel(BaseModel):
    """A value object: immutable, of exactly the keys it names, known in files by JSON Schema's camelCase."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, strict=True, defer_build=True
    )


_SCALARS = frozenset({str, bool, type(None)})


def _check_number(value: object) -> object:
    try:
        return check_number(value)
    except NumberRangeError as error:
        raise PydanticCustomError("wrong_value", "{problem}", {"problem": str(error)}) from None


def _check_json(value: object) -> object:
    """Refuse what JSON cannot say: other types, numbers that are not finite, keys that are no strings."""
    if type(value) in _SCALARS:  # as most
        return value
    pending = [value]
    while pending:
        one = pending.pop()
        _check_number(one)
        if is_object(one):
            if not all(isinstance(key, str) for key in one):
                raise PydanticCustomError("wrong_value", "the keys of an object are strings")
            pending.extend(one.values())
        elif is_array(one):
            pending.extend(one)
        elif one is not None and not isinstance(one, bool | int | float | str):
            raise PydanticCustomError("wrong_value", "a {type} is no JSON value", {"type": json_type(one)})
    return value


IN_RANGE = BeforeValidator(_check_number)
"""Refuses numbers on which JSON readers do not agree."""

Json: TypeAlias = Annotated[Any, BeforeValidator(_check_json)]
"""A field that holds any JSON value."""
