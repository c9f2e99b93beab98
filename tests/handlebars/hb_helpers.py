"""Helpers for cases, the same as in hb_oracle.js."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.handlebars import HelperFunction, SafeString
from prompt_cli.handlebars.javascript import text

if TYPE_CHECKING:
    from prompt_cli.handlebars import HelperOptions

_LIMIT = 1_000_000


def _join(options: HelperOptions, *values: object) -> str:
    separator = options.hash.get("separator", ",")
    return str(separator).join([text(value, _LIMIT) for value in values])


def _list(_options: HelperOptions, *values: object) -> list[object]:
    return list(values)


def _object(options: HelperOptions, *_values: object) -> dict[str, object]:
    return options.hash


def _upper(_options: HelperOptions, value: object) -> str:
    return text(value, _LIMIT).upper()


def _bold(_options: HelperOptions, value: object) -> str:
    return SafeString(f"<b>{text(value, _LIMIT)}</b>")


def _twice(options: HelperOptions, *_values: object) -> str:
    return options.fn(options.context) + options.fn(options.context)


def _inside(options: HelperOptions, *values: object) -> str:
    return options.fn(values[0] if values else None)


def _name_of(options: HelperOptions, *_values: object) -> str:
    return options.name


HELPERS: dict[str, HelperFunction] = {
    "join": _join,
    "list": _list,
    "object": _object,
    "upper": _upper,
    "bold": _bold,
    "twice": _twice,
    "inside": _inside,
    "nameOf": _name_of,
}
