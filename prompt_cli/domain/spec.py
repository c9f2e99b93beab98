"""What binding asks of a variable's spec, and a spec that needs no model: one that was checked before."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import SchemaValidator

    from prompt_cli.domain.values import JsonScalar, JsonValue
    from prompt_cli.domain.variables import VariableType


class Spec(Protocol):
    """What a variable's value has to be; the attributes are those of `VariableSpec`."""

    @property
    def type(self) -> VariableType: ...  # noqa: D102 - see `VariableSpec`
    @property
    def description(self) -> str | None: ...  # noqa: D102 - as above
    @property
    def required(self) -> bool: ...  # noqa: D102 - as above
    @property
    def default(self) -> Any: ...  # noqa: D102, ANN401 - as above
    @property
    def has_default(self) -> bool: ...  # noqa: D102 - as above
    @property
    def nullable(self) -> bool: ...  # noqa: D102 - as above
    @property
    def enum(self) -> Sequence[JsonScalar] | None: ...  # noqa: D102 - as above
    @property
    def pattern(self) -> str | None: ...  # noqa: D102 - as above
    @property
    def pattern_matcher(self) -> SchemaValidator | None: ...  # noqa: D102 - as above
    @property
    def minimum(self) -> float | None: ...  # noqa: D102 - as above
    @property
    def maximum(self) -> float | None: ...  # noqa: D102 - as above
    @property
    def min_length(self) -> int | None: ...  # noqa: D102 - as above
    @property
    def max_length(self) -> int | None: ...  # noqa: D102 - as above
    @property
    def min_items(self) -> int | None: ...  # noqa: D102 - as above
    @property
    def max_items(self) -> int | None: ...  # noqa: D102 - as above
    @property
    def items(self) -> Spec | None: ...  # noqa: D102 - as above
    @property
    def properties(self) -> Mapping[str, Spec] | None: ...  # noqa: D102 - as above
    @property
    def sensitive(self) -> bool: ...  # noqa: D102 - as above
    @property
    def is_limited(self) -> bool: ...  # noqa: D102 - as above


class PlainSpec(NamedTuple):
    """A spec without a model behind it, of words that a model let through; its attributes are `VariableSpec`'s."""

    type: VariableType
    description: str | None
    required: bool
    default: JsonValue
    has_default: bool
    nullable: bool
    enum: Sequence[JsonScalar] | None
    pattern: str | None
    minimum: float | None
    maximum: float | None
    min_length: int | None
    max_length: int | None
    min_items: int | None
    max_items: int | None
    items: PlainSpec | None
    properties: Mapping[str, PlainSpec] | None
    sensitive: bool

    @classmethod
    def of_words(cls, words: Mapping[str, Any]) -> Self:
        """Return the spec that a file's words stand for, which were found to be right before."""
        get = words.get
        items, properties = get("items"), get("properties")
        return cls(
            words["type"],
            get("description"),
            get("required", "default" not in words),
            get("default"),
            "default" in words,
            get("nullable", False),
            get("enum"),
            get("pattern"),
            get("minimum"),
            get("maximum"),
            get("minLength"),
            get("maxLength"),
            get("minItems"),
            get("maxItems"),
            None if items is None else cls.of_words(items),
            None if properties is None else {name: cls.of_words(one) for name, one in properties.items()},
            get("sensitive", False),
        )

    @property
    def is_limited(self) -> bool:
        """Whether it may say more of a value than its type: what a model let through it may."""
        return True

    @property
    def pattern_matcher(self) -> SchemaValidator | None:
        """The `pattern`, compiled; None where there is none."""
        return None if self.pattern is None else pattern_matcher(self.pattern)


@lru_cache(maxsize=1024)
def pattern_matcher(pattern: str) -> SchemaValidator:
    """Compile a pattern.

    Raises:
        SchemaError: It is none (pydantic_core).
    """
    from pydantic_core import SchemaValidator, core_schema  # most prompts have no pattern

    # Never `re`: a stranger's pattern could make it backtrack for ever.
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex", strict=True))
