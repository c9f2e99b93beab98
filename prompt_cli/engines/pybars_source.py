"""Templates as pybars3 reads them.

pybars3 copies names and strings into Python source. So only names of letters and digits are written; texts, strings and
numbers become helpers without arguments, and any other key is looked up by the helper ``lookup``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.errors import TemplateSyntaxError
from prompt_cli.handlebars import (
    HELPERS,
    BlockStatement,
    BooleanLiteral,
    CommentStatement,
    ContentStatement,
    Expression,
    Hash,
    MustacheStatement,
    NullLiteral,
    NumberLiteral,
    PartialStatement,
    PathExpression,
    Program,
    Span,
    Statement,
    StringLiteral,
    SubExpression,
    Template,
    span_of,
)
from prompt_cli.handlebars.lint import check_call, unknown_helper
from prompt_cli.handlebars.nodes import HelperCall, original

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


MAX_DEPTH = 40
"""The maximum depth of blocks, each `else if` counted as one."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)
_DATA = frozenset({"index", "key", "first", "last", "root"})
# pybars3 does not read these as names.
_KEYWORDS = frozenset({"this", "true", "false", "null", "undefined", "else"})
_BLOCK_PARAMS = {"each": 2, "with": 1}
"""The number of block parameters of a helper."""

VALUE, PARTIAL, SECTION = "value", "partial", "section"
"""Names of our own helpers: constants and partials (a number follows), and blocks that call no helper."""
_PARAM = "param"
"""Key of a block parameter (a hyphen and a number follow, so that no name in a template is the same)."""


class PybarsSource(NamedTuple):
    """A template as pybars3 reads it.

    Attributes:
        source: The template.
        values: The values of the helpers ``value0``, ``value1`` ...: texts, and literals of arguments.
        partials: The names and indents of the helpers ``partial0`` ...
    """

    source: str
    values: tuple[str | float, ...]
    partials: tuple[tuple[str, str], ...]


def pybars_source(template: Template, name: str, variables: Collection[str]) -> PybarsSource:
    """Write a template for pybars3; the parameters are those of `PybarsEngine.compile_tree`.

    Raises:
        TemplateSyntaxError: pybars3 could not carry the template safely, or would silently drop a part of it.
    """
    writer = _SourceWriter(name, variables)
    source = writer.program(template.program)
    return PybarsSource(source, tuple(writer.values), tuple(writer.partials))


