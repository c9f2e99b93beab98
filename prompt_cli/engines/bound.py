"""A prompt bound to an engine."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from prompt_cli.domain.binding import bind
from prompt_cli.domain.message import (
    FileContent,
    FilePart,
    History,
    ImageContent,
    ImagePart,
    Message,
    Origin,
    Role,
    TextPart,
    as_text,
)
from prompt_cli.engines.protocol import ItemPlace, compile_template, new_budget, reads_handlebars
from prompt_cli.errors import TemplateError, TemplateRenderError, TemplateSyntaxError, VariableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.domain.message import Part, RenderedPart
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.engines.protocol import (
        CompiledTemplateProtocol,
        HandlebarsTemplateProtocol,
        PartialTemplate,
        TemplateEngineProtocol,
    )
    from prompt_cli.engines.rendered import RenderedPrompt
    from prompt_cli.errors import RequestError
    from prompt_cli.handlebars import Template
    from prompt_cli.handlebars.runtime import Budget
    from prompt_cli.problems import DataPath

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
        TemplateSyntaxError: A template cannot be compiled; the error's ``path`` tells which.

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
        locate: Callable[[TemplateError | RequestError], None] = lambda error: None,  # noqa: ARG005 - alone it knows no files
        trees: Mapping[DataPath, Template] = MappingProxyType({}),
        budget: Budget | None = None,
    ) -> None:
        self.prompt = prompt
        self._locate = locate
        self._engine = engine
        self._budget = budget
        self._uses_parts = prompt.uses_parts
        self.templates: Mapping[DataPath, CompiledTemplateProtocol] = MappingProxyType(
            {path: self._compile(path, trees.get(path), partials) for path in prompt.templates}
        )

    def _compile(
        self, path: DataPath, tree: Template | None, partials: Mapping[str, PartialTemplate]
    ) -> CompiledTemplateProtocol:
        prompt, engine = self.prompt, self._engine
        content, names = prompt.templates[path], prompt.declared_names
        try:
            if prompt.each_at(path) is not None and not reads_handlebars(engine):
                message = f"the engine {engine.name!r} cannot render messages of `each`"
                raise TemplateSyntaxError(message, template=prompt.id)
            return compile_template(engine, content, tree, name=prompt.id, variables=names, partials=partials)
        except TemplateError as error:
            raise self._located(error, path) from error.__cause__

    def render(self, values: JsonObject) -> str:
        """Render the prompt as one text; messages follow one another, each below its role.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be rendered with them.
        """
        if self.prompt.chat_template is None:
            (text,) = self._filled(*self._bind(values))
            return text
        return as_text((str(message.role), message.text) for message in self.render_messages(values))

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
        return self._messages(*self._bind(values))

    def render_prompt(self, values: JsonObject) -> RenderedPrompt:
        """Render the prompt as messages with what belongs to them.

        Args:
            values: The values of its variables.

        Returns:
            The rendered prompt.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be rendered with them.
        """
        from prompt_cli.engines.rendered import RenderedPrompt  # most callers want text or messages

        bound, budget = self._bind(values)
        if self._uses_parts:
            placed = tuple(self._placed(bound, budget))
            messages, origins = tuple(message for message, _ in placed), tuple(origin for _, origin in placed)
        else:
            messages, origins = self._messages(bound, budget), tuple(Origin(path[:2]) for path in self.templates)
        return RenderedPrompt(self.prompt, messages, bound, origins, self._locate)

    def _messages(self, bound: JsonObject, budget: Budget | None) -> tuple[Message, ...]:
        chat = self.prompt.chat_template
        if chat is None:
            return tuple([_USER_MESSAGE.filled(text) for text in self._filled(bound, budget)])
        if self._uses_parts:
            return tuple(message for message, _ in self._placed(bound, budget))
        filled = zip(chat.messages, self._filled(bound, budget), strict=True)
        return tuple([message.filled(text) for message, text in filled])

    def _bind(self, values: JsonObject) -> tuple[JsonObject, Budget | None]:
        budget = self._budget or new_budget(self._engine)
        try:
            return bind(self.prompt.variables, values, budget), budget
        except VariableError as error:
            error.add_context(prompt_id=self.prompt.id, version=str(self.prompt.version))
            raise

    def _filled(self, bound: JsonObject, budget: Budget | None) -> Iterator[str]:
        place = ItemPlace(None, bound)
        for path in self.templates:
            yield self._text(path, place, budget)

    def _text(self, path: DataPath, place: ItemPlace, budget: Budget | None) -> str:
        template = self.templates[path]
        try:
            if budget is None:
                return template.render(place.values)
            handlebars = cast("HandlebarsTemplateProtocol", template)  # only engines of Handlebars have budgets
            return handlebars.render_item(place, budget) if place.size else handlebars.render(place.values, budget)
        except TemplateError as error:
            raise self._located(error, path) from error.__cause__

    def _placed(self, bound: JsonObject, budget: Budget | None) -> Iterator[tuple[Message, Origin]]:
        """Yield the messages with their origins; a rendered text never adds or removes one."""
        chat = self.prompt.chat_template
        for n, entry in enumerate(chat.entries if chat else ()):
            path: DataPath = ("messages", n)
            if isinstance(entry, Message):
                yield from self._message(entry, path, ItemPlace(None, bound), budget)
            elif isinstance(entry, History):
                for message in getattr(bound.get(entry.history), "messages", ()):
                    yield message, Origin(path)
            else:
                items: Any = bound.get(entry.each) or ()
                for index, item in enumerate(items):
                    place = ItemPlace(item, bound, index, len(items))
                    for m, message in enumerate(entry.messages):
                        yield from self._message(message, (*path, "messages", m), place, budget)

    def _message(
        self, message: Message, path: DataPath, place: ItemPlace, budget: Budget | None
    ) -> Iterator[tuple[Message, Origin]]:
        """Yield a message, unless it is empty and optional."""
        path = (*path, "content")
        content: str | tuple[RenderedPart, ...]
        numbers: tuple[int, ...] = ()
        if isinstance(message.content, str):
            content = self._text(path, place, budget)
            has_content = bool(content.strip())
        else:
            parts = dict(self._parts(message.content, path, place, budget))
            content, numbers = tuple(parts.values()), tuple(parts)
            has_content = any(not isinstance(part, TextPart) or part.text.strip() for part in content)
        if message.optional and not has_content:
            return
        if content == ():
            raise self._located(_empty_message(self.prompt.id), path)
        yield message.filled(content), Origin(path[:-1], numbers)

    def _parts(
        self, parts: Iterable[Part | RenderedPart], path: DataPath, place: ItemPlace, budget: Budget | None
    ) -> Iterator[tuple[int, RenderedPart]]:
        """Yield the parts with their numbers in the file; those without a value are left out."""
        for n, part in enumerate(parts):
            if isinstance(part, TextPart):
                text = self._text((*path, n, "text"), place, budget)
                if text.strip() or not part.optional:
                    fields_set = part.model_fields_set - {"optional"}
                    yield n, TextPart.model_construct(fields_set, text=text, cache=part.cache)
            elif isinstance(part, ImagePart) and (media := place.media(part.image)):
                fields_set = part.model_fields_set - {"image"} | {"media", "variable"}
                fields = {"media": media, "detail": part.detail, "cache": part.cache, "variable": part.image}
                yield n, ImageContent.model_construct(fields_set, **fields)
            elif isinstance(part, FilePart) and (media := place.media(part.file)):
                fields_set = part.model_fields_set - {"file"} | {"media", "variable"}
                yield n, FileContent.model_construct(fields_set, media=media, cache=part.cache, variable=part.file)

    def _located(self, error: TemplateError, path: DataPath) -> TemplateError:
        """Add the place to an error: an engine knows a template, but not its place in the prompt."""
        error.data_path = path if error.data_path is None else error.data_path
        error.add_context(prompt_id=self.prompt.id, version=str(self.prompt.version))
        self._locate(error)
        return error


def _empty_message(prompt_id: str) -> TemplateError:
    help_ = "give a value for one of its parts, or mark the message `optional: true`"
    message = "the message has no content: none of its parts has a value"
    return TemplateRenderError(message, template=prompt_id, help=help_)
