"""From our syntax tree to a source that pybars3 compiles to what it says.

pybars3 writes what it reads into Python source, so nothing a template's author chose may reach it: text, partials and
the closing of blocks are ours, and of names and literals only those go through that mean the same in every place where
pybars3 puts them. Everything else is refused here.
"""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.errors import TemplateSyntaxError
from prompt_cli.handlebars import (
    HELPERS,
    BlockStatement,
    BooleanLiteral,
    CommentStatement,
    ContentStatement,
    MustacheStatement,
    NullLiteral,
    NumberLiteral,
    PartialStatement,
    PathExpression,
    StringLiteral,
    SubExpression,
    span_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from prompt_cli.handlebars import Expression, Hash, Program, Span, Statement, Template

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]+", re.ASCII)
# Neither quotes nor backslashes: between these, pybars3 copies a string into Python source as it is.
_STRING = re.compile(r"[^\"'\\\x00-\x1f\x7f]*")
_DATA = frozenset({"index", "key", "first", "last"})
# Read by pybars3 as something else, or kept by us for what it cannot say.
_TAKEN = frozenset({"this", "true", "false", "null", "undefined", "else"})

TEXT, PARTIAL, SECTION = "text", "partial", "section"
"""Helpers of ours: pieces of text and partials, with their number behind the name, and blocks that are no helper's."""


class PybarsSource(NamedTuple):
    """A source for pybars3.

    Attributes:
        source: The source.
        texts: The pieces of text that its helpers ``text0``, ``text1`` ... stand for.
        partials: The names and indents of the partials that its helpers ``partial0`` ... stand for.
    """

    source: str
    texts: tuple[str, ...]
    partials: tuple[tuple[str, str], ...]


def pybars_source(template: Template, variables: Collection[str]) -> PybarsSource:
    """Write a template for pybars3.

    Args:
        template: The template.
        variables: Names that are data, whatever helpers there are.

    Raises:
        TemplateSyntaxError: It holds what pybars3 cannot carry safely, or would drop without a word.
    """
    writer = _Writer(template, variables)
    source = writer.program(template.program)
    return PybarsSource(source, tuple(writer.texts), tuple(writer.partials))


