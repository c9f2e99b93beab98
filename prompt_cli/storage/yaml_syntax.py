"""What libyaml says of broken YAML, in words for the person who wrote the file.

libyaml's errors have a problem and often a context ("while parsing a flow sequence"), each with its place; these are
the messages of its scanner.c and parser.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.errors import Problem

if TYPE_CHECKING:
    from prompt_cli.errors import SourceProblem
    from prompt_cli.storage.yaml_nodes import Lines

TEMPLATE_MESSAGE = "a value that begins with {{ is read as a mapping, not as text"
TEMPLATE_HELP = "put it in quotes, or write it as a block: '|' after the colon and the text indented below"

# A value that begins with a template's tag, after what may stand before a value in its line.
_TEMPLATE_VALUE = re.compile(r"""[ ]*(?:-[ ]+)*(?:[\w-]+:[ ]+|"[^"\n]*":[ ]+|'[^'\n]*':[ ]+)?\{\{""")


class _Words(NamedTuple):
    """What is wrong, what to do, and whether the place is the context's (where it began) or the problem's."""

    message: str
    help: str
    at_context: bool = False


class _Fault(NamedTuple):
    """libyaml's error: its words, and the indexes it names."""

    problem: str
    context: str
    at: int
    since: int
    text: str

    @property
    def character(self) -> str:
        return self.text[self.at : self.at + 1]

    @property
    def at_end(self) -> bool:
        return not self.text[self.at :].strip(" \t\r\n")


def syntax_problem(error: Exception, text: str, lines: Lines) -> Problem:
    """Return libyaml's error as a problem with its place."""
    fault = _fault(error, text)
    if (start := _template_value(fault, lines)) is not None:
        return Problem(TEMPLATE_MESSAGE, "yaml_syntax", help=TEMPLATE_HELP, region=lines.region(start, start + 2))
    words = _words(fault, lines)
    index = fault.since if words.at_context else fault.at
    kind: SourceProblem = "unknown_tag" if fault.problem == "found undefined tag handle" else "yaml_syntax"
    return Problem(words.message, kind, help=words.help, region=lines.region(index, index + 1))


def _fault(error: Exception, text: str) -> _Fault:
    def index(name: str, otherwise: int) -> int:
        mark = getattr(error, name, None)
        return otherwise if mark is None else min(mark.index, len(text))

    at = index("problem_mark", getattr(error, "position", 0))
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return _Fault(str(problem), str(getattr(error, "context", None) or ""), at, index("context_mark", at), text)


def _template_value(fault: _Fault, lines: Lines) -> int | None:
    """Find the commonest slip in the lines of a fault: a template without quotes, which is a mapping in a mapping."""
    starts = (lines.start_of(index) for index in (fault.since, fault.at))
    return next((match.end() - 2 for start in starts if (match := _TEMPLATE_VALUE.match(fault.text, start))), None)


def _words(fault: _Fault, lines: Lines) -> _Words:
    before = fault.text[lines.start_of(fault.at) : fault.at]
    match fault.problem:
        case "found character that cannot start any token":
            return _bad_start(fault.character)
        case "mapping values are not allowed in this context" if before[:1] == " " and ":" not in before:
            return _Words("this key is indented deeper than the line above it allows", _INDENTATION)
        case "did not find expected node content" if fault.at_end:
            return _Words("the file ends where a value is expected", "close the bracket, or write the value")
        case "did not find expected key" if before.strip(" "):
            return _Words("text stands after the end of a value", "put the whole value in quotes")
    if fault.problem.startswith("did not find expected ',' or"):
        return _unclosed(fault)
    words = _BY_PROBLEM.get(fault.problem) or _BY_CONTEXT.get(fault.context)
    where = f" {fault.context}" if fault.context else ""
    return words or _Words(f"YAML cannot be read here: {fault.problem}{where}", "")


def _bad_start(character: str) -> _Words:
    return _TAB if character == "\t" else _Words(f"a value cannot begin with {character}", "put the value in quotes")


