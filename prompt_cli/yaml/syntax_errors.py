"""Syntax errors: ruamel.yaml's messages in words for the author of the file.

An error has a problem and often a context ("while scanning an alias"), each with a position. The keys of the tables are
from ruamel.yaml's scanner.py and parser.py: the beginnings of problems, and the nouns of contexts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.problems import Problem, SourceProblem

if TYPE_CHECKING:
    from prompt_cli.yaml.nodes import Lines

TEMPLATE_MESSAGE = "a value that begins with {{ is read as a mapping, not as text"
TEMPLATE_HELP = "put it in quotes, or write it as a block: '|' after the colon and the text indented below"
ESCAPE_MESSAGE = "this escape is not a Unicode character"
ESCAPE_HELP = "write the character itself"

# A value that begins with a template tag, after the key or dashes of its line.
_TEMPLATE_VALUE = re.compile(r"""[ ]*(?:-[ ]+)*(?:[\w-]+:[ ]+|"[^"\n]*":[ ]+|'[^'\n]*':[ ]+)?\{\{""")
# A line of text without quotes that a comment cuts.
_CUT_LINE = re.compile(r"""[ ]*+(?:-[ ]++)*+(?:[\w-]++:[ ]++)?[^\s"'|>&*!\[{#][^\r\n]*?[ \t]#""")
_CONFLICT = re.compile(r"(?m)^<{7} [^\r\n]*")
_ENTRY = re.compile(r"-[ \r\n]|[\w-]+:(?:\s|$)")
_CONTEXT_VERB = re.compile(r"while (?:scanning|parsing) an? ")


class _Words(NamedTuple):
    """A message, its help, and whether the error is at the context's position instead of the problem's."""

    message: str
    help: str
    at_context: bool = False


class _Fault(NamedTuple):
    """ruamel.yaml's error in a text: the problem and the context, each with its index."""

    problem: str
    context: str
    problem_index: int
    context_index: int
    text: str

    @property
    def character(self) -> str:
        return self.text[self.problem_index : self.problem_index + 1]

    @property
    def at_end(self) -> bool:
        return not self.text[self.problem_index :].strip(" \t\r\n")


def syntax_problem(error: Exception, text: str, lines: Lines) -> Problem:
    """Return ruamel.yaml's error as a problem with its position."""
    if marker := _CONFLICT.search(text):
        help_ = "keep one of the two sides, and remove the lines of markers"
        return Problem("an unresolved merge conflict", "yaml_syntax", help=help_, region=lines.region(*marker.span()))
    fault = _fault(error, text)
    if (start := _template_value(fault, lines)) is not None:
        return Problem(TEMPLATE_MESSAGE, "yaml_syntax", help=TEMPLATE_HELP, region=lines.region(start, start + 2))
    words = _words(fault, lines)
    index = fault.context_index if words.at_context else fault.problem_index
    kind: SourceProblem = "unknown_tag" if fault.problem.startswith("found undefined tag handle") else "yaml_syntax"
    return Problem(words.message, kind, help=words.help, region=lines.region(index, index + 1))


def _fault(error: Exception, text: str) -> _Fault:
    def index_of(mark: str, default: int) -> int:
        position = getattr(error, mark, None)
        return default if position is None else min(position.index, len(text))

    index = index_of("problem_mark", 0)
    problem = getattr(error, "problem", None) or str(error)
    return _Fault(problem, getattr(error, "context", None) or "", index, index_of("context_mark", index), text)


def _template_value(fault: _Fault, lines: Lines) -> int | None:
    """Find the commonest mistake in the lines of an error: a template without quotes, which is a nested mapping."""
    starts = (lines.start_of(index) for index in (fault.context_index, fault.problem_index))
    return next((match.end() - 2 for start in starts if (match := _TEMPLATE_VALUE.match(fault.text, start))), None)


def _words(fault: _Fault, lines: Lines) -> _Words:
    before = fault.text[lines.start_of(fault.problem_index) : fault.problem_index]
    problem = fault.problem
    if problem.startswith("found character") and fault.character == "\t":
        return _TAB
    if problem.startswith("found character"):
        return _Words(f"a value cannot begin with {fault.character}", "put the value in quotes")
    if problem == "mapping values are not allowed here" and before[:1] == " " and ":" not in before:
        return _Words("this key is indented deeper than the line above it allows", _INDENTATION)
    if problem.startswith("expected the node content") and fault.at_end:
        return _Words("the file ends where a value is expected", "close the bracket, or write the value")
    if problem.startswith("expected <block end>") and (words := _after_block(fault, before, lines)):
        return words
    if problem.startswith("expected ',' or"):
        return _unclosed(fault)
    by_problem = (words for beginning, words in _BY_PROBLEM.items() if problem.startswith(beginning))
    words = next(by_problem, None) or _BY_CONTEXT.get(_CONTEXT_VERB.sub("", fault.context))
    context = f" {fault.context}" if fault.context else ""
    return words or _Words(f"invalid YAML: {problem}{context}", "put the value in quotes")


