"""Tags: their openings and tokens (handlebars.l), names, arguments and block parameters (handlebars.yy)."""

import re
from functools import cache
from typing import NamedTuple

from .nodes import (
    WHITE_SPACE,
    BooleanLiteral,
    Expression,
    Hash,
    HashPair,
    HelperName,
    NullLiteral,
    NumberLiteral,
    PathExpression,
    Source,
    StringLiteral,
    SubExpression,
    UndefinedLiteral,
    is_scoped,
)
from .runtime import Limits

_SIMPLE = {"/": "close", ">": "partial", "{": "mustache", "&": "mustache", "*": "mustache", "!": "comment"}

PLAIN_TAG = re.compile(
    r"\{\{(?: ?([A-Za-z_$][\w$.-]*) ?|#([A-Za-z_$][\w$-]*) ([A-Za-z_$][\w$.-]*)|/([A-Za-z_$][\w$-]*))\}\}(?!\})"
)
"""`{{path}}` (group 1), `{{#name path}}` (groups 2 and 3) or `{{/name}}` (group 4): most tags, in one match.

A name that `plain_path` accepts has the same meaning in the full lexer.
"""

COMMENT_END = re.compile(r"--~?\}\}")


class Patterns(NamedTuple):
    """Patterns for the inside of tags."""

    token: re.Pattern[str]  # after white space, its group the kind; of strings and `[segments]` the first character
    name: re.Pattern[str]  # the characters of an ID


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


def patterns_for(text: str) -> Patterns:
    """Return the patterns for a template."""
    return _patterns("\t\n\v\f\r " if text.isascii() else WHITE_SPACE)


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


_LINE_ENDS = frozenset("\n\r\u2028\u2029")
_RESERVED = frozenset(("true", "false", "undefined", "null"))
_MAX_EXCERPT = 60
_MAX_TAG = 300
_EXACT_DIGITS = 300  # beyond it is Infinity in JavaScript, and Python's int() refuses thousands
_OPERATORS = {  # of other languages, and the Handlebars form
    "==": "write (eq a b)",
    "!=": "write (ne a b)",
    "&&": "write (and a b)",
    "||": "write (or a b)",
    "<": "write (lt a b)",
    ">": "write (gt a b)",
    "!": "write (not a)",
    "|": "the name of a helper comes first: {{upper x}}",
    "+": "write values side by side: {{a}}{{b}}",
    "(": "put a space before '('",
    "[": "write '.['",
}

_PARTIAL_NAME = r"""(\{\{~?#?>\s*)([^\s(){}"']{1,200})(\}\})?"""
_NAME_KINDS = frozenset(("id", "string", "number", "keyword", "data"))


def plain_path(text: str, offset: int, source: Source) -> PathExpression | None:
    """Return the path that PLAIN_TAG matched at `offset`; None if it may be more than plain names."""
    if "this" in text or text.startswith("else") or text in _RESERVED:
        return None
    parts: tuple[str, ...] = (text,)
    if "." in text:
        parts = tuple(text.split("."))
        if not all(part[:1].isidentifier() and part not in _RESERVED for part in parts):
            return None
    return PathExpression(offset, offset + len(text), source, parts, text)


class Call(NamedTuple):
    """A name with its arguments."""

    path: HelperName
    params: tuple[Expression, ...]
    hash: Hash | None
    block_params: tuple[str, ...]


class PartialCall(NamedTuple):
    """The name of a partial, which may be computed, with its arguments."""

    name: Expression
    params: tuple[Expression, ...]
    hash: Hash | None


