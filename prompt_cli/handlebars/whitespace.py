"""Whitespace control and standalone lines: whitespace-control.js of handlebars.js 4.7, rule by rule.

Statements are looked at in the order handlebars.js visits them, since some of its rules depend on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ast import CommentStatement, ContentStatement
from .source import WHITE_SPACE, Source

if TYPE_CHECKING:
    from .ast import Statement
    from .pending import Pending

_PLACE = CommentStatement(0, 0, Source("", None), "")  # stands for a statement until it is frozen


class Body(list["Statement"]):
    """The statements of a program that is being read.

    Attributes:
        marks: The statements that take white space away around them, and where they stand.
        starts: Where content stands that has lost white space at its start.
        ends: Where content stands that has lost white space at its end.
    """

    marks: list[tuple[int, Pending]] | None = None
    starts: set[int] | None = None
    ends: set[int] | None = None

    def mark(self, statement: Pending) -> None:
        """Keep the place of a statement that takes white space away around it."""
        if self.marks is None:
            self.marks = []
        self.marks.append((len(self), statement))
        self.append(_PLACE)


def strip_program(body: Body, *, root: bool) -> None:
    """Apply the rules for the statements of one program; those inside its blocks are done already."""
    for index, statement in body.marks or ():
        blank_before = ends_blank(body, index, root=root)
        blank_after = starts_blank(body, index + 1, root=root)
        if statement.strip_close:
            strip_start(body, index + 1, everything=True)
        if statement.strip_open:
            strip_end(body, index, everything=True)
        if statement.inline:
            if blank_before and blank_after:
                strip_start(body, index + 1)
                statement.indent = strip_end(body, index)
            continue
        if blank_before and starts_blank(statement.program):
            strip_start(statement.program, 0)
            strip_end(body, index)
        if blank_after and ends_blank(statement.last):
            strip_start(body, index + 1)
            strip_end(statement.closing)


def ends_blank(body: Body, index: int | None = None, *, root: bool = False) -> bool:
    """Whether nothing but white space stands between the last line end and statement `index` (the end without it)."""
    index = len(body) if index is None else index
    if not index:
        return root
    previous = body[index - 1]
    if not isinstance(previous, ContentStatement):
        return False
    text = previous.original
    if text[-1] == "\n":
        return True
    blank = len(text.rstrip(WHITE_SPACE))
    return text.find("\n", blank) >= 0 or (root and index == 1 and not blank)


def starts_blank(body: Body, index: int = 0, *, root: bool = False) -> bool:
    """Whether nothing but white space stands between the start of statement `index` and the next line end."""
    if index >= len(body):
        return root
    following = body[index]
    if not isinstance(following, ContentStatement):
        return False
    text = following.original
    if text[0] == "\n":
        return True
    blank = len(text) - len(text.lstrip(WHITE_SPACE))
    return text.find("\n", 0, blank) >= 0 or (root and index + 1 == len(body) and blank == len(text))


def strip_start(body: Body, index: int = 0, *, everything: bool = False) -> None:
    """Take white space from the start of statement `index`, if it is content: all of it or the rest of the line."""
    content = body[index] if index < len(body) else None
    if not isinstance(content, ContentStatement) or (not everything and body.starts and index in body.starts):
        return
    value = content.value
    line = value.lstrip(" \t").removeprefix("\r").removeprefix("\n")
    rest = value.lstrip(WHITE_SPACE) if everything else line
    if len(rest) != len(value):
        body[index] = content._replace(value=rest)
        body.starts = body.starts or set()
        body.starts.add(index)


def strip_end(body: Body, index: int | None = None, *, everything: bool = False) -> str:
    """Take white space from the end of the statement before `index`, if it is content: all, or the indentation.

    Returns:
        The indentation taken away.
    """
    index = (len(body) if index is None else index) - 1
    content = body[index] if index >= 0 else None
    if not isinstance(content, ContentStatement) or (not everything and body.ends and index in body.ends):
        return ""
    value = content.value
    rest = value.rstrip(WHITE_SPACE if everything else " \t")
    if len(rest) != len(value):
        body[index] = content._replace(value=rest)
        body.ends = body.ends or set()
        body.ends.add(index)
    return value[len(rest) :]
