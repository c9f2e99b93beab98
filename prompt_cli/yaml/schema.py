"""The core schema: a scalar's text to its value (YAML 1.2.2, section 10.3.2).

Only values that the section names are not strings: ``yes``, ``on``, ``2026-01-01``, ``1_000``, ``0b1`` and ``1:30``
are strings here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prompt_cli.domain.json_values import MAX_NUMBER_LENGTH, NUMBER_RANGE, in_number_range

if TYPE_CHECKING:
    from prompt_cli.problems import SourceProblem
    from prompt_cli.yaml.nodes import YamlScalar

_TAG = "tag:yaml.org,2002:"
STR, INT, FLOAT, BOOL, NULL = (f"{_TAG}{name}" for name in ("str", "int", "float", "bool", "null"))
MAP, SEQ = f"{_TAG}map", f"{_TAG}seq"
CORE_TAGS = frozenset({STR, INT, FLOAT, BOOL, NULL, MAP, SEQ})
NON_SPECIFIC = "!"
"""The tag that turns the schema off: a scalar with it is a string (section 6.9.1)."""

WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
"""Plain scalars that are null or booleans."""
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_RADIX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = {
    **{f"{sign}.{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")},
    **{f".{word}": float("nan") for word in ("nan", "NaN", "NAN")},
}
_KINDS: dict[str, type] = {INT: int, FLOAT: float, BOOL: bool, NULL: type(None)}
NUMBER_BEGINNINGS = frozenset("0123456789+-.")
"""First characters of plain scalars that may be numbers."""


class SchemaError(ValueError):
    """A scalar outside the core schema, with the kind of its problem and the help."""

    def __init__(self, message: str, kind: SourceProblem, advice: str) -> None:
        super().__init__(message)
        self.kind: SourceProblem = kind
        self.help: str = advice


def resolve_plain(text: str) -> YamlScalar:
    """Return the value of a plain scalar without a tag; raise a SchemaError for a number out of JSON's range.

    >>> [resolve_plain(text) for text in ("yes", "true", "0o17", "1_000", "1e3", "~", "2026-01-01")]
    ['yes', True, 15, '1_000', 1000.0, None, '2026-01-01']
    """
    if text in WORDS:
        return WORDS[text]
    if text[0] not in NUMBER_BEGINNINGS:
        return text
    if _DECIMAL.fullmatch(text):
        return _in_range(int(_bounded(text)))
    if _RADIX.fullmatch(text):
        return _in_range(int(_bounded(text), 0))
    if _FLOAT.fullmatch(text):
        return _in_range(float(_bounded(text)))
    return _SPECIAL.get(text, text)


def resolve_tagged(text: str, tag: str) -> YamlScalar:
    """Return the value of a scalar with a tag.

    Raises:
        SchemaError: The tag is not in the core schema or not that of the value, or a number is out of JSON's range.
    """
    if tag in {STR, NON_SPECIFIC}:
        return text
    if tag not in CORE_TAGS:
        raise unknown_tag(tag)
    value = resolve_plain(text)
    if tag == FLOAT and type(value) is int:
        return float(value)
    if type(value) is not _KINDS.get(tag):
        raise tag_mismatch(repr(shorten(text)), tag)
    return value


def unknown_tag(tag: str) -> SchemaError:
    """Return the error for a tag outside the core schema."""
    name = tag.replace(_TAG, "!!", 1) if tag.startswith(_TAG) else tag if tag.startswith("!") else f"!<{tag}>"
    return SchemaError(f"the tag {name} is not in YAML's core schema", "unknown_tag", "remove the tag")


def tag_mismatch(value: str, tag: str) -> SchemaError:
    """Return the error for a value that is not of its tag's type."""
    message = f"{value} is not a valid {tag.removeprefix(_TAG)}"
    return SchemaError(message, "tag_mismatch", "correct the value, or remove the tag")


def shorten(text: str, limit: int = 40) -> str:
    """Return a text shortened for a message."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def _bounded(text: str) -> str:
    if len(text) > MAX_NUMBER_LENGTH:
        message = f"a number of {len(text):,} characters, and JSON readers do not agree on it"
        raise SchemaError(message, "long_number", "write it in quotes")
    return text


def _in_range(value: float) -> int | float:
    if not in_number_range(value):
        raise SchemaError(NUMBER_RANGE, "long_number", "write it in quotes")
    return value
