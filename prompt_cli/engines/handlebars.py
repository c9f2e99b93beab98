"""The engine: `prompt_cli.handlebars`, as prompts use it."""

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
from prompt_cli.handlebars.runtime import Budget

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.engines.protocol import PartialTemplate
    from prompt_cli.handlebars import Template


_PARSED = Limits()
"""Limits of templates that are parsed before an engine is known."""


class HandlebarsTemplate:
    """A template compiled by the engine.

    Args:
        template: It, compiled.
        partials: What it includes.
        name: What errors call it.
    """

    def __init__(self, template: CompiledTemplate, partials: Mapping[str, Partial], name: str) -> None:
        self._template = template
        self._partials = partials
        self._name = name
        self._as_partial: Partial | None = None

    def as_partial(self, defaults: JsonObject) -> Partial:
        """Return it as others include it, with values that apply where the context it is given lacks them."""
        if self._as_partial is None or self._as_partial.defaults is not defaults:
            # It brings its own partials along: those of a pinned version are of that version's time.
            self._as_partial = Partial(self._template, defaults, (), self._partials)
        return self._as_partial

    def render(self, values: JsonObject, budget: Budget | None = None) -> str:
        """Fill the template in.

        Raises:
            TemplateRenderError: It cannot be filled in with these values.
        """
        try:
            return self._template.render(values, budget=budget)
        except HandlebarsRenderError as error:
            raise TemplateRenderError(error.message, **_place(error, self._name)) from error


class HandlebarsEngine:
    """Compiles templates to closures: nothing is escaped, what is missing and what is no text is an error.

    Args:
        limits: What a template may cost.
    """

    name = "handlebars"

    def __init__(self, limits: Limits = PROMPT_OPTIONS.limits) -> None:
        self._options = PROMPT_OPTIONS._replace(limits=limits)

    def new_budget(self) -> Budget:
        """Return the work that the templates of a prompt may do together."""
        return Budget(self._options.limits.work)

    def compile(
        self, content: str, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> HandlebarsTemplate:
        """Compile a template.

        Raises:
            TemplateSyntaxError: It cannot be parsed.
        """
        return self._compiled(content, name, variables, partials)

    def compile_tree(
        self, tree: Template, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> HandlebarsTemplate:
        """Compile a template that is parsed already.

        Raises:
            TemplateSyntaxError: It is nested too deeply.
        """
        limits = self._options.limits
        if (limits.depth, limits.tags) != (_PARSED.depth, _PARSED.tags):
            return self._compiled(tree.source, name, variables, partials)
        named = tree if tree.name == name else tree._replace(origin=Source(tree.source, name))
        return self._compiled(named, name, variables, partials)

    def _compiled(
        self, template: str | Template, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> HandlebarsTemplate:
        included = {
            written: partial.template.as_partial(partial.defaults)
            for written, partial in partials.items()
            if isinstance(partial.template, HandlebarsTemplate)
        }
        try:
            compiled = self._compile(template, name, variables, included)
        except HandlebarsSyntaxError as error:
            raise TemplateSyntaxError(error.message, **_place(error, name)) from error
        return HandlebarsTemplate(compiled, included, name)

    def _compile(
        self, template: str | Template, name: str, variables: Collection[str], partials: Mapping[str, Partial]
    ) -> CompiledTemplate:
        return compile_handlebars(
            template,
            name=name,
            partials=partials,
            helpers=PROMPT_HELPERS,
            variables=variables,
            options=self._options,
        )


def _place(error: HandlebarsError, name: str) -> dict[str, Any]:
    return {
        "template": error.name or name,
        "line": error.line,
        "column": error.column,
        "offset": error.offset,
        "end": error.end,
    }
