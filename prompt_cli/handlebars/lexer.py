"""The lexer of handlebars.js 4.7 (handlebars.l)."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from .nodes import WHITE_SPACE

_SIMPLE = {"/": "close", ">": "partial", "{": "unescaped", "&": "mustache", "*": "mustache", "!": "comment"}

PLAIN_TAG = re.compile(
    r"\{\{(?: ?([A-Za-z_$][\w$.-]*) ?|#([A-Za-z_$][\w$-]*) ([A-Za-z_$][\w$.-]*)|/([A-Za-z_$][\w$-]*))\}\}(?!\})"
)
"""`{{path}}` (group 1), `{{#name path}}` (groups 2 and 3) or `{{/name}}` (group 4): most tags, in one match.

A name that `plain_path` accepts has the same meaning in the full lexer.
"""

COMMENT_END = re.compile(r"--~?\}\}")


class Patterns(NamedTuple):
    """Expressions for the inside of tags.

    Attributes:
        token: A token after white space, its group the kind; of strings and `[segments]` only the first character.
        name: The characters of an ID.
    """

    token: re.Pattern[str]
    name: re.Pattern[str]


@cache
def _patterns(space: str) -> Patterns:
    name = rf"""[^{space}!"#%-,./;->@\[-\^`{{-~]+"""
    after_name = rf"(?=[=~}}{space}/.)|])"
    after_literal = rf"(?=[~}}{space})])"
    token = (
        rf"[{space}]*(?:(?P<number>-?[0-9]+(?:\.[0-9]+)?{after_literal})"
        rf"|(?P<keyword>(?:true|false|undefined|null){after_literal})"
        rf"|(?P<block_params>as[{space}]+\|)"
        rf"|(?P<id>{name}{after_name}|\.\.|\.{after_name})"
        r"|(?P<separator>[/.])"
        r"|(?P<end_unescaped>\}~?\}\})"
        r"|(?P<end>~?\}\})"
        r"|(?P<string>[\"'])"
        r"|(?P<bracket>\[)"
        r"|(?P<open>\()"
        r"|(?P<close>\))"
        r"|(?P<equals>=)"
        r"|(?P<data>@)"
        r"|(?P<pipe>\|))"
    )
    return Patterns(re.compile(token), re.compile(name))


_ASCII_SPACE = "\t\n\v\f\r "


def patterns_for(text: str) -> Patterns:
    """Return the expressions for a template."""
    return _patterns(_ASCII_SPACE if text.isascii() else WHITE_SPACE)


def opening(text: str, start: int) -> tuple[str, int]:
    """Return the kind of the tag at `start` and the end of its opening."""
    position = start + 2
    if text.startswith("{{", position):
        return "raw", position + 2
    position += text.startswith("~", position)
    first = text[position : position + 1]
    if first == "#":
        second = text[position + 1 : position + 2]
        kind = "partial_block" if second == ">" else "block"
        return kind, position + (2 if second in {">", "*"} and second else 1)
    if first in _SIMPLE:
        return _SIMPLE[first], position + 1
    if first == "^":
        end = _tag_end(text, position + 1)
        return ("inverse", end) if end else ("inverse_block", position + 1)
    word = after_space(text, position)
    if text.startswith("else", word):
        word += 4
        end = _tag_end(text, word)
        following = text[word : word + 1]
        if end or not (following.isascii() and (following.isalnum() or following == "_")):
            return ("inverse", end) if end else ("chain", word)
    return "mustache", position


def _tag_end(text: str, position: int) -> int:
    """Return the end of a tag without further tokens; 0 if there are any."""
    position = after_space(text, position)
    position += text.startswith("~", position)
    return position + 2 if text.startswith("}}", position) else 0


def after_space(text: str, position: int) -> int:
    """Return the end of the white space at `position`."""
    size = len(text)
    while position < size and text[position] in WHITE_SPACE:
        position += 1
    return position


def closing_quote(text: str, start: int, quote: str) -> int:
    r"""Return the offset of the last `quote` of the string or segment that begins at `start`; -1 if there is none.

    A quote after a backslash is text unless no other follows: the lexer of handlebars.js backtracks in
    `"(\\["]|[^"])*"` and `\[(\\\]|[^\]])*\]`.
    """
    escaped = -1
    end = text.find(quote, start + 1)
    while end >= 0 and text[end - 1] == "\\":
        escaped = end
        end = text.find(quote, end + 1)
    return end if end >= 0 else escaped
