"""A variable's spec: the signature of a prompt, in JSON Schema's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, SchemaError, SchemaValidator, core_schema

from prompt_cli.domain.binding import misfits
from prompt_cli.domain.model import IN_RANGE, FrozenModel, Json
from prompt_cli.domain.values import JsonScalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.errors import DataPath, Problem

VariableType: TypeAlias = Literal["string", "integer", "number", "boolean", "array", "object"]

# What an ID is in the Handlebars grammar, less what would need `[...]` around it, and not beginning with a digit.
_NAME = re.compile(r"[^\W\d][\w-]*")
# Handlebars reads these as something else wherever they stand.
_RESERVED_NAMES = frozenset({"this", "true", "false", "null", "undefined", "else", "as"})

_APPLIES: Mapping[str, frozenset[str]] = {
    "pattern": frozenset({"string"}),
    "min_length": frozenset({"string"}),
    "max_length": frozenset({"string"}),
    "minimum": frozenset({"integer", "number"}),
    "maximum": frozenset({"integer", "number"}),
    "min_items": frozenset({"array"}),
    "max_items": frozenset({"array"}),
    "items": frozenset({"array"}),
    "properties": frozenset({"object"}),
}
_LIMITS = (_APPLIES.keys() | {"enum"}) - {"items", "properties"}
_RANGES = (("minimum", "maximum"), ("min_length", "max_length"), ("min_items", "max_items"))
_BOUNDS = frozenset(bound for bounds in _RANGES for bound in bounds)


def _check_variable_name(name: str) -> str:
    if not _NAME.fullmatch(name) or name in _RESERVED_NAMES:
        raise PydanticCustomError(
            "variable_name",
            "{name} cannot be a variable's name: Handlebars would not read {braces} as that variable",
            {"name": repr(name), "braces": "{{" + name + "}}"},
        )
    return name


@lru_cache(maxsize=1024)
def _pattern_matcher(pattern: str) -> SchemaValidator:
    """Compile a pattern.

    Raises:
        SchemaError: It is not a valid pattern (pydantic_core).
    """
    # Never `re`: a stranger's pattern could backtrack for hours.
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex", strict=True))


VariableName: TypeAlias = Annotated[str, AfterValidator(_check_variable_name)]


class VariableSpec(FrozenModel):
    """What a variable's value has to be.

    The words are those of JSON Schema (draft 2020-12, validation), `required`, `nullable` and `sensitive` aside.

    Attributes:
        type: The JSON type of the value.
        description: What it is, for people.
        required: Whether a value must be given; False where there is a `default`.
        default: The value where none is given; see `has_default`.
        nullable: Whether null is a value too.
        enum: The only values allowed, where given.
        pattern: A regular expression that a string must match somewhere, read by the linear engine of the Rust crate
            ``regex`` (https://docs.rs/regex/latest/regex/#syntax): no look-around, no back-references.
        minimum: The least number, inclusive.
        maximum: The greatest number, inclusive.
        min_length: The least length of a string, in characters.
        max_length: The greatest length of a string, in characters.
        min_items: The least number of items of an array.
        max_items: The greatest number of items of an array.
        items: The spec of each item of an array.
        properties: The specs of an object's keys; an object may hold more, which a template may not read.
        sensitive: Whether the value is kept out of logs and errors.
    """

    type: VariableType
    description: str | None = None
    required: bool = True
    default: Json = None
    nullable: bool = False
    enum: tuple[Annotated[JsonScalar, IN_RANGE], ...] | None = Field(default=None, min_length=1, strict=False)
    pattern: str | None = None
    minimum: Annotated[int | float | None, IN_RANGE] = Field(default=None, allow_inf_nan=False)
    maximum: Annotated[int | float | None, IN_RANGE] = Field(default=None, allow_inf_nan=False)
    min_length: Annotated[int | None, IN_RANGE] = Field(default=None, ge=0)
    max_length: Annotated[int | None, IN_RANGE] = Field(default=None, ge=0)
    min_items: Annotated[int | None, IN_RANGE] = Field(default=None, ge=0)
    max_items: Annotated[int | None, IN_RANGE] = Field(default=None, ge=0)
    items: VariableSpec | None = None
    properties: Mapping[Annotated[str, Field(min_length=1)], VariableSpec] | None = None
    sensitive: bool = False

    @property
    def has_default(self) -> bool:
        """Whether there is a default; it may be null."""
        return "default" in self.__pydantic_fields_set__  # what `model_fields_set` returns, without calling it

    @property
    def is_limited(self) -> bool:
        """Whether it may say more of a value than its type and what is in it."""
        return not self.__pydantic_fields_set__.isdisjoint(_LIMITS)

    @cached_property
    def pattern_matcher(self) -> SchemaValidator | None:
        """The `pattern`, compiled; None where there is none."""
        return None if self.pattern is None else _pattern_matcher(self.pattern)

    @cached_property
    def misfits(self) -> tuple[Problem, ...]:
        """What of its own values it does not allow: of its default and its choices, by their paths in it."""
        own: list[tuple[DataPath, Any]] = [(("enum", n), choice) for n, choice in enumerate(self.enum or ())]
        if self.has_default:
            own.insert(0, (("default",), self.default))
        return tuple(misfits(self, own))

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        if not self.__pydantic_fields_set__.isdisjoint(_APPLIES):
            self._check_limits()
        return self._with_requirement() if self.has_default else self

    def _check_limits(self) -> None:
        given = self.__pydantic_fields_set__
        for word, types in _APPLIES.items():
            if word in given and self.type not in types and getattr(self, word) is not None:
                raise _misplaced(word, self.type, sorted(types))
        for low, high in () if given.isdisjoint(_BOUNDS) else _RANGES:
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                raise PydanticCustomError(
                    "wrong_value",
                    "{low} is greater than {high}: no value fits",
                    {"low": file_word(low), "high": file_word(high), "at": (file_word(low),)},
                )
        if self.pattern is not None:
            self._check_pattern()

    def _check_pattern(self) -> None:
        try:
            _ = self.pattern_matcher
        except SchemaError as error:
            detail = str(error).strip().splitlines()[-1].strip().removeprefix("error: ")
            raise PydanticCustomError(
                "wrong_value", "the pattern cannot be read: {detail}", {"detail": detail, "at": ("pattern",)}
            ) from None

    def _with_requirement(self) -> Self:
        if self.required and "required" in self.model_fields_set:
            raise PydanticCustomError(
                "wrong_value",
                "a default is never used where a value is required; leave out one of the two",
                {"at": ("required",)},
            )
        # A default makes a variable optional without a word, and the file shall not grow one when it is written.
        self.__dict__["required"] = False
        return self


def file_word(attribute: str) -> str:
    """Return the word for an attribute as it stands in files: ``min_length`` is ``minLength``."""
    return to_camel(attribute)


def _misplaced(word: str, given: str, types: Sequence[str]) -> PydanticCustomError:
    return PydanticCustomError(
        "wrong_value",
        "{word} says nothing about a value of type {given}; it belongs to {types}",
        {"word": file_word(word), "given": given, "types": " and ".join(types), "at": (file_word(word),)},
    )
