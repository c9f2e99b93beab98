"""The engine pybars3, for teams that come from it.

It compiles templates to Python source and executes that, so it is chosen for one command or in Python and never by a
settings file, which a pull request could change; and it is given nothing but what `pybars_source` wrote. Two things
differ from the project's own engine: what is missing prints nothing, and an error names no line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pybars import Compiler, PybarsError, Scope

from prompt_cli.domain.template import parse_template
from prompt_cli.errors import TemplateRenderError, TemplateSyntaxError
from prompt_cli.handlebars import PROMPT_OPTIONS, Limits
from prompt_cli.handlebars.javascript import ValueRefusedError
from prompt_cli.templating.pybars_helpers import TURN, Run, raw
from prompt_cli.templating.pybars_source import PARTIAL, TEXT, PybarsSource, pybars_source
from prompt_cli.templating.pybars_values import RefusedError, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from prompt_cli.domain.values import JsonObject
    from prompt_cli.handlebars.runtime import Budget
    from prompt_cli.templating.protocol import PartialTemplate


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
