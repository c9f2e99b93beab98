"""Data as pybars3 may see it: keys and items, and nothing of Python behind them.

pybars3 falls back from a key that is not there to an attribute of that name, and calls what it finds. What it is given
here answers every key itself.
"""

from __future__ import annotations

import keyword
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from pybars import Compiler, PybarsError, Scope, strlist

from prompt_cli.domain.template import parse_template
from prompt_cli.errors import TemplateRenderError, TemplateSyntaxError
from prompt_cli.handlebars import (
    HELPERS,
    PROMPT_HELPERS,
    PROMPT_OPTIONS,
    BlockStatement,
    BooleanLiteral,
    CommentStatement,
    ContentStatement,
    HelperError,
    Limits,
    MustacheStatement,
    NullLiteral,
    NumberLiteral,
    PartialStatement,
    PathExpression,
    StringLiteral,
    SubExpression,
    span_of,
)
from prompt_cli.handlebars.javascript import MISSING, ValueRefusedError, child, condition, empty, text
from prompt_cli.handlebars.runtime import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.engines.protocol import PartialTemplate
    from prompt_cli.handlebars import Expression, Hash, Program, Span, Statement, Template


class RefusedError(Exception):
    """What a template asks for and may not have; the message holds no value."""


class Value:
    """A JSON value for pybars3.

    Args:
        raw: The value.
        limit: How many characters it may print.
    """

    __slots__ = ("limit", "raw")

    def __init__(self, raw: object, limit: int) -> None:
        self.raw = raw
        self.limit = limit

    def __getitem__(self, key: object) -> Value | None:
        """Return what is under a key; None where nothing is, so that pybars3 looks no further."""
        found = child(self.raw, str(key))
        return None if found is MISSING or found is None else Value(found, self.limit)

    def __iter__(self) -> Iterator[Value]:
        raise RefusedError("pybars3 cannot go through this value")

    def __str__(self) -> str:
        """Print it as JavaScript does.

        Raises:
            RefusedError: It is an object, or holds one.
        """
        try:
            return text(self.raw, self.limit, objects=False)
        except ValueRefusedError as error:
            raise RefusedError(f"{error}; the `json` helper writes it") from error


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


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prompt_cli.handlebars import Helper, Limits

    Options = Mapping[str, Any]

TURN = 500
"""The work of a turn of a loop or a partial: pybars3 does not say how much stands in it."""


class Run:
    """One rendering: what it may still use.

    Args:
        limits: What it may use in all.
        budget: The work it may do; one of its own where None.
    """

    def __init__(self, limits: Limits, budget: Budget | None = None) -> None:
        self.limits = limits
        self.budget = budget or Budget(limits.work)

    def helpers(self) -> dict[str, Callable[..., object]]:
        """Return the helpers every template has."""
        own: dict[str, Callable[..., object]] = {
            "if": self._if,
            "unless": self._unless,
            "each": self._each,
            "with": self._with,
            "section": self._section,
            "lookup": self._lookup,
            "log": lambda this, *values: None,  # noqa: ARG005 - nothing is ever printed
        }
        return {**{name: self._adapted(helper) for name, helper in PROMPT_HELPERS.items()}, **own}

    def spend(self, work: int) -> None:
        """Count work, in characters.

        Raises:
            RefusedError: It is too much.
        """
        self.budget.left -= work
        if self.budget.left < 0:
            raise RefusedError(f"rendering takes more work than {self.budget.limit} characters read and written")

    def _if(self, this: Any, options: Options, value: object, includeZero: object = None) -> object:  # noqa: ANN401, N803 - as pybars3 calls it
        zero = raw(value) == 0 and raw(value) is not False and condition(raw(includeZero))
        return options["fn" if zero or condition(raw(value)) else "inverse"](this)

    def _unless(self, this: Any, options: Options, value: object, includeZero: object = None) -> object:  # noqa: ANN401, N803 - the same
        zero = raw(value) == 0 and raw(value) is not False and condition(raw(includeZero))
        return options["inverse" if zero or condition(raw(value)) else "fn"](this)

    def _with(self, this: Any, options: Options, value: object) -> object:  # noqa: ANN401 - the same
        if empty(raw(value)):
            return options["inverse"](this)
        return options["fn"](self._scope(value, this))

    def _section(self, this: Any, options: Options, value: object) -> object:  # noqa: ANN401 - the same
        plain = raw(value)
        if plain is None or plain is False:
            return options["inverse"](this)
        if plain is True:
            return options["fn"](this)
        return (
            self._each(this, options, value)
            if isinstance(plain, list | tuple)
            else options["fn"](self._scope(value, this))
        )

    def _each(self, this: Any, options: Options, value: object) -> object:  # noqa: ANN401 - the same
        plain = raw(value)
        if isinstance(plain, dict):
            items = list(plain.items())
        else:
            items = list(enumerate(plain)) if isinstance(plain, list | tuple) else []
        if not items:
            return options["inverse"](this)
        result = strlist()
        for index, (key, item) in enumerate(items):
            self.spend(TURN)
            place = {"index": index, "key": key, "first": index == 0, "last": index == len(items) - 1}
            inner = Value(item, self.limits.output)
            result.grow(options["fn"](Scope(inner, this, this.root, **place)) or "")
        return result

    def _lookup(self, _this: object, value: object, key: object) -> Value | None:
        found = MISSING if raw(value) is None else child(raw(value), str(raw(key)))
        return None if found is MISSING or found is None else Value(found, self.limits.output)

    def _scope(self, value: object, this: Any) -> Any:  # noqa: ANN401 - a class of pybars3
        inner = Value(raw(value), self.limits.output)
        return Scope(inner, this, this.root, index=this.index, key=this.key, first=this.first, last=this.last)

    def _adapted(self, helper: Helper) -> Callable[..., object]:
        def call(this: object, *values: object, **named: object) -> Value | None:
            options = SimpleNamespace(
                name=helper.spec.name,
                hash={key: raw(value) for key, value in named.items()},
                context=raw(this),
                data={},
                limit=self.limits.output,
                spend=self.spend,
            )
            try:
                result = helper.function(options, *map(raw, values))
            except HelperError as error:
                raise RefusedError(f"{helper.spec.name}: {error}") from error
            return None if result is None else Value(result, self.limits.output)

        return call


