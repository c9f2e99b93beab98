"""Emitter: values to YAML in the style that people write."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from prompt_cli.domain.json_values import NUMBER_RANGE, in_number_range
from prompt_cli.errors import StorageError
from prompt_cli.problems import DataPath, format_path
from prompt_cli.yaml.nodes import MAX_DEPTH, SchemaError, YamlData, YamlScalar, resolve_plain
from prompt_cli.yaml.text import UNFIT

WIDTH = 100  # the longest line a mapping or list is written in, in characters
_ORDER = (
    *("id", "version", "format", "description", "tags", "variables"),
    *("template", "messages", "model", "metadata", "examples"),
)
_LONGEST_IMPLICIT_KEY = 1_000  # of 1,024 (YAML 1.2.2, section 7.4.2), so that quotes and a tag have room

# Text that YAML 1.1 reads as another type; quoted so that all readers agree.
# https://yaml.org/type/ (bool, int, float, timestamp, value, merge)
_OTHER_IN_1_1 = re.compile(
    r"(?i:y|n|yes|no|on|off)|=|<<"
    r"|[-+]?0(?:b[01_]+|x[0-9a-fA-F_]+)"
    r"|[-+]?(?:[0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"
)
_NEVER_FIRST = frozenset(",[]{}#&*!|>'\"%@`")
_FLOW_ONLY = frozenset(",[]{}?:")  # the C parser ends or refuses plain scalars at ? and : there
_ESCAPED = re.compile(f'["\\\\\n\r\t\ufeff]|{UNFIT}')
_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Notation(NamedTuple):
    """A value in YAML."""

    inline: str  # on the line of the key or dash: the whole value, a block's header, or nothing
    lines: tuple[str, ...] = ()  # below it, indented, without line breaks
    keeps_breaks: bool = False  # whether blank lines after the value would become part of it


def dump(data: Mapping[str, object]) -> bytes:
    """Return the file of a new prompt; raise a StorageError if YAML cannot hold a value."""
    plain = plain_data(data)
    keys = [key for key in _ORDER if key in plain] + [key for key in plain if key not in _ORDER]
    lines = block_mapping({key: plain[key] for key in keys}, 0, ())
    return ("\n".join(lines or ["{}"]) + "\n").encode()


def plain_data(data: Mapping[str, object]) -> dict[str, YamlData]:
    """Return a copy of the data in plain dicts and lists; raise a StorageError if YAML cannot hold a value."""
    return {_key(key, ()): _plain(value, (key,)) for key, value in data.items()}


def write_value(value: YamlData, column: int, path: DataPath, *, room: int) -> Notation:
    """Return the value of an entry at a column, with room for some characters in its line.

    By their path, templates become blocks, and variables, messages and examples lines of their own.
    """
    if isinstance(value, str):
        block = literal(value, indent=column + 2, parent=column) if "\n" in value or _is_template(path) else None
        return block or Notation(inline_scalar(value, flow=False))
    if isinstance(value, dict | list):
        flow = write_flow(value)
        if not value or (len(flow) <= room and not _is_spread(path)):
            return Notation(flow)
        if isinstance(value, dict):
            return Notation("", tuple(block_mapping(value, column + 2, path)))
        items = (block_item(item, column + 2, (*path, n)) for n, item in enumerate(value))
        return Notation("", tuple(line for lines in items for line in lines))
    return Notation(inline_scalar(value, flow=False))


def write_flow(value: YamlData) -> str:
    """Return a value in one line, in braces and brackets."""
    if isinstance(value, dict):
        return "{" + ", ".join(flow_entry(key, item) for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write_flow, value)) + "]"
    return inline_scalar(value, flow=True)


def flow_entry(key: str, value: YamlData) -> str:
    """Return an entry of a mapping in braces."""
    name = inline_scalar(key, flow=True)
    return f"{'? ' if len(name) > _LONGEST_IMPLICIT_KEY else ''}{name}: {write_flow(value)}"


def block_mapping(value: Mapping[str, YamlData], column: int, path: DataPath) -> list[str]:
    """Return the lines of a block mapping at a column."""
    return [line for key, item in value.items() for line in block_entry(key, item, column, (*path, key))]


def block_entry(key: str, value: YamlData, column: int, path: DataPath) -> list[str]:
    """Return the lines of an entry of a mapping, indented to a column."""
    name = inline_scalar(key, flow=False)
    margin = " " * column
    if len(name) > _LONGEST_IMPLICIT_KEY:
        notation = write_value(value, column, path, room=WIDTH - column - 2)
        return [f"{margin}? {name}", f"{margin}: {notation.inline}".rstrip(" "), *notation.lines]
    notation = write_value(value, column, path, room=WIDTH - column - len(name) - 2)
    return [f"{margin}{name}: {notation.inline}" if notation.inline else f"{margin}{name}:", *notation.lines]


def block_item(value: YamlData, column: int, path: DataPath) -> list[str]:
    """Return the lines of an item of a list, indented to a column."""
    notation = write_value(value, column, path, room=WIDTH - column - 2)
    margin = " " * column
    if notation.inline:
        return [f"{margin}- {notation.inline}", *notation.lines]
    # The first line of a mapping or list stands beside the dash.
    first, *others = notation.lines
    return [f"{margin}- {first[column + 2 :]}", *others]


def inline_scalar(value: YamlScalar, *, flow: bool, style: str = "") -> str:
    """Return a value in one line, inside brackets or braces with `flow`; `style` is the preferred quote, or ""."""
    match value:
        case str():
            return _inline_text(value, flow=flow, style=style)
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case float():
            return _float(value)
        case _:
            return str(value)


def literal(text: str, *, indent: int, parent: int, indicator: bool = False) -> Notation | None:
    """Return a text as a literal block (YAML 1.2.2, section 8.1.2), or None if no block can hold it.

    `indent` is the column of its lines, `parent` that of its entry; with `indicator`, the header states the
    indentation even if readers can detect it.
    """
    return _block("|", text, text, (indent, parent), indicator=indicator)


def folded(text: str, *, indent: int, parent: int, indicator: bool = False) -> Notation | None:
    """Return a text as a folded block (YAML 1.2.2, section 8.1.3), or None if no block can hold it.

    A text with a line that begins with white space is not folded, as other rules hold for such lines.
    """
    if re.search(r"^[ \t]", text, re.MULTILINE):
        return None
    leading = len(text) - len(text.lstrip("\n"))
    body = text.rstrip("\n")
    doubled = re.sub(r"\n+", lambda match: match[0] + "\n", body[leading:])
    return _block(">", text, text[:leading] + doubled + text[len(body) :], (indent, parent), indicator=indicator)


def _block(style: str, text: str, raw: str, columns: tuple[int, int], *, indicator: bool) -> Notation | None:
    if not text.strip(" \t\n") or "\r" in text or re.search(UNFIT, text):
        return None
    indent, parent = columns
    breaks = len(text) - len(text.rstrip("\n"))
    # Readers cannot detect the indentation of a text that begins with white space.
    if indicator or text.lstrip("\n")[0] in " \t":
        digit = str(indent - parent)
        if digit not in "123456789":
            return None
    else:
        digit = ""
    lines = (raw[:-1] if breaks else raw).split("\n")
    return Notation(
        style + digit + ("-" if breaks == 0 else "" if breaks == 1 else "+"),
        tuple(" " * indent + line if line else "" for line in lines),
        keeps_breaks=breaks > 1,
    )


def _inline_text(text: str, *, flow: bool, style: str) -> str:
    if style == "" and _is_plain(text, flow=flow):
        return text
    quotable = not _ESCAPED.search(text.replace('"', "").replace("\\", ""))
    if quotable and (style == "'" or (style == "" and ('"' in text or "\\" in text))):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _is_plain(text: str, *, flow: bool) -> bool:
    """Return whether a text is safe without quotes (YAML 1.2.2, section 7.3.3); stricter than the specification."""
    if not text or text != text.strip(" ") or _ESCAPED.search(text.replace('"', "").replace("\\", "")):
        return False
    if text[0] in _NEVER_FIRST or (text[0] in "-?:" and (flow or text[1:2] in {"", " "})):
        return False
    if ": " in text or " #" in text or text.endswith(":") or text.startswith(("---", "...")):
        return False
    if flow and not _FLOW_ONLY.isdisjoint(text):
        return False
    try:
        return isinstance(resolve_plain(text), str) and not _OTHER_IN_1_1.fullmatch(text)
    except SchemaError:  # without quotes, the text would be a number out of range
        return False


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}")  # noqa: PLR2004 - \x has two digits


def _float(value: float) -> str:
    if value != value:  # noqa: PLR0124 - only nan differs from itself
        return ".nan"
    if value in {float("inf"), float("-inf")}:
        return ".inf" if value > 0 else "-.inf"
    mantissa, e, exponent = repr(value).partition("e")
    # YAML 1.1 reads 1e+16 as text.
    return f"{mantissa}.0e{exponent}" if e and "." not in mantissa else repr(value)


def _is_template(path: DataPath) -> bool:
    return path == ("template",) or (len(path) == 3 and path[0] == "messages" and path[2] == "content")  # noqa: PLR2004 - messages, n, content


def _is_spread(path: DataPath) -> bool:
    return path == ("variables",) or (len(path) <= 2 and path[0] in {"messages", "examples"})  # noqa: PLR2004 - the list, and its items


def _plain(value: object, path: DataPath) -> YamlData:
    if len(path) > MAX_DEPTH:
        raise StorageError(f"{format_path(path[:3])}… is nested deeper than {MAX_DEPTH} levels")
    match value:
        case None | bool():
            return value
        case float():
            return float(value)
        case str():
            return _text(value, path)
        case int():
            if not in_number_range(value):
                raise StorageError(f"{format_path(path)} is {NUMBER_RANGE}")
            return int(value)
        case Mapping():
            return {_key(key, path): _plain(item, (*path, key)) for key, item in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [_plain(item, (*path, n)) for n, item in enumerate(value)]
    raise StorageError(f"{format_path(path)} is of type {type(value).__name__}, which a prompt's file cannot hold")


def _key(key: object, path: DataPath) -> str:
    if not isinstance(key, str):
        raise StorageError(f"the key {key!r} of {format_path(path) or 'the prompt'} is not text")
    return _text(key, (*path, key))


def _text(text: str, path: DataPath) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise StorageError(f"{format_path(path)!r} holds half a surrogate pair, which no file can hold") from error
    return str(text)
