"""The pybars3 engine behind its guard.

pybars3 copies names and strings of a template into Python source, and reads Python attributes of values. So our parser
reads each template first, and a safe subset is written for pybars3: names of letters and digits stay; texts, strings
and numbers become helpers without arguments, and any other key is looked up by the helper ``lookup``. Values are
wrapped (`PybarsValue`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

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
    Expression,
    Hash,
    Helper,
    HelperError,
    Limits,
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
from prompt_cli.handlebars.javascript import MISSING, ValueRefusedError, child, condition, empty, text
from prompt_cli.handlebars.lint import check_call, unknown_helper
from prompt_cli.handlebars.nodes import HelperCall, original
from prompt_cli.handlebars.partials import indented
from prompt_cli.handlebars.runtime import Budget

if TYPE_CHECKING:
    from prompt_cli.domain.json_values import JsonObject, JsonValue
    from prompt_cli.engines.protocol import CompiledTemplateProtocol, ItemPlace, PartialTemplate

    Options = Mapping[str, Any]


MAX_DEPTH = 40  # the maximum depth of blocks, each `else if` counted as one
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)
_DATA = frozenset({"index", "key", "first", "last", "root"})
# pybars3 does not read these as names.
_KEYWORDS = frozenset({"this", "true", "false", "null", "undefined", "else"})
_BLOCK_PARAMS = {"each": 2, "with": 1}  # their number, by helper

# Names of our own helpers: constants and partials (a number follows), and blocks that call no helper.
_VALUE, _PARTIAL, _SECTION = "value", "partial", "section"
_PARAM = "param"  # key of a block parameter (a hyphen and a number follow, so that no name in a template is the same)
_WORK_OF_TURN = 500  # of a loop, or of one partial: pybars3 does not report its size


class RefusedError(Exception):
    """Error of a template that the guard refuses; the message holds no value."""


class PybarsEngine:
    """Engine that renders by pybars3, behind a guard, for teams that come from it.

    pybars3 turns templates into Python source, and reads attributes of values. So our parser reads each template first
    and passes on only constructs that cannot carry code, and values show pybars3 their keys alone; any other construct
    is a `TemplateSyntaxError` with the reason. The page about templates lists the differences from the default engine.

    Args:
        limits: The limits of each rendering.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage, PromptManager, PromptRegistry
        >>> file = '''
        ... id: greeting
        ... version: 1.0.0
        ... format: text
        ... variables: {name: {type: string}, formal: {type: boolean, default: false}}
        ... template: "{{#if formal}}Dear {{name}}{{else if name}}Hi {{name}}{{/if}}"
        ... '''
        >>> manager = PromptManager(PromptRegistry(InMemoryStorage({"greeting": file})), PybarsEngine())
        >>> asyncio.run(manager.render("greeting", {"name": "Ada"}))
        'Hi Ada'
    """

    name = "pybars3"

    def __init__(self, limits: Limits = PROMPT_OPTIONS.limits) -> None:
        self._limits = limits

    async def render(self, template: str, variables: Mapping[str, JsonValue] | None = None) -> str:
        """Render a template that is not in a file; see `TemplateEngine.render`."""
        values = dict(variables or {})
        return _compile_text(template, frozenset(HELPERS.keys() & values.keys()), self._limits).render(values)

    def new_budget(self) -> Budget:
        """Return a budget for the work of all templates of a prompt; see `TemplateEngine.new_budget`."""
        return Budget(self._limits.work)

    def compile(
        self, content: str, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> CompiledTemplateProtocol:
        """Compile a template; see `TemplateEngineProtocol.compile`."""
        return self.compile_tree(parse_template(content, name), name=name, variables=variables, partials=partials)

    def compile_tree(
        self, tree: Template, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> CompiledTemplateProtocol:
        """Compile a parsed template; see `TemplateEngine.compile_tree`."""
        writer = _SourceWriter(name, variables)
        source = writer.program(tree.program)
        try:
            with _COMPILING:
                function = _OwnWhitespace().compile(source)
                # pybars3 makes a module of each template, and never removes one.
                sys.modules.pop(function.__module__, None)
        except (PybarsError, RecursionError, SyntaxError, ValueError) as error:
            raise TemplateSyntaxError(f"pybars3 cannot compile it ({type(error).__name__})", template=name) from error
        return PybarsTemplate(name, function, writer.constants, writer.includes, partials, self._limits)


_COMPILING = Lock()  # lock of the compiler: pybars3 has one state for all of them


@lru_cache(maxsize=256)
def _compile_text(template: str, variables: frozenset[str], limits: Limits) -> CompiledTemplateProtocol:
    return PybarsEngine(limits).compile(template, name=NO_FILE, variables=variables, partials={})


class _OwnWhitespace(Compiler):  # type: ignore[misc] # pybars3 has no types
    """pybars3 without its whitespace rules: our parser has applied those of handlebars.js."""

    def whitespace_control(self, source: str) -> str:
        return source


@dataclass(frozen=True, slots=True)
class PybarsTemplate:
    """A template compiled by pybars3, and its partials by name."""

    name: str
    function: Callable[..., object]
    constants: Sequence[str | float]  # the values of the helpers `value0`, `value1` ...
    includes: Sequence[tuple[str, str]]  # the names and indents of the helpers `partial0` ...
    partials: Mapping[str, PartialTemplate]
    limits: Limits

    def render(self, values: JsonObject, budget: Budget | None = None) -> str:
        """Render the template."""
        context = PybarsValue(values, self.limits.output)
        # Our scope has no parent; in its own, pybars3 would find the values again.
        return self._render(Scope(context, None, context), context, budget)

    def render_item(self, place: ItemPlace, budget: Budget | None = None) -> str:
        """Render the template as the block of an ``each``."""
        root = PybarsValue(place.values, self.limits.output)
        item = PybarsValue(place.item, self.limits.output)
        parent, number = Scope(root, None, root), place.number
        first, last = number == 0, number == place.size - 1
        return self._render(Scope(item, parent, root, None, number, number, first, last), root, budget)

    def _render(self, scope: Scope, root: PybarsValue, budget: Budget | None) -> str:
        try:
            result = str(self.run(scope, root, Rendering(self.limits, budget)))
        except (RefusedError, ValueRefusedError) as error:
            raise TemplateRenderError(str(error), template=self.name) from error
        except PybarsError as error:
            raise TemplateRenderError("pybars3 could not render it", template=self.name) from error
        except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
            # The code that pybars3 wrote raises these; their messages may hold a value.
            message = f"pybars3 could not render it ({type(error).__name__})"
            raise TemplateRenderError(message, template=self.name) from error
        if len(result) > self.limits.output:
            raise TemplateRenderError(f"more than {self.limits.output} characters", template=self.name)
        return result

    def run(self, context: object, root: object, rendering: Rendering) -> object:
        """Call the compiled function with our helpers."""
        helpers: dict[str, Callable[..., object]] = {
            **rendering.helpers(),
            **{f"{_VALUE}{n}": _constant_helper(value) for n, value in enumerate(self.constants)},
            **{f"{_PARTIAL}{n}": self._partial_helper(*one, rendering) for n, one in enumerate(self.includes)},
        }
        return self.function(context, helpers=helpers, partials={}, root=root)

    def _partial_helper(self, name: str, indent: str, rendering: Rendering) -> Callable[..., object]:
        def include(this: Any, *context: object, **hash_: object) -> str:  # noqa: ANN401 - a class of pybars3
            partial = self.partials.get(name)
            if partial is None or not isinstance(partial.template, PybarsTemplate):
                raise RefusedError(f"unknown partial {name!r}")
            rendering.spend(_WORK_OF_TURN)
            values = raw(context[0] if context else this)
            values = {} if values is None and hash_ else values
            if isinstance(values, dict):
                # pybars3 passes None for a missing argument; the default replaces it.
                pairs = {
                    key: partial.defaults.get(key) if value is None else value
                    for key, value in raw_pairs(hash_).items()
                }
                values = {**partial.defaults, **values, **pairs}
            scope = Scope(PybarsValue(values, rendering.limits.output), this, this.root)
            return indented(str(partial.template.run(scope, this.root, rendering)), indent)

        return include


def _constant_helper(value: str | float) -> Callable[[object], str | float]:
    return lambda this: value  # noqa: ARG005 - as pybars3 calls it


class Rendering:
    """One rendering: its helpers, and the remaining work."""

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
            _SECTION: self._section,
            "lookup": self._lookup,
            "log": lambda this, *values, **hash_: None,  # noqa: ARG005 - nothing is ever printed
        }
        return {**{name: self._adapt(helper) for name, helper in PROMPT_HELPERS.items()}, **own}

    def spend(self, work: int) -> None:
        """Count work, in characters, and refuse to go on when the budget is spent."""
        self.budget.remaining -= work
        if self.budget.remaining < 0:
            raise RefusedError(f"rendering takes more work than {self.budget.limit} characters read and written")

    def _if(self, this: Any, options: Options, value: object, **hash_: object) -> object:  # noqa: ANN401 - as pybars3 calls it
        return options["fn" if _holds(value, hash_) else "inverse"](this)

    def _unless(self, this: Any, options: Options, value: object, **hash_: object) -> object:  # noqa: ANN401 - the same
        return options["inverse" if _holds(value, hash_) else "fn"](this)

    def _with(self, this: Any, options: Options, value: object, param: str = "", **_hash: object) -> object:  # noqa: ANN401 - the same
        if empty(raw(value)):
            return options["inverse"](this)
        return options["fn"](self._scope(value, this, param))

    def _section(self, this: Any, options: Options, value: object) -> object:  # noqa: ANN401 - the same
        plain = raw(value)
        if plain is None or plain is False:
            return options["inverse"](this)
        if plain is True:
            return options["fn"](this)
        if isinstance(plain, list | tuple):
            return self._each(this, options, value)
        return options["fn"](self._scope(value, this))

    def _each(self, this: Any, options: Options, value: object, names: str = "", **_hash: object) -> object:  # noqa: ANN401 - the same
        plain = raw(value)
        if isinstance(plain, dict):
            items = list(plain.items())
        else:
            items = list(enumerate(plain)) if isinstance(plain, list | tuple) else []
        if not items:
            return options["inverse"](this)
        result = strlist()
        for index, (key, item) in enumerate(items):
            self.spend(_WORK_OF_TURN)
            data = {"index": index, "key": key, "first": index == 0, "last": index == len(items) - 1}
            inner = PybarsValue(item, self.limits.output)
            params = dict(zip(names.split(), (inner, PybarsValue(key, self.limits.output)), strict=False))
            overrides = {**(this.overrides or {}), **params}
            result.grow(options["fn"](Scope(inner, this, this.root, overrides, **data)) or "")
        return result

    def _lookup(self, _this: object, value: object, key: object, **_hash: object) -> PybarsValue | None:
        return None if raw(value) is None else PybarsValue(raw(value), self.limits.output)[raw(key)]

    def _scope(self, value: object, this: Any, param: str = "") -> Any:  # noqa: ANN401 - a class of pybars3
        inner = PybarsValue(raw(value), self.limits.output)
        overrides = {**(this.overrides or {}), **({param: inner} if param else {})}
        return Scope(
            inner, this, this.root, overrides, index=this.index, key=this.key, first=this.first, last=this.last
        )

    def _adapt(self, helper: Helper) -> Callable[..., object]:
        def call(this: object, *values: object, **hash_: object) -> PybarsValue | None:
            options = SimpleNamespace(
                name=helper.spec.name,
                hash=raw_pairs(hash_),
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
    """

    __slots__ = ("limit", "raw")

    def __init__(self, raw: object, limit: int) -> None:
        self.raw: object = raw
        self.limit: int = limit  # on the length of its text, in characters

    def __getitem__(self, key: object) -> PybarsValue | None:
        """Return the value under a key; None if it is missing, so that pybars3 looks no further."""
        value = child(self.raw, str(key))
        return None if value is MISSING or value is None else PybarsValue(value, self.limit)

    def __iter__(self) -> Iterator[PybarsValue]:
        raise RefusedError("pybars3 cannot iterate over this value")

    def __str__(self) -> str:
        """Return the text that JavaScript prints; an object, or a list that holds one, is refused."""
        try:
            return text(self.raw, self.limit, objects=False)
        except ValueRefusedError as error:
            raise RefusedError(f"{error}; the `json` helper writes it") from error


