"""The signature of a prompt: specs of variables in JSON Schema's words, and paths into them."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, Self, TypeAlias, cast

from pydantic import AfterValidator, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, SchemaError, SchemaValidator, core_schema

from prompt_cli.domain.base import IN_RANGE, Frozen, FrozenModel, Json, Text
from prompt_cli.domain.json_values import INPUT_TYPES, FrozenDict, JsonScalar, JsonValue, VariableData, VariableType
from prompt_cli.problems import DataPath

_TEMPLATE_TYPES = {"messages": "table", "image": "object", "file": "object"}  # the types of inputs in a template
# An ID of the Handlebars grammar that needs no `[...]` around it and does not begin with a digit.
_NAME = re.compile(r"[^\W\d][\w-]*")
# Handlebars never reads these as variables.
_RESERVED_NAMES = frozenset({"this", "true", "false", "null", "undefined", "else", "as"})

_NUMBERS = frozenset({"integer", "number"})
_LISTS = frozenset({"array", "messages"})
_TYPES_OF_WORD: Mapping[str, frozenset[str]] = {
    "pattern": frozenset({"string"}),
    "min_length": frozenset({"string"}),
    "max_length": frozenset({"string"}),
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
    "min_items": _LISTS,
    "max_items": _LISTS,
    "items": frozenset({"array"}),
    "properties": frozenset({"object"}),
    "enum": frozenset({"string", "integer", "number", "boolean", "array", "object"}),
}
_KEYS = {word: to_camel(word) for word in _TYPES_OF_WORD}
_RANGES = (("minimum", "maximum"), ("min_length", "max_length"), ("min_items", "max_items"))


def _name_help(name: str) -> str:
    """Return the help with a valid name that is similar, or an empty text."""
    near = re.sub(r"[^\w-]", "", name).lstrip("-0123456789")
    return f"name it {near}, and write {{{{{near}}}}}" if _NAME.fullmatch(near) and near not in _RESERVED_NAMES else ""


def _check_variable_name(name: str) -> str:
    if not _NAME.fullmatch(name) or name in _RESERVED_NAMES:
        raise PydanticCustomError(
            "variable_name",
            "{name} is not a valid variable name: Handlebars does not read {braces} as a variable",
            {"name": repr(name), "braces": "{{" + name + "}}", "help": _name_help(name)},
        )
    return name


@lru_cache(maxsize=1024)
def pattern_matcher(pattern: str) -> SchemaValidator:
    """Compile a pattern; raise a SchemaError of Pydantic's core if it is invalid."""
    # Not `re`: an untrusted pattern could backtrack for hours.
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex", strict=True))


def check_pattern(pattern: str, at: DataPath = ()) -> str:
    """Return a pattern if the linear engine can read it; the error of an invalid one is at the key `at`."""
    try:
        pattern_matcher(pattern)
    except SchemaError as error:
        detail = str(error).strip().splitlines()[-1].strip().removeprefix("error: ")
        raise PydanticCustomError("wrong_value", "invalid pattern: {detail}", {"detail": detail, "at": at}) from None
    return pattern


Pattern: TypeAlias = Annotated[Text, AfterValidator(check_pattern)]
"""A field that holds a regular expression."""
VariableName: TypeAlias = Annotated[str, AfterValidator(_check_variable_name)]


