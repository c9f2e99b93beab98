"""Whitespace control and standalone lines: whitespace-control.js of handlebars.js 4.7, rule by rule.

Statements are visited in the order of handlebars.js, since some of its rules depend on it.
"""

from abc import ABC, abstractmethod

from .nodes import (
    WHITE_SPACE,
    BlockStatement,
    CommentStatement,
    ContentStatement,
    Expression,
    InlinePartial,
    MustacheStatement,
    PartialBlockStatement,
    PartialStatement,
    Program,
    Source,
    Statement,
)
from .tags import Call, PartialCall

_PLACEHOLDER = CommentStatement(0, 0, Source("", None), "")


class Body(list["Statement"]):
    """The statements of a program during parsing."""

    def __init__(self) -> None:
        self.marks: list[tuple[int, Pending]] = []  # the statements that strip white space around them
        self.starts: set[int] = set()  # the indexes of content that is stripped at its start
        self.ends: set[int] = set()  # and at its end

    def mark(self, statement: "Pending") -> None:
        """Reserve an index for a statement that strips white space around it."""
        self.marks.append((len(self), statement))
        self.append(_PLACEHOLDER)


def strip_program(body: Body, *, root: bool) -> None:
    """Apply the rules for the statements of a program; those inside its blocks come first."""
    for index, statement in body.marks:
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
    """Return whether only white space is between the last line end and statement `index` (default: the end)."""
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
    """Return whether only white space is between the start of statement `index` and the next line end."""
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
    """Strip white space from the start of the content at `index`: all, or the rest of the line."""
    content = body[index] if index < len(body) else None
    if not isinstance(content, ContentStatement) or (not everything and index in body.starts):
        return
    value = content.value
    line = value.lstrip(" \t").removeprefix("\r").removeprefix("\n")
    rest = value.lstrip(WHITE_SPACE) if everything else line
    if len(rest) != len(value):
        body[index] = content._replace(value=rest)
        body.starts.add(index)


def strip_end(body: Body, index: int | None = None, *, everything: bool = False) -> str:
    """Strip white space from the end of the content before `index`, all or the indentation, and return that."""
    index = (len(body) if index is None else index) - 1
    content = body[index] if index >= 0 else None
    if not isinstance(content, ContentStatement) or (not everything and index in body.ends):
        return ""
    value = content.value
    rest = value.rstrip(WHITE_SPACE if everything else " \t")
    if len(rest) != len(value):
        body[index] = content._replace(value=rest)
        body.ends.add(index)
    return value[len(rest) :]


_NO_BODY = Body()


class Pending(ABC):
    """A statement that strips white space around it, frozen once its surroundings are parsed."""

    inline = False  # whether a line with nothing else disappears: comments and partials
    strip_open = False  # whether it starts with `{{~`
    strip_close = False  # whether the tag ends with `~}}`
    indent = ""  # the white space before a partial on its line
    program = _NO_BODY  # after the opening tag
    last = _NO_BODY  # the one that must end blank if the closing tag is alone on its line
    closing = _NO_BODY  # the one that then loses the indentation of the closing tag

    @abstractmethod
    def freeze(self, source: Source) -> Statement:
        """Return the node."""


class PendingTag(Pending):
    """A comment or partial, or a mustache with `~`."""

    def __init__(self, node: Statement, *, strip_open: bool, strip_close: bool) -> None:
        self.strip_open = strip_open
        self.strip_close = strip_close
        self.inline: bool = not isinstance(node, MustacheStatement)
        self._node = node

    def freeze(self, source: Source) -> Statement:  # noqa: ARG002 - blocks need it
        """Return the node."""
        node = self._node
        return node._replace(indent=self.indent) if self.indent and isinstance(node, PartialStatement) else node


class BlockSection:
    """One part of a block: a tag and the statements up to the next tag of the block."""

    strip_open = False
    strip_close = False
    link: Call | None = None  # the call of `{{else x}}`; None in other tags
    block_params: tuple[str, ...] = ()

    def __init__(self, offset: int, open_end: int) -> None:
        self.offset = offset
        self.open_end: int = open_end  # of the tag
        self.end: int = open_end  # of the statements
        self.body: Body = Body()

    def program(self, source: Source) -> Program:
        """Return the statements as a program."""
        return Program(self.open_end, self.end, source, tuple(self.body), self.block_params, chained=False)


