"""Statements the parser has read and whitespace control may still change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from .ast import (
    BlockStatement,
    InlinePartial,
    PartialBlockStatement,
    PartialStatement,
    Program,
)
from .whitespace import Body, ends_blank, starts_blank, strip_end, strip_program, strip_start

if TYPE_CHECKING:
    from .ast import Expression, Statement
    from .expressions import Call, PartialCall
    from .source import Source

_NO_BODY = Body()


class Pending(ABC):
    """A statement that takes white space away around it and is frozen once its surroundings are known.

    Attributes:
        inline: Whether it goes with its line where it stands alone on it: comments and partials.
        strip_open: Whether it starts with `{{~`.
        strip_close: Whether it ends with `~}}`.
        indent: For a partial, the white space before it on its line.
        program: What its opening tag stands before.
        last: What must end blank for its closing tag to stand alone on its line.
        closing: What then loses the indentation of the closing tag.
    """

    inline: ClassVar[bool] = False
    strip_open = False
    strip_close = False
    indent = ""
    program = _NO_BODY
    last = _NO_BODY
    closing = _NO_BODY

    @abstractmethod
    def freeze(self, source: Source) -> Statement:
        """The node."""


class PendingMustache(Pending):
    """A mustache with `~`."""

    def __init__(self, node: Statement, *, strip_open: bool, strip_close: bool) -> None:
        self.strip_open = strip_open
        self.strip_close = strip_close
        self._node = node

    def freeze(self, source: Source) -> Statement:  # noqa: ARG002 - blocks need it
        """The node, with its indentation."""
        node = self._node
        if self.indent and isinstance(node, PartialStatement):
            return node._replace(indent=self.indent)
        return node


class PendingLine(PendingMustache):
    """A comment or a partial."""

    inline = True


class Section:
    """One part of a block: a tag and what follows up to the next tag of the block.

    Attributes:
        offset: Where the tag begins.
        open_end: Where the tag ends.
        strip_open: Whether the tag starts with `{{~`.
        strip_close: Whether the tag ends with `~}}`.
        block_params: The names after `as`.
        link: What stands in an `{{else x}}`; none in an opening tag and a plain `{{else}}` or `{{^}}`.
        body: The statements.
        end: Where they end.
    """

    strip_open = False
    strip_close = False
    link: Call | None = None
    block_params: tuple[str, ...] = ()

    def __init__(self, offset: int, open_end: int) -> None:
        self.offset = offset
        self.open_end = self.end = open_end
        self.body = Body()

    def program(self, source: Source) -> Program:
        """The statements, frozen."""
        return Program(self.open_end, self.end, source, tuple(self.body), self.block_params, chained=False)


class PendingBlock(Pending):
    """A block with its parts in the order written.

    Attributes:
        name: What its closing tag must name.
        sections: Its parts.
        offset: Where it begins.
        open_end: Where its opening tag ends.
        end: Where its closing tag ends.
        inverted: Whether it is opened by `{{^`.
    """

    inverted = False

    def __init__(self, name: Expression, first: Section) -> None:
        self.name = name
        self.sections = [first]
        self.offset = first.offset
        self.open_end = self.end = first.open_end
        self.strip_open = first.strip_open

    def close(self, source: Source, end: int, *, strip_open: bool, strip_close: bool) -> None:
        """Apply the rules inside the block, given where its closing tag ends and its flags."""
        self.end = end
        self.strip_close = strip_close
        sections = self.sections
        for section in sections:
            if section.body.marks:
                settle(section.body, source, root=False)
        first = sections[0]
        self.program = self.last = self.closing = first.body
        rest = None
        if len(sections) > 1:
            self._close_links(strip_open=strip_open)
            rest = sections[1]
            self.last = self.closing = rest.body
            if self.inverted:
                self.program, self.last = self.last, self.program
                self.closing = self.last
            elif rest.link:
                self.closing = _NO_BODY  # a chain is a block for handlebars.js, which takes nothing away inside it
        if rest or strip_open or first.strip_close:
            _strip_level(first, self.program, rest, self.last, close_open=strip_open)

    def _close_links(self, *, strip_open: bool) -> None:
        links = self.sections[1:]
        for index in range(len(links) - 1, -1, -1):
            link = links[index]
            if link.link:
                rest = links[index + 1] if index + 1 < len(links) else None
                # a link takes its own flags for those of its closing tag, except the first
                close_open = link.strip_open if index else strip_open
                _strip_level(link, link.body, rest, rest.body if rest else link.body, close_open=close_open)


class PendingPlainBlock(PendingBlock):
    """`{{#x}}`, `{{^x}}` or `{{{{x}}}}`."""

    raw = False

    def __init__(self, call: Call, first: Section) -> None:
        super().__init__(call.path, first)
        self._call = call

    def freeze(self, source: Source) -> Statement:
        """The node."""
        sections = self.sections
        program: Program | None = sections[0].program(source)
        inverse = self._inverse(source) if len(sections) > 1 else None
        if self.inverted:
            program, inverse = inverse, program
        call = self._call
        place = (self.offset, self.end, source)
        return BlockStatement(*place, call.path, call.params, call.hash, program, inverse, self.raw, self.open_end)

    def _inverse(self, source: Source) -> Program | None:
        inverse: Program | None = None
        for section in reversed(self.sections[1:]):
            rest = section.program(source)
            if section.link:
                call, place = section.link, (section.offset, self.sections[-1].end, source)
                link = BlockStatement(
                    *place, call.path, call.params, call.hash, rest, inverse, raw=False, open_end=section.open_end
                )
                rest = Program(*place, (link,), (), chained=True)
            inverse = rest
        return inverse


class PendingPartialBlock(PendingBlock):
    """`{{#> name}}...{{/name}}`."""

    def __init__(self, call: PartialCall, first: Section) -> None:
        super().__init__(call.name, first)
        self._call = call

    def freeze(self, source: Source) -> Statement:
        """The node."""
        call = self._call
        program = self.sections[0].program(source)
        return PartialBlockStatement(
            self.offset, self.end, source, call.name, call.params, call.hash, program, self.open_end
        )


class PendingInlinePartial(PendingBlock):
    """`{{#*inline "name"}}...{{/inline}}`."""

    def __init__(self, call: Call, first: Section) -> None:
        super().__init__(call.path, first)
        self._call = call

    def freeze(self, source: Source) -> Statement:
        """The node."""
        program = self.sections[0].program(source)
        call = self._call
        return InlinePartial(self.offset, self.end, source, call.params, call.hash, program, self.open_end)


def settle(body: Body, source: Source, *, root: bool) -> None:
    """Apply the rules for the statements of a program that is complete and freeze them."""
    strip_program(body, root=root)
    for index, statement in body.marks or ():
        body[index] = statement.freeze(source)


def _strip_level(section: Section, program: Body, rest: Section | None, inverse: Body, *, close_open: bool) -> None:
    """The rules of one BlockStatement of handlebars.js, which has at most one inverse."""
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
