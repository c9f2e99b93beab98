"""Text of others in Markdown as GitHub reads it (https://github.github.com/gfm/), so that it stays text."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from prompt_cli.reporting.terminal import one_line, visible

if TYPE_CHECKING:
    from collections.abc import Callable


# What begins markup within a line; a backslash before it makes it text (GFM, 6.1). The rest begins markup only where a
# line begins, where text of others never stands.
_MARKUP: Final = re.compile(r"[\\`*_\[\]<&|~$]")
# What would mention a person, refer to an issue, become a link or an emoji once it is rendered: links are looked for in
# the rendered text, where no backslash is left. A space of no width after the sign keeps it text.
_LINKS: Final = re.compile(r"[@#:](?=\S)|(?<![^\W_])(?:GH-|www\.)", re.IGNORECASE)
_TICKS: Final = re.compile(r"`+")
_NOTHING: Final = "&#8203;"
_FEWEST: Final = 3


def inline(text: str) -> str:
    """Return a text as words of a sentence or of a table's cell: no markup, no link, no line break."""
    return _unlinked(text, _escaped)


def code(text: str) -> str:
    """Return a text as code in a sentence; not for a table's cell, which a bar ends even within code."""
    line = one_line(text)
    ticks = "`" * (_longest(line) + 1)
    # One space on each side is taken away again where there is more than spaces between.
    space = " " if line.strip(" ") and (line[0] in " `" or line[-1] in " `") else ""
    return f"{ticks}{space}{line}{space}{ticks}" if line else ""


def html_code(text: str) -> str:
    """Return a text as code in HTML, where Markdown is not read; GitHub looks for no links in code."""
    return f"<code>{html.escape(one_line(text))}</code>"


def html_text(text: str) -> str:
    """Return a text as words in HTML, where Markdown is not read."""
    return _unlinked(text, html.escape)


def fenced(text: str, language: str) -> str:
    """Return lines as a block of code, whatever they hold."""
    fence = "`" * max(_FEWEST, _longest(text) + 1)
    body = visible(text)
    return f"{fence}{language}\n{body}{'' if body.endswith(chr(10)) else chr(10)}{fence}\n"


def _unlinked(text: str, escape: Callable[[str], str]) -> str:
    parts, at = [], 0
    for link in _LINKS.finditer(line := one_line(text)):
        parts += [escape(line[at : link.end()]), _NOTHING]
        at = link.end()
    return "".join(parts) + escape(line[at:])


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


def _longest(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)
