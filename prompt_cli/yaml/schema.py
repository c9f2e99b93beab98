"""The core schema: a scalar's text to its value (YAML 1.2.2, section 10.3.2).

Only values that the section names are not strings: ``yes``, ``on``, ``2026-01-01``, ``1_000``, ``0b1`` and ``1:30``
are strings here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prompt_cli.domain.values import MAX_NUMBER_LENGTH, NUMBER_RANGE, in_number_range

if TYPE_CHECKING:
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
_WORD_BEGINNINGS = frozenset("~nNtTfF")
MAYBE_NO_STRING = frozenset(("", *"0123456789+-.", *_WORD_BEGINNINGS))
"""First characters of plain scalars that may not be strings; "" for the empty one."""


class LongNumberError(ValueError):
    """A number on which JSON readers do not agree."""


class UnknownTagError(ValueError):
    """A tag outside the core schema."""


class TagMismatchError(ValueError):
    """A value that does not match its tag."""


def resolve_plain(text: str) -> YamlScalar:
    """Return the value of a plain scalar without a tag.

    Raises:
        LongNumberError: It is a number that JSON readers do not agree on.

    >>> [resolve_plain(text) for text in ("yes", "true", "0o17", "1_000", "1e3", "~", "2026-01-01")]
    ['yes', True, 15, '1_000', 1000.0, None, '2026-01-01']
    """
    if text[:1] not in MAYBE_NO_STRING:
        return text
    if text in WORDS:
        return WORDS[text]
    if text[0] in _WORD_BEGINNINGS:
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
        TagMismatchError: The text does not match the tag.
        LongNumberError: It is a number that JSON readers do not agree on.
        UnknownTagError: The tag is not in the core schema.
    """
    if tag in {STR, NON_SPECIFIC}:
        return text
    if tag not in CORE_TAGS:
        raise UnknownTagError(tag)
    value = resolve_plain(text)
    if tag == FLOAT and type(value) is int:
        return float(value)
    if type(value) is not _KINDS.get(tag):
        raise TagMismatchError(f"{shorten(text)!r} is not a valid {tag.removeprefix(_TAG)}")
    return value


def short_tag(tag: str) -> str:
    """Return a tag as people write it: ``!!str``."""
    return tag.replace(_TAG, "!!", 1) if tag.startswith(_TAG) else tag if tag.startswith("!") else f"!<{tag}>"


def shorten(text: str, most: int = 40) -> str:
    """Return a text shortened for a message."""
    return text if len(text) <= most else f"{text[:most]}…"


def _bounded(text: str) -> str:
    if len(text) > MAX_NUMBER_LENGTH:
        raise LongNumberError(f"a number of {len(text):,} characters, and JSON readers do not agree on it")
    return text


def _in_range(value: float) -> int | float:
    if not in_number_range(value):
        raise LongNumberError(NUMBER_RANGE)
    return value
