"""Partials: where they come from, and closures that include them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .javascript import ValueRefusedError, property_key
from .nodes import Source, Template
from .parser import parse
from .runtime import STEP, Scope, Unit, parents_inside

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from .api import CompiledTemplate
    from .printing import PrintItem
    from .runtime import Emit, Getter, Limits, Options, Parents, Render, Site

    Blocks: TypeAlias = "tuple[CompiledProgram, CompiledProgram]"

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
PartialSource: TypeAlias = "str | Template | CompiledTemplate | Partial"
Partials: TypeAlias = "Mapping[str, PartialSource] | Callable[[str], PartialSource | None]"


class Partial(NamedTuple):
    """A partial with its defaults and variables.

    Attributes:
        template: The partial.
        defaults: Values for keys that context lacks, if it is an object.
        variables: Names that are data in it, even where a helper has the same name.
        partials: What it includes, if that is not found where its includer finds partials: an old version of it goes
            on including the old versions of those. A callable is known again by equality, a mapping by identity.
    """

    template: str | Template | CompiledTemplate
    defaults: Mapping[str, object] = {}
    variables: Collection[str] = ()
    partials: Partials | None = None


class FoundPartial(NamedTuple):
    """A partial that was looked up.

    Attributes:
        template: Its syntax tree.
        defaults: Values for keys its context lacks.
        variables: Names that are data in it.
        options: How it is rendered, if it brings that along.
        compiled: It, compiled, if it comes so.
        sources: Where it finds what it includes.
    """

    template: Template
    defaults: Mapping[str, object]
    variables: Collection[str]
    options: Options | None
    compiled: CompiledTemplate | None
    sources: PartialSources


class PartialSources:
    """Partials by name, each parsed once.

    Args:
        partials: The partials.
        limits: How deep templates may be nested.
        known: The sources made so far for the partials of partials, so that those many include are made once.

    Attributes:
        partials: The partials.
    """

    __slots__ = ("_found", "_known", "_limits", "partials")

    def __init__(
        self, partials: Partials | None, limits: Limits, known: dict[object, PartialSources] | None = None
    ) -> None:
        self.partials = partials
        self._limits = limits
        self._found: dict[str, FoundPartial | None] = {}
        self._known = known

    def find(self, name: str) -> FoundPartial | None:
        """Return the partial of this name, if there is one.

        Raises:
            HandlebarsSyntaxError: It is no template.
        """
        if name not in self._found:
            self._found[name] = self._look_up(name)
        return self._found[name]

    def _look_up(self, name: str) -> FoundPartial | None:
        partials = self.partials
        if partials is None:
            return None
        source = partials(name) if callable(partials) else partials.get(name)
        if source is None:
            return None
        partial = source if isinstance(source, Partial) else Partial(source)
        template, variables, options, compiled = partial.template, partial.variables, None, None
        if not isinstance(template, str | Template):
            compiled = None if partial.variables else template
            options = template.options
            variables = variables or template.variables
            template = template.template
        if isinstance(template, str):
            template = parse(template, name=name, limits=self._limits)
        elif template.name is None:
            template = template._replace(origin=Source(template.source, name))
        sources = self._sources_of(partial.partials)
        return FoundPartial(template, partial.defaults, variables, options, compiled, sources)

    def _sources_of(self, partials: Partials | None) -> PartialSources:
        if partials is None or partials is self.partials:
            return self
        if not (callable(partials) or partials):
            return PartialSources(partials, self._limits)  # nothing to share
        if self._known is None:  # created late: sources that refer to themselves need the garbage collector
            self._known = {} if self.partials is None else {_identity(self.partials): self}
        identity = _identity(partials)
        if identity not in self._known:
            self._known[identity] = PartialSources(partials, self._limits, self._known)
        return self._known[identity]


def _identity(partials: Partials) -> object:
    return partials if callable(partials) else id(partials)


PARTIAL_BLOCK = "@partial-block"
_OPENINGS = "{{>", "{{#>", "{{~>", "{{~#>"
"""The openings of the tags of partials."""


class Inline(NamedTuple):
    """An inline partial of a program: its name, as read where the program is opened, its own program and its place."""

    name: Callable[[object, Scope], str]
    program: CompiledProgram
    site: Site


class CompiledProgram(NamedTuple):
    """A program as closures.

    Attributes:
        render: Renders its statements.
        inlines: The inline partials it defines.
        uses: What it may read beside its context, as in CompileState.
        block_params: Whether it names block parameters.
        item: Where it prints nothing but its context between two texts, those texts and the step.
        size: Its length in the source, in characters: the work of going through it once.
    """

    render: Render
    inlines: tuple[Inline, ...] = ()
    uses: frozenset[str] = frozenset()
    block_params: bool = False
    item: PrintItem | None = None
    size: int = 0

    def bind(self, context: object, scope: Scope, depths: Parents) -> tuple[Render, dict[str, Render]]:
        """Return the render function of the program in a context, and the inline partials it defines.

        handlebars.js runs decorators when it creates the program, not when the program renders: the partials see
        `depths`, what is around the program, through `../`.
        """
        if not self.inlines:
            return self.render, {}
        defined: dict[str, Render] = {}
        for inline in self.inlines:
            render, _ = inline.program.bind(context, scope, depths)
            defined[inline.name(context, scope)] = _inline(render, scope, depths, inline)
        return _with_inlines(self.render, defined, self.inlines[0].site), defined


def may_have_partials(source: str) -> bool:
    """Return whether a template may include partials, by its text alone."""
    return any(opening in source for opening in _OPENINGS)


def external(program: CompiledProgram, defaults: Mapping[str, object]) -> Render:
    """Render a partial from outside; it sees none of the contexts around it."""
    body, work = program.render, program.size + STEP * len(defaults)

    def render(context: object, scope: Scope, emit: Emit) -> None:
        run = scope.unit.run
        run.spend(work)
        if defaults and isinstance(context, dict):
            lacking = {key: value for key, value in defaults.items() if key not in context}
            if lacking:
                run.spend(STEP * len(context))
                context = {**context, **lacking}
        if program.inlines:
            program.bind(context, scope, None)[0](context, scope, emit)
        else:
            body(context, scope, emit)

    return render


def include(
    find: Callable[[object, Scope], Render | None],
    given: Getter,
    program: CompiledProgram | None,
    indent: str,
    site: Site,
) -> Render:
    """Render `{{> name}}` or, with a program, `{{#> name}}`.

    Args:
        find: Finds the partial.
        given: Reads the context it gets.
        program: What stands in the block.
        indent: What its lines are indented by.
        site: The place of the statement.
    """

    def render(context: object, scope: Scope, emit: Emit) -> None:
        run = scope.unit.run
        run.enter_partial(site)
        target = find(context, scope)
        inner = Scope(None, scope.data, None, Unit(run, scope.unit.inline), scope.block)
        if program:
            run.spend(STEP * len(scope.unit.inline), site)
            block, defined = _partial_block(program, context, scope)
            inner.block = block
            inner.data = {**scope.data, "_parent": scope.data}
            inner.unit.inline = {**scope.unit.inline, **defined}
            target = target or block
        if target is None:
            raise site.error(f"the partial {site.label!r} could not be found")
        if indent:
            text = run.capture(target, given(context, scope), inner, site)
            run.spend(len(text) + (text.count("\n") + 1) * len(indent), site)
            emit(_indented(text, indent))
        else:
            target(given(context, scope), inner, emit)
        run.depth -= 1

    return render


def find_static(name: str, find_external: Callable[[str], Render | None]) -> Callable[[object, Scope], Render | None]:
    """Find the partial of a fixed name."""

    def find(_context: object, scope: Scope) -> Render | None:
        target = scope.unit.inline.get(name) or find_external(name)
        return target or (scope.block if name == PARTIAL_BLOCK else None)

    return find


def name_of(read_value: Getter, site: Site) -> Callable[[object, Scope], str]:
    """Read the name of a partial."""

    def read(context: object, scope: Scope) -> str:
        try:
            return property_key(read_value(context, scope))
        except ValueRefusedError as error:
            raise site.error(f"the name of a partial: {error}") from None

    return read


def find_dynamic(
    name: Callable[[object, Scope], str], find_external: Callable[[str], Render | None]
) -> Callable[[object, Scope], Render | None]:
    """Find the partial of a computed name."""

    def find(context: object, scope: Scope) -> Render | None:
        key = name(context, scope)
        return scope.unit.inline.get(key) or find_external(key)

    return find


def with_hash(given: Getter, pairs: tuple[tuple[str, Getter], ...]) -> Getter:
    """Read the context of a partial, extended by its `key=value` arguments."""

    def read(context: object, scope: Scope) -> object:
        value = given(context, scope)
        if isinstance(value, dict | list | tuple | str):
            scope.unit.run.spend(STEP * len(value))
        extended = _own_properties(value)
        for key, read_value in pairs:
            extended[key] = read_value(context, scope)
        return extended

    return read


def _own_properties(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list | tuple | str):
        return {str(index): item for index, item in enumerate(value)}
    return {}


def _inline(render: Render, around: Scope, depths: Parents, inline: Inline) -> Render:
    unit, params, size, site = around.unit, around.params, inline.program.size, inline.site

    def invoke(context: object, scope: Scope, emit: Emit) -> None:
        unit.run.spend(size, site)
        parents = parents_inside(depths, context, unit.run)
        render(context, Scope(parents, scope.data, (None, params), unit, scope.block), emit)

    return invoke


def _partial_block(program: CompiledProgram, context: object, scope: Scope) -> tuple[Render, dict[str, Render]]:
    depths = (context, scope.parents)
    render, defined = program.bind(context, scope, depths)

    def block(inner: object, callee: Scope, emit: Emit) -> None:
        callee.unit.run.spend(program.size)
        data = {**callee.data, "_parent": callee.data}
        parents = parents_inside(depths, inner, callee.unit.run)
        render(inner, Scope(parents, data, (None, scope.params), scope.unit, scope.block), emit)

    return block, defined


def _with_inlines(render_body: Render, defined: dict[str, Render], site: Site) -> Render:
    def render(context: object, scope: Scope, emit: Emit) -> None:
        unit = scope.unit
        before = unit.inline
        unit.run.spend(STEP * (len(before) + len(defined)), site)
        unit.inline = {**before, **defined}
        render_body(context, scope, emit)
        unit.inline = before

    return render


def _indented(text: str, indent: str) -> str:
    """Indent every line, blank ones too, but not the end after a last line break (as in handlebars.js)."""
    if not text:
        return ""
    indented = indent + text.removesuffix("\n").replace("\n", "\n" + indent)
    return indented + "\n" if text.endswith("\n") else indented
