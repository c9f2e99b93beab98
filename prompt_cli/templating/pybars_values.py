"""Data as pybars3 may see it: keys and items, and nothing of Python behind them.

pybars3 falls back from a key that is not there to an attribute of that name, and calls what it finds. What it is given
here answers every key itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.handlebars.javascript import MISSING, ValueRefusedError, child, text

if TYPE_CHECKING:
    from collections.abc import Iterator


class RefusedError(Exception):
    """What a template asks for and may not have; the message holds no value."""


class Value:
    """A JSON value for pybars3.

    Args:
        raw: The value.
        limit: How many characters it may print.
    """

    __slots__ = ("limit", "raw")

    def __init__(self, raw: object, limit: int) -> None:
        self.raw = raw
        self.limit = limit

    def __getitem__(self, key: object) -> Value | None:
        """Return what is under a key; None where nothing is, so that pybars3 looks no further."""
        found = child(self.raw, str(key))
        return None if found is MISSING or found is None else Value(found, self.limit)

    def __iter__(self) -> Iterator[Value]:
        raise RefusedError("pybars3 cannot go through this value")

    def __str__(self) -> str:
        """Print it as JavaScript does.

        Raises:
            RefusedError: It is an object, or holds one.
        """
        try:
            return text(self.raw, self.limit, objects=False)
        except ValueRefusedError as error:
            raise RefusedError(f"{error}; the `json` helper writes it") from error
