"""A prompt bound to an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from prompt_cli.domain.binding import bind
from prompt_cli.domain.json_values import JsonObject
from prompt_cli.domain.message import (
    FileContent,
    FilePart,
    History,
    ImageContent,
    ImagePart,
    Message,
    Origin,
    Part,
    RenderedPart,
    Role,
    TextPart,
)
from prompt_cli.domain.prompt import Prompt
from prompt_cli.domain.variables import data_of
from prompt_cli.engines.protocol import (
    CompiledTemplateProtocol,
    HandlebarsTemplateProtocol,
    ItemPlace,
    PartialTemplate,
    TemplateEngineProtocol,
    as_text,
    compile_template,
    new_budget,
    reads_handlebars,
)
from prompt_cli.errors import RequestError, TemplateError, TemplateRenderError, TemplateSyntaxError, VariableError
from prompt_cli.handlebars import Template
from prompt_cli.handlebars.runtime import Budget
from prompt_cli.problems import DataPath

if TYPE_CHECKING:
    from prompt_cli.engines.rendered import RenderedPrompt

_TEMPLATE = Origin(("template",))
_WORK_OF_TEXT = 500
"""The work of a text of a message, however short it is."""
_USER_MESSAGE = Message(role=Role.USER, content="")


class BoundPrompt:
    """A prompt with compiled templates; it implements `Renderable`.

    Args:
        prompt: The prompt.
        engine: The engine that compiles its templates.
        partials: The partials, by the name that the templates include them by.
        locate: Adds file and position to an error in a template or in a request.
        trees: The templates that are already parsed, by their path in the prompt's data.
        budget: The work of all renders together; None for a budget of the engine for each.

    Raises:
        TemplateSyntaxError: A template cannot be compiled; the error has its ``path``.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import PromptManager
        >>> async def main():
        ...     async with PromptManager.open() as manager:
        ...         return await manager.bind("shared/tone")
        >>> bound = asyncio.run(main())
        >>> print(bound.render({"tone": "formal"}), end="")
        Tone: formal. Full sentences, no contractions, no exclamation marks, no emoji.
    """

    def __init__(
        self,
        prompt: Prompt,
        engine: TemplateEngineProtocol,
        partials: Mapping[str, PartialTemplate],
        locate: Callable[[TemplateError | RequestError], None] = lambda error: None,  # noqa: ARG005 - without files
        trees: Mapping[DataPath, Template] = MappingProxyType({}),
        budget: Budget | None = None,
    ) -> None:
        self.prompt = prompt
        self._locate = locate
        self._engine = engine
        self._budget = budget
        self._variables = data_of(prompt.variables)
        entries = prompt.chat_template.entries if prompt.chat_template else ()
        self._entries = tuple([(entry, Origin(("messages", n))) for n, entry in enumerate(entries)])
        self.templates: Mapping[DataPath, CompiledTemplateProtocol] = MappingProxyType(
            {
                path: self._compile(path, content, trees.get(path), partials)
                for path, content in prompt.templates.items()
            }
        )

    def _compile(
        self, path: DataPath, content: str, tree: Template | None, partials: Mapping[str, PartialTemplate]
    ) -> CompiledTemplateProtocol:
        prompt, engine, names = self.prompt, self._engine, self.prompt.declared_names
        try:
            if prompt.each_at(path) is not None and not reads_handlebars(engine):
                message = f"the engine {engine.name!r} cannot render messages of `each`"
                raise TemplateSyntaxError(message, template=prompt.id)
            return compile_template(engine, content, tree, name=prompt.id, variables=names, partials=partials)
        except TemplateError as error:
            raise self._add_place(error, path) from error.__cause__

    def render(self, values: JsonObject) -> str:
        """Render the prompt as one text; of a chat, the messages, each under its role.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be rendered with them.
        """
        bound, budget = self._bind(values)
        if self.prompt.chat_template is None:
            return self._text(_TEMPLATE.path, ItemPlace(None, bound), budget)
        return as_text((str(message.role), message.text) for message, _ in self._messages(bound, budget))

    def render_messages(self, values: JsonObject) -> tuple[Message, ...]:
        """Render the prompt as messages; a prompt of another format than chat is one message of the user.

        Args:
            values: The values of its variables.

        Returns:
            The messages.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be rendered with them.
        """
        return tuple([message for message, _ in self._messages(*self._bind(values))])

    def render_prompt(self, values: JsonObject) -> RenderedPrompt:
        """Render the prompt as messages, with their values and origins; see `BoundPrompt.render_messages`."""
        from prompt_cli.engines.rendered import RenderedPrompt  # most callers want text or messages

        bound, budget = self._bind(values)
        rendered = self._messages(bound, budget)
        messages, origins = tuple(message for message, _ in rendered), tuple(origin for _, origin in rendered)
        return RenderedPrompt(self.prompt, messages, bound, origins, self._locate)

    def _bind(self, values: JsonObject) -> tuple[JsonObject, Budget | None]:
        budget = self._budget or new_budget(self._engine)
        try:
            return bind(self._variables, values, budget), budget
        except VariableError as error:
            error.add_context(prompt_id=self.prompt.id, version=str(self.prompt.version))
            raise

    def _text(self, path: DataPath, place: ItemPlace, budget: Budget | None) -> str:
        template = self.templates[path]
        try:
            if budget is None:
                return template.render(place.values)
            budget.remaining -= _WORK_OF_TEXT
            handlebars = cast("HandlebarsTemplateProtocol", template)  # only engines of Handlebars have budgets
            return handlebars.render_item(place, budget) if place.size else handlebars.render(place.values, budget)
        except TemplateError as error:
            raise self._add_place(error, path) from error.__cause__

    def _messages(self, bound: JsonObject, budget: Budget | None) -> list[tuple[Message, Origin]]:
        """Return the messages with their origins; a rendered text never adds or removes one."""
        outside = ItemPlace(None, bound)
        if self.prompt.chat_template is None:
            return [(_USER_MESSAGE.filled(self._text(_TEMPLATE.path, outside, budget)), _TEMPLATE)]
        rendered: list[tuple[Message, Origin]] = []
        for entry, origin in self._entries:
            if isinstance(entry, Message):
                self._add_message(rendered, entry, origin, outside, budget)
            elif isinstance(entry, History):
                messages = getattr(bound.get(entry.history), "messages", ())
                rendered += [(message, origin) for message in messages]
            else:
                items: Any = bound.get(entry.each) or ()
                for index, item in enumerate(items):
                    place = ItemPlace(item, bound, index, len(items))
                    for m, message in enumerate(entry.messages):
                        self._add_message(rendered, message, Origin((*origin.path, "messages", m)), place, budget)
                if not items and any(map(_is_marked, entry.messages)):
                    _mark_last(rendered)
        return rendered

    def _add_message(
        self,
        rendered: list[tuple[Message, Origin]],
        message: Message,
        origin: Origin,
        place: ItemPlace,
        budget: Budget | None,
    ) -> None:
        """Add a message, unless it is empty and optional; the cache mark of what is omitted moves to what is before."""
        content_path = (*origin.path, "content")
        if isinstance(message.content, str):
            text = self._text(content_path, place, budget)
            if text.strip() or not message.optional:
                rendered.append((message.filled(text), origin))
            elif message.cache:
                _mark_last(rendered)
            return
        parts = self._parts(message.content, content_path, place, budget)
        has_content = any(not isinstance(part, TextPart) or part.text.strip() for part in parts.values())
        if message.optional and not has_content:
            if _is_marked(message):
                _mark_last(rendered)
            return
        if not parts:
            raise self._add_place(_empty_message(self.prompt.id), content_path)
        if any(part.cache for part in message.content[: min(parts)]):
            _mark_last(rendered)
        rendered.append((message.filled(tuple(parts.values())), Origin(origin.path, tuple(parts))))

    def _parts(
        self, parts: Iterable[Part | RenderedPart], path: DataPath, place: ItemPlace, budget: Budget | None
    ) -> dict[int, RenderedPart]:
        """Return the parts by their numbers in the file; those without a value are omitted."""
        rendered: dict[int, RenderedPart] = {}
        for n, part in enumerate(parts):
            if isinstance(part, TextPart):
                text = self._text((*path, n, "text"), place, budget)
                if text.strip() or not part.optional:
                    fields_set = part.model_fields_set - {"optional"}
                    rendered[n] = TextPart.model_construct(fields_set, text=text, cache=part.cache)
            elif isinstance(part, ImagePart) and (media := place.media(part.image)):
                fields_set = part.model_fields_set - {"image"} | {"media", "variable"}
                fields = {"media": media, "detail": part.detail, "cache": part.cache, "variable": part.image}
                rendered[n] = ImageContent.model_construct(fields_set, **fields)
            elif isinstance(part, FilePart) and (media := place.media(part.file)):
                fields_set = part.model_fields_set - {"file"} | {"media", "variable"}
                rendered[n] = FileContent.model_construct(fields_set, media=media, cache=part.cache, variable=part.file)
            if part.cache and rendered and n not in rendered:
                last = max(rendered)
                rendered[last] = rendered[last].model_copy(update={"cache": True})
        return rendered

    def _add_place(self, error: TemplateError, path: DataPath) -> TemplateError:
        """Add the place to an error: an engine knows a template, but not its place in the prompt."""
        error.data_path = path if error.data_path is None else error.data_path
        error.add_context(prompt_id=self.prompt.id, version=str(self.prompt.version))
        self._locate(error)
        return error


def _is_marked(message: Message) -> bool:
    return message.cache or any(part.cache for part in message.parts)


def _mark_last(rendered: list[tuple[Message, Origin]]) -> None:
    """Let the stable prefix end after the last message, if there is one."""
    if rendered:
        message, origin = rendered[-1]
        rendered[-1] = message.model_copy(update={"cache": True}), origin


def _empty_message(prompt_id: str) -> TemplateError:
    help_ = "give a value for one of its parts, or mark the message `optional: true`"
    message = "the message has no content: none of its parts has a value"
    return TemplateRenderError(message, template=prompt_id, help=help_)
