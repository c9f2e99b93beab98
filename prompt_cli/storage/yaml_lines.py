r"""The data of a file that is written as nearly all are, read line by line.

libyaml reads such a file in a tenth of the time that ruamel.yaml takes to make an object of each thing it meets. So
what is read here is a small part of YAML, of which a line tells at once what it means: entries of mappings and lists,
texts after ``|``, and values, brackets and braces that end where their line does. Whatever is written otherwise is left
to the composer, and so is the place of every value. A test holds that the two never disagree.
"""

from __future__ import annotations

import marshal
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from prompt_cli.storage.yaml_schema import WORDS, LongNumberError, resolve_plain

if TYPE_CHECKING:
    from prompt_cli.storage.yaml_nodes import YamlData, YamlScalar

_MAX_DEPTH: Final = 32
"""How deep values stand inside one another that are read here: half of what the composer allows."""

_SHORT: Final = 100
"""How long a text is that is likely to be met again."""

_KEY = r"[A-Za-z_][A-Za-z0-9_-]{0,99}"
_LINE = re.compile(rf"( *+)(- )?(?:({_KEY}):(?: ++(.*)|$)|(.*))")
"""Of a line its indentation, the mark of an item, a key and what follows it, or what else stands there."""

# Possessive: a stranger's file is read in linear time. In what is not quoted, a colon before a space ends a key, and a
# number sign after one begins a comment.
_AFTER = r"(?:[ ]++\#.*+|[ ]*+)"
_QUOTED = r"""(?:"((?:[^"\\]|\\[nt"\\])*+)"|'([^']*+)')"""
_FIRST = r"""[^\s\-?:,\[\]{}#&*!|>'"%@`]"""
_VALUE = re.compile(rf"(?:({_FIRST}(?:[^ :]++|:(?! |$)|[ ]++(?!\#|$))*+)|{_QUOTED}){_AFTER}")
"""After a key or the mark of an item: a value without quotes, or in quotes of two kinds."""
_WORD = r"[^ ,:?\[\]{}\#]"
_PART = re.compile(
    rf" *+(?:({_KEY}):[ ]++)?(?:([\[{{])|(?:{_QUOTED}|({_FIRST}{_WORD}*+(?:[ ]++{_WORD}++)*+))[ ]*+([,\]}}]))"
)
"""Inside brackets and braces: a key; what opens others, or a text in quotes of two kinds or none; what follows it."""
_SIGN = re.compile(r" *+([,\]}])")
_END = re.compile(_AFTER)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


class _UnusualError(Exception):
    """The file is not written as nearly all are."""


def read_lines(text: str) -> dict[str, YamlData] | None:
    """Read a file whose lines tell what they mean.

    Args:
        text: The text of the file, of characters that YAML allows (`decode`).

    Returns:
        What it holds; None where anything in it is unusual, or may be wrong.
    """
    if not text.endswith("\n") or "\t" in text or "\r" in text or "\ufeff" in text:
        return None
    try:
        return _Reader(text).read()
    except (_UnusualError, LongNumberError):
        return None


