"""JSON as text, for the helper `json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .javascript import ValueRefusedError, number_text, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEEPEST = 500
_MOST_PIECES = 1_000_000
_TOO_MUCH = "the value is too long or nested too deeply"


def json_text(value: object, indent: int, limit: int) -> str:
    """A value as JSON, as `JSON.stringify` of JavaScript writes it: keys in their order, characters as they are.

    Args:
        value: The value.
        indent: Spaces for each level; 0 for everything on one line.
        limit: How many characters there may be.

    Raises:
        ValueRefusedError: It is no JSON, nested too deeply or too long.
    """
    from json.encoder import encode_basestring

    pieces: list[str] = []
    size = 0
    # what is still to be written of everything open, each item with what goes before it, and how each ends
    rest: list[Iterator[tuple[str, object]]] = [iter([("", value)])]
    ends = [""]
    while rest:
        for before, item in rest[-1]:
            text = _scalar(item, encode_basestring)
            pieces.append(before + text)
            size += len(pieces[-1])
            if size > limit or len(pieces) > _MOST_PIECES:
                raise ValueRefusedError(_TOO_MUCH)
            if text in {"{", "["}:
                rest.append(_entries(item, indent * len(rest), encode_basestring, colon=": " if indent else ":"))
                ends.append(_line(indent * (len(rest) - 2), broken=bool(indent)) + {"{": "}", "[": "]"}[text])
                break
        else:
            rest.pop()
            pieces.append(ends.pop())
        if len(rest) > _DEEPEST or len(pieces) > _MOST_PIECES:
            raise ValueRefusedError(_TOO_MUCH)
    return "".join(pieces)


def _line(spaces: int, *, broken: bool) -> str:
    return "\n" + " " * spaces if broken else ""


def _entries(
    container: object, spaces: int, quote: Callable[[str], str], *, colon: str
) -> Iterator[tuple[str, object]]:
    line = _line(spaces, broken=colon == ": ")
    separator = ""
    if isinstance(container, dict):
        for key, item in container.items():
            yield f"{separator}{line}{quote(str(key))}{colon}", item
            separator = ","
    elif isinstance(container, list | tuple):
        for item in container:
            yield separator + line, item
            separator = ","


def _scalar(value: object, quote: Callable[[str], str]) -> str:
    """What a value is written as, or how it begins."""
    if isinstance(value, str):
        return quote(value)
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = number_text(value)
        return text if text[-1].isdigit() else "null"
    if isinstance(value, dict):
        return "{" if value else "{}"
    if isinstance(value, list | tuple):
        return "[" if value else "[]"
    raise ValueRefusedError(f"{type_name(value)} is no JSON value")