def _holds(value: object, hash_: Mapping[str, object]) -> bool:
    plain = raw(value)
    return condition(plain) or (plain == 0 and plain is not False and condition(raw_pairs(hash_).get("includeZero")))


def raw_pairs(hash_: Mapping[str, object]) -> dict[str, object]:
    """Return the JSON values of `key=value` arguments, whose keys `_encode` wrote, by key."""
    return {
        bytes.fromhex(name.removeprefix("key_")).decode("utf-8", "surrogatepass"): raw(value)
        for name, value in hash_.items()
    }


def raw(value: object) -> object:
    """Return the JSON value in an argument that pybars3 passes: a wrapped value or a scope."""
    if isinstance(value, Scope):
        return raw(value.context)
    return value.raw if isinstance(value, PybarsValue) else value


class _SourceWriter:
    """Writer of a template for pybars3, which refuses what that cannot carry safely, or would silently drop.

    It collects texts and literals of arguments as constants, and the names and indents of included partials.
    """

    def __init__(self, name: str, variables: Collection[str]) -> None:
        self.constants: list[str | float] = []
        self.includes: list[tuple[str, str]] = []
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
        self.constants.append(value)
        return f"{_VALUE}{len(self.constants) - 1}"

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
            name, head = _SECTION, f"{_SECTION} {self._value(block.path)}"
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
        self.includes.append((original(name), statement.indent))
        return f"{{{{{{{_PARTIAL}{len(self.includes) - 1}{self._arguments(statement.params, statement.hash)}}}}}}}"

    def _is_param(self, path: PathExpression) -> bool:
        if path.data or path.depth or path.scoped or not path.parts:
            return False
        return path.parts[0] in self._block_params

    def _is_call(self, node: HelperCall) -> bool:
        """Return whether a tag calls a helper, not prints or tests a value; unknown helpers are refused."""
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