def _unclosed(fault: _Fault) -> _Words:
    bracket = fault.text[fault.since : fault.since + 1]
    if fault.character == "?":
        return QUESTION
    if fault.at_end:
        return _Words(f"this {bracket} is never closed", f"close it with {_CLOSING[bracket]}", at_context=True)
    advice = f"separate the entries by commas and close the {bracket}; put text that holds brackets or commas in quotes"
    return _Words("a comma or a closing bracket is missing before this", advice)


QUESTION = _Words("a ? stands inside brackets in text that is not quoted", "put the text in quotes")
_CLOSING = {"[": "]", "{": "}"}
_INDENTATION = "indent the entries of one mapping or list alike"
_TAB = _Words("a tab indents this line", "YAML is indented by spaces: replace the tab")
_QUOTE = "put the value in quotes, or write it as a block after '|'"
_BY_PROBLEM = {
    "mapping values are not allowed in this context": _Words(
        "a colon followed by a space stands in a value that is not quoted", _QUOTE
    ),
    "found unexpected end of stream": _Words("this quote is never closed", "close it", at_context=True),
    "found unexpected document indicator": _Words(
        "this quote is not closed before the document ends", "close it", at_context=True
    ),
    "did not find expected key": _Words("this line is indented unlike the entries above it", _INDENTATION),
    "did not find expected '-' indicator": _Words(
        "this line is no entry of the list above it", f"begin it with '- ', or {_INDENTATION}"
    ),
    "did not find expected node content": _Words("a value is expected here", _QUOTE),
    "could not find expected ':'": _Words(
        "this line is no 'key: value'",
        "write a colon and a space after the key, or indent the line under the value it belongs to",
        at_context=True,
    ),
    "block sequence entries are not allowed in this context": _Words(
        "a list cannot begin here", "begin the list on the line after its key; put text that begins with '- ' in quotes"
    ),
    "mapping keys are not allowed in this context": _Words("a key cannot begin here", _QUOTE),
    "found unexpected ':'": _Words("a colon stands inside a value that is not quoted", _QUOTE),
    "found a tab character where an indentation space is expected": _TAB,
    "found a tab character that violates indentation": _TAB,
    "found unknown escape character": _Words(
        "this escape is unknown",
        "write \\\\ for a backslash, or use single quotes or a '|' block, which have no escapes",
    ),
    "did not find expected hexdecimal number": _Words(
        "this escape lacks hexadecimal digits", "\\x has 2 of them, \\u 4 and \\U 8; \\\\ is a backslash"
    ),
    "found invalid Unicode character escape code": _Words(
        "this escape is no Unicode character", "write the character itself"
    ),
    "did not find expected comment or line break": _Words(
        "text stands in the line of a block's | or >", "begin the text on the next line, indented; or put it in quotes"
    ),
    "found an indentation indicator equal to 0": _Words(
        "a block's indentation cannot be 0", "write 1 to 9 after the | or >, or nothing"
    ),
    "found undefined tag handle": _Words("this tag is not one of YAML's core schema", "remove the tag"),
    "did not find expected <document start>": _Words("text stands after the end of the document", "one prompt a file"),
    "found incompatible YAML document": _Words("this version of YAML is unknown", "remove the %YAML line"),
    "found unknown directive name": _Words(
        "this directive is unknown", "remove the line; put text that begins with % in quotes"
    ),
}
_BY_CONTEXT = {
    "while scanning an alias": _Words("a value that begins with * is read as an alias", "put the value in quotes"),
    "while scanning an anchor": _Words("a value that begins with & is read as an anchor", "put the value in quotes"),
    "while scanning a tag": _Words("a value that begins with ! is read as a tag", "put the value in quotes"),
    "while parsing a tag": _Words("a value that begins with ! is read as a tag", "put the value in quotes"),
    "while scanning a directive": _Words("this directive cannot be read", "remove the line"),
    "while scanning a %YAML directive": _Words("this directive cannot be read", "remove the line"),
    "while scanning a %TAG directive": _Words("this directive cannot be read", "remove the line"),
    "while scanning a block scalar": _Words(
        "this block's header cannot be read", "write | or >, and - or + after it at most"
    ),
    "while scanning for the next token": _Words("YAML cannot be read here", _QUOTE),
}
