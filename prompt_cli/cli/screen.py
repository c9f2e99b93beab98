"""Drawing on a terminal, by Rich. The module is imported when something is drawn, because Rich is slow to import.

Texts become `rich.text.Text`, never Rich markup, and must be `visible`.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import ClassVar, Final, TextIO

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.highlighter import RegexHighlighter
from rich.padding import Padding
from rich.segment import Segments
from rich.style import Style
from rich.table import Table as RichTable
from rich.text import Text
from rich.theme import Theme

from prompt_cli.cli.output import is_colored, terminal_width
from prompt_cli.reporting.terminal import Block, Code, StyledText, Table, visible

STYLES: Final = {
    "heading": "bold underline",
    "title": "bold",
    "place": "bold",
    "old": "red",
    "new": "green",
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold blue",
    "help": "bold cyan",
    "command": "cyan",
    "marker": "bold red",
    "gutter": "bright_black",
    "tag": "magenta",
    "header": "bold",
    "name": "cyan",
    "done": "bold green",
    "failed": "bold red",
}
"""Rich's styles of the names that reports use. They are of the sixteen colors that a terminal's owner chooses."""

_CELLS: Final = {"error": "error", "warning": "warning", "info": "info", "major": "old", "minor": "warning"}
"""Styles of cells of a table: severities and levels."""

_TOKENS: Final = {
    ("Name", "Tag"): "cyan",
    ("Comment",): "bright_black",
    ("Generic", "Deleted"): "red",
    ("Generic", "Inserted"): "green",
    ("Generic", "Subheading"): "bold",
}
"""Styles of the tokens of Pygments: keys of YAML and its comments, and lines of a diff."""

_UNLIMITED: Final = 100_000
"""Columns of a pipe that wants colors: its lines are not wrapped."""
_MIN_WIDTH: Final = 20
"""The least columns to draw for; a narrower terminal breaks lines itself."""
_TAB: Final = 4
_MIN_LAST: Final = 20
"""The least columns of the last column of a table, which holds sentences."""
_MAX_HIGHLIGHTED: Final = 100_000
"""The longest text with syntax colors; Pygments needs seconds for a megabyte."""
_QUOTE: Final = re.compile(r" {4}| +\d+ \| ")
"""The start of a line that is not wrapped: of a file, or of text to copy."""
_HEAD: Final = re.compile(r" *help: |(?:.+?: )??(?:error|warning|info)[: ]")
"""The start of a line whose wrapped rest hangs."""
_MARGIN: Final = re.compile(r" *(?:[-+~] (?:[a-z]+ {2,})?)?")
"""The margin of a line of a comparison: spaces, a sign, and the level of a change."""
_TRAILING: Final = re.compile(r" +(\x1b\[0m)?$", re.MULTILINE)


class MessageHighlighter(RegexHighlighter):
    """Styles of findings, errors and notices, a match gets the style that its group is named after."""

    highlights: ClassVar[list[str]] = [
        r"(?m)^(?:(?P<place>.+?): )??(?:(?P<error>error)|(?P<warning>warning)|(?P<info>info))(?:: | (?P<title>PC\d+))",
        r"(?m)^(?P<place>.+?:\d+:\d+): (?P<title>PC\d+)",
        r"(?m)^ *(?P<help>help:)",
        r"(?P<command>`[^`]+`)",
        r"(?P<tag>\{\{.*?\}\})",
        r"(?m)^ +(?P<gutter>\d+ \|)",
        r"(?m)^ +(?P<gutter>\|) +(?P<marker>\^+)$",
        r"(?m)^(?P<done>✓)",
        r"(?m)^(?P<failed>✗)",
    ]


class Screen:
    """Text drawn for a terminal of some width, or for a pipe that wants colors, whose width is None."""

    def __init__(self, stream: TextIO) -> None:
        width = terminal_width(stream)
        self.width: int | None = width and max(width, _MIN_WIDTH)
        self._file = io.StringIO()
        self._console = Console(
            file=self._file,
            force_terminal=True,
            legacy_windows=False,
            color_system="standard" if is_colored(stream) else None,
            no_color=False,
            width=self.width or _UNLIMITED,
            theme=Theme(STYLES),
            markup=False,
            emoji=False,
            highlight=False,
        )

    def text(self) -> str:
        """Return the text with its escape sequences."""
        return _TRAILING.sub(r"\1", self._file.getvalue())

    def message(self, text: str) -> None:
        """Draw findings, an error or a notice."""
        highlight, parts = MessageHighlighter(), list[Text]()
        # Thousands of findings: only lines that are too long become texts of their own.
        for is_long, lines in groupby(text.split("\n"), self._is_too_long):
            if is_long:
                for line in lines:
                    parts += self._wrap(highlight(Text(line)), 2 if _HEAD.match(line) else 0)
            else:
                parts.append(highlight(Text("\n".join(lines))))
        self._print(Text("\n").join(parts))

    def blocks(self, blocks: Iterable[Block]) -> None:
        """Draw blocks of a report; an empty one takes no line."""
        for n, block in enumerate(one for one in blocks if one):
            if n:
                self._console.print()
            match block:
                case Table():
                    self._table(block)
                case Code(text, "findings"):
                    self.message(text)
                case Code(text, language):
                    self._syntax(text, language)
                case lines:
                    self._print(Text("\n").join(part for line in lines for part in self._wrap(Text.assemble(*line))))

    def _syntax(self, text: str, language: str) -> None:
        """Draw a file in the colors of its language; its lines are not wrapped, so that they can be copied."""
        drawn = Text(text)
        if len(text) <= _MAX_HIGHLIGHTED:
            from rich.syntax import ANSISyntaxTheme, Syntax  # Pygments is slow to import

            theme = ANSISyntaxTheme({token: Style.parse(style) for token, style in _TOKENS.items()})
            drawn = Syntax("", language, theme=theme).highlight(text)
            drawn.rstrip()
        if language == "yaml":
            drawn.highlight_regex(r"\{\{.*?\}\}", "tag")
        self._console.print(drawn, soft_wrap=True)

    def _table(self, content: Table) -> None:
        """Draw a table whose last column wraps; on a narrow terminal it is below the others."""
        *fixed, last = content.headings
        cells = [[_cell(cell) for cell in row] for row in content.rows]
        limits = {content.shortened: self.width // 6} if self.width else {}
        widths = [
            min(max(len(heading), *(row[n].cell_len for row in cells)), limits.get(heading, _UNLIMITED))
            for n, heading in enumerate(fixed)
        ]
        table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="header")
        has_room = self.width is None or self.width - sum(widths) - 2 * len(widths) >= _MIN_LAST
        for n, (heading, width) in enumerate(zip(fixed, widths, strict=True)):
            if n or has_room:
                table.add_column(heading, width=width, no_wrap=True, overflow="ellipsis")
            else:
                table.add_column(heading, overflow="fold")
        if has_room:
            table.add_column(last, overflow="fold")
        for row in cells:
            row[0].stylize("name")
            table.add_row(*(row if has_room else _merge(row)))
        self._console.print(table)

    def _print(self, text: Text) -> None:
        """Draw a text whose lines are wrapped; `Console.print` would split and join them again."""
        text.expand_tabs()
        self._console.print(Segments(text.render(self._console, "\n")), soft_wrap=True)

    def _is_too_long(self, line: str) -> bool:
        return self.width is not None and cell_len(line) > self.width and not _QUOTE.match(line)

    def _wrap(self, line: Text, hang: int = 0) -> Iterator[Text]:
        """Wrap a line between words, with the rest of it indented."""
        if self.width is None or line.cell_len <= self.width:
            yield line
            return
        match = _MARGIN.match(line.plain)
        margin, body = line.divide([match.end() if match else 0])
        indent = len(margin) + hang
        for part in body.wrap(self._console, self.width - indent, tab_size=_TAB):
            yield margin.append_text(part)
            margin = Text(" " * indent)


def _merge(row: Sequence[Text]) -> Iterator[RenderableType]:
    """Yield the cells of a row with the last one below the first."""
    first, *others, last = row
    yield Group(first, Padding(last, (0, 0, 0, 2))) if last else first
    yield from others


def _cell(cell: str | StyledText) -> Text:
    text, style = (cell, _CELLS.get(cell, "")) if isinstance(cell, str) else cell
    return Text(visible(" ".join(text.split())), style)
