"""The default engine: `prompt_cli.handlebars` with the options of prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prompt_cli.errors import TemplateRenderError, TemplateSyntaxError
from prompt_cli.handlebars import (
    PROMPT_HELPERS,
    PROMPT_OPTIONS,
    CompiledTemplate,
    HandlebarsError,
    HandlebarsRenderError,
    HandlebarsSyntaxError,
    Limits,
    Partial,
    Source,
)
from prompt_cli.handlebars import (
    compile as compile_handlebars,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.engines.protocol import PartialTemplate
    from prompt_cli.handlebars import Template
    from prompt_cli.handlebars.runtime import Budget


_PARSED_DEPTH = Limits().depth
"""The nesting depth that `parse` allows by default."""


class HandlebarsTemplate:
    """A template compiled to closures.

    Args:
        template: The compiled template.
        partials: The partials, by the name that the template includes them by.
        name: The id of its prompt, for errors.
    """

    def __init__(self, template: CompiledTemplate, partials: Mapping[str, Partial], name: str) -> None:
        self._template = template
        self._partials = partials
        self._name = name
        self._as_partial: Partial | None = None

    def as_partial(self, defaults: JsonObject) -> Partial:
        """Return the template as a partial, with values for keys that the context lacks."""
        if self._as_partial is None or self._as_partial.defaults is not defaults:
            # A pinned version includes the partials of its own time.
            self._as_partial = Partial(self._template, defaults, (), self._partials)
        return self._as_partial

    def render(self, values: JsonObject, budget: Budget | None = None) -> str:
        """Render the template.

        Raises:
            TemplateRenderError: The template cannot be rendered with these values.
        """
        try:
            return self._template.render(values, budget=budget)
        except HandlebarsRenderError as error:
            raise TemplateRenderError(error.message, **_location(error, self._name)) from error


class HandlebarsEngine:
    """Engine that compiles to closures: no escaping; a missing value, or an object as text, is an error.

    Args:
        limits: The limits of each rendering.
    """

    name = "handlebars"

    def __init__(self, limits: Limits = PROMPT_OPTIONS.limits) -> None:
        self._options = PROMPT_OPTIONS._replace(limits=limits)

    def compile(
        self, content: str, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> HandlebarsTemplate:
        """Compile a template.

        Raises:
            TemplateSyntaxError: The template cannot be parsed.
        """
        return self._compile(content, name, variables, partials)

    def compile_tree(
        self, tree: Template, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> HandlebarsTemplate:
        """Compile a parsed template.

        Raises:
            TemplateSyntaxError: The template is nested too deeply.
        """
        if self._options.limits.depth != _PARSED_DEPTH:
            return self._compile(tree.source, name, variables, partials)
        named = tree if tree.name == name else tree._replace(origin=Source(tree.source, name))
        return self._compile(named, name, variables, partials)

    def _compile(
        self, template: str | Template, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> HandlebarsTemplate:
        included = {
            written: partial.template.as_partial(partial.defaults)
            for written, partial in partials.items()
            if isinstance(partial.template, HandlebarsTemplate)
        }
        try:
            compiled = compile_handlebars(
                template,
                name=name,
                partials=included,
                helpers=PROMPT_HELPERS,
                variables=variables,
                options=self._options,
            )
        except HandlebarsSyntaxError as error:
            raise TemplateSyntaxError(error.message, **_location(error, name)) from error
        return HandlebarsTemplate(compiled, included, name)


def _location(error: HandlebarsError, name: str) -> dict[str, Any]:
    return {
        "template": error.name or name,
        "line": error.line,
        "column": error.column,
        "offset": error.offset,
        "end": error.end,
    }
