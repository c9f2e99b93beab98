"""A state of the prompt directory: the working tree, git's index, or a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.domain.message import Message


@runtime_checkable
class Snapshot(Protocol):
    """One consistent state of every prompt's file; a prompt and its partials are read from the same one."""

    @property
    def label(self) -> str:
        """What to call it in a message: ``the working tree``, ``the index``, ``commit 1a2b3c4``."""
        ...

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of those prompts' files that exist in this state; the others are left out.

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
        """Return the prompt filled in, as one text.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be filled in with them.
        """
        ...

    def render_messages(self, values: JsonObject) -> Sequence[Message]:
        """Return the prompt filled in, as messages.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be filled in with them.
        """
        ...
