"""Tags of other template languages, and how to write them in Handlebars.

Sources: Jinja2's and Liquid's documentation (tags, filters) and Python's ``str.format``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.handlebars import HELPERS, MustacheStatement, StringLiteral, walk

if TYPE_CHECKING:
    from prompt_cli.handlebars import Template


class ForeignText(NamedTuple):
    """A tag or placeholder of another language in a template, and the equivalent in Handlebars."""

    start: int
    end: int
    message: str
    help: str


# The expressions are compiled on first use: few templates have such tags.
_STRING = r"(?:\"[^\"\n]*\"|'[^'\n]*')"
_NAME = r"[^\W\d][\w.]{0,100}"
_VALUE = rf"(?:{_STRING}|[\w.$]{{1,100}})"
_JSON = rf"\s*(?:{_STRING}|[^\W\d]\w*)\s*:(?=\s|[\"'\[{{\d]|true|false|null)"
_CONDITIONAL = (
    rf"\s*(?P<then>{_VALUE})\s+if\s+(?P<test>[^{{}}]{{1,200}}?)(?:\s{{1,9}}else\s{{1,9}}(?P<otherwise>{_VALUE}))?"
    r"\s{0,9}-?\}\}"
)
_FALLBACK = rf"\s*(?P<name>{_NAME})\s+or\s+(?P<value>{_VALUE})\s*-?\}}\}}"
_FILTER = (
    rf"\s*(?P<name>{_VALUE})\s*\|\s*(?P<function>[\w.]+)(?:\s*[(:]\s*(?P<argument>{_STRING}|\d+)?[^|{{}}]*)?"
    rf"\s*(?:\|[^{{}}]*)?-?\}}\}}"
)
_METHOD = rf"\s*(?P<name>{_NAME})\.(?P<function>\w+)\([^{{}}]*\)\s*-?\}}\}}"
_INDEX = rf"\s*(?P<name>{_NAME})\[(?P<index>\d+|{_STRING})\](?P<rest>[\w.]*)\s*-?\}}\}}"
_FORMAT = rf"\s*(?P<name>{_NAME})(?:![rsa](?::[^{{}}\s]*)?|:[^{{}}\s]*)\s*\}}\}}"
_DASHES = rf"-\s*(?P<name>{_NAME})\s*-?\}}\}}"
_PERCENTS = r"%(?P<tag>[^{}]*)%\}\}"
_WORDS = r"\s*(?P<words>[^\W\d]\w*(?: [\w']+){2,})\s*\}\}"
_NOTHING = r"\s*\}\}"
_RAW = rf"\s*(?P<name>{_NAME})\s*\}}\}}"
_RAW_BRACES = 4
_BLOCK = r"[#^]\s*\w+\s+|else\s+if\s+"
_FILTERED = rf"[^{{}}|]{{0,100}}?(?P<name>{_NAME})\s*\|\s*(?P<function>\w+)"
_CALLED = rf"[^{{}}(]{{0,100}}?(?P<name>{_NAME})\.(?P<function>\w+)\("
_FILTER_MESSAGE = "'|' is a filter of Jinja and Liquid"
_HELPERS_OF_FILTERS = {
    **{name: name for name in ("upper", "lower", "trim", "join", "length", "default", "indent", "truncate", "date")},
    "upcase": "upper",
    "downcase": "lower",
    "strip": "trim",
    "size": "length",
    "count": "length",
    "tojson": "json",
    "json": "json",
    "d": "default",
    "strftime": "date",
}

PRINT_BRACES = r"\{{ prints {{"  # advice for printing braces


def foreign_tag(text: str, at: int) -> ForeignText | None:
    """Return the tag around a position in a template if it is one of another language.

    >>> foreign_tag('Answer as {{"title": 1}}', 10).message
    'this is JSON in double braces, not a tag'
    """
    for _ in range(2):  # a string in JSON may hold a tag
        start = text.rfind("{{", 0, at + 2)
        if start < 0:
            return None
        while text.startswith("{", start - 1) and start:
            start -= 1
        if tag := _foreign_tag_at(text, start):
            return tag
        at = start - 2
        if at < 0 or "}}" in text[at:start]:
            return None
    return None


def foreign_call(template: Template) -> ForeignText | None:
    """Return the first tag that parses as a call of an unknown helper, but is of another language."""
    for node in walk(template):
        if isinstance(node, MustacheStatement) and (node.params or node.hash):
            is_literal = isinstance(node.path, StringLiteral)
            if (is_literal or getattr(node.path, "original", "") not in HELPERS) and (
                tag := _foreign_tag_at(template.source, node.offset)
            ):
                return tag
    return None


def _foreign_tag_at(text: str, start: int) -> ForeignText | None:
    inside = start
    while inside < start + _RAW_BRACES and text.startswith("{", inside):
        inside += 1
    description = _describe(text, inside, inside - start)
    if description is None:
        return None
    end = text.find("}}", inside) + 2
    while end > 1 and text.startswith("}", end) and end < len(text):
        end += 1
    if end <= 1 or "\n" in text[start:end]:
        end = inside
    return ForeignText(start, end, *description)


def _describe(text: str, inside: int, braces: int) -> tuple[str, str] | None:
    """Return the problem of a tag of another language, and how to write the tag."""
    if _match(_JSON, text, inside):
        return "this is JSON in double braces, not a tag", f"write {{ for {{{{: single braces are text; {PRINT_BRACES}"
    if braces == _RAW_BRACES:
        match = _match(_RAW, text, inside)
        tag = f"{{{{{match['name'] if match else 'x'}}}}}"
        return "four braces open a raw block", f"write {tag} for the value, \\{tag} to print the braces"
    if block := _match(_BLOCK, text, inside):
        return _describe_condition(text, block.end())
    for pattern, message, advice in _FORMS:
        if match := _match(pattern, text, inside):
            return message, advice(match)
    return None


def _match(pattern: str, text: str, at: int) -> re.Match[str] | None:
    return re.compile(pattern).match(text, at)


def _describe_condition(text: str, start: int) -> tuple[str, str] | None:
    """Describe Jinja in the condition of a block; a helper in a condition is in parentheses."""
    for pattern, message in ((_FILTERED, _FILTER_MESSAGE), (_CALLED, "this calls a method")):
        if match := _match(pattern, text, start):
            name, helper = match["name"], _HELPERS_OF_FILTERS.get(match["function"])
            return message, f"write ({helper} {name})" if helper else f"write {name}, and change the value before"
    return None


def _if_advice(match: re.Match[str]) -> str:
    otherwise = f"{{{{else}}}}{_printed(match['otherwise'])}" if match["otherwise"] else ""
    test = match["test"] if re.fullmatch(_NAME, match["test"]) else "..."
    return f"write {{{{#if {test}}}}}{_printed(match['then'])}{otherwise}{{{{/if}}}}"


def _printed(value: str) -> str:
    """Return a value of Jinja as Handlebars prints it."""
    return value[1:-1] if value[0] in "\"'" else f"{{{{{value}}}}}"


def _call_advice(match: re.Match[str]) -> str:
    name, function = match["name"], match["function"]
    argument = match.groupdict().get("argument")
    helper = _HELPERS_OF_FILTERS.get(function)
    if helper is None:
        return f"write {{{{{name}}}}}: no helper does what {function!r} does, so change the value before"
    return f"write {{{{{helper} {name}{f' {argument}' if argument else ''}}}}}"


def _index_advice(match: re.Match[str]) -> str:
    index = match["index"].strip("\"'")
    key = f".[{index}]" if index.isdecimal() else f".{index}"
    return f"write {{{{{match['name']}{key}{match['rest']}}}}}"


def _name_advice(match: re.Match[str]) -> str:
    name = re.sub(r"\W+", "_", match["words"].lower())
    return f"write {{{{{name}}}}} and declare {name!r}; {PRINT_BRACES}"


_FORMS: tuple[tuple[str, str, Callable[[re.Match[str]], str]], ...] = (
    (_CONDITIONAL, "this is a condition of Python and Jinja", _if_advice),
    (_FALLBACK, "'or' between values is Jinja's", lambda match: match.expand(r"write {{default \g<name> \g<value>}}")),
    (_FILTER, _FILTER_MESSAGE, _call_advice),
    (_METHOD, "this calls a method, as in Jinja", _call_advice),
    (_INDEX, "this is an index of Jinja", _index_advice),
    (
        _FORMAT,
        "this is a format of Python",
        lambda match: f"write {_printed(match['name'])}, and format the value before",
    ),
    (_DASHES, "dashes that trim are Jinja's", lambda match: f"write {{{{~{match['name']}~}}}}"),
    (_PERCENTS, "this is a tag of Jinja or Liquid with doubled braces", lambda match: tag_advice(match["tag"])),
    (_WORDS, "a name has no spaces", _name_advice),
    (_NOTHING, "empty tag", lambda _: f"write a name; single braces are text, and {PRINT_BRACES}"),
)

WORD = r"[^\W\d][\w-]*"
# The first words of tags of Jinja and Liquid.
JINJA_TAGS = frozenset(
    (
        *("if", "unless", "for", "set", "assign", "include", "import", "extends", "block", "macro", "case", "raw"),
        *("call", "with", "from", "capture"),
    )
)


def tag_advice(tag: str) -> str:
    """Return how to write a tag of Jinja or Liquid, given the text between its percent signs."""
    words = re.findall(WORD, tag)
    first = words[0] if words else ""
    name = words[1] if len(words) > 1 else "x"
    match first:
        case "if" | "unless" | "elif" | "elsif":
            is_plain = len(words) == 2  # noqa: PLR2004 - the word and a name
            opening = {"elif": "else if", "elsif": "else if"}.get(first, f"#{first}")
            closing = f"...{{{{/{first}}}}}" if opening[0] == "#" else ""
            return f"write {{{{{opening} {name if is_plain else '...'}}}}}{closing}"
        case "for":
            return f"write {{{{#each {words[-1] if 'in' in words else 'items'}}}}}{{{{this}}}}{{{{/each}}}}"
        case "include" | "import" | "from" | "extends":
            return "write {{> the/id}} of a prompt to include"
        case "raw":
            return "write {{{{raw}}}}...{{{{/raw}}}}"
        case _ if first in JINJA_TAGS:
            return f"Handlebars has no {first!r}; pass the value as a variable"
        case _:
            return f"write {{{{{name if first in HELPERS else first or 'x'}}}}}"
