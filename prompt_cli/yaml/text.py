"""The text of a file: decoding, the characters that it may hold, line breaks, splices."""

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple, NoReturn

from prompt_cli.errors import PromptFormatError
from prompt_cli.problems import Problem, Region
from prompt_cli.yaml.nodes import BREAK, Lines

MAX_BYTES = 1 << 20  # the largest file that is read as a prompt, in bytes
BOM = "\ufeff"

# The characters that are not c-printable (YAML 1.2.2, section 5.1; decoded text has no surrogates), and those that are
# line breaks in YAML 1.1 and text in YAML 1.2. Listing these compiles ten times faster than excluding the others.
UNFIT = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]"
_PRINTABLE = bytes((*b"\t\n\r", *range(ord(" "), ord("~") + 1)))
_BREAKS = {"\x85": "U+0085 (next line)", "\u2028": "U+2028 (line separator)", "\u2029": "U+2029 (paragraph separator)"}
_MAX_PROBLEMS = 20
_LINE_END = re.compile(r"[\r\n]")
_BLANK_LINES = re.compile(r"(?:(?:\r\n?|\n)[ \t]*(?=[\r\n]))*")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def decode(content: bytes) -> tuple[bool, str]:
    """Return whether the file begins with a byte order mark, and the text after it."""
    if len(content) > MAX_BYTES:
        message = f"the file has {len(content):,} bytes; a prompt has {MAX_BYTES:,} at most"
        advice = "split it into prompts that include each other, or move its data elsewhere"
        refuse([Problem(message, "too_large", help=advice)])
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        refuse([_encoding_problem(content, error)])
    has_bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    # Deleting printable ASCII, which is most of a file, is ten times faster than searching it.
    rest = content.translate(None, _PRINTABLE)
    if rest and re.search(UNFIT, rest.decode()):
        lines = Lines(text)
        matches = islice(re.finditer(UNFIT, text), _MAX_PROBLEMS)
        refuse([_unfit_character(match[0], lines.region(*match.span())) for match in matches])
    return has_bom, text


def refuse(problems: Sequence[Problem]) -> NoReturn:
    """Raise problems as one error."""
    if len(problems) == 1:
        raise PromptFormatError(problems[0].message, problems=problems, help=problems[0].help)
    raise PromptFormatError(f"the file has {len(problems)} problems", problems=problems)


class Splice(NamedTuple):
    """A span of a text, the end exclusive, and its replacement."""

    start: int
    end: int
    text: str


class OverlapError(ValueError):
    """Two splices overlap."""


def apply(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with splices applied, those at one index in their order; raise an OverlapError on overlap."""
    parts: list[str] = []
    end = 0
    for splice in sorted(splices, key=lambda one: (one.start, one.end)):
        if splice.start < end:
            raise OverlapError(f"the splices overlap at {splice.start}")
        parts += [text[end : splice.start], splice.text]
        end = splice.end
    return "".join([*parts, text[end:]])


def column(text: str, index: int) -> int:
    """Return the column of an index, from 0."""
    return index - start_of_line(text, index)


def start_of_line(text: str, index: int) -> int:
    """Return the start of an index's line."""
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def end_of_line(text: str, index: int) -> int:
    """Return the end of an index's line, before its break."""
    match = _LINE_END.search(text, index)
    return match.start() if match else len(text)


def after_blank_lines(text: str, index: int) -> int:
    """Return the end of the last of the blank lines after the end of a line."""
    match = _BLANK_LINES.match(text, index)
    return match.end() if match else index


def line_break(text: str) -> str:
    """Return the first line break of a file."""
    match = BREAK.search(text)
    return match[0] if match else "\n"


def _encoding_problem(content: bytes, error: UnicodeDecodeError) -> Problem:
    before = content[: error.start].decode()
    is_utf16 = content.startswith(_UTF16)
    message = "the file is UTF-16" if is_utf16 else f"byte 0x{content[error.start]:02x} is not UTF-8"
    region = Lines(f"{before}?").region(len(before), len(before) + 1)
    return Problem(message, "not_utf8", help="save the file as UTF-8", region=region)


def _unfit_character(character: str, region: Region) -> Problem:
    escape = f'as an escape in double quotes, "\\u{ord(character):04x}"'
    if character in _BREAKS:
        message = f"{_BREAKS[character]} is a line break to some readers and text to others"
        return Problem(message, "line_break", help=f"use a plain line break, or write it {escape}", region=region)
    message = f"the control character U+{ord(character):04X} cannot stand in YAML"
    return Problem(message, "control_character", help=f"remove it, or write it {escape}", region=region)
