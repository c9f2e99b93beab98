"""Compiling and rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .environment import Environment
from .errors import HandlebarsSyntaxError
from .javascript import MISSING
from .options import Options
from .parser import parse
from .runtime import Run, Scope, Site, Unit
from .source import Span
from .sources import PartialSources

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .ast import Template
    from .helpers import Helper, HelperFunction
    from .runtime import Budget
    from .sources import JsonValue, Partials

_OPTIONS = Options()
_TOO_DEEP = "the template is nested too deeply for the stack that is left"


class CompiledTemplate:
    """A template that is ready to be rendered, as often as one likes and from any thread.

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
        """Fill the template in.

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
    """The data variables of the outermost frame (initData of handlebars.js)."""
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
    """Make a template ready to be rendered.

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
