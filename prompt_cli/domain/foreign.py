"""Tags and placeholders of other template languages, and how to write them in Handlebars.

Sources: Jinja2's and Liquid's documentation (tags, filters, comments), Python's ``str.format`` and ``%``, which
LangChain and LlamaIndex use, JavaScript's and the shell's ``${x}``, Ruby's ERB, and Semantic Kernel's ``{{$x}}``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.handlebars import HELPERS, MustacheStatement, StringLiteral, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from prompt_cli.handlebars import Template


class ForeignText(NamedTuple):
    """A tag or placeholder of another language in a template.

    Attributes:
        start: Its start.
        end: Its end, exclusive.
        message: The problem.
        help: The equivalent in Handlebars.
    """

    start: int
    end: int
    message: str
    help: str


_STRING = r"(?:\"[^\"\n]*\"|'[^'\n]*')"
_NAME = r"[^\W\d][\w.]{0,100}"
_VALUE = rf"(?:{_STRING}|[\w.$]{{1,100}})"
_JSON = re.compile(rf"\s*(?:{_STRING}|[^\W\d]\w*)\s*:(?=\s|[\"'\[{{\d]|true|false|null)")
_CONDITIONAL = re.compile(
    rf"\s*(?P<then>{_VALUE})\s+if\s+(?P<test>[^{{}}]{{1,200}}?)(?:\s{{1,9}}else\s{{1,9}}(?P<otherwise>{_VALUE}))?\s{{0,9}}-?\}}\}}"
)
_FALLBACK = re.compile(rf"\s*(?P<name>{_NAME})\s+or\s+(?P<value>{_VALUE})\s*-?\}}\}}")
_FILTER = re.compile(
    rf"\s*(?P<name>{_VALUE})\s*\|\s*(?P<filter>[\w.]+)(?:\s*[(:]\s*(?P<argument>{_STRING}|\d+)?[^|{{}}]*)?"
    rf"\s*(?P<more>\|[^{{}}]*)?-?\}}\}}"
)
_METHOD = re.compile(rf"\s*(?P<name>{_NAME})\.(?P<method>\w+)\([^{{}}]*\)\s*-?\}}\}}")
_INDEX = re.compile(rf"\s*(?P<name>{_NAME})\[(?P<index>\d+|{_STRING})\](?P<rest>[\w.]*)\s*-?\}}\}}")
_FORMAT = re.compile(rf"\s*(?P<name>{_NAME})(?:![rsa](?::[^{{}}\s]*)?|:[^{{}}\s]*)\s*\}}\}}")
_DASHES = re.compile(rf"-\s*(?P<name>{_NAME})\s*-?\}}\}}")
_PERCENTS = re.compile(r"%(?P<tag>[^{}]*)%\}\}")
_WORDS = re.compile(r"\s*(?P<words>[^\W\d]\w*(?: [\w']+){2,})\s*\}\}")
_NOTHING = re.compile(r"\s*\}\}")
_RAW = re.compile(rf"\s*(?P<name>{_NAME})\s*\}}\}}")
_RAW_BRACES = 4
_BLOCK = re.compile(r"[#^]\s*\w+\s+|else\s+if\s+")
_FILTERED = re.compile(rf"[^{{}}|]{{0,100}}?(?P<name>{_NAME})\s*\|\s*(?P<function>\w+)")
_CALLED = re.compile(rf"[^{{}}(]{{0,100}}?(?P<name>{_NAME})\.(?P<function>\w+)\(")
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


def foreign_tag(text: str, at: int) -> ForeignText | None:
    """Return the tag around a position in a template if it is one of another language.

    Args:
        text: The template.
        at: The position, such as that of a syntax error.

    >>> foreign_tag('Answer as {{"title": 1}}', 10).message
    'this is JSON in double braces, not a tag'
    """
    for _ in range(2):  # a string in JSON may hold a tag
        start = text.rfind("{{", 0, at + 2)
        if start < 0:
            return None
        while text.startswith("{", start - 1) and start:
            start -= 1
        if found := _foreign_tag_at(text, start):
            return found
        at = start - 2
        if at < 0 or "}}" in text[at:start]:
            return None
    return None


def _foreign_tag_at(text: str, start: int) -> ForeignText | None:
    inside = start
    while inside < start + _RAW_BRACES and text.startswith("{", inside):
        inside += 1
    found = _describe(text, inside, inside - start)
    if found is None:
        return None
    end = text.find("}}", inside) + 2
    while end > 1 and text.startswith("}", end) and end < len(text):
        end += 1
    if end <= 1 or "\n" in text[start:end]:
        end = inside
    return ForeignText(start, end, *found)


def _describe(text: str, inside: int, braces: int) -> tuple[str, str] | None:
    """Return the problem of a tag of another language, and how to write it."""
    if _JSON.match(text, inside):
        return "this is JSON in double braces, not a tag", f"write {{ for {{{{: single braces are text; {PRINT_BRACES}"
    if braces == _RAW_BRACES:
        match = _RAW.match(text, inside)
        name = match["name"] if match else "x"
        return (
            "four braces open a raw block",
            f"write {{{{{name}}}}} for the value, \\{{{{{name}}}}} to print the braces",
        )
    if block := _BLOCK.match(text, inside):
        return _in_block(text, block.end())
    for pattern, describe in _FORMS:
        if match := pattern.match(text, inside):
            return describe(match)
    return None


def _in_block(text: str, start: int) -> tuple[str, str] | None:
    """Describe what Jinja has in the condition of a block; a helper in it is in parentheses."""
    for pattern, message in ((_FILTERED, "'|' is a filter of Jinja and Liquid"), (_CALLED, "this calls a method")):
        if match := pattern.match(text, start):
            name, helper = match["name"], _HELPERS_OF_FILTERS.get(match["function"])
            return message, f"write ({helper} {name})" if helper else f"write {name}, and change the value before"
    return None


def _conditional(match: re.Match[str]) -> tuple[str, str]:
    otherwise = f"{{{{else}}}}{_printed(match['otherwise'])}" if match["otherwise"] else ""
    test = match["test"] if re.fullmatch(_NAME, match["test"]) else "..."
    advice = f"write {{{{#if {test}}}}}{_printed(match['then'])}{otherwise}{{{{/if}}}}"
    return "this is a condition of Python and Jinja", advice


def _fallback(match: re.Match[str]) -> tuple[str, str]:
    return "'or' between values is Jinja's", f"write {{{{default {match['name']} {match['value']}}}}}"


def _filter(match: re.Match[str]) -> tuple[str, str]:
    return "'|' is a filter of Jinja and Liquid", _call(match["name"], match["filter"], match["argument"])


def _method(match: re.Match[str]) -> tuple[str, str]:
    return "this calls a method, as in Jinja", _call(match["name"], match["method"], None)


def _index(match: re.Match[str]) -> tuple[str, str]:
    index = match["index"].strip("\"'")
    key = f".[{index}]" if index.isdecimal() else f".{index}"
    return "this is an index of Jinja", f"write {{{{{match['name']}{key}{match['rest']}}}}}"


def _format(match: re.Match[str]) -> tuple[str, str]:
    return "this is a format of Python", f"write {{{{{match['name']}}}}}, and format the value before"


def _dashes(match: re.Match[str]) -> tuple[str, str]:
    return "dashes that trim are Jinja's", f"write {{{{~{match['name']}~}}}}"


def _percents(match: re.Match[str]) -> tuple[str, str]:
    return "this is a tag of Jinja or Liquid with doubled braces", _tag_advice(match["tag"])


def _words(match: re.Match[str]) -> tuple[str, str]:
    name = re.sub(r"\W+", "_", match["words"].lower())
    return "a name has no spaces", f"write {{{{{name}}}}} and declare {name!r}; {PRINT_BRACES}"


def _nothing(_match: re.Match[str]) -> tuple[str, str]:
    return "empty tag", f"write a name; single braces are text, and {PRINT_BRACES}"


PRINT_BRACES = r"\{{ prints {{"
"""Advice for printing braces."""

_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str]]], ...] = (
    (_CONDITIONAL, _conditional),
    (_FALLBACK, _fallback),
    (_FILTER, _filter),
    (_METHOD, _method),
    (_INDEX, _index),
    (_FORMAT, _format),
    (_DASHES, _dashes),
    (_PERCENTS, _percents),
    (_WORDS, _words),
    (_NOTHING, _nothing),
)


def _printed(value: str) -> str:
    """Return a value of Jinja as Handlebars prints it."""
    return value[1:-1] if value[0] in "\"'" else f"{{{{{value}}}}}"


def _call(name: str, function: str, argument: str | None) -> str:
    helper = _HELPERS_OF_FILTERS.get(function)
    if helper is None:
        return f"write {{{{{name}}}}}: no helper does what {function!r} does, so change the value before"
    return f"write {{{{{helper} {name}{f' {argument}' if argument else ''}}}}}"


def foreign_call(template: Template) -> ForeignText | None:
    """Return the first tag that parses as a call of an unknown helper, but is of another language."""
    text = template.source
    for node in walk(template):
        if isinstance(node, MustacheStatement) and (node.params or node.hash):
            is_literal = isinstance(node.path, StringLiteral)
            if (is_literal or getattr(node.path, "original", "") not in HELPERS) and (
                found := _foreign_tag_at(text, node.offset)
            ):
                return found
    return None


# The character before a brace excludes other languages: \frac{name}, a{2}, x_{name} and /users/{name}.
_BRACES = re.compile(
    r"(?:(?<![\\$])[$#]|(?<![A-Za-z0-9_{}\\\])^/$#%@]))"
    r"\{[ \t]*(?P<name>[^\W\d][\w.-]*)(?:[ \t]*|![rsa]|:[-+]?(?P<default>[^{}\n]*))\}(?![{^_`])"
)
# Without the types of JSDoc; a role of reStructuredText has a back tick after it.
_TYPES = "string|number|boolean|integer|object|array|function|any|null|int|str|float|bool|dict|list"
_ANY_NAME = re.compile(rf"\{{(?!(?:{_TYPES})\}})[a-z]\w*\}}")
_FORMAT_SPEC = re.compile(r"[<>^=+\-.,_0-9]*[bcdeEfFgGnosxX%]?")
_PERCENT = re.compile(r"(?<!%)%\((?P<name>[^\W\d][\w.-]*)\)[sdrf]")
_ANGLES = re.compile(r"(?<!<)<<[ \t]*(?P<name>[^\W\d][\w.-]*)[ \t]*>>(?!>)")
_TAG = re.compile(r"\{%[-+]?([^%\n]*?)[-+]?%\}|<%[=-]?([^%\n]*)%>")
_COMMENT = re.compile(r"\{#[-\s](?P<text>[^{}]*?)-?#\}")
_WORD = r"[^\W\d][\w-]*"
_JINJA_WORDS = frozenset(
    (
        *("if", "unless", "for", "set", "assign", "include", "import", "extends", "block", "macro", "case", "raw"),
        *("call", "with", "from", "capture"),
    )
)


def placeholders(text: str, start: int, end: int, names: Collection[str], *, any_name: bool) -> Iterator[ForeignText]:
    """Yield the placeholders of other languages in a stretch of text.

    Args:
        text: The template.
        start: The start of the stretch.
        end: Its end.
        names: The declared variables; other names are left alone where their signs have other uses too.
        any_name: Whether any name in plain braces counts.
    """
    for pattern in (_BRACES, _PERCENT, _ANGLES):
        for match in pattern.finditer(text, start, end):
            name = match["name"] if match["name"] in names else match["name"].partition(".")[0]
            default = match["default"] if pattern is _BRACES else None
            is_format = default and match[0][0] != "$" and not _FORMAT_SPEC.fullmatch(default)
            if name in names and not is_format:
                yield _printed_name(match, name, default)
            elif any_name and pattern is _BRACES and _ANY_NAME.fullmatch(text, match.start(), match.end()):
                message = f"{match[0]} is not Handlebars and will be printed literally"
                advice = f"write {{{{{match['name']}}}}} and declare it, or use backticks if intended"
                yield ForeignText(*match.span(), message, advice)
    for match in _TAG.finditer(text, start, end):
        if found := _printed_tag(match, names):
            yield found
    for match in _COMMENT.finditer(text, start, end):
        advice = f"write {{{{! {match['text'].strip()} }}}}"
        yield ForeignText(*match.span(), "a comment of Jinja is printed: the model reads it", advice)


def _printed_name(match: re.Match[str], name: str, default: str | None) -> ForeignText:
    message = f"{match[0]} is not Handlebars and will be printed literally"
    advice = f"write {{{{{name}}}}}"
    if default and match[0][0] == "$":
        advice = f'write {{{{default {name} "{default.strip()}"}}}}'
    return ForeignText(*match.span(), message, f"{advice}, or use backticks if intended")


def _printed_tag(match: re.Match[str], names: Collection[str]) -> ForeignText | None:
    """Return a tag of Jinja, Liquid or ERB; of a block the one that opens it."""
    is_jinja = match[1] is not None
    words = re.findall(_WORD, match[1] if is_jinja else match[2])
    name = next((word for word in words if word in names), "")
    if not name and not (is_jinja and words and words[0] in _JINJA_WORDS):
        return None
    if is_jinja:
        message = f"{match[0]} is a tag of Jinja or Liquid and will be printed literally"
        advice = _tag_advice(match[1])
    else:
        message = f"{match[0]} is not Handlebars and will be printed literally"
        advice = f"write {{{{{name}}}}}"
    return ForeignText(*match.span(), message, f"{advice}, or use backticks if intended")


def _tag_advice(tag: str) -> str:
    """Return how to write a tag of Jinja or Liquid."""
    words = re.findall(_WORD, tag)
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
        case _ if first in _JINJA_WORDS:
            return f"Handlebars has no {first!r}; pass the value as a variable"
        case _:
            return f"write {{{{{name if first in HELPERS else first or 'x'}}}}}"