class _Writer:
    def __init__(self, template: Template, variables: Collection[str]) -> None:
        self.texts: list[str] = []
        self.partials: list[tuple[str, str]] = []
        self._template = template
        self._variables = variables

    def program(self, program: Program | None) -> str:
        if program is None:
            return ""
        if program.block_params:
            raise self._refusal("block parameters", span_of(program))
        return "".join(map(self._statement, program.body))

    def _statement(self, statement: Statement) -> str:
        match statement:
            case ContentStatement():
                return self._text(statement.value)
            case CommentStatement():
                return ""
            case MustacheStatement():
                return f"{{{{{{{self._mustache(statement)}}}}}}}"
            case BlockStatement():
                return self._block(statement)
            case PartialStatement():
                return self._partial(statement)
            case _:
                raise self._refusal("partial blocks and inline partials", span_of(statement))

    def _text(self, text: str) -> str:
        if not text:
            return ""
        self.texts.append(text)
        return f"{{{{{{{TEXT}{len(self.texts) - 1}}}}}}}"

    def _mustache(self, statement: MustacheStatement) -> str:
        path = statement.path
        if not isinstance(path, PathExpression):
            raise self._refusal("a literal in the place of a name", span_of(path))
        if self._is_helper(path, alone=not statement.params and not statement.hash):
            return self._call(path, statement.params, statement.hash)
        if statement.params or statement.hash:
            raise self._refusal("a helper of that name", span_of(path))
        return self._value(path)

    def _block(self, block: BlockStatement) -> str:
        if block.raw:
            raise self._refusal("raw blocks", span_of(block))
        if block.inverse is not None and block.inverse.chained:
            raise self._refusal("`else if`", span_of(block.inverse))
        path = block.path
        alone = not block.params and not block.hash
        if isinstance(path, PathExpression) and self._is_helper(path, alone=alone):
            if not HELPERS[path.original].block:
                raise self._refusal(f"the helper {path.original!r} as a block", span_of(path))
            name, head = path.original, self._call(path, block.params, block.hash)
        elif alone:
            name, head = SECTION, f"{SECTION} {self._value(path)}"
        else:
            raise self._refusal("a helper of that name", span_of(path))
        inverse = f"{{{{else}}}}{self.program(block.inverse)}" if block.inverse is not None else ""
        return f"{{{{#{head}}}}}{self.program(block.program)}{inverse}{{{{/{name}}}}}"

    def _partial(self, statement: PartialStatement) -> str:
        name = statement.name
        if isinstance(name, SubExpression):
            raise self._refusal("partials whose name is computed", span_of(name))
        written = name.value if isinstance(name, StringLiteral) else getattr(name, "original", "")
        if written.startswith("@"):
            raise self._refusal("partial blocks", span_of(name))
        self.partials.append((str(written), statement.indent))
        return f"{{{{{{{PARTIAL}{len(self.partials) - 1}{self._arguments(statement.params, statement.hash)}}}}}}}"

    def _is_helper(self, path: PathExpression, *, alone: bool) -> bool:
        simple = not path.data and not path.depth and not path.scoped and len(path.parts) == 1
        return simple and path.original in HELPERS and not (alone and path.original in self._variables)

    def _call(self, path: PathExpression, params: Sequence[Expression], hash_: Hash | None) -> str:
        spec = HELPERS[path.original]
        if len(params) < spec.least or (spec.most is not None and len(params) > spec.most):
            raise self._refusal(
                f"{path.original} with {len(params)} arguments: {spec.signature}", span_of(path), said=False
            )
        return path.original + self._arguments(params, hash_)

    def _arguments(self, params: Sequence[Expression], hash_: Hash | None) -> str:
        words = [self._value(param) for param in params]
        for pair in hash_.pairs if hash_ else ():
            if not _KEY.fullmatch(pair.key) or keyword.iskeyword(pair.key):
                raise self._refusal(f"the key {pair.key!r}", span_of(pair))
            words.append(f"{pair.key}={self._value(pair.value)}")
        return "".join(f" {word}" for word in words)

    def _value(self, value: Expression) -> str:
        match value:
            case PathExpression():
                return self._path(value)
            case StringLiteral() if _STRING.fullmatch(value.value):
                return f'"{value.value}"'
            case BooleanLiteral():
                return "true" if value.value else "false"
            case NullLiteral():
                return "null"
            case NumberLiteral() if isinstance(value.value, int):
                return str(value.value)
            case SubExpression(path=PathExpression() as path) if self._is_helper(path, alone=False):
                return f"({self._call(path, value.params, value.hash)})"
            case _:
                raise self._refusal("this value", span_of(value))

    def _path(self, path: PathExpression) -> str:
        if path.data:
            return self._data(path)
        for part in path.parts:
            if not _INDEX.fullmatch(part) and (not _NAME.fullmatch(part) or part in _TAKEN):
                raise self._refusal(f"the name {part!r}", span_of(path))
        # "this." before a name: alone it would be looked for among the helpers first.
        return "../" * path.depth + ".".join(path.parts if path.depth else ("this", *path.parts))

    def _data(self, path: PathExpression) -> str:
        head, *rest = path.parts
        if head == "root" and not path.depth:
            for part in rest:
                if not _NAME.fullmatch(part) and not _INDEX.fullmatch(part):
                    raise self._refusal(f"the name {part!r}", span_of(path))
            return ".".join(["@root", *rest])
        if head not in _DATA or rest or path.depth:
            raise self._refusal(f"{path.original!r}", span_of(path))
        return f"@{head}"

    def _refusal(self, what: str, span: Span, *, said: bool = True) -> TemplateSyntaxError:
        return TemplateSyntaxError(
            f"pybars3 cannot carry {what} safely" if said else f"wrong arguments: {what}",
            template=self._template.name,
            line=span.line,
            column=span.column,
            offset=span.offset,
            end=span.end,
            help="write it with plain names, or render without --engine pybars3",
        )
