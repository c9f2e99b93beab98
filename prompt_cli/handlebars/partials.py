"""Partials: their sources, their uses in templates, and closures that include them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .errors import Span
from .javascript import MISSING, ValueRefusedError, property_key
from .nodes import PartialStatement, Source, SubExpression, Template, original, programs, span_of
from .parser import parse
from .runtime import STEP, Emit, Getter, Limits, Options, Parents, Render, Scope, Site, Unit, parents_inside

if TYPE_CHECKING:
    from .compiler import CompiledTemplate

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
PartialSource: TypeAlias = "str | Template | CompiledTemplate | Partial"
Partials: TypeAlias = Mapping[str, PartialSource] | Callable[[str], "PartialSource | None"]


class Partial(NamedTuple):
    """A partial with its defaults and variables.

    It has `partials` of its own if they are not those of its includer: an old version includes old versions. Equal
    callables and identical mappings are read once.
    """

    template: "str | Template | CompiledTemplate"
    defaults: Mapping[str, object] = {}  # for keys that the context lacks, if that is an object
    variables: Collection[str] = ()  # names that are data, even if a helper has the same name
    partials: Partials | None = None


class PartialUse(NamedTuple):
    """An inclusion of a partial, by the range of its name."""

    name: str | None  # None if it is computed
    fallback: bool  # whether a block replaces a missing partial
    span: Span


class ResolvedPartial(NamedTuple):
    """A partial ready to be compiled or analysed; `options` are those of one that is compiled already."""

    template: Template
    defaults: Mapping[str, object]
    variables: Collection[str]
    options: Options | None
    compiled: "CompiledTemplate | None"
    sources: "PartialSources"


class PartialSources:
    """Partials by name, each parsed once; `shared` holds the sources of the partials of partials."""

    def __init__(
        self, partials: Partials | None, limits: Limits, shared: "dict[object, PartialSources] | None" = None
    ) -> None:
        self.partials = partials
        self._limits = limits
        self._resolved: dict[str, ResolvedPartial | None] = {}
        self._shared = shared

    def find(self, name: str) -> ResolvedPartial | None:
        """Return the partial of this name, if there is one."""
        if name not in self._resolved:
            self._resolved[name] = self._resolve(name)
        return self._resolved[name]

    def _resolve(self, name: str) -> ResolvedPartial | None:
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
        return ResolvedPartial(template, partial.defaults, variables, options, compiled, sources)

    def _sources_of(self, partials: Partials | None) -> "PartialSources":
        if partials is None or partials is self.partials:
            return self
        if not (callable(partials) or partials):
            return PartialSources(partials, self._limits)  # nothing to share
        if self._shared is None:  # created late: a reference to itself needs the garbage collector
            self._shared = {} if self.partials is None else {_identity(self.partials): self}
        identity = _identity(partials)
        if identity not in self._shared:
            self._shared[identity] = PartialSources(partials, self._limits, self._shared)
        return self._shared[identity]


def _identity(partials: Partials) -> object:
    return partials if callable(partials) else id(partials)


PARTIAL_BLOCK = "@partial-block"


class Inline(NamedTuple):
    """An inline partial of a program; its name is read at the start of that program."""

    name: Callable[[object, Scope], str]
    program: "CompiledProgram"
    site: Site


class CompiledProgram(NamedTuple):
    """A program as closures."""

    render: Render
    inlines: tuple[Inline, ...] = ()
    uses: frozenset[str] = frozenset()  # the data variables and parents that it may read, as in CompileState
    block_params: bool = False  # whether it names block parameters
    size: int = 0  # of the source, in characters: the work of one pass

    def bind(self, context: object, scope: Scope, depths: Parents) -> tuple[Render, dict[str, Render]]:
        """Return the render function of the program in a context, and the inline partials it defines.

        handlebars.js runs decorators when a program is created, not when it renders: `../` leads to `depths`, the
        contexts around the program.
        """
        if not self.inlines:
            return self.render, {}
        defined: dict[str, Render] = {}
        for inline in self.inlines:
            render, _ = inline.program.bind(context, scope, depths)
            defined[inline.name(context, scope)] = _inline(render, scope, depths, inline)
        return _with_inlines(self.render, defined, self.inlines[0].site), defined


def external(program: CompiledProgram, defaults: Mapping[str, object]) -> Render:
    """Render a partial that is not inline; `../` does not lead out of the partial."""
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
    read: Getter,
    program: CompiledProgram | None,
    indent: str,
    site: Site,
) -> Render:
    """Render `{{> name}}` or, with a program, `{{#> name}}`; `read` reads the context of the partial."""

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
            text = run.capture(target, read(context, scope), inner, site)
            run.spend(len(text) + (text.count("\n") + 1) * len(indent), site)
            emit(indented(text, indent))
        else:
            target(read(context, scope), inner, emit)
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


def with_hash(read_context: Getter, pairs: Mapping[str, Getter], *, drops: bool) -> Getter:
    """Read the context of a partial, extended by its `key=value` arguments.

    With `drops`, the partial has no value under the key of a missing argument, so that its default applies.
    """

    def read(context: object, scope: Scope) -> object:
        value = read_context(context, scope)
        if isinstance(value, dict | list | tuple | str):
            scope.unit.run.spend(STEP * len(value))
        extended = _own_properties(value)
        for key, read_value in pairs.items():
            argument = read_value(context, scope)
            if drops and argument is MISSING:
                extended.pop(key, None)
            else:
                extended[key] = argument
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


def indented(text: str, indent: str) -> str:
    """Indent every line, blank ones too, but nothing after a last line break (as in handlebars.js)."""
    if not text:
        return ""
    indented = indent + text.removesuffix("\n").replace("\n", "\n" + indent)
    return indented + "\n" if text.endswith("\n") else indented


def partial_uses(template: Template) -> tuple[PartialUse, ...]:
    """Return the partials that a template includes, without their contexts, which only a slow analysis finds."""
    source = template.source
    if ">" not in source or not any(opening in source for opening in ("{{>", "{{#>", "{{~>", "{{~#>")):
        return ()
    if "#>" in source or "#*" in source:  # names of partial blocks and inline partials depend on the scope
        from .analysis import analyse  # rendering needs no analysis

        return tuple([PartialUse(one.name, one.fallback, one.span) for one in analyse(template).partials])
    statements = [one for program, _, is_entry in programs(template) if is_entry for one in program.body]
    nodes = [one.name for one in statements if isinstance(one, PartialStatement)]
    names = [(None if isinstance(node, SubExpression) else original(node), node) for node in nodes]
    return tuple(
        [PartialUse(name, fallback=False, span=span_of(node)) for name, node in names if name != PARTIAL_BLOCK]
    )