class _SourceWriter:
    """Writer of a template for pybars3; collects its constants and partials."""

    def __init__(self, name: str, variables: Collection[str]) -> None:
        self.values: list[str | float] = []
        self.partials: list[tuple[str, str]] = []
        self._name = name
        self._variables = variables
        self._block_params: Mapping[str, str] = {}
        self._param_count = 0
        self._depth = 0

    def program(self, program: Program | None) -> str:
        return "".join(map(self._statement, program.body)) if program else ""

    def _statement(self, statement: Statement) -> str:
        match statement:
            case ContentStatement():
                return f"{{{{{{{self._constant(statement.value)}}}}}}}" if statement.value else ""
            case CommentStatement():
                return ""
            case MustacheStatement():
                return f"{{{{{{{self._mustache(statement)}}}}}}}"
            case BlockStatement():
                return self._block(statement)
            case PartialStatement():
                return self._partial(statement)
            case _:
                raise self._refusal("pybars3 has no partial blocks and inline partials", span_of(statement))

    def _constant(self, value: str | float) -> str:
        self.values.append(value)
        return f"{VALUE}{len(self.values) - 1}"

    def _mustache(self, statement: MustacheStatement) -> str:
        if self._is_call(statement):
            return self._call(statement)
        value = self._value(statement.path)
        return value[1:-1] if value.startswith("(") else value

    def _block(self, block: BlockStatement) -> str:
        if self._depth == MAX_DEPTH:
            raise self._refusal(f"blocks are nested deeper than {MAX_DEPTH}, `else if` included", span_of(block))
        names = block.program.block_params if block.program else ()
        params = {name: f"{_PARAM}-{n}" for n, name in enumerate(names, self._param_count)}
        if self._is_call(block):
            if original(block.path) == "raw":
                return self.program(block.program)  # pybars3 passes a helper no raw block
            name, head = original(block.path), self._call(block, " ".join(params.values()))
        else:
            name, head = SECTION, f"{SECTION} {self._value(block.path)}"
        if len(names) > _BLOCK_PARAMS.get(name, 0):
            message = f"{original(block.path)!r} has no value for block parameter {names[-1]!r}"
            raise self._refusal(message, span_of(block.path))
        self._depth += 1
        body = self._with_params(block.program, params)
        # An `else if` is a block in the block that `else` begins.
        inverse = f"{{{{else}}}}{self.program(block.inverse)}" if block.inverse else ""
        self._depth -= 1
        return f"{{{{#{head}}}}}{body}{inverse}{{{{/{name}}}}}"

    def _with_params(self, program: Program | None, params: Mapping[str, str]) -> str:
        outer, self._block_params = self._block_params, {**self._block_params, **params}
        self._param_count += len(params)
        body = self.program(program)
        self._block_params = outer
        return body

    def _partial(self, statement: PartialStatement) -> str:
        name = statement.name
        if isinstance(name, SubExpression):
            raise self._refusal("a partial needs a literal name", span_of(name))
        if original(name).startswith("@"):
            raise self._refusal("pybars3 has no partial blocks", span_of(name))
        self.partials.append((original(name), statement.indent))
        return f"{{{{{{{PARTIAL}{len(self.partials) - 1}{self._arguments(statement.params, statement.hash)}}}}}}}"

    def _is_param(self, path: PathExpression) -> bool:
        if path.data or path.depth or path.scoped or not path.parts:
            return False
        return path.parts[0] in self._block_params

    def _is_call(self, node: HelperCall) -> bool:
        """Return whether a tag calls a helper, not prints or tests a value.

        Raises:
            TemplateSyntaxError: It calls an unknown helper, or has a literal in the place of a name.
        """
        path, has_arguments = node.path, bool(node.params or node.hash) or isinstance(node, SubExpression)
        if not isinstance(path, PathExpression):
            raise self._refusal("pybars3 has no literals in the place of a name", span_of(path))
        is_helper = path.is_simple and not path.data and path.original in HELPERS
        if is_helper and not self._is_param(path) and (has_arguments or path.original not in self._variables):
            return True
        if has_arguments:
            problem = unknown_helper(node, HELPERS)
            raise self._refusal(problem.message, span_of(path), problem.help)
        return False

    def _call(self, node: HelperCall, names: str = "") -> str:
        name = original(node.path)
        if problem := check_call(HELPERS[name], node, HELPERS):
            raise self._refusal(problem.message, span_of(node.path), problem.help)
        block_params = f" ({self._constant(names)})" if names else ""
        return name + self._arguments(node.params, None) + block_params + self._arguments((), node.hash)

    def _arguments(self, params: Sequence[Expression], hash_: Hash | None) -> str:
        words = [self._value(param) for param in params]
        # Of two values for a key, the first counts.
        pairs = {pair.key: self._value(pair.value) for pair in reversed(hash_.pairs if hash_ else ())}
        words += [f"{_encode(key)}={value}" for key, value in pairs.items()]
        return "".join(f" {word}" for word in words)

    def _value(self, value: Expression) -> str:
        match value:
            case PathExpression():
                return self._path(value)
            case StringLiteral() | NumberLiteral():
                return f"({self._constant(value.value)})"
            case BooleanLiteral():
                return "true" if value.value else "false"
            case NullLiteral():
                return "null"
            case SubExpression() if self._is_call(value):
                return f"({self._call(value)})"
            case _:
                raise self._refusal("pybars3 has no undefined value", span_of(value))

    def _path(self, path: PathExpression) -> str:
        source, parts = self._base(path)
        # A loop's own data is not wrapped: pybars3 would read attributes of it.
        while parts and _is_plain(parts[0]) and (not source.startswith("@") or source.startswith("@root")):
            source += parts.pop(0) if source.endswith("/") else f".{parts.pop(0)}"
        for part in parts:
            source = f"(lookup {source} ({self._constant(part)}))"
        return source

    def _base(self, path: PathExpression) -> tuple[str, list[str]]:
        """Return the source of the base of a path, and the keys after it."""
        if path.data:
            head, *rest = path.parts
            if head not in _DATA or path.depth:
                raise self._refusal(f"pybars3 has no {path.original!r}", span_of(path))
            return f"@{head}", rest
        if self._is_param(path):
            return f"this.{self._block_params[path.parts[0]]}", list(path.parts[1:])
        # "this." before a name: pybars3 would look among the helpers first.
        return "../" * path.depth or "this", list(path.parts)

    def _refusal(self, message: str, span: Span, help_: str = "") -> TemplateSyntaxError:
        help_ = help_ or "write it in another way, or use the default engine"
        return TemplateSyntaxError(message, template=self._name, help=help_, **span._asdict())


def _is_plain(name: str) -> bool:
    """Return whether pybars3 reads a name as a key only."""
    return bool(_INDEX.fullmatch(name) or _NAME.fullmatch(name)) and name not in _KEYWORDS


def _encode(key: str) -> str:
    """Return the key of a `key=value` argument as a name that cannot be a keyword of Python."""
    return f"key_{key.encode('utf-8', 'surrogatepass').hex()}"


def decode_arguments(hash_: Mapping[str, object]) -> dict[str, object]:
    """Return the `key=value` arguments by their keys."""
    return {
        bytes.fromhex(name.removeprefix("key_")).decode("utf-8", "surrogatepass"): value
        for name, value in hash_.items()
    }