class _Reader:
    """Reads the lines of one file, with the collections that are open at each of them."""

    __slots__ = ("_at", "_key", "_lines", "_open")

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._at = 0
        # Columns and what begins there, the innermost last; and the key of that one whose value is still to come.
        self._open: list[tuple[int, dict[str, YamlData] | list[YamlData]]] = []
        self._key: str | None = None

    def read(self) -> dict[str, YamlData]:
        root: dict[str, YamlData] = {}
        self._open.append((0, root))
        lines = self._lines
        while self._at < len(lines):
            line = lines[self._at]
            self._at += 1
            column, dash, key, rest, other = _known_line(line) if len(line) <= _SHORT else _parts(line)
            if key is not None:
                if dash:
                    inner: dict[str, YamlData] = {}
                    self._add_item(column, inner)
                    column += 2
                    self._enter(column, inner)
                self._add_entry(column, key, rest)
            elif dash:
                self._add_item(column, self._value(other, column))
            elif other and other[0] != "#":
                raise _UnusualError
        self._settle()
        if not root:
            raise _UnusualError
        return root

    def _enter(self, column: int, collection: dict[str, YamlData] | list[YamlData]) -> None:
        if len(self._open) == _MAX_DEPTH:
            raise _UnusualError
        self._open.append((column, collection))

    def _settle(self) -> None:
        """Say of a key that nothing follows that its value is null."""
        if self._key is not None:
            self._put(self._key, None)

    def _put(self, key: str, value: YamlData) -> None:
        mapping = self._open[-1][1]
        if isinstance(mapping, dict):
            mapping[key] = value
        self._key = None

    def _add_entry(self, column: int, key: str, rest: str | None) -> None:
        opened = self._open
        if self._key is not None:
            if column > opened[-1][0]:
                inner: dict[str, YamlData] = {}
                self._put(self._key, inner)
                self._enter(column, inner)
            else:
                self._settle()
        # A list may begin in the column of the key that it is the value of.
        while opened and (opened[-1][0] > column or (opened[-1][0] == column and type(opened[-1][1]) is list)):
            opened.pop()
        if not opened or opened[-1][0] != column:
            raise _UnusualError
        mapping = opened[-1][1]
        if isinstance(mapping, list) or key in mapping or key in WORDS:
            raise _UnusualError
        if not rest or rest[0] == "#":
            self._key = key
        else:
            mapping[key] = self._value(rest, column)

    def _add_item(self, column: int, value: YamlData) -> None:
        opened = self._open
        if self._key is not None:
            if column >= opened[-1][0]:
                items: list[YamlData] = []
                self._put(self._key, items)
                self._enter(column, items)
            else:
                self._settle()
        while opened and opened[-1][0] > column:
            opened.pop()
        if not opened or opened[-1][0] != column:
            raise _UnusualError
        parent = opened[-1][1]
        if not isinstance(parent, list):
            raise _UnusualError
        parent.append(value)

    def _value(self, written: str, column: int) -> YamlData:
        if written[:1] in {"{", "["}:
            return _copied(_known(written)) if len(written) <= _SHORT else _in_brackets(written)
        if written in {"|", "|-"}:
            return self._text(column) + ("" if written == "|-" else "\n")
        return _known_scalar(written) if len(written) <= _SHORT else _scalar(written)

    def _text(self, column: int) -> str:
        """Read the text after a ``|``, without the line breaks at its end (YAML 1.2.2, section 8.1.2)."""
        lines, first = self._lines, self._at
        indent = len(lines[first]) - len(lines[first].lstrip(" "))
        if indent <= column or indent == len(lines[first]):
            raise _UnusualError  # it has no text, or begins with a blank line
        space = " " * indent
        at = first
        while at < len(lines) and lines[at].startswith(space):
            at += 1
            while at < len(lines) and not lines[at]:
                at += 1
        self._at = at
        text = "\n".join([line[indent:] for line in lines[first:at]]).rstrip("\n")
        if (at < len(lines) and not lines[at].strip(" ")) or text.endswith(" "):
            raise _UnusualError  # a line of spaces alone
        return text


def _parts(line: str) -> tuple[int, str | None, str | None, str | None, str]:
    """Return the column where a line begins, the mark of an item, a key and what follows it, or what else is there."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise _UnusualError
    space, dash, key, rest, other = match.groups()
    return len(space), dash, key, rest, other


def _scalar(written: str) -> YamlScalar:
    match = _VALUE.fullmatch(written)
    if match is None:
        raise _UnusualError
    plain, double, single = match.groups()
    return resolve_plain(plain) if plain is not None else _unquoted(double, single)


def _unquoted(double: str | None, single: str | None) -> str:
    """Return the text in quotes of one of two kinds."""
    if double is None:
        return single or ""
    return _ESCAPE.sub(lambda match: _ESCAPED[match[1]], double) if "\\" in double else double


def _in_brackets(written: str) -> YamlData:
    value, end = _bracketed(written)
    if not _END.fullmatch(written, end):
        raise _UnusualError
    return value


# File after file has the same keys, the same words after them, and specs of variables in brackets.
_known_line = lru_cache(maxsize=1024)(_parts)
_known_scalar = lru_cache(maxsize=1024)(_scalar)


@lru_cache(maxsize=1024)
def _known(written: str) -> bytes:
    return marshal.dumps(_in_brackets(written))


def _copied(known: bytes) -> YamlData:
    """Return a value of which nothing is part of another file's data as well."""
    value: YamlData = marshal.loads(known)  # noqa: S302 - what `_known` wrote
    return value


def _bracketed(written: str, at: int = 1, depth: int = 0) -> tuple[dict[str, YamlData] | list[YamlData], int]:
    """Read what stands in brackets or braces; `at` is after the opening one.

    Returns:
        It, and where it ends.
    """
    closing = "}" if written[at - 1] == "{" else "]"
    mapping: dict[str, YamlData] = {}
    items: list[YamlData] = []
    sign = _SIGN.match(written, at)
    if sign and sign[1] != ",":
        at, found = sign.end(), sign[1]
    else:
        found = ","
    while found == ",":
        match = _PART.match(written, at)
        if match is None or depth == _MAX_DEPTH:
            raise _UnusualError
        key, opening, double, single, other, found = match.groups()
        at = match.end()
        if opening:
            value: YamlData
            value, at = _bracketed(written, at, depth + 1)
            sign = _SIGN.match(written, at)
            if sign is None:
                raise _UnusualError
            at, found = sign.end(), sign[1]
        else:
            value = resolve_plain(other) if other is not None else _unquoted(double, single)
        if (key is None) is (closing == "}") or key in mapping or key in WORDS:
            raise _UnusualError
        if key is None:
            items.append(value)
        else:
            mapping[key] = value
    if found != closing:
        raise _UnusualError
    return (mapping if closing == "}" else items), at
