"""Compiling and rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compiler import compile_program
from .errors import HandlebarsSyntaxError, Span
from .helpers import BUILT_IN
from .javascript import MISSING
from .parser import parse
from .partials import PartialSources, external
from .runtime import CompileState, Options, Run, Scope, Site, Unit, parents_inside

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .helpers import Helper, HelperFunction
    from .nodes import Template
    from .partials import CompiledProgram, JsonValue, Partials, ResolvedPartial
    from .runtime import Budget, Render


class Environment:
    """Helpers and partials by name; a partial is compiled at its first inclusion.

    Attributes:
        helpers: The helpers beside the built-in ones.
        options: The options of rendering.
        sources: The sources of partials.
    """

    def __init__(
        self,
        helpers: Mapping[str, Helper | HelperFunction],
        sources: PartialSources,
        options: Options,
        inside: dict[PartialSources, Environment] | None = None,
    ) -> None:
        self.helpers = helpers
        self._names = {**dict.fromkeys(helpers), **dict.fromkeys(BUILT_IN)}  # in order, without duplicates
        self.options = options
        self.sources = sources
        self._compiled: dict[str, Render | None] = {}
        self._inside = inside  # the environments of partials with partials of their own

    def partial(self, name: str) -> Render | None:
        """Return the compiled partial of this name, if there is one."""
        if name not in self._compiled:
            partial = self.sources.find(name)
            self._compiled[name] = None if partial is None else self._external(partial)
        return self._compiled[name]

    def _external(self, partial: ResolvedPartial) -> Render:
        program = self._shared(partial)
        if program is None:
            inside = self._of(partial.sources)
            program = inside.compile(partial.template, partial.options or self.options, partial.variables)
        return external(program, partial.defaults)

    def _of(self, sources: PartialSources) -> Environment:
        """Return the environment of partials that include from these sources."""
        if sources is self.sources:
            return self
        if self._inside is None:  # not earlier: a reference to itself needs the garbage collector
            self._inside = {self.sources: self}
        if sources not in self._inside:
            self._inside[sources] = Environment(self.helpers, sources, self.options, self._inside)
        return self._inside[sources]

    def _shared(self, partial: ResolvedPartial) -> CompiledProgram | None:
        """Return the program of a partial compiled with the same options and helpers; many templates may share it."""
        compiled = partial.compiled
        if compiled is None or compiled.template is not partial.template or compiled.options is not self.options:
            return None
        partials = compiled.environment.sources.partials
        same = compiled.environment.helpers is self.helpers and partials is partial.sources.partials
        return compiled.program if same and partials is not None else None

    def compile(self, template: Template, options: Options, variables: Collection[str]) -> CompiledProgram:
        """Compile a template to closures."""
        state = CompileState(self.helpers, self._names, self.partial, template, options, variables)
        return compile_program(template.program, state)


_OPTIONS = Options()
_TOO_DEEP = "the template is nested too deeply for the stack that is left"


class CompiledTemplate:
    """A compiled template; threads may render it at the same time.

    Attributes:
        template: The syntax tree.
        options: The options of rendering.
        variables: Names that are data, even if a helper has the same name.
        environment: The helpers and partials.
        program: The closures.
    """

    def __init__(
        self, template: Template, environment: Environment, options: Options, variables: Collection[str]
    ) -> None:
        self.template = template
        self.options = options
        self.variables = variables
        self.environment = environment
        self.program: CompiledProgram = environment.compile(template, options, variables)

    def render(
        self,
        context: JsonValue,
        *,
        data: Mapping[str, JsonValue] | None = None,
        around: object = MISSING,
        budget: Budget | None = None,
    ) -> str:
        """Render the template.

        Args:
            context: The start of all paths, usually a dict.
            data: Data variables: `{"level": 1}` is `{{@level}}`.
            around: The context of `../`, as around the block of an `each`; by default there is none.
            budget: The work that renders may do together; None for a new budget.

        Raises:
            HandlebarsRenderError: The data, a helper or a partial does not fit, or a limit is reached.
            HandlebarsSyntaxError: A partial is not a valid template.
        """
        whole = Site(self.template.name, self.template)
        run = Run(self.options, whole, budget)
        parents = None if around is MISSING else parents_inside((around, None), context, run)
        scope = Scope(parents, _data(context, data), None, Unit(run, {}), None)
        try:
            render, _ = self.program.bind(MISSING, scope, None)
            render(context, scope, run.pieces.append)
            output = run.text(whole)
            run.spend(self.program.size + len(output), whole)
        except RecursionError:
            raise whole.error(_TOO_DEEP) from None
        return output


def _data(context: object, data: Mapping[str, object] | None) -> dict[str, object]:
    """Return the data variables of the outermost frame (initData of handlebars.js)."""
    if data is None:
        return {"root": context}
    frame = dict(data)
    return frame if "root" in frame else {**frame, "_parent": frame, "root": context}


def compile(  # noqa: A001 - the name in handlebars.js
    source: str | Template,
    *,
    name: str | None = None,
    partials: Partials | None = None,
    helpers: Mapping[str, Helper | HelperFunction] | None = None,
    variables: Collection[str] = (),
    options: Options = _OPTIONS,
) -> CompiledTemplate:
    """Compile a template.

    Args:
        source: The template or its syntax tree.
        name: The name in errors.
        partials: The partials by name, or a function that returns them; each is parsed at its first inclusion.
        helpers: Helpers beside the built-in ones.
        variables: Names that are data if they have no arguments, even if a helper has the same name.
        options: The options of rendering.

    Raises:
        HandlebarsSyntaxError: The source is not a valid template.
    """
    template = parse(source, name=name, limits=options.limits) if isinstance(source, str) else source
    try:
        environment = Environment(helpers or {}, PartialSources(partials, options.limits), options)
        return CompiledTemplate(template, environment, options, variables)
    except RecursionError:
        raise HandlebarsSyntaxError(_TOO_DEEP, Span(0, 1, 1, 0), template.name) from None
