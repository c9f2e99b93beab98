"""The pybars3 engine behind its guard.

pybars3 writes Python source from a template, and reads Python attributes of values. So our parser reads each template
first, a safe subset is written for pybars3 (`pybars_source`), and values are wrapped (`PybarsValue`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pybars import Compiler, PybarsError, Scope, strlist

from prompt_cli.domain.template import parse_template
from prompt_cli.engines.handlebars import NO_FILE
from prompt_cli.engines.pybars_source import PARTIAL, SECTION, VALUE, PybarsSource, decode_arguments, pybars_source
from prompt_cli.errors import TemplateRenderError, TemplateSyntaxError
from prompt_cli.handlebars import (
    HELPERS,
    PROMPT_HELPERS,
    PROMPT_OPTIONS,
    Helper,
    HelperError,
    Limits,
    Template,
)
from prompt_cli.handlebars.javascript import MISSING, ValueRefusedError, child, condition, empty, text
from prompt_cli.handlebars.runtime import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from prompt_cli.domain.json_values import JsonObject, JsonValue
    from prompt_cli.engines.protocol import CompiledTemplateProtocol, ItemPlace, PartialTemplate

    Options = Mapping[str, Any]


_WORK_OF_TURN = 500
"""The work of one turn of a loop, or of one partial: pybars3 does not report its size."""


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
        source = pybars_source(tree, name, variables)
        try:
            with _COMPILING:
                function = _OwnWhitespace().compile(source.source)
                # pybars3 makes a module of each template, and never removes one.
                sys.modules.pop(function.__module__, None)
        except (PybarsError, RecursionError, SyntaxError, ValueError) as error:
            raise TemplateSyntaxError(f"pybars3 cannot compile it ({type(error).__name__})", template=name) from error
        return PybarsTemplate(name, function, source, partials, self._limits)


_COMPILING = Lock()
"""Lock of the compiler: pybars3 has one state for all of them."""


@lru_cache(maxsize=256)
def _compile_text(template: str, variables: frozenset[str], limits: Limits) -> CompiledTemplateProtocol:
    return PybarsEngine(limits).compile(template, name=NO_FILE, variables=variables, partials={})


class _OwnWhitespace(Compiler):  # type: ignore[misc] # pybars3 has no types
    """pybars3 without its whitespace rules: our parser has applied those of handlebars.js."""

    def whitespace_control(self, source: str) -> str:
        return source


@dataclass(frozen=True, slots=True)
class PybarsTemplate:
    """A template compiled by pybars3, its source and its partials by name."""

    name: str
    function: Callable[..., object]
    source: PybarsSource
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
            **{f"{VALUE}{n}": _constant_helper(value) for n, value in enumerate(self.source.values)},
            **{f"{PARTIAL}{n}": self._partial_helper(*one, rendering) for n, one in enumerate(self.source.partials)},
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
            return _indent(str(partial.template.run(scope, this.root, rendering)), indent)

        return include


def _constant_helper(value: str | float) -> Callable[[object], str | float]:
    return lambda this: value  # noqa: ARG005 - as pybars3 calls it


def _indent(text: str, indent: str) -> str:
    if not indent:
        return text
    lines = text.split("\n")
    return "\n".join(f"{indent}{line}" if line or n + 1 < len(lines) else line for n, line in enumerate(lines))


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
            SECTION: self._section,
            "lookup": self._lookup,
            "log": lambda this, *values, **hash_: None,  # noqa: ARG005 - nothing is ever printed
        }
        return {**{name: self._adapt(helper) for name, helper in PROMPT_HELPERS.items()}, **own}

    def spend(self, work: int) -> None:
        """Count work, in characters.

        Raises:
            RefusedError: The budget is spent.
        """
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
        value = child(self.raw, str(key))
        return None if value is MISSING or value is None else PybarsValue(value, self.limit)

    def __iter__(self) -> Iterator[PybarsValue]:
        raise RefusedError("pybars3 cannot iterate over this value")

    def __str__(self) -> str:
        """Return the text that JavaScript prints.

        Raises:
            RefusedError: The value is an object, or holds one.
        """
        try:
            return text(self.raw, self.limit, objects=False)
        except ValueRefusedError as error:
            raise RefusedError(f"{error}; the `json` helper writes it") from error


def _holds(value: object, hash_: Mapping[str, object]) -> bool:
    plain = raw(value)
    return condition(plain) or (plain == 0 and plain is not False and condition(raw_pairs(hash_).get("includeZero")))


def raw_pairs(hash_: Mapping[str, object]) -> dict[str, object]:
    """Return the JSON values of `key=value` arguments, by key."""
    return {key: raw(value) for key, value in decode_arguments(hash_).items()}


def raw(value: object) -> object:
    """Return the JSON value in an argument that pybars3 passes: a wrapped value or a scope."""
    if isinstance(value, Scope):
        return raw(value.context)
    return value.raw if isinstance(value, PybarsValue) else value
