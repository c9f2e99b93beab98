"""The pybars3 engine behind its guard.

pybars3 writes Python source from a template, and reads Python attributes of values. So our parser reads each template
first, a safe subset is written for pybars3 (`_Writer`), and values are wrapped (`PybarsValue`).
"""

from __future__ import annotations

import keyword
import re
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from pybars import Compiler, PybarsError, Scope, strlist

from prompt_cli.domain.template import parse_template
from prompt_cli.engines.handlebars import NO_FILE
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
from prompt_cli.handlebars.nodes import original
from prompt_cli.handlebars.runtime import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from prompt_cli.domain.json_values import JsonObject, JsonValue
    from prompt_cli.engines.protocol import PartialTemplate
    from prompt_cli.handlebars import Expression, Hash, Helper, Program, Span, Statement, Template

    Options = Mapping[str, Any]


TURN = 500
"""The work of one turn of a loop, or of one partial: pybars3 does not report its size."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]+", re.ASCII)
# Neither quotes nor backslashes: pybars3 copies a string into Python source unescaped.
_STRING = re.compile(r"[^\"'\\\x00-\x1f\x7f]*")
_DATA = frozenset({"index", "key", "first", "last"})
# pybars3 does not read these as names.
_KEYWORDS = frozenset({"this", "true", "false", "null", "undefined", "else"})

TEXT, PARTIAL, SECTION = "text", "partial", "section"
"""Names of our own helpers: pieces of text and partials (a number follows), and blocks that call no helper."""


class RefusedError(Exception):
    """A template asks for more than it may have; the message holds no value."""


class PybarsEngine:
    """Engine that compiles by pybars3, after our parser has refused unsafe templates.

    Args:
        limits: The limits of each rendering.
    """

    name = "pybars3"

    def __init__(self, limits: Limits = PROMPT_OPTIONS.limits) -> None:
        self._limits = limits

    async def render(self, template: str, variables: Mapping[str, JsonValue] | None = None) -> str:
        """Render a template that is not in a file.

        Compiled templates are cached, rendered text never. A name in `variables` is data, even if a helper has it.

        Args:
            template: The template's text. It cannot include partials.
            variables: The values, by name.

        Returns:
            The rendered text.

        Raises:
            TemplateSyntaxError: The template cannot be parsed, or pybars3 cannot carry it safely.
            TemplateRenderError: The template cannot be rendered with these values.

        Examples:
            >>> import asyncio
            >>> asyncio.run(PybarsEngine().render("Hello {{name}}!", {"name": "Ada"}))
            'Hello Ada!'
        """
        values = dict(variables or {})
        return _compile_text(template, frozenset(HELPERS.keys() & values.keys()), self._limits).render(values)

    def new_budget(self) -> Budget:
        """Return a budget for the work of all templates of a prompt."""
        return Budget(self._limits.work)

    def compile(
        self, content: str, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> PybarsTemplate:
        """Compile a template.

        Args:
            content: The template's text.
            name: The id of its prompt, for errors.
            variables: Names that are data, even if a helper has the same name.
            partials: The partials, by the name that the template includes them by.

        Returns:
            The compiled template.

        Raises:
            TemplateSyntaxError: The template cannot be parsed, or pybars3 cannot carry it safely.
        """
        return self.compile_tree(parse_template(content, name), name=name, variables=variables, partials=partials)

    def compile_tree(
        self, tree: Template, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> PybarsTemplate:
        """Compile a parsed template; raises as `compile`."""
        source = pybars_source(tree, name, variables)
        try:
            function = _OwnWhitespace().compile(source.source)
        except (PybarsError, RecursionError, SyntaxError, ValueError) as error:
            raise TemplateSyntaxError(f"pybars3 cannot compile it ({type(error).__name__})", template=name) from error
        return PybarsTemplate(name, function, source, partials, self._limits)


@lru_cache(maxsize=256)
def _compile_text(template: str, variables: frozenset[str], limits: Limits) -> PybarsTemplate:
    return PybarsEngine(limits).compile(template, name=NO_FILE, variables=variables, partials={})


class _OwnWhitespace(Compiler):  # type: ignore[misc] # pybars3 has no types
    """pybars3 without its whitespace rules: our parser has applied those of handlebars.js."""

    def whitespace_control(self, source: str) -> str:
        return source


class PybarsTemplate:
    """A template compiled by pybars3.

    Args:
        name: The id of its prompt, for errors.
        function: The compiled function.
        source: The template as pybars3 read it.
        partials: The partials, by the name that the template includes them by.
        limits: The limits of each rendering.
    """

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
        """Render the template.

        Raises:
            TemplateRenderError: The template cannot be rendered with these values.
        """
        try:
            context = PybarsValue(values, self._limits.output)
            result = str(self.run(context, None, Rendering(self._limits, budget)))
        except (RefusedError, ValueRefusedError) as error:
            raise TemplateRenderError(str(error), template=self.name) from error
        except PybarsError as error:
            raise TemplateRenderError("pybars3 could not fill it in", template=self.name) from error
        except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
            # The code that pybars3 wrote raises these; their messages may hold a value.
            message = f"pybars3 could not fill it in ({type(error).__name__})"
            raise TemplateRenderError(message, template=self.name) from error
        if len(result) > self._limits.output:
            raise TemplateRenderError(f"more than {self._limits.output} characters", template=self.name)
        return result

    def run(self, context: object, root: object, rendering: Rendering) -> object:
        """Call the compiled function with our helpers."""
        helpers: dict[str, Callable[..., object]] = {
            **rendering.helpers(),
            **{f"{TEXT}{n}": _text_helper(piece) for n, piece in enumerate(self._source.texts)},
            **{f"{PARTIAL}{n}": self._partial_helper(*one, rendering) for n, one in enumerate(self._source.partials)},
        }
        return self._function(context, helpers=helpers, partials={}, root=root)

    def _partial_helper(self, name: str, indent: str, rendering: Rendering) -> Callable[..., object]:
        def include(this: Any, *context: object, **named: object) -> str:  # noqa: ANN401 - a class of pybars3
            partial = self._partials.get(name)
            if partial is None or not isinstance(partial.template, PybarsTemplate):
                raise RefusedError(f"there is no partial {name!r}")
            rendering.spend(TURN)
            values = raw(context[0] if context else this)
            if isinstance(values, dict):
                values = {**partial.defaults, **values, **{key: raw(value) for key, value in named.items()}}
            scope = Scope(PybarsValue(values, rendering.limits.output), this, this.root)
            return _indent(str(partial.template.run(scope, this.root, rendering)), indent)

        return include


def _text_helper(text: str) -> Callable[[object], str]:
    return lambda this: text  # noqa: ARG005 - as pybars3 calls it


def _indent(text: str, indent: str) -> str:
    if not indent:
        return text
    lines = text.split("\n")
    return "\n".join(f"{indent}{line}" if line or n + 1 < len(lines) else line for n, line in enumerate(lines))


class PybarsSource(NamedTuple):
    """A template as pybars3 reads it.

    Attributes:
        source: The template.
        texts: The texts of the helpers ``text0``, ``text1`` ...
        partials: The names and indents of the helpers ``partial0`` ...
    """

    source: str
    texts: tuple[str, ...]
    partials: tuple[tuple[str, str], ...]


def pybars_source(template: Template, name: str, variables: Collection[str]) -> PybarsSource:
    """Write a template for pybars3.

    Args:
        template: The template.
        name: The id of its prompt, for errors.
        variables: Names that are data, even if a helper has the same name.

    Raises:
        TemplateSyntaxError: pybars3 could not carry the template safely, or would silently drop a part of it.
    """
    writer = _Writer(name, variables)
    source = writer.program(template.program)
    return PybarsSource(source, tuple(writer.texts), tuple(writer.partials))


class _Writer:
    """Writer of templates for pybars3; collects their texts and partials."""

    def __init__(self, name: str, variables: Collection[str]) -> None:
        self.texts: list[str] = []
        self.partials: list[tuple[str, str]] = []
        self._name = name
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
        inverse = f"{{{{else}}}}{self.program(block.inverse)}" if block.inverse else ""
        return f"{{{{#{head}}}}}{self.program(block.program)}{inverse}{{{{/{name}}}}}"

    def _partial(self, statement: PartialStatement) -> str:
        name = statement.name
        if isinstance(name, SubExpression):
            raise self._refusal("partials whose name is computed", span_of(name))
        if original(name).startswith("@"):
            raise self._refusal("partial blocks", span_of(name))
        self.partials.append((original(name), statement.indent))
        return f"{{{{{{{PARTIAL}{len(self.partials) - 1}{self._arguments(statement.params, statement.hash)}}}}}}}"

    def _is_helper(self, path: PathExpression, *, alone: bool) -> bool:
        simple = not path.data and not path.depth and not path.scoped and len(path.parts) == 1
        return simple and path.original in HELPERS and not (alone and path.original in self._variables)

    def _call(self, path: PathExpression, params: Sequence[Expression], hash_: Hash | None) -> str:
        spec = HELPERS[path.original]
        if len(params) < spec.least or (spec.most is not None and len(params) > spec.most):
            message = f"wrong arguments: {path.original} with {len(params)} arguments: {spec.signature}"
            raise self._error(message, span_of(path))
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
            if not _INDEX.fullmatch(part) and (not _NAME.fullmatch(part) or part in _KEYWORDS):
                raise self._refusal(f"the name {part!r}", span_of(path))
        # "this." before a name: pybars3 would look among the helpers first.
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

    def _refusal(self, part: str, span: Span) -> TemplateSyntaxError:
        return self._error(f"pybars3 cannot carry {part} safely", span)

    def _error(self, message: str, span: Span) -> TemplateSyntaxError:
        return TemplateSyntaxError(
            message,
            template=self._name,
            line=span.line,
            column=span.column,
            offset=span.offset,
            end=span.end,
            help="write it with plain names, or render without --engine pybars3",
        )


class Rendering:
    """One rendering: the helpers, and the work that remains.

    Args:
        limits: The limits of the rendering.
        budget: The work it may do; a new budget by default.
    """

    def __init__(self, limits: Limits, budget: Budget | None = None) -> None:
        self.limits = limits
        self.budget: Budget = budget or Budget(limits.work)

    def helpers(self) -> dict[str, Callable[..., object]]:
        """Return the helpers of every template."""
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
            RefusedError: The budget is spent.
        """
        self.budget.left -= work
        if self.budget.left < 0:
            raise RefusedError(f"rendering takes more work than {self.budget.limit} characters read and written")

    def _if(self, this: Any, options: Options, value: object, includeZero: object = None) -> object:  # noqa: ANN401, N803 - as pybars3 calls it
        return options["fn" if _is_met(value, includeZero) else "inverse"](this)

    def _unless(self, this: Any, options: Options, value: object, includeZero: object = None) -> object:  # noqa: ANN401, N803 - the same
        return options["inverse" if _is_met(value, includeZero) else "fn"](this)

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
        if isinstance(plain, list | tuple):
            return self._each(this, options, value)
        return options["fn"](self._scope(value, this))

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
            data = {"index": index, "key": key, "first": index == 0, "last": index == len(items) - 1}
            inner = PybarsValue(item, self.limits.output)
            result.grow(options["fn"](Scope(inner, this, this.root, **data)) or "")
        return result

    def _lookup(self, _this: object, value: object, key: object) -> PybarsValue | None:
        return None if raw(value) is None else PybarsValue(raw(value), self.limits.output)[raw(key)]

    def _scope(self, value: object, this: Any) -> Any:  # noqa: ANN401 - a class of pybars3
        inner = PybarsValue(raw(value), self.limits.output)
        return Scope(inner, this, this.root, index=this.index, key=this.key, first=this.first, last=this.last)

    def _adapted(self, helper: Helper) -> Callable[..., object]:
        def call(this: object, *values: object, **named: object) -> PybarsValue | None:
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
            return None if result is None else PybarsValue(result, self.limits.output)

        return call


