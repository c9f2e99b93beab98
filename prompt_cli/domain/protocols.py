"""Protocols: a state of the prompt directory, and anything that can be rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from prompt_cli.domain.json_values import JsonObject


@runtime_checkable
class Snapshot(Protocol):
    """One state of all prompt files: the working tree, the index or a commit.

    Examples:
        >>> from prompt_cli import InMemoryStorage
        >>> isinstance(InMemoryStorage(), Snapshot)
        True
    """

    @property
    def label(self) -> str:
        """Its name in messages: ``the working tree``, ``the index``, ``commit 1a2b3c4``."""
        ...

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the prompts' files, without those that do not exist in this state.

        Args:
            prompt_ids: The ids of the prompts.

        Returns:
            The bytes of each file, by the id of its prompt.

        Raises:
            StorageError: A file of the working tree could not be read.
            HistoryError: Git could not answer.
        """
        ...

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt in this state, sorted.

        Returns:
            The ids.

        Raises:
            StorageError: The directory could not be read.
            HistoryError: Git could not answer.
        """
        ...


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
        ...
