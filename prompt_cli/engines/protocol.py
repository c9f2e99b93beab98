"""Protocols of renderables and of template engines; the rest of the project does not depend on any one engine.

The engines of prompt-cli render Handlebars: they compile trees that `prompt_cli.handlebars` has parsed, once for
rendering, checking and comparing. An engine without ``compile_tree`` has a language of its own, which only it reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeGuard, runtime_checkable

from prompt_cli.domain.json_values import JsonObject, JsonValue, is_object

if TYPE_CHECKING:
    from prompt_cli.domain.media import Media
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.handlebars import Template
    from prompt_cli.handlebars.runtime import Budget


@runtime_checkable
class Renderable(Protocol):
    """Anything that renders values as a text; rendering does no I/O, so it is synchronous.

    Examples:
        `BoundPrompt` is one; a class of your own needs no base class:

        >>> class Shout:
        ...     def render(self, variables):
        ...         return str(variables["text"]).upper()
        >>> isinstance(Shout(), Renderable)
        True
        >>> Shout().render({"text": "hello"})
        'HELLO'
    """

    def render(self, variables: JsonObject, /) -> str:
        """Render the values as one text.

        Args:
            variables: The values, by the names of the variables.

        Returns:
            The text.

        Raises:
            VariableError: The values do not fit the variables.
            TemplateRenderError: A template cannot be rendered with them.
        """


@runtime_checkable
class CompiledTemplateProtocol(Protocol):
    """A compiled template.

    Examples:
        Engines return one; `TemplateEngineProtocol` has an example of a class of your own:

        >>> from prompt_cli import TemplateEngine
        >>> template = TemplateEngine().compile("Hello {{name}}!", name="greeting", variables=(), partials={})
        >>> isinstance(template, CompiledTemplateProtocol), template.render({"name": "Ada"})
        (True, 'Hello Ada!')
    """

    def render(self, values: JsonObject) -> str:
        """Render the template.

        Args:
            values: The bound values of the prompt's variables.

        Returns:
            The rendered text.

        Raises:
            TemplateRenderError: The template cannot be rendered with these values.
        """


class PartialTemplate(NamedTuple):
    """A compiled template that others include.

    Attributes:
        template: The template, compiled by the same engine.
        defaults: Values for keys that the context lacks.

    Examples:
        >>> from prompt_cli import TemplateEngine
        >>> engine = TemplateEngine()
        >>> tone = engine.compile("Be {{tone}}.", name="tone", variables={"tone"}, partials={})
        >>> partials = {"shared/tone": PartialTemplate(tone, {"tone": "kind"})}
        >>> engine.compile("{{> shared/tone}}", name="greeting", variables=(), partials=partials).render({})
        'Be kind.'
    """

    template: CompiledTemplateProtocol
    defaults: JsonObject


@runtime_checkable
class TemplateEngineProtocol(Protocol):
    """A template engine: it compiles the templates of prompts, in any language.

    An engine of your own is the only reader of its templates: prompt-cli does not read them as Handlebars. If its
    templates include others, it also implements `IncludingEngineProtocol`; without it they include none.

    Examples:
        >>> import asyncio
        >>> from string import Template
        >>> from prompt_cli import InMemoryStorage, PromptManager, PromptRegistry, TemplateRenderError
        >>> class DollarTemplate:
        ...     def __init__(self, content, name):
        ...         self.content, self.name = content, name
        ...     def render(self, values):
        ...         try:
        ...             return Template(self.content).substitute(values)
        ...         except KeyError as error:
        ...             raise TemplateRenderError(f"{error} is missing", template=self.name) from error
        >>> class DollarEngine:
        ...     name = "dollar"
        ...     def compile(self, content, *, name, variables, partials):
        ...         return DollarTemplate(content, name)
        >>> file = '''
        ... id: greeting
        ... version: 1.0.0
        ... format: text
        ... variables: {name: {type: string}}
        ... template: Hello $name!
        ... '''
        >>> manager = PromptManager(PromptRegistry(InMemoryStorage({"greeting": file})), DollarEngine())
        >>> asyncio.run(manager.render("greeting", {"name": "Ada"}))
        'Hello Ada!'
    """

    @property
    def name(self) -> str:
        """The name of the engine: ``handlebars``, ``pybars3``."""

    def compile(
        self, content: str, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> CompiledTemplateProtocol:
        """Compile a template.

        Args:
            content: The template's text.
            name: The id of its prompt, for errors.
            variables: Names that are data, even if a helper has the same name.
            partials: The partials, by the name that the template includes them by.

        Returns:
            The compiled template.

        Raises:
            TemplateSyntaxError: The template cannot be parsed, or the engine cannot carry it safely.
        """


@runtime_checkable
class IncludingEngineProtocol(Protocol):
    """Optional interface of an engine of your own whose templates include other prompts.

    Examples:
        An engine whose templates include with ``<<shared/tone>>``:

        >>> import asyncio, re
        >>> from prompt_cli import InMemoryStorage, PromptManager, PromptRegistry
        >>> INCLUDE = re.compile("<<(.*?)>>")
        >>> class Including:
        ...     def __init__(self, content, partials):
        ...         self.content, self.partials = content, partials
        ...     def render(self, values):
        ...         def included(match):
        ...             partial = self.partials[match[1]]
        ...             return partial.template.render({**partial.defaults, **values})
        ...         return INCLUDE.sub(included, self.content)
        >>> class IncludingEngine:
        ...     name = "including"
        ...     def partials_of(self, content):
        ...         return INCLUDE.findall(content)
        ...     def compile(self, content, *, name, variables, partials):
        ...         return Including(content, partials)
        >>> head = "version: 1.0.0, format: text"
        >>> files = {
        ...     "tone": f"{{id: tone, {head}, template: 'Be kind.'}}",
        ...     "greeting": f"{{id: greeting, {head}, template: 'Hello! <<tone>>'}}",
        ... }
        >>> manager = PromptManager(PromptRegistry(InMemoryStorage(files)), IncludingEngine())
        >>> asyncio.run(manager.render("greeting"))
        'Hello! Be kind.'
    """

    def partials_of(self, content: str) -> Iterable[str]:
        """Return the names of the partials that a template includes, each a prompt id or ``ID@VERSION``.

        Args:
            content: The template's text.

        Returns:
            The names, as the template writes them.

        Raises:
            TemplateSyntaxError: The template cannot be parsed.
        """


class HandlebarsTemplateProtocol(Protocol):
    """A compiled template of Handlebars: its work counts against a budget, and it can be the block of an ``each``."""

    def render(self, values: JsonObject, budget: Budget | None = None) -> str:
        """Render the template, as `CompiledTemplateProtocol.render` does; None is a budget of its own."""

    def render_item(self, place: ItemPlace, budget: Budget | None = None) -> str:
        """Render the template as the block of an ``each``; raises as `render`."""


class HandlebarsEngineProtocol(Protocol):
    """An engine of Handlebars: its templates implement `HandlebarsTemplateProtocol`."""

    def compile_tree(
        self, tree: Template, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> HandlebarsTemplateProtocol:
        """Compile a template that `prompt_cli.handlebars` has parsed, as ``compile`` compiles its text."""

    def new_budget(self) -> Budget:
        """Return a budget for the work of all templates of a prompt."""


class ItemPlace(NamedTuple):
    """The values that a message renders with: the prompt's, or an item of an array among them."""

    item: JsonValue  # the context of the template; None outside of an array
    values: JsonObject  # of the prompt's variables, bound
    number: int = 0  # the index of the item
    size: int = 0  # the number of items; 0 outside of an array

    def media(self, name: str) -> Media | None:
        """Return the image or file of a name: a property of the item, else a variable; None without a value."""
        from prompt_cli.domain.media import MediaFacts  # most messages are texts

        value = self.item.get(name) if is_object(self.item) else None
        value = self.values.get(name) if value is None else value
        return value.media if isinstance(value, MediaFacts) else None


