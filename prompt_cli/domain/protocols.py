"""Protocols: a state of the prompt directory, and a prompt that can be rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.domain.message import Message
    from prompt_cli.handlebars.runtime import Budget


@runtime_checkable
class Snapshot(Protocol):
    """One state of all prompt files: the working tree, the index or a commit."""

    @property
    def label(self) -> str:
        """Its name in messages: ``the working tree``, ``the index``, ``commit 1a2b3c4``."""
        ...

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the prompts' files, without those that do not exist in this state.

        Raises:
            StorageError: A file of the working tree could not be read.
            HistoryError: Git could not answer.
        """
        ...

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt in this state, sorted.

        Raises:
            StorageError: The directory could not be read.
            HistoryError: Git could not answer.
        """
        ...


@runtime_checkable
class Renderable(Protocol):
    """A prompt bound to an engine."""

    def render(self, values: JsonObject) -> str:
        """Render the prompt as one text.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be rendered with them.
        """
        ...

    def render_messages(self, values: JsonObject, budget: Budget | None = None) -> Sequence[Message]:
        """Render the prompt as messages.

        Args:
            values: The values of its variables.
            budget: The work it may do, shared with other renderings; a new budget by default.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be rendered with them.
        """
        ...