class VariableSpec(FrozenModel):
    """Constraints on the value of a variable.

    The words are those of JSON Schema (draft 2020-12, validation), `required`, `nullable` and `sensitive` aside.

    Attributes:
        type: The JSON type of the value; ``image``, ``file``, or ``messages``, the earlier turns of a conversation.
        description: A description for readers.
        required: Whether callers must pass a value; a variable with a ``default`` is optional.
        default: The value if none is passed, maybe null.
        nullable: Whether null is a value too.
        enum: The allowed values, if restricted.
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
        sensitive: Whether logs and errors never show the value.

    Examples:
        >>> spec = VariableSpec(type="string", enum=("formal", "friendly"), default="friendly")
        >>> spec.required, spec.has_default
        (False, True)
        >>> VariableSpec(type="array", items=VariableSpec(type="object")).items.type
        'object'
    """

    type: VariableType
    description: Text | None = None
    required: bool = True
    default: Json = None
    nullable: bool = False
    enum: tuple[Annotated[JsonScalar, IN_RANGE], ...] | None = Field(default=None, min_length=1, strict=False)
    pattern: Text | None = None
    minimum: Annotated[int | float | None, IN_RANGE] = Field(default=None, allow_inf_nan=False)
    maximum: Annotated[int | float | None, IN_RANGE] = Field(default=None, allow_inf_nan=False)
    min_length: Annotated[int | None, IN_RANGE] = Field(default=None, ge=0)
    max_length: Annotated[int | None, IN_RANGE] = Field(default=None, ge=0)
    min_items: Annotated[int | None, IN_RANGE] = Field(default=None, ge=0)
    max_items: Annotated[int | None, IN_RANGE] = Field(default=None, ge=0)
    items: "VariableSpec | None" = None
    properties: "Frozen[Annotated[Text, Field(min_length=1)], VariableSpec] | None" = None
    sensitive: bool = False

    @cached_property
    def has_default(self) -> bool:
        """Whether there is a default; it may be null."""
        return "default" in self.model_fields_set

    @cached_property
    def data(self) -> VariableData:
        """The words that are set, as JSON; values are bound to it."""
        data: dict[str, Any] = {"required": self.required}
        for name in super().model_fields_set:
            if (value := getattr(self, name)) is not None or name == "default":
                data[_KEYS.get(name, name)] = value
        if self.items is not None:
            data["items"] = self.items.data
        if self.properties is not None:
            data["properties"] = data_of(self.properties)
        return cast("VariableData", FrozenDict(data))

    def __eq__(self, other: object) -> bool:
        """Compare the words as JSON; a default of null is not the same as no default."""
        alike = isinstance(other, VariableSpec) and self.has_default is other.has_default
        return super().__eq__(other) if alike else NotImplemented

    def __hash__(self) -> int:
        return super().__hash__()

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        fields_set = self.model_fields_set
        if not fields_set.isdisjoint(_TYPES_OF_WORD):
            self._check_limits(fields_set)
        if "default" in fields_set:
            if self.required and "required" in fields_set:
                raise _wrong_value("a required variable never uses its default; remove one of them", "required")
            # Setting the attribute would add `required` to the fields that are written to the file.
            self.__dict__["required"] = False
        return self

    def _check_limits(self, fields_set: Collection[str]) -> None:
        for word, types in _TYPES_OF_WORD.items():
            if word in fields_set and self.type not in types and getattr(self, word) is not None:
                message = f"{to_camel(word)} does not apply to type {self.type}, only to {' and '.join(sorted(types))}"
                raise _wrong_value(message, to_camel(word))
        for low, high in _RANGES:
            if low not in fields_set or high not in fields_set:
                continue
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                message = f"{to_camel(low)} is greater than {to_camel(high)}: no value is valid"
                raise _wrong_value(message, to_camel(low))
        if self.pattern is not None:
            check_pattern(self.pattern, ("pattern",))


