"""Parser: source to syntax tree by the statements of handlebars.yy, without recursion over blocks."""

from re import Match

from .errors import stack_exhausted
from .nodes import (
    CommentStatement,
    ContentStatement,
    Expression,
    MustacheStatement,
    PartialStatement,
    PathExpression,
    Program,
    Source,
    Template,
    closing_tag,
    identity,
    original,
)
from .runtime import Limits
from .tags import COMMENT_END, PLAIN_TAG, Call, ExpressionParser, opening, patterns_for, plain_path
from .whitespace import (
    BlockSection,
    Body,
    PendingBlock,
    PendingInlinePartial,
    PendingPartialBlock,
    PendingPlainBlock,
    PendingTag,
    settle,
)

_LIMITS = Limits()
_PLAIN_MUSTACHE, _PLAIN_CLOSE = 1, 4  # the groups of PLAIN_TAG


def parse(source: str, *, name: str | None = None, limits: Limits = _LIMITS) -> Template:
    """Parse a template, whose name stands in errors.

    The limit of depth counts nested blocks and parentheses, that of tags counts tags and their arguments.
    """
    try:
        return _Parser(Source(source, name), limits).template()
    except RecursionError:
        raise stack_exhausted(name) from None


class _Parser:
    """One pass over a template, with the open blocks on a stack."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self._source = source
        self._text = source.text
        self._has_nul = "\0" in source.text
        self._tag = ExpressionParser(source, limits)
        self._max_tags = limits.tags
        self._blocks: list[PendingBlock] = []
        self._body = Body()
        self._bodies: list[Body] = []
        self._position = 0
        self._names_params = False

    def template(self) -> Template:
        self._count_tags()
        text, size, root = self._text, len(self._text), self._body
        while self._position < size:
            start = text.find("{{", self._position)
            if start < 0:
                self._content(self._position, size)
            elif start > self._position and text[start - 1] == "\\":
                self._after_backslash(start)
            else:
                self._content(self._position, start)
                self._tag_at(start)
        if self._blocks:
            block = self._blocks[-1]
            message = f"this block is never closed: {closing_tag(block.name)} is missing"
            raise self._source.error(message, block.offset, block.open_end)
        settle(root, self._source, root=True)
        program = Program(0, size, self._source, tuple(root), (), chained=False)
        return Template(0, size, self._source, program, self._names_params)

    def _count_tags(self) -> None:
        if self._text.count("{{") > self._max_tags:
            place = -2
            for _ in range(self._max_tags + 1):
                place = self._text.find("{{", place + 2)
            message = f"the template has more than {self._max_tags:,} tags; move a part into a partial"
            raise self._source.error(message, place, place + 2)

    def _content(self, start: int, end: int) -> None:
        if start < end:
            if self._has_nul and (zero := self._text.find("\0", start, end)) >= 0:
                raise self._source.error("a NUL character cannot stand in text", zero, zero + 1)
            text = self._text[start:end]
            self._body.append(ContentStatement(start, end, self._source, text, text))
        self._position = end

    def _after_backslash(self, start: int) -> None:
        r"""`\{{` is text up to the next mustache, `\\{{` a backslash and a mustache (the state emu of the lexer)."""
        text = self._text
        escaped = start - 2 < self._position or text[start - 2] != "\\"
        self._content(self._position, start - 1)
        if not escaped:
            self._tag_at(start)
            return
        end = text.find("{{", start + 2)
        end = len(text) if end < 0 else end
        for _ in range(2):
            if end < len(text) and end - 1 >= start + 2 and text[end - 1] == "\\":
                end -= 1
        self._content(start, end)

    def _tag_at(self, start: int) -> None:
        plain = PLAIN_TAG.match(self._text, start)
        if plain and self._plain_tag(plain):
            return
        kind, end = opening(self._text, start)
        if kind == "comment":
            self._comment(start, end)
        elif kind == "inverse":
            self._inverse(start, end)
        else:
            self._tag.begin(start, end)
            _STATEMENTS[kind](self, start)

    def _plain_tag(self, match: Match[str]) -> bool:
        """Parse a tag of plain names, if it is one."""
        kind = match.lastindex or 0
        text = match[kind]
        if kind == _PLAIN_CLOSE:
            block = self._blocks[-1] if self._blocks else None
            if block is None or not isinstance(block.name, PathExpression) or block.name.original != text:
                return False
            self._position = match.end()
            self._close_block(block, match.start(), strip_open=False, strip_close=False)
            return True
        source = self._source
        path = plain_path(text, match.start(kind), source)
        if path is None:
            return False
        start, end = match.span()
        if kind == _PLAIN_MUSTACHE:
            self._body.append(MustacheStatement(start, end, source, path))
        else:
            name = plain_path(match[2], start + 3, source)
            if name is None:
                return False
            self._open(PendingPlainBlock(Call(name, (path,), None, ()), BlockSection(start, end)))
        self._position = end
        return True

    def mustache(self, start: int) -> None:
        strip_open = self._text[start + 2] == "~"
        sigil = self._text[start + 2 + strip_open]
        call = self._tag.call()
        strip_close = self._end(unescaped=sigil == "{")
        if sigil == "*":
            message = "decorators are not supported, except the block {{#*inline}}"
            raise self._source.error(message, start, self._position)
        escaped = sigil not in "{&"
        node = MustacheStatement(start, self._position, self._source, call.path, call.params, call.hash, escaped)
        if strip_open or strip_close:
            self._body.mark(PendingTag(node, strip_open=strip_open, strip_close=strip_close))
        else:
            self._body.append(node)

    def _comment(self, start: int, position: int) -> None:
        text = self._text
        if text.startswith("--", position):
            match = COMMENT_END.search(text, position)
            end = match.end() if match else -1
            missing = "'--}}'"
        else:
            end = text.find("}}", position) + 2
            missing = "'}}'"
        if end < position:
            raise self._source.error(f"this comment is never closed: {missing} is missing", start, position)
        strip_open, strip_close = text[start + 2] == "~", text[end - 3] == "~"
        node = CommentStatement(start, end, self._source, _comment_text(text[position : end - 2 - strip_close]))
        self._position = end
        self._body.mark(PendingTag(node, strip_open=strip_open, strip_close=strip_close))

    def partial(self, start: int) -> None:
        call = self._tag.partial_call()
        strip_close = self._end()
        node = PartialStatement(start, self._position, self._source, call.name, call.params, call.hash, "")
        self._check_params(call.params)
        strip_open = self._text[start + 2] == "~"
        self._body.mark(PendingTag(node, strip_open=strip_open, strip_close=strip_close))

    def partial_block(self, start: int) -> None:
        call = self._tag.partial_call()
        section = self._section(start, strip_close=self._end())
        self._check_params(call.params)
        self._open(PendingPartialBlock(call, section))

    def block(self, start: int) -> None:
        decorator = self._text.startswith("#*", start + 2 + (self._text[start + 2] == "~"))
        call, section = self._block_tag(start)
        if not decorator:
            self._open(PendingPlainBlock(call, section))
        elif original(call.path) == "inline":
            self._open(PendingInlinePartial(call, section))
        else:
            message = "decorators are not supported, except {{#*inline}}"
            raise self._source.error(message, start, self._position)

    def _block_tag(self, start: int) -> tuple[Call, BlockSection]:
        call = self._tag.call(block=True)
        section = self._section(start, strip_close=self._end())
        section.block_params = call.block_params
        self._names_params = self._names_params or bool(call.block_params)
        return call, section

    def inverse_block(self, start: int) -> None:
        call, section = self._block_tag(start)
        block = PendingPlainBlock(call, section)
        block.inverted = True
        self._open(block)

    def chain(self, start: int) -> None:
        call, section = self._block_tag(start)
        section.link = call
        self._next_section(section)

    def _inverse(self, start: int, end: int) -> None:
        self._position = end
        self._next_section(self._section(start, strip_close=self._text[end - 3] == "~"))

    def close(self, start: int) -> None:
        name = self._tag.helper_name()
        strip_close = self._end()
        if not self._blocks:
            message = f"{closing_tag(name)} closes nothing: no block is open here"
            raise self._source.error(message, start, self._position)
        block = self._blocks[-1]
        if identity(block.name) != identity(name):
            opened = self._source.span(block.offset, block.open_end)
            where = f"the block of line {opened.line}, column {opened.column}"
            message = f"expected {closing_tag(block.name)} to close {where}, found {closing_tag(name)}"
            raise self._source.error(message, start, self._position)
        self._close_block(block, start, strip_open=self._text[start + 2] == "~", strip_close=strip_close)

    def _close_block(self, block: PendingBlock, start: int, *, strip_open: bool, strip_close: bool) -> None:
        self._blocks.pop()
        self._tag.depth -= 1
        block.sections[-1].end = start
        self._body = self._bodies.pop()
        self._body.mark(block)
        block.close(self._source, self._position, strip_open=strip_open, strip_close=strip_close)

    def raw(self, start: int) -> None:
        call = self._tag.call()
        if not self._text.startswith("}}}}", self._tag.start):
            self._tag.unexpected("an argument or '}}}}'")
        self._position = self._tag.start + 4
        section = BlockSection(start, self._position)
        block = PendingPlainBlock(call, section)
        block.raw = True
        outer, self._body = self._body, section.body
        name = self._raw_content(section)
        if identity(call.path) != ("", name):
            message = f"expected '{{{{{{{{/{original(call.path)}}}}}}}}}', found '{{{{{{{{/{name}}}}}}}}}'"
            raise self._source.error(message, section.end, self._position)
        outer.mark(block)
        self._body = outer
        block.close(self._source, self._position, strip_open=False, strip_close=False)

    def _raw_content(self, section: BlockSection) -> str:
        """Read up to the end of a raw block, over those inside it, and return the name in the closing tag."""
        text, name = self._text, patterns_for(self._text).name
        depth = 1
        while True:
            start = self._position
            closing = name.match(text, start + 5) if text.startswith("{{{{/", start) else None
            ends = closing is not None and text.startswith("}}}}", closing.end())
            if closing and ends and depth == 1:
                section.end = start
                self._position = closing.end() + 4
                return closing[0]
            if closing and ends:
                depth -= 1
                end = closing.end() + 4
            elif text.startswith("{{{{", start) and text[start + 4 : start + 5] not in {"", "/"}:
                depth += 1
                end = start + 4
            else:
                end = text.find("{{{{", start + 1)
            if end < 0:
                raise self._source.error("the raw block is never closed", section.offset, section.open_end)
            self._content(start, end)

    def _check_params(self, params: tuple[Expression, ...]) -> None:
        if len(params) > 1:
            message = "a partial takes one context and 'key=value' pairs"
            raise self._source.error(message, params[1].offset, params[1].end)

    def _section(self, start: int, *, strip_close: bool) -> BlockSection:
        section = BlockSection(start, self._position)
        section.strip_open = self._text[start + 2] == "~"
        section.strip_close = strip_close
        return section

    def _open(self, block: PendingBlock) -> None:
        section = block.sections[0]
        self._tag.enter(section.offset, section.open_end)
        self._blocks.append(block)
        self._bodies.append(self._body)
        self._body = section.body

    def _next_section(self, section: BlockSection) -> None:
        block = self._blocks[-1] if self._blocks else None
        start = section.offset
        problem = ""
        if block is None:
            problem = "belongs to a block, and none is open here"
        elif not isinstance(block, PendingPlainBlock):
            problem = "has no place in a partial"
        elif len(block.sections) > 1 and block.sections[-1].link is None:
            problem = "cannot follow the last '{{else}}' of a block"
        elif section.link and block.inverted:
            problem = f"cannot continue a block that {{{{^{original(block.name)}}}}} opens"
        if problem or block is None:
            tag = self._text[start : section.open_end]
            raise self._source.error(f"'{tag}' {problem}", start, section.open_end)
        block.sections[-1].end = start
        block.sections.append(section)
        self._body = section.body

    def _end(self, *, unescaped: bool = False) -> bool:
        """Leave the tag, and return whether it ends with `~`."""
        tag = self._tag
        expected = "end_unescaped" if unescaped else "end"
        if tag.kind == expected:
            self._position = tag.end
        elif tag.kind == "end_unescaped" and self._text.startswith("}}}}", tag.start):
            # handlebars.js takes '}}}}' for the end of a raw block and refuses JSON around a mustache
            self._position = tag.start + 2
        else:
            hint = tag.one_brace_apart() if tag.kind == "end_unescaped" else ""
            tag.unexpected("an argument or '}}}'" if unescaped else "an argument or '}}'", hint)
        return self._text[self._position - 3] == "~"


def _comment_text(text: str) -> str:
    """Return the text of a comment from the source between `!` and `}}`."""
    text = text[2:] if text.startswith("--") else text.removeprefix("-")
    return text[:-2] if text.endswith("--") else text.removesuffix("-")


_STATEMENTS = {
    "mustache": _Parser.mustache,
    "partial": _Parser.partial,
    "partial_block": _Parser.partial_block,
    "block": _Parser.block,
    "inverse_block": _Parser.inverse_block,
    "chain": _Parser.chain,
    "close": _Parser.close,
    "raw": _Parser.raw,
}