def _after_block(fault: _Fault, before: str, lines: Lines) -> _Words | None:
    if before.strip(" "):
        return _Words("unexpected text after the value", "put the whole value in quotes")
    start = lines.start_of(fault.problem_index)
    is_cut = start and _CUT_LINE.match(fault.text, lines.start_of(start - 1), start)
    if is_cut and not _ENTRY.match(fault.text, fault.problem_index):
        return _CUT
    if fault.context == "while parsing a block collection":
        return _Words("this line is not an entry of the list above it", f"begin it with '- ', or {_INDENTATION}")
    return None


def _unclosed(fault: _Fault) -> _Words:
    bracket = fault.text[fault.context_index : fault.context_index + 1]
    # The closing bracket may be part of a comment.
    if re.compile(rf"[^\r\n]*[ \t]#[^\r\n]*{re.escape(_CLOSING[bracket])}").match(fault.text, fault.context_index):
        return _Words(f"' #' begins a comment, which holds the {_CLOSING[bracket]}", _QUOTE, at_context=True)
    if fault.at_end:
        return _Words(f"this {bracket} is never closed", f"close it with {_CLOSING[bracket]}", at_context=True)
    advice = f"separate the entries by commas and close the {bracket}; put text that holds brackets or commas in quotes"
    return _Words("a comma or a closing bracket is missing before this", advice)


_CLOSING = {"[": "]", "{": "}"}
_INDENTATION = "indent the entries of one mapping or list alike"
_TAB = _Words("a tab indents this line", "YAML is indented by spaces: replace the tab")
_QUOTE = "put the value in quotes, or write it as a block after '|'"
_CUT = _Words("' #' begins a comment in the line above, so this line cannot go on with its text", _QUOTE)
_DIRECTIVE = _Words("unknown directive", "remove the line; put text that begins with % in quotes")
_BY_PROBLEM = {
    "mapping values are not allowed here": _Words("an unquoted value contains a colon followed by a space", _QUOTE),
    "found unexpected end of stream": _Words("this quote is never closed", "close it", at_context=True),
    "found unexpected document separator": _Words(
        "this quote is not closed before the document ends", "close it", at_context=True
    ),
    "expected <block end>": _Words("this line is indented unlike the entries above it", _INDENTATION),
    "expected the node content": _Words("a value is expected here", _QUOTE),
    "could not find expected ':'": _Words(
        "this line is not 'key: value'",
        "write a colon and a space after the key, or indent the line under the value it belongs to",
        at_context=True,
    ),
    "sequence entries are not allowed here": _Words(
        "a list cannot begin here", "begin the list on the line after its key; put text that begins with '- ' in quotes"
    ),
    "mapping keys are not allowed here": _Words("a key cannot begin here", _QUOTE),
    "found unexpected ':'": _Words("an unquoted value contains a colon", _QUOTE),
    "found unknown escape character": _Words(
        "this escape is unknown",
        "write \\\\ for a backslash, or use single quotes or a '|' block, which have no escapes",
    ),
    "expected escape sequence": _Words(
        "this escape lacks hexadecimal digits", "\\x has 2 of them, \\u 4 and \\U 8; \\\\ is a backslash"
    ),
    "found an escape beyond Unicode": _Words(ESCAPE_MESSAGE, ESCAPE_HELP),
    "expected indentation indicator": _Words(
        "a block's indentation cannot be 0", "write 1 to 9 after the | or >, or nothing"
    ),
    "more indented follow up line": _Words(
        "a blank line above the text of this block is indented deeper than the text",
        "remove the spaces from the blank lines, or state the indentation after the | or >",
    ),
    "found undefined tag handle": _Words("this tag is not in YAML's core schema", "remove the tag"),
    "expected '<document start>'": _Words("unexpected text after the document", "a file holds one prompt"),
    "found non-comment content": _Words("unexpected text after the document", "a file holds one prompt"),
    "found incompatible YAML document": _Words("this version of YAML is unknown", "remove the %YAML line"),
    "found duplicate YAML directive": _DIRECTIVE,
    "duplicate tag handle": _DIRECTIVE,
}
BLOCK_HEADER = _Words(
    "unexpected text after the | or > of a block", "begin the text on the next line, indented; or put it in quotes"
)
_BY_CONTEXT = {
    "alias": _Words("a value that begins with * is read as an alias", "put the value in quotes"),
    "anchor": _Words("a value that begins with & is read as an anchor", "put the value in quotes"),
    "tag": _Words("a value that begins with ! is read as a tag", "put the value in quotes"),
    "directive": _DIRECTIVE,
    "block scalar": BLOCK_HEADER,
}
