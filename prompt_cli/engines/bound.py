"""A prompt bound to an engine."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from prompt_cli.domain.binding import bind
from prompt_cli.domain.message import Message, Role, as_text
from prompt_cli.engines.protocol import compile_template, new_budget
from prompt_cli.errors import DataPath, TemplateError, VariableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.engines.protocol import (
        BudgetTemplateProtocol,
        CompiledTemplateProtocol,
        PartialTemplate,
        TemplateEngineProtocol,
    )
    from prompt_cli.handlebars import Template
    from prompt_cli.handlebars.runtime import Budget


Result = TypeVar("Result")


class BoundPrompt:
    """A prompt with compiled templates; it implements `Renderable`.

    Args:
        prompt: The prompt.
        engine: The engine that compiles its templates.
        partials: The partials, by the name that the templates include them by.
        locate: Adds file and position to an error in a template.
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
        locate: Callable[[TemplateError], None] = lambda error: None,  # noqa: ARG005 - alone it knows no files
        trees: Mapping[DataPath, Template] = MappingProxyType({}),
        budget: Budget | None = None,
    ) -> None:
        self.prompt = prompt
        self._locate = locate
        self._engine = engine
        self._budget = budget
        names = prompt.declared_names

        def compiled(path: DataPath, content: str) -> CompiledTemplateProtocol:
            tree = trees.get(path)
            return compile_template(engine, content, tree, name=prompt.id, variables=names, partials=partials)

        self.templates: Mapping[tuple[str | int, ...], CompiledTemplateProtocol] = MappingProxyType(
            {path: self._at(path, partial(compiled, path, content)) for path, content in prompt.templates.items()}
        )

    def render(self, values: JsonObject) -> str:
        """Render the prompt as one text; messages follow one another, each below its role.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be rendered with them.
        """
        if self.prompt.chat_template is None:
            (text,) = self._filled(values)
            return text
        return as_text((str(message.role), message.content) for message in self.render_messages(values))

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
        # The model checked what a message is made of: its role and name are those of the prompt.
        if self.prompt.chat_template is None:
            return tuple(Message.model_construct(role=Role.USER, content=text) for text in self._filled(values))
        messages = self.prompt.chat_template.messages
        return tuple(
            Message.model_construct(message.model_fields_set, role=message.role, content=text, name=message.name)
            for message, text in zip(messages, self._filled(values), strict=True)
        )

    def _filled(self, values: JsonObject) -> Iterator[str]:
        budget = self._budget or new_budget(self._engine)
        try:
            bound = bind(self.prompt.variables, values, budget)
        except VariableError as error:
            error.add_context(prompt_id=self.prompt.id, version=str(self.prompt.version))
            raise
        for path, template in self.templates.items():
            yield self._at(path, partial(_render, template, bound, budget))

    def _at(self, path: DataPath, work: Callable[[], Result]) -> Result:
        try:
            return work()
        except TemplateError as error:
            # An engine knows one template; which of the prompt's it is, is known here.
            error.data_path = path if error.data_path is None else error.data_path
            error.add_context(prompt_id=self.prompt.id, version=str(self.prompt.version))
            self._locate(error)
            raise


def _render(template: CompiledTemplateProtocol, values: JsonObject, budget: Budget | None) -> str:
    if budget is None:
        return template.render(values)
    bounded: BudgetTemplateProtocol = template  # type: ignore[assignment] # its engine makes budgets
    return bounded.render(values, budget)
