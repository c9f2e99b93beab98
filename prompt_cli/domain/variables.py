"""A variable's spec: the signature of a prompt, in JSON Schema's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, SchemaError, SchemaValidator, core_schema

from prompt_cli.domain.base import IN_RANGE, FrozenModel, Json
from prompt_cli.domain.json_values import JsonScalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prompt_cli.domain.json_values import JsonValue
    from prompt_cli.errors import DataPath


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

    @cached_property
    def is_limited(self) -> bool:
        """Whether it may say more of a value than its type and what is in it."""
        return not self.__pydantic_fields_set__.isdisjoint(_LIMITS)

    @cached_property
    def pattern_matcher(self) -> SchemaValidator | None:
        """The `pattern`, compiled; None where there is none."""
        return None if self.pattern is None else _pattern_matcher(self.pattern)

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


ITEM = "[]"
"""What stands for an item of an array in a path that a template reads."""

Names: TypeAlias = tuple[str, ...]
"""A path that a template reads: ``("tickets", "[]", "subject")``."""


def declared_names(specs: Mapping[str, VariableSpec]) -> frozenset[str]:
    """Return every name that is declared, at any depth: each is data wherever it stands alone in a template."""
    names: set[str] = set()
    pending: list[Mapping[str, VariableSpec]] = [specs]
    while pending:
        for name, spec in pending.pop().items():
            names.add(name)
            below = spec
            while below.items is not None:
                below = below.items
            if below.properties:
                pending.append(below.properties)
    return frozenset(names)


def all_specs(
    specs: Mapping[str, VariableSpec], path: DataPath = ("variables",)
) -> Iterator[tuple[DataPath, VariableSpec]]:
    """Yield every spec with its path in the prompt's data, however deep; YAML is 64 deep at most."""
    for name, spec in specs.items():
        here, at = spec, (*path, name)
        yield at, here
        while here.items is not None:
            here, at = here.items, (*at, "items")
            yield at, here
        if here.properties:
            yield from all_specs(here.properties, (*at, "properties"))


def defaults_of(specs: Mapping[str, VariableSpec]) -> dict[str, JsonValue]:
    """Return the defaults of variables by name."""
    return {name: spec.default for name, spec in specs.items() if spec.has_default}


def spec_at(specs: Mapping[str, VariableSpec], path: Names) -> VariableSpec | None:
    """Return the spec of what is at a path, where one is declared."""
    spec: VariableSpec | None = None
    for n, name in enumerate(path):
        if n == 0:
            spec = specs.get(name)
        elif spec is not None:
            spec = spec.items if name == ITEM else (spec.properties or {}).get(name)
    return spec


def first_missing(
    specs: Mapping[str, VariableSpec],
    path: Names,
    sure: Callable[[Names, VariableSpec], bool] | None = None,
) -> Names:
    """Return the part of a path up to the first name that is not declared; empty where all of it is.

    An array without `items` and an object without `properties` say nothing of what is in them.

    Args:
        specs: The signature.
        path: The path.
        sure: Whether a name that is declared counts, told its path and its spec; each does where None.
    """
    if not path or path[0] == ITEM:
        return ()
    spec = specs.get(path[0])
    for n, name in enumerate(path[1:], 2):
        if spec is None or (sure is not None and not sure(path[: n - 1], spec)):
            return path[: n - 1]
        below = spec.items if name == ITEM else (spec.properties or {}).get(name)
        if below is None:
            known = spec.properties is not None and name != ITEM
            return path[:n] if known else ()
        spec = below
    return () if spec is not None and (sure is None or path[-1] == ITEM or sure(path, spec)) else path


def written(path: Names) -> str:
    """Write a path as a person would: ``tickets[].subject``."""
    return "".join(name if name == ITEM else f".{name}" for name in path).removeprefix(".")


def data_path(path: Names) -> DataPath:
    """Return where the spec of a path stands in the data of a prompt.

    >>> data_path(("tickets", "[]", "subject"))
    ('variables', 'tickets', 'items', 'properties', 'subject')
    """
    found = ["variables", *path[:1]]
    for name in path[1:]:
        found += ["items"] if name == ITEM else ["properties", name]
    return tuple(found)
