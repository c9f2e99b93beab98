"""What a template engine is. The rest of the project does not know which one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.handlebars import Template
    from prompt_cli.handlebars.runtime import Budget


@runtime_checkable
class CompiledTemplateProtocol(Protocol):
    """A template an engine has compiled."""

    def render(self, values: JsonObject) -> str:
        """Fill the template in.

        Args:
            values: The bound values of the prompt's variables.

        Raises:
            TemplateRenderError: The template cannot be filled in with these values.
        """
        ...


class PartialTemplate(NamedTuple):
    """A template to include.

    Attributes:
        template: The template, compiled by the same engine.
        defaults: Values that apply where the context it is given lacks them.
    """

    template: CompiledTemplateProtocol
    defaults: JsonObject


@runtime_checkable
class TemplateEngineProtocol(Protocol):
    """Compiles templates."""

    @property
    def name(self) -> str:
        """What to call it: ``handlebars``, ``pybars3``."""
        ...

    def compile(
        self, content: str, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> CompiledTemplateProtocol:
        """Compile a template.

        Args:
            content: The template's text.
            name: The id of its prompt, for errors.
            variables: Names that are data, whatever helpers there are.
            partials: What it includes, by the name it is included by.

        Raises:
            TemplateSyntaxError: The template cannot be parsed, or the engine cannot carry it safely.
        """
        ...


@runtime_checkable
class TreeEngineProtocol(Protocol):
    """What an engine may offer besides: compiling what is parsed already."""

    def compile_tree(
        self, tree: Template, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> CompiledTemplateProtocol:
        """Compile a template that `prompt_cli.handlebars` has parsed, as ``compile`` would compile its text.

        Args:
            tree: The template.
            name: The id of its prompt, for errors.
            variables: Names that are data, whatever helpers there are.
            partials: What it includes, by the name it is included by.

        Raises:
            TemplateSyntaxError: The engine cannot carry it.
        """
        ...


class BudgetTemplateProtocol(Protocol):
    """Template whose work is counted against a budget that other templates share."""

    def render(self, values: JsonObject, budget: Budget | None = None) -> str:
        """Fill the template in, as `CompiledTemplateProtocol.render` does.

        Args:
            values: The bound values of the prompt's variables.
            budget: The work it may do; None for a budget of its own.
        """
        ...


@runtime_checkable
class BudgetEngineProtocol(Protocol):
    """Optional interface of an engine that bounds the work of all templates of a prompt together.

    Its templates implement `BudgetTemplateProtocol`.
    """

    def new_budget(self) -> Budget:
        """Return a budget by the limits of the engine."""
        ...


def new_budget(engine: TemplateEngineProtocol) -> Budget | None:
    """Return a budget by the limits of an engine; None if it has none."""
    bounded: BudgetEngineProtocol | None = engine if hasattr(engine, "new_budget") else None  # type: ignore[assignment]
    return bounded.new_budget() if bounded else None


def compile_template(
    engine: TemplateEngineProtocol,
    content: str,
    tree: Template | None,
    *,
    name: str,
    variables: Collection[str],
    partials: Mapping[str, PartialTemplate],
) -> CompiledTemplateProtocol:
    """Compile a template: by its tree where it is parsed already and the engine takes that, else by its text.

    Args:
        engine: The engine.
        content: The template's text.
        tree: The same, parsed; None where it is not.
        name: The id of its prompt, for errors.
        variables: Names that are data, whatever helpers there are.
        partials: What it includes, by the name it is included by.

    Raises:
        TemplateSyntaxError: The template cannot be parsed, or the engine cannot carry it.
    """
    # Not by isinstance, which looks at every member of a protocol anew: this is asked for every template.
    takes_trees: TreeEngineProtocol | None = engine if hasattr(engine, "compile_tree") else None  # type: ignore[assignment]
    if takes_trees is None or tree is None:
        return engine.compile(content, name=name, variables=variables, partials=partials)
    return takes_trees.compile_tree(tree, name=name, variables=variables, partials=partials)