class PendingBlock(Pending):
    """A block with its parts in the order written; `inverted` if its opening tag is `{{^`."""

    inverted = False

    def __init__(self, name: Expression, first: BlockSection) -> None:
        self.name = name
        self.sections: list[BlockSection] = [first]
        self.offset: int = first.offset
        self.open_end: int = first.open_end
        self.end: int = first.open_end
        self.strip_open: bool = first.strip_open
        self.program: Body = first.body
        self.last: Body = first.body
        self.closing: Body = first.body

    def close(self, source: Source, end: int, *, strip_open: bool, strip_close: bool) -> None:
        """Apply the rules inside the block, which ends at `end`, with the flags of its closing tag."""
        self.end = end
        self.strip_close = strip_close
        sections = self.sections
        for section in sections:
            if section.body.marks:
                settle(section.body, source, root=False)
        first = sections[0]
        rest = None
        if len(sections) > 1:
            self._close_links(strip_open=strip_open)
            rest = sections[1]
            self.last = self.closing = rest.body
            if self.inverted:
                self.program, self.last = self.last, self.program
                self.closing = self.last
            elif rest.link:
                self.closing = _NO_BODY  # handlebars.js makes a block of the chain and strips nothing inside
        if rest or strip_open or first.strip_close:
            _strip_level(first, self.program, rest, self.last, close_open=strip_open)

    def _close_links(self, *, strip_open: bool) -> None:
        links = self.sections[1:]
        for index in range(len(links) - 1, -1, -1):
            link = links[index]
            if link.link:
                rest = links[index + 1] if index + 1 < len(links) else None
                # a link uses its own flags for its closing tag, except the first
                close_open = link.strip_open if index else strip_open
                _strip_level(link, link.body, rest, rest.body if rest else link.body, close_open=close_open)


class PendingPlainBlock(PendingBlock):
    """`{{#x}}`, `{{^x}}` or `{{{{x}}}}`."""

    raw = False

    def __init__(self, call: Call, first: BlockSection) -> None:
        super().__init__(call.path, first)
        self._call = call

    def freeze(self, source: Source) -> Statement:
        """Return the node."""
        program: Program | None = self.sections[0].program(source)
        inverse = self._inverse(source) if len(self.sections) > 1 else None
        if self.inverted:
            program, inverse = inverse, program
        path, params, hash_, _ = self._call
        return BlockStatement(
            self.offset, self.end, source, path, params, hash_, program, inverse, self.raw, self.open_end
        )

    def _inverse(self, source: Source) -> Program | None:
        inverse: Program | None = None
        for section in reversed(self.sections[1:]):
            rest = section.program(source)
            if section.link:
                path, params, hash_, _ = section.link
                place = section.offset, self.sections[-1].end, source
                link = BlockStatement(*place, path, params, hash_, rest, inverse, raw=False, open_end=section.open_end)
                rest = Program(*place, (link,), (), chained=True)
            inverse = rest
        return inverse


class PendingPartialBlock(PendingBlock):
    """`{{#> name}}...{{/name}}`."""

    def __init__(self, call: PartialCall, first: BlockSection) -> None:
        super().__init__(call.name, first)
        self._call = call

    def freeze(self, source: Source) -> Statement:
        """Return the node."""
        program = self.sections[0].program(source)
        return PartialBlockStatement(self.offset, self.end, source, *self._call, program, self.open_end)


class PendingInlinePartial(PendingBlock):
    """`{{#*inline "name"}}...{{/inline}}`."""

    def __init__(self, call: Call, first: BlockSection) -> None:
        super().__init__(call.path, first)
        self._call = call

    def freeze(self, source: Source) -> Statement:
        """Return the node."""
        program = self.sections[0].program(source)
        return InlinePartial(self.offset, self.end, source, self._call.params, self._call.hash, program, self.open_end)


def settle(body: Body, source: Source, *, root: bool) -> None:
    """Apply the rules for the statements of a complete program and freeze them."""
    strip_program(body, root=root)
    for index, statement in body.marks:
        body[index] = statement.freeze(source)


def _strip_level(
    section: BlockSection, program: Body, rest: BlockSection | None, inverse: Body, *, close_open: bool
) -> None:
    """Apply the rules of a BlockStatement of handlebars.js, which has at most one inverse."""
    if section.strip_close:
        strip_start(program, everything=True)
    if rest is None:
        if close_open:
            strip_end(program, everything=True)
        return
    if rest.strip_open:
        strip_end(program, everything=True)
    if rest.strip_close:
        strip_start(inverse, everything=True)
    if close_open:
        strip_end(inverse, everything=True)
    if ends_blank(program) and starts_blank(inverse):
        strip_end(program)
        strip_start(inverse)
