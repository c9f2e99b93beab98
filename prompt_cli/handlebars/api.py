"""Compiling and rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compiler import compile_program
from .errors import HandlebarsSyntaxError, Span
from .helpers import BUILT_IN
from .javascript import MISSING
from .parser import parse
from .partials import PartialSources, external
from .runtime import CompileState, Options, Run, Scope, Site, Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .helpers import Helper, HelperFunction
    from .nodes import Template
    from .partials import CompiledProgram, FoundPartial, JsonValue, Partials
    from .runtime import Budget, Render


class Environment:
    """Helpers and partials by name; a partial is compiled when it is first included.

    Attributes:
        helpers: The helpers beside the built-in ones.
        options: How templates are rendered.
        sources: The partials.
    """

    __slots__ = ("_compiled", "_inside", "_names", "helpers", "options", "sources")

    def __init__(
        self,
        helpers: Mapping[str, Helper | HelperFunction],
        sources: PartialSources,
        options: Options,
        inside: dict[PartialSources, Environment] | None = None,
    ) -> None:
        """Initialize an environment without compiled partials.

        Args:
            helpers: The helpers.
            sources: The partials.
            options: How templates are rendered.
            inside: The environments of partials that have partials of their own, by where they find them.
        """
        self.helpers = helpers
        self._names = {**dict.fromkeys(helpers), **dict.fromkeys(BUILT_IN)}  # in order, without duplicates
        self.options = options
        self.sources = sources
        self._compiled: dict[str, Render | None] = {}
        self._inside = inside

    def partial(self, name: str) -> Render | None:
        """Return the compiled partial of this name; None if there is none.

        Raises:
            HandlebarsSyntaxError: It is no template.
        """
        if name not in self._compiled:
            found = self.sources.find(name)
            self._compiled[name] = None if found is None else self._external(found)
        return self._compiled[name]

    def _external(self, found: FoundPartial) -> Render:
        program = self._shared(found)
        if program is None:
            inside = self._of(found.sources)
            program = inside.compile(found.template, found.options or self.options, found.variables)
        return external(program, found.defaults)

    def _of(self, sources: PartialSources) -> Environment:
        """Return the environment of partials that include from these sources."""
        if sources is self.sources:
            return self
        if self._inside is None:  # created late: an environment that refers to itself needs the garbage collector
            self._inside = {self.sources: self}
        if sources not in self._inside:
            self._inside[sources] = Environment(self.helpers, sources, self.options, self._inside)
        return self._inside[sources]

    def _shared(self, found: FoundPartial) -> CompiledProgram | None:
        """Return the program of a partial compiled with the same options and helpers; many templates may share it."""
        one = found.compiled
        if one is None or one.template is not found.template or one.options is not self.options:
            return None
        partials = one.environment.sources.partials
        same = one.environment.helpers is self.helpers and partials is found.sources.partials
        return one.program if same and partials is not None else None

    def compile(self, template: Template, options: Options, variables: Collection[str]) -> CompiledProgram:
        """Compile a template to closures."""
        state = CompileState(self.helpers, self._names, self.partial, template, options, variables)
        return compile_program(template.program, state)


_OPTIONS = Options()
_TOO_DEEP = "the template is nested too deeply for the stack that is left"


class CompiledTemplate:
    """A compiled template; it may be rendered many times and from any thread.

    Attributes:
        template: What it was compiled from.
        options: How it is rendered.
        variables: Names that are data where they stand alone.
        environment: The helpers and partials it knows.
        program: What it was compiled to.
    """

    __slots__ = ("environment", "options", "program", "template", "variables")

    def __init__(
        self, template: Template, environment: Environment, options: Options, variables: Collection[str]
    ) -> None:
        self.template = template
        self.options = options
        self.variables = variables
        self.environment = environment
        self.program = environment.compile(template, options, variables)

    def render(
        self, context: JsonValue, *, data: Mapping[str, JsonValue] | None = None, budget: Budget | None = None
    ) -> str:
        """Render the template.

        Args:
            context: What its paths start from; usually a dict.
            data: Data variables: `{"level": 1}` is read as `{{@level}}`.
            budget: The work it may do, shared with other renderings; one of its own where None.

        Raises:
            HandlebarsRenderError: The data, a helper or a partial does not fit, or a limit is reached.
            HandlebarsSyntaxError: A partial is no template.
        """
        whole = Site(self.template.name, self.template)
        run = Run(self.options, whole, budget)
        scope = Scope(None, _data(context, data), None, Unit(run, {}), None)
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


def compile(  # noqa: A001 - what handlebars.js calls it
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
        name: What errors call it.
        partials: The partials by name, or what finds them; each is parsed when it is first included.
        helpers: Helpers beside the built-in ones.
        variables: Names that are data where they stand alone, even where a helper has the same name.
        options: How to render.

    Raises:
        HandlebarsSyntaxError: The source is no template.
    """
    template = parse(source, name=name, limits=options.limits) if isinstance(source, str) else source
    try:
        environment = Environment(helpers or {}, PartialSources(partials, options.limits), options)
        return CompiledTemplate(template, environment, options, variables)
    except RecursionError:
        raise HandlebarsSyntaxError(_TOO_DEEP, Span(0, 1, 1, 0), template.name) from None