class PybarsValue:
    """A JSON value that shows pybars3 its keys and items, and no Python attribute.

    pybars3 falls back from a missing key to an attribute of that name and calls the result, so this answers every key.

    Args:
        raw: The value.
        limit: The maximum length of its text, in characters.
    """

    __slots__ = ("limit", "raw")

    def __init__(self, raw: object, limit: int) -> None:
        self.raw: object = raw
        self.limit: int = limit

    def __getitem__(self, key: object) -> PybarsValue | None:
        """Return the value under a key; None if it is missing, so that pybars3 looks no further."""
        found = child(self.raw, str(key))
        return None if found is MISSING or found is None else PybarsValue(found, self.limit)

    def __iter__(self) -> Iterator[PybarsValue]:
        raise RefusedError("pybars3 cannot go through this value")

    def __str__(self) -> str:
        """Return the text that JavaScript prints.

        Raises:
            RefusedError: The value is an object, or holds one.
        """
        try:
            return text(self.raw, self.limit, objects=False)
        except ValueRefusedError as error:
            raise RefusedError(f"{error}; the `json` helper writes it") from error


def _is_met(value: object, include_zero: object) -> bool:
    plain = raw(value)
    return condition(plain) or (plain == 0 and plain is not False and condition(raw(include_zero)))


def raw(value: object) -> object:
    """Return the JSON value in an argument that pybars3 passes: a wrapped value or a scope."""
    if isinstance(value, Scope):
        return raw(value.context)
    return value.raw if isinstance(value, PybarsValue) else value
