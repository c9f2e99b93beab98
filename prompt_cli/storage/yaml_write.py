"""Whole values as YAML, and a new prompt's file in the style that people write them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from prompt_cli.domain.values import NUMBER_RANGE, in_number_range
from prompt_cli.errors import StorageError, format_path
from prompt_cli.storage.yaml_scalars import Written, inline_scalar, literal
from prompt_cli.storage.yaml_steps import MAX_DEPTH

if TYPE_CHECKING:
    from prompt_cli.errors import DataPath
    from prompt_cli.storage.yaml_nodes import YamlData

WIDTH = 100
"""The longest line a mapping or list is written in, in characters."""

_ORDER = (
    *("id", "version", "format", "description", "tags", "variables"),
    *("template", "messages", "model", "metadata", "examples"),
)
_LONGEST_IMPLICIT_KEY = 1_000  # of 1,024 (YAML 1.2.2, section 7.4.2), so that quotes and a tag have room


def dump(data: Mapping[str, object]) -> bytes:
    """Return a new prompt's file that holds the data.

    Raises:
        StorageError: A value is nothing that a file can hold.
    """
    checked = plain_data(data)
    ordered = [key for key in _ORDER if key in checked] + [key for key in checked if key not in _ORDER]
    lines = block_mapping({key: checked[key] for key in ordered}, 0, ())
    return ("\n".join(lines or ["{}"]) + "\n").encode()


def plain_data(data: Mapping[str, object]) -> dict[str, YamlData]:
    """Return a copy of the data in plain dicts and lists.

    Raises:
        StorageError: A value is nothing that a file can hold: half a surrogate pair, a key that is no text, an object,
            more depth or digits than are read.
    """
    return {_key(key, ()): _plain(value, (key,)) for key, value in data.items()}


def write_value(value: YamlData, column: int, path: DataPath, *, room: int) -> Written:
    """Return a value of an entry of a block mapping or list.

    Args:
        value: The value.
        column: The column of the entry, from 0.
        path: Where it stands in the data: templates become blocks, the parts of a prompt a line each.
        room: How many characters of the line are left for it.
    """
    if isinstance(value, str):
        block = literal(value, indent=column + 2, parent=column) if "\n" in value or _is_template(path) else None
        return block or Written(inline_scalar(value, flow=False))
    if isinstance(value, dict | list):
        in_line = write_flow(value)
        if not value or (len(in_line) <= room and not _is_spread(path)):
            return Written(in_line)
        lines = (
            block_mapping(value, column + 2, path) if isinstance(value, dict) else block_list(value, column + 2, path)
        )
        return Written("", tuple(lines))
    return Written(inline_scalar(value, flow=False))


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
    """Return the lines of a mapping, indented to a column."""
    return [line for key, item in value.items() for line in block_entry(key, item, column, (*path, key))]


def block_entry(key: str, value: YamlData, column: int, path: DataPath) -> list[str]:
    """Return the lines of an entry of a mapping, indented to a column."""
    name = inline_scalar(key, flow=False)
    margin = " " * column
    if len(name) > _LONGEST_IMPLICIT_KEY:
        written = write_value(value, column, path, room=WIDTH - column - 2)
        return [f"{margin}? {name}", f"{margin}: {written.inline}".rstrip(" "), *written.lines]
    written = write_value(value, column, path, room=WIDTH - column - len(name) - 2)
    return [
        f"{margin}{name}: {written.inline}".rstrip(" ") if written.lines else f"{margin}{name}: {written.inline}",
        *written.lines,
    ]


def block_list(value: Sequence[YamlData], column: int, path: DataPath) -> list[str]:
    """Return the lines of a list, indented to a column."""
    return [line for n, item in enumerate(value) for line in block_item(item, column, (*path, n))]


def block_item(value: YamlData, column: int, path: DataPath) -> list[str]:
    """Return the lines of an item of a list, indented to a column."""
    written = write_value(value, column, path, room=WIDTH - column - 2)
    margin = " " * column
    if written.inline:
        return [f"{margin}- {written.inline}", *written.lines]
    # A mapping or list of its own lines: the first of them stands in the line of the dash.
    first, *others = written.lines
    return [f"{margin}- {first[column + 2 :]}", *others]


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
            return _integer(value, path)
        case Mapping():
            return {_key(key, path): _plain(item, (*path, key)) for key, item in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [_plain(item, (*path, n)) for n, item in enumerate(value)]
    raise StorageError(f"{format_path(path)} is of type {type(value).__name__}, which a prompt's file cannot hold")


def _key(key: object, path: DataPath) -> str:
    if not isinstance(key, str):
        raise StorageError(f"the key {key!r} of {format_path(path) or 'the prompt'} is no text")
    return _text(key, (*path, key))


def _text(text: str, path: DataPath) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise StorageError(f"{format_path(path)!r} holds half a surrogate pair, which no file can hold") from error
    return str(text)


def _integer(value: int, path: DataPath) -> int:
    if not in_number_range(value):
        raise StorageError(f"{format_path(path)} is {NUMBER_RANGE}")
    return int(value)
