"""Untrusted text as GitHub-flavoured Markdown (https://github.github.com/gfm/), escaped so that it stays text."""

import html
import re
from collections.abc import Callable
from typing import Final

from prompt_cli.reporting.terminal import one_line, visible

# Markup within a line, which a backslash escapes (GFM, 6.1). Untrusted text is never at the start of a line, so markup
# of lines needs no escape.
_MARKUP: Final = re.compile(r"[\\`*_\[\]<&|~$]")
# Mentions, issues, links and emoji. GitHub finds them in the rendered text, without its backslashes, so a zero-width
# space after the first character escapes them.
_LINKS: Final = re.compile(r"[@#:](?=\S)|(?<![^\W_])(?:GH-|www\.)", re.IGNORECASE)
_TICKS: Final = re.compile(r"`+")
_ZERO_WIDTH_SPACE: Final = "&#8203;"
_MIN_FENCE: Final = 3


def inline(text: str) -> str:
    """Return a text on one line without markup and links, for a sentence or a table cell."""
    return _unlink(text, lambda part: _MARKUP.sub(r"\\\g<0>", part))


def code(text: str) -> str:
    """Return a text as inline code; not for a table cell, which a bar ends even within code."""
    line = one_line(text)
    ticks = "`" * (_longest_ticks(line) + 1)
    # Markdown strips one space on each side.
    space = " " if line.strip(" ") and (line[0] in " `" or line[-1] in " `") else ""
    return f"{ticks}{space}{line}{space}{ticks}" if line else ""


def html_code(text: str) -> str:
    """Return a text as HTML code, in which GitHub finds no links."""
    return f"<code>{html.escape(one_line(text))}</code>"


def html_text(text: str) -> str:
    """Return a text as HTML without links."""
    return _unlink(text, html.escape)


def code_block(text: str, language: str) -> str:
    """Return lines as a code block."""
    fence = "`" * max(_MIN_FENCE, _longest_ticks(text) + 1)
    body = visible(text)
    return f"{fence}{language}\n{body}{'' if body.endswith(chr(10)) else chr(10)}{fence}\n"


def _unlink(text: str, escape: Callable[[str], str]) -> str:
    parts, at = [], 0
    for link in _LINKS.finditer(line := one_line(text)):
        parts += [escape(line[at : link.end()]), _ZERO_WIDTH_SPACE]
        at = link.end()
    return "".join(parts) + escape(line[at:])


def _longest_ticks(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)