class ExpressionParser:
    """Parser of the inside of tags, one token ahead."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self._source = source
        self._text = source.text
        self._patterns = patterns_for(source.text)
        self._match = self._patterns.token.match
        self._limits = limits
        self._arguments = 0
        self._tag = 0
        self._literal = False
        self.kind: str = ""  # of the current token: a group of the pattern
        self.value: str = ""  # of the token, without quotes, brackets and escapes
        self.start: int = 0
        self.end: int = 0
        self.depth: int = 0  # the number of blocks and parentheses around the token

    def begin(self, tag: int, position: int) -> None:
        """Enter the tag that begins at `tag` and whose opening ends at `position`."""
        self._tag = tag
        self.end = position
        self.advance()

    def call(self, *, block: bool = False) -> Call:
        """Parse a name and its arguments, with block parameters if they are allowed here."""
        return Call(self.helper_name(), self._params(), self._hash(), self._block_params() if block else ())

    def partial_call(self) -> PartialCall:
        """Parse the name of a partial and its arguments."""
        return PartialCall(self._expression(), self._params(), self._hash())

    def advance(self) -> None:
        """Go to the next token."""
        match = self._match(self._text, self.end)
        if match is None:
            self._no_token()
            return
        self.kind = kind = match.lastgroup or ""
        self.start, self.end = match.span(kind)
        self.value = match[kind]
        self._literal = False
        if kind == "string":
            self._string()
        elif kind == "bracket":
            self._bracket()

    def enter(self, offset: int, end: int) -> None:
        """Count one more block or parenthesis around the next tokens."""
        self.depth += 1
        limit = self._limits.depth
        if self.depth > limit:
            message = f"blocks and parentheses are nested deeper than {limit}; move a part into a partial"
            raise self._source.error(message, offset, end)

    def one_brace_apart(self) -> str:
        """Return how to write the tag if the third brace of its end is text."""
        tag = self._text[self._tag : self.end - 1]
        return f"; put a space between: {tag if len(tag) <= _MAX_EXCERPT else '}}'} }}"

    def unexpected(self, expected: str, hint: str = "") -> None:
        """Refuse the current token."""
        token = self._text[self.start : self.end]
        hint = hint or self._advice(self.start)
        raise self._source.error(f"expected {expected}, found '{token}'{hint}", self.start, self.end)

    def helper_name(self) -> HelperName:
        """Parse a path or literal."""
        kind, start, end, value = self.kind, self.start, self.end, self.value
        if kind == "id":
            return self._path(start, data=False)
        if kind == "data":
            self.advance()
            if self.kind != "id":
                self.unexpected("a name after '@'")
            return self._path(start, data=True)
        if kind not in _NAME_KINDS:
            self.unexpected("a name or value")
        self.advance()
        source = self._source
        if kind == "string":
            return StringLiteral(start, end, source, value)
        if kind == "number":
            number = float(value) if "." in value or len(value) > _EXACT_DIGITS else int(value)
            return NumberLiteral(start, end, source, number)
        if value == "undefined":
            return UndefinedLiteral(start, end, source)
        return (
            NullLiteral(start, end, source) if value == "null" else BooleanLiteral(start, end, source, value == "true")
        )

    def _expression(self) -> Expression:
        self._arguments += 1
        if self._arguments > self._limits.tags:
            message = f"the template has more than {self._limits.tags:,} arguments; move a part into a partial"
            raise self._source.error(message, self.start, self.end)
        return self._subexpression() if self.kind == "open" else self.helper_name()

    def _params(self) -> tuple[Expression, ...]:
        params: list[Expression] = []
        while self.kind in _NAME_KINDS or self.kind == "open":
            if self.kind == "id" and self._text.startswith("=", after_space(self._text, self.end)):
                break
            params.append(self._expression())
        return tuple(params)

    def _hash(self) -> Hash | None:
        pairs: list[HashPair] = []
        while self.kind == "id":
            start, end, key = self.start, self.end, self.value
            self.advance()
            if self.kind != "equals":
                raise self._source.error("arguments without a name come before those with one", start, end)
            self.advance()
            value = self._expression()
            pairs.append(HashPair(start, value.end, self._source, key, value))
        if not pairs:
            return None
        return Hash(pairs[0].offset, pairs[-1].end, self._source, tuple(pairs))

    def _block_params(self) -> tuple[str, ...]:
        if self.kind != "block_params":
            return ()
        start = self.start
        names: list[str] = []
        self.advance()
        while self.kind == "id":
            names.append(self._text[self.start : self.end])
            self.advance()
        if self.kind != "pipe" or not names:
            self.unexpected("the names of block parameters and '|'")
        if names[0].startswith("[") and names[-1].endswith("]"):
            raise self._source.error("a block parameter is a plain name, without brackets", start, self.end)
        self.advance()
        return tuple(names)

    def _subexpression(self) -> SubExpression:
        start = self.start
        self.enter(start, self.end)
        self.advance()
        path = self.helper_name()
        params, pairs = self._params(), self._hash()
        if self.kind != "close":
            self.unexpected("an argument or ')'")
        end = self.end
        self.depth -= 1
        self.advance()
        return SubExpression(start, end, self._source, path, params, pairs)

    def _path(self, start: int, *, data: bool) -> PathExpression:
        parts: list[str] = []
        original = "@" if data else ""
        depth = 0
        while True:
            part, end = self.value, self.end
            original += part
            if self._literal or part not in {"this", ".", ".."}:
                parts.append(part)
            elif parts:
                message = f"invalid path {original!r}: {part!r} stands only at its beginning (or as '[{part}]')"
                raise self._source.error(message, start, end)
            elif part == "..":
                depth += 1
            self.advance()
            if self.kind != "separator":
                break
            original += self.value
            self.advance()
            if self.kind != "id":
                brackets = self.kind in {"number", "keyword", "string"}
                self.unexpected("a name", f"; write '[{self.value}]'" if brackets else "")
        return PathExpression(start, end, self._source, tuple(parts), original, depth, data, is_scoped(original))

    def _string(self) -> None:
        quote = self.value
        end = closing_quote(self._text, self.start, quote)
        if end < 0:
            raise self._source.error(f"the string is not closed: no {quote} follows", self.start, self.end)
        self.value = self._text[self.start + 1 : end].replace("\\" + quote, quote)
        self.end = end + 1

    def _bracket(self) -> None:
        end = closing_quote(self._text, self.start, "]")
        if end < 0:
            raise self._source.error("the segment is not closed: no ']' follows", self.start, self.end)
        self.kind = "id"
        self.end = end + 1
        text = re.sub(r"\\([\\\]])", r"\1", self._text[self.start : self.end])
        # handlebars.js takes the brackets away by /^\[.*\]$/, whose dot matches no line end
        self._literal = _LINE_ENDS.isdisjoint(text)
        self.value = text[1:-1] if self._literal else text

    def _no_token(self) -> None:
        text = self._text
        start = after_space(text, self.end)
        word = self._patterns.name.match(text, start)
        at = word.end() if word else start
        if at >= len(text) or text.startswith("{{", at):
            raise self._source.error("this tag is never closed: '}}' is missing", self._tag, self._tag + 2)
        message = f"unexpected {text[at]!r} in a tag"
        if text[at] == "}":
            message = "expected '}}', found a single '}'"
        elif text[at] in "#>^&!*" and not text[self._tag + 2 : at].strip(WHITE_SPACE):
            message = f"{text[at]!r} must follow '{{{{' at once"
        else:
            message += self._advice(at)
        raise self._source.error(message, at, at + 1)

    def _advice(self, at: int) -> str:
        """Return the Handlebars form of a common mistake at `at`, if it is one."""
        text = self._text
        for operator in (text[at : at + 2], text[at - 1 : at + 1], text[at : at + 1]):
            if operator in _OPERATORS:
                return f"; {_OPERATORS[operator]}"
        partial = re.match(_PARTIAL_NAME, text[self._tag : self._tag + _MAX_TAG])
        if partial is None or text[at] != "@":
            return ""
        return f'; put the name in quotes: {partial[1]}"{partial[2]}"' + ("}}" if partial[3] else " ...")
