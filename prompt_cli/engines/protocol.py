"""Protocols of template engines; the rest of the project does not depend on any one engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.handlebars import Template
    from prompt_cli.handlebars.runtime import Budget


@runtime_checkable
class CompiledTemplateProtocol(Protocol):
    """A compiled template."""

    def render(self, values: JsonObject, budget: Budget | None = None) -> str:
        """Render the template.

        Args:
            values: The bound values of the prompt's variables.
            budget: The work it may do, shared with other templates; a new budget by default.

        Raises:
            TemplateRenderError: The template cannot be rendered with these values.
        """
        ...


class PartialTemplate(NamedTuple):
    """A compiled template that others include.

    Attributes:
        template: The template, compiled by the same engine.
        defaults: Values for keys that the context lacks.
    """

    template: CompiledTemplateProtocol
    defaults: JsonObject


@runtime_checkable
class TemplateEngineProtocol(Protocol):
    """A template engine."""

    @property
    def name(self) -> str:
        """The name of the engine: ``handlebars``, ``pybars3``."""
        ...

    def compile(
        self, content: str, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> CompiledTemplateProtocol:
        """Compile a template.

        Args:
            content: The template's text.
            name: The id of its prompt, for errors.
            variables: Names that are data, even if a helper has the same name.
            partials: The partials, by the name that the template includes them by.

        Raises:
            TemplateSyntaxError: The template cannot be parsed, or the engine cannot carry it safely.
        """
        ...


@runtime_checkable
class TreeEngineProtocol(Protocol):
    """An engine that also compiles parsed templates."""

    def compile_tree(
        self, tree: Template, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> CompiledTemplateProtocol:
        """Compile a template that `prompt_cli.handlebars` has parsed, as ``compile`` compiles its text.

        Raises:
            TemplateSyntaxError: The engine cannot carry the template.
        """
        ...


def compile_template(
    engine: TemplateEngineProtocol,
    content: str,
    tree: Template | None,
    *,
    name: str,
    variables: Collection[str],
    partials: Mapping[str, PartialTemplate],
) -> CompiledTemplateProtocol:
    """Compile a template by its tree if there is one and the engine takes trees, else by its text.

    Args:
        engine: The engine.
        content: The template's text.
        tree: The same template, parsed; None if it is not parsed yet.
        name: The id of its prompt, for errors.
        variables: Names that are data, even if a helper has the same name.
        partials: The partials, by the name that the template includes them by.

    Raises:
        TemplateSyntaxError: The template cannot be parsed, or the engine cannot carry it.
    """
    if tree is not None and isinstance(engine, TreeEngineProtocol):
        return engine.compile_tree(tree, name=name, variables=variables, partials=partials)
    return engine.compile(content, name=name, variables=variables, partials=partials)