def raw(value: object) -> object:
    """Return the JSON value that pybars3 hands over as one of ours, or as a scope of its own."""
    if isinstance(value, Scope):
        return raw(value.context)
    return value.raw if isinstance(value, Value) else value


class _OwnWhitespace(Compiler):  # type: ignore[misc] # pybars3 has no types
    """pybars3 without its rules for white space: ours, which are those of handlebars.js, are applied already."""

    def whitespace_control(self, source: str) -> str:
        return source


class PybarsTemplate:
    """A template compiled by pybars3."""

    def __init__(
        self,
        name: str,
        function: Callable[..., object],
        source: PybarsSource,
        partials: Mapping[str, PartialTemplate],
        limits: Limits,
    ) -> None:
        self.name = name
        self._function = function
        self._source = source
        self._partials = partials
        self._limits = limits

    def render(self, values: JsonObject, budget: Budget | None = None) -> str:
        """Fill the template in.

        Raises:
            TemplateRenderError: It cannot be filled in with these values.
        """
        try:
            result = str(self.run(Value(values, self._limits.output), None, Run(self._limits, budget)))
        except (RefusedError, ValueRefusedError) as error:
            raise TemplateRenderError(str(error), template=self.name) from error
        except PybarsError as error:
            raise TemplateRenderError("pybars3 could not fill it in", template=self.name) from error
        except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
            # Raised by the code that pybars3 wrote; its message may hold a value.
            message = f"pybars3 could not fill it in ({type(error).__name__})"
            raise TemplateRenderError(message, template=self.name) from error
        if len(result) > self._limits.output:
            raise TemplateRenderError(f"more than {self._limits.output} characters", template=self.name)
        return result

    def run(self, context: object, root: object, run: Run) -> object:
        """Call what pybars3 compiled, with our helpers."""
        helpers: dict[str, Callable[..., object]] = {
            **run.helpers(),
            **{f"{TEXT}{n}": _saying(text) for n, text in enumerate(self._source.texts)},
            **{f"{PARTIAL}{n}": self._including(*one, run) for n, one in enumerate(self._source.partials)},
        }
        return self._function(context, helpers=helpers, partials={}, root=root)

    def _including(self, name: str, indent: str, run: Run) -> Callable[..., object]:
        def include(this: Any, *context: object, **named: object) -> str:  # noqa: ANN401 - a class of pybars3
            partial = self._partials.get(name)
            if partial is None or not isinstance(partial.template, PybarsTemplate):
                raise RefusedError(f"there is no partial {name!r}")
            run.spend(TURN)
            given = raw(context[0] if context else this)
            if isinstance(given, dict):
                given = {**partial.defaults, **given, **{key: raw(value) for key, value in named.items()}}
            scope = Scope(Value(given, run.limits.output), this, this.root)
            return _indented(str(partial.template.run(scope, this.root, run)), indent)

        return include


class PybarsEngine:
    """Compiles templates by pybars3, after our parser has read them and refused what it could not carry safely.

    Args:
        limits: What a template may cost.
    """

    name = "pybars3"

    def __init__(self, limits: Limits = PROMPT_OPTIONS.limits) -> None:
        self._limits = limits

    def new_budget(self) -> Budget:
        """Return the work that the templates of a prompt may do together."""
        return Budget(self._limits.work)

    def compile(
        self, content: str, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> PybarsTemplate:
        """Compile a template.

        Raises:
            TemplateSyntaxError: It cannot be parsed, or pybars3 could not carry it safely.
        """
        source = pybars_source(parse_template(content, name), variables)
        try:
            function = _OwnWhitespace().compile(source.source)
        except (PybarsError, RecursionError, SyntaxError, ValueError) as error:
            raise TemplateSyntaxError(f"pybars3 cannot compile it ({type(error).__name__})", template=name) from error
        return PybarsTemplate(name, function, source, partials, self._limits)


def _saying(text: str) -> Callable[[object], str]:
    return lambda this: text  # noqa: ARG005 - as pybars3 calls it


def _indented(text: str, indent: str) -> str:
    if not indent:
        return text
    lines = text.split("\n")
    return "\n".join(f"{indent}{line}" if line or n + 1 < len(lines) else line for n, line in enumerate(lines))
