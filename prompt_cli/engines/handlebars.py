"""The default engine: `prompt_cli.handlebars` with the options of prompts."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from prompt_cli.domain.json_values import JsonObject, JsonValue
from prompt_cli.engines.protocol import CompiledTemplateProtocol, HandlebarsTemplateProtocol, ItemPlace, PartialTemplate
from prompt_cli.errors import TemplateRenderError, TemplateSyntaxError
from prompt_cli.handlebars import (
    HELPERS,
    PROMPT_HELPERS,
    PROMPT_OPTIONS,
    CompiledTemplate,
    HandlebarsRenderError,
    HandlebarsSyntaxError,
    Limits,
    Partial,
    Source,
    Template,
)
from prompt_cli.handlebars import compile as compile_handlebars
from prompt_cli.handlebars.javascript import MISSING
from prompt_cli.handlebars.runtime import HOOKS, Budget

NO_FILE = "<template>"  # the name of a template that is not in a file, for errors
_PARSER_LIMITS = Limits()  # of templates that are parsed without an engine


class HandlebarsTemplate:
    """A template of a prompt, with its partials by the name that it includes them by."""

    def __init__(self, template: CompiledTemplate, partials: Mapping[str, Partial], name: str) -> None:
        self._template = template
        self._partials = partials
        self._name = name

    def as_partial(self, defaults: JsonObject) -> Partial:
        """Return the template as a partial, with values for keys that the context lacks."""
        # A pinned version includes the partials of its own time.
        return Partial(self._template, defaults, (), self._partials)

    def render(self, values: JsonObject, budget: Budget | None = None) -> str:
        """Render the template."""
        return self._render(values, budget)

    def render_item(self, place: ItemPlace, budget: Budget | None = None) -> str:
        """Render the template as the block of an ``each``."""
        item, values, index, count = place
        first, last = index == 0, index == count - 1
        data: JsonObject = {"root": values, "key": index, "index": index, "first": first, "last": last}
        return self._render(item, budget, data, values)

    def _render(
        self,
        context: JsonValue,
        budget: Budget | None,
        data: Mapping[str, JsonValue] | None = None,
        around: object = MISSING,
    ) -> str:
        try:
            return self._template.render(context, data=data, around=around, budget=budget)
        except HandlebarsRenderError as error:
            raise TemplateRenderError(
                error.message, template=error.name or self._name, **error.span._asdict()
            ) from error


class TemplateEngine:
    """The default engine: Handlebars as handlebars.js defines it, for plain text.

    Nothing is escaped for HTML. A missing value, or an object where text is expected, is an error. Templates are
    compiled to closures, never to Python source, and reach the data alone, never an attribute of an object.

    Args:
        limits: The limits of each rendering.

    Examples:
        >>> import asyncio
        >>> engine = TemplateEngine()
        >>> asyncio.run(engine.render("Hello {{name}}!", {"name": "Ada"}))
        'Hello Ada!'
        >>> template = engine.compile("Hello {{name}}!", name="greeting", variables={"name"}, partials={})
        >>> template.render({"name": "Alan"})
        'Hello Alan!'
    """

    name = "handlebars"

    def __init__(self, limits: Limits = PROMPT_OPTIONS.limits) -> None:
        self._options = PROMPT_OPTIONS._replace(limits=limits)

    async def render(self, template: str, variables: Mapping[str, JsonValue] | None = None) -> str:
        """Render a template that is not in a file.

        Compiled templates are cached, rendered text never. A name in `variables` is data, even if a helper has it.

        Args:
            template: The template's text. It cannot include partials.
            variables: The values, by name.

        Returns:
            The rendered text.

        Raises:
            TemplateSyntaxError: The template cannot be parsed; the error has ``line`` and ``column``.
            TemplateRenderError: A value is missing or cannot be printed; the error has ``line`` and ``column``.

        Examples:
            >>> import asyncio
            >>> engine = TemplateEngine()
            >>> asyncio.run(engine.render("{{#each names}}{{this}} {{/each}}", {"names": ["Ada", "Alan"]}))
            'Ada Alan '
            >>> asyncio.run(engine.render("Dear {{name}}"))  # doctest: +IGNORE_EXCEPTION_DETAIL
            Traceback (most recent call last):
            TemplateRenderError: <template>:1:8: 'name' is missing
        """
        values = dict(variables or {})
        names = frozenset((HELPERS.keys() | HOOKS) & values.keys())
        return _compile_text(template, names, self._options.limits).render(values)

    def new_budget(self) -> Budget:
        """Return a budget for the work of all templates of a prompt.

        Returns:
            A budget by the limits of this engine.
        """
        return Budget(self._options.limits.work)

    def compile(
        self, content: str, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> HandlebarsTemplateProtocol:
        """Compile a template, which threads may render at the same time; see `TemplateEngineProtocol.compile`."""
        return self._compile(content, name, variables, partials)

    def compile_tree(
        self, tree: Template, *, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> HandlebarsTemplateProtocol:
        """Compile a parsed template.

        Args:
            tree: The parsed template.
            name: The id of its prompt, for errors.
            variables: Names that are data, even if a helper has the same name.
            partials: The partials, by the name that the template includes them by.

        Returns:
            The compiled template.

        Raises:
            TemplateSyntaxError: The template exceeds the limits of this engine.
        """
        limits = self._options.limits
        if (limits.depth, limits.tags) != (_PARSER_LIMITS.depth, _PARSER_LIMITS.tags):
            return self._compile(tree.source, name, variables, partials)
        named = tree if tree.name == name else tree._replace(origin=Source(tree.source, name))
        return self._compile(named, name, variables, partials)

    def _compile(
        self, template: str | Template, name: str, variables: Collection[str], partials: Mapping[str, PartialTemplate]
    ) -> HandlebarsTemplate:
        included = {
            partial_name: partial.template.as_partial(partial.defaults)
            for partial_name, partial in partials.items()
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
            raise TemplateSyntaxError(error.message, template=error.name or name, **error.span._asdict()) from error
        return HandlebarsTemplate(compiled, included, name)


@lru_cache(maxsize=256)
def _compile_text(template: str, variables: frozenset[str], limits: Limits) -> CompiledTemplateProtocol:
    return TemplateEngine(limits).compile(template, name=NO_FILE, variables=variables, partials={})