def _wrong_value(problem: str, key: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_value", "{problem}", {"problem": problem, "at": (key,)})


ITEM = "[]"  # the segment of a path that stands for any item of an array
Names: TypeAlias = tuple[str, ...]
"""A path that a template reads: ``("tickets", "[]", "subject")``."""


def data_of(specs: Mapping[str, VariableSpec]) -> Mapping[str, VariableData]:
    """Return the specs of variables as JSON."""
    return FrozenDict({name: spec.data for name, spec in specs.items()})


def declared_names(specs: Mapping[str, VariableSpec]) -> frozenset[str]:
    """Return the declared names at every depth; each is data if it stands alone in a template."""
    names: set[str] = set()
    pending: list[Mapping[str, VariableSpec]] = [specs]
    while pending:
        for name, spec in pending.pop().items():
            names.add(name)
            innermost = _innermost(spec)
            if innermost.properties:
                pending.append(innermost.properties)
    return frozenset(names)


def _innermost(spec: VariableSpec) -> VariableSpec:
    """Return the spec of the items of the items."""
    while spec.items is not None:
        spec = spec.items
    return spec


def all_specs(
    specs: Mapping[str, VariableSpec], path: DataPath = ("variables",)
) -> Iterator[tuple[DataPath, VariableSpec]]:
    """Yield the specs at every depth with their paths in the prompt's data; YAML nests 64 deep at most."""
    for name, spec in specs.items():
        here, at = spec, (*path, name)
        yield at, here
        while here.items is not None:
            here, at = here.items, (*at, "items")
            yield at, here
        if here.properties:
            yield from all_specs(here.properties, (*at, "properties"))


def is_secret(spec: VariableSpec) -> bool:
    """Return whether a spec or one in it is sensitive: its value holds the secret part."""
    inner = [*(spec.properties or {}).values(), *([spec.items] if spec.items else [])]
    return spec.sensitive or any(map(is_secret, inner))


def defaults_of(specs: Mapping[str, VariableSpec]) -> dict[str, JsonValue]:
    """Return the defaults of variables by name."""
    return {name: spec.default for name, spec in specs.items() if spec.has_default}


def spec_at(specs: Mapping[str, VariableSpec], path: Names) -> VariableSpec | None:
    """Return the spec at a path; None if it is not declared."""
    spec = specs.get(path[0]) if path else None
    for name in path[1:]:
        spec = None if spec is None else _child(spec, name)
    return spec


def _child(spec: VariableSpec, name: str) -> VariableSpec | None:
    """Return the spec of a property, or of an item by `[]` or its index."""
    if name == ITEM and spec.properties:  # {{#each}} over an object: the spec that all its declared properties have
        first, *others = spec.properties.values()
        return first if all(one == first for one in others) else None
    if name == ITEM or (spec.type == "array" and name.isdigit()):
        return spec.items
    return (spec.properties or {}).get(name)


def undeclared_path(
    specs: Mapping[str, VariableSpec], path: Names, is_sure: Callable[[Names, VariableSpec], bool] | None = None
) -> Names:
    """Return a path up to the first undeclared name; empty if the whole path is declared.

    An array without `items` and an object without `properties` may hold anything. With `is_sure`, a declared name
    counts only if this returns True for its path and its spec.
    """
    if not path or path[0] == ITEM:
        return ()
    spec = specs.get(path[0])
    for n, name in enumerate(path[1:], 1):
        if spec is None or (is_sure is not None and not is_sure(path[:n], spec)):
            return path[:n]
        child = _child(spec, name)
        if child is None:
            return path[: n + 1] if spec.properties is not None and name != ITEM else ()
        spec = child
    return () if spec is not None and (is_sure is None or path[-1] == ITEM or is_sure(path, spec)) else path


def type_reader(specs: Mapping[str, VariableSpec]) -> Callable[[Names], str | None]:
    """Return a function that returns the declared type at a path: "table" for an array that holds objects."""

    def type_of(path: Names) -> str | None:
        spec = spec_at(specs, path)
        if spec is None or spec.type != "array":
            return _TEMPLATE_TYPES.get(spec.type, spec.type) if spec else None
        innermost = _innermost(spec)
        return "table" if innermost.type == "object" or innermost.type in INPUT_TYPES else "array"

    return type_of


def format_names(path: Names) -> str:
    """Format a path for users: ``tickets[].subject``."""
    return "".join(name if name == ITEM else f".{name}" for name in path).removeprefix(".")


def data_path(path: Names) -> DataPath:
    """Return the path of a variable's spec in the data of a prompt.

    >>> data_path(("tickets", "[]", "subject"))
    ('variables', 'tickets', 'items', 'properties', 'subject')
    """
    segments = ["variables"]
    for n, name in enumerate(path):
        segments += ["items"] if name == ITEM else [name] if n == 0 else ["properties", name]
    return tuple(segments)


_NOT_OF_JSON_SCHEMA = {"required", "nullable", "sensitive", "items", "properties"}


def json_schema(spec: VariableSpec) -> dict[str, Any]:
    """Return the JSON Schema of a spec of JSON's types.

    >>> json_schema(VariableSpec(type="string", nullable=True, enum=("a",)))
    {'type': ['string', 'null'], 'enum': ['a', None]}
    """
    schema = spec.model_dump(mode="json", by_alias=True, exclude=_NOT_OF_JSON_SCHEMA)
    schema["type"] = [spec.type, "null"] if spec.nullable else spec.type
    if spec.nullable and spec.enum is not None and None not in spec.enum:
        schema["enum"] = [*schema["enum"], None]
    if spec.items is not None:
        schema["items"] = json_schema(spec.items)
    return schema if spec.properties is None else {**schema, **_properties_schema(spec.properties)}


def object_schema(properties: Mapping[str, VariableSpec]) -> dict[str, Any]:
    """Return the JSON Schema of an object, such as the parameters of a tool."""
    return {"type": "object", **_properties_schema(properties)}


def _properties_schema(properties: Mapping[str, VariableSpec]) -> dict[str, Any]:
    required = [name for name, spec in properties.items() if spec.required]
    schemas = {name: json_schema(spec) for name, spec in properties.items()}
    return {"properties": schemas, **({"required": required} if required else {})}