def reads_handlebars(engine: TemplateEngineProtocol) -> TypeGuard[HandlebarsEngineProtocol]:
    """Return whether the templates of an engine are Handlebars."""
    return hasattr(engine, "compile_tree")


def as_text(messages: Iterable[tuple[str, str]]) -> str:
    """Write messages, each a role and a content, as one text: each message under its role."""
    return "\n".join(f"{role}:\n" + content.removesuffix("\n") + "\n" for role, content in messages)


def new_budget(engine: TemplateEngineProtocol) -> Budget | None:
    """Return a budget for the work of all templates of a prompt; None if the engine does not count work."""
    return engine.new_budget() if reads_handlebars(engine) else None


def included_names(engine: TemplateEngineProtocol, content: str) -> tuple[str, ...]:
    """Return the names of the partials in a template of another language; none if the engine has no such interface."""
    return tuple(engine.partials_of(content)) if isinstance(engine, IncludingEngineProtocol) else ()


def check_template(engine: TemplateEngineProtocol | None, content: str, prompt: Prompt) -> None:
    """Raise a TemplateSyntaxError if a template of a prompt cannot be parsed; None is the default engine."""
    if engine is None or reads_handlebars(engine):
        from prompt_cli.domain.template import parse_template  # Pydantic's; rendering does not need it

        parse_template(content, prompt.id)
    elif not included_names(engine, content):  # others may need their partials to be compiled
        engine.compile(content, name=prompt.id, variables=prompt.declared_names, partials={})


def compile_template(
    engine: TemplateEngineProtocol,
    content: str,
    tree: Template | None,
    *,
    name: str,
    variables: Collection[str],
    partials: Mapping[str, PartialTemplate],
) -> CompiledTemplateProtocol:
    """Compile a template, by its tree if it is parsed already and the engine reads Handlebars."""
    if tree is not None and reads_handlebars(engine):
        return engine.compile_tree(tree, name=name, variables=variables, partials=partials)
    return engine.compile(content, name=name, variables=variables, partials=partials)
