"""The colours of a terminal."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

_RESET: Final = "\x1b[0m"


class Style(StrEnum):
    """How a part of a report looks: the codes of ECMA-48 that every terminal knows."""

    OLD = "\x1b[31m"
    NEW = "\x1b[32m"
    PLACE = "\x1b[36m"
    CARE = "\x1b[33m"
    TITLE = "\x1b[1m"


def paint(text: str, style: Style | None, *, colour: bool = True) -> str:
    """Return a text in a style, as it is where there is no style or no colour; the text has to be `visible`."""
    return text if style is None or not colour or not text else f"{style}{text}{_RESET}"
