"""Errors of several prompts together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

from prompt_cli.errors import PromptManagerError

if TYPE_CHECKING:
    from prompt_cli.domain.bump import Bump


class PromptErrorGroup(PromptManagerError, ExceptionGroup[PromptManagerError]):  # noqa: N818 - named as Python names groups
    """Errors of several prompts: an error of the tree for ``except``, a group for ``except*``.

    Args:
        message: The error, in a sentence.
        errors: The error of each prompt.

    Examples:
        >>> from prompt_cli import PromptErrorGroup, PromptNotFoundError
        >>> try:
        ...     raise PromptErrorGroup("1 prompt is missing", [PromptNotFoundError("hello")])
        ... except* PromptNotFoundError as group:
        ...     print([error.prompt_id for error in group.exceptions])
        ['hello']
    """

    def __new__(cls, message: str, errors: Sequence[PromptManagerError], *_: object, **_results: object) -> Self:
        """Create the group; exception groups take their arguments here, not in ``__init__``."""
        return super().__new__(cls, message, errors)

    def __init__(self, message: str, errors: Sequence[PromptManagerError]) -> None:
        super().__init__(message)
        self.args: tuple[object, ...] = (message, tuple(errors))

    def derive(self, errors: Sequence[PromptManagerError], /) -> Self:  # type: ignore[override] # of our errors only
        """Return the group with other errors, as ``except*`` requires.

        Args:
            errors: The errors.

        Returns:
            A group with the same message and results.
        """
        group = type(self).__new__(type(self), self.message, errors)
        group.__dict__.update(self.__dict__)
        group.args = (self.message, tuple(errors))
        return group

    def __str__(self) -> str:
        """Return the message, and below it the lines of each error."""
        return "\n".join([self.message, *(f"  {line}" for one in self.exceptions for line in str(one).splitlines())])


class RenderManyError(PromptErrorGroup):
    """Errors of some of many prompts to render.

    Args:
        message: The error, in a sentence.
        errors: The errors, in the order of the requests.
        results: The rendered texts of the others, by the index of the request.

    Examples:
        >>> from prompt_cli import PromptNotFoundError, RenderManyError
        >>> group = RenderManyError("1 of 2 prompts could not be rendered", [PromptNotFoundError("hi")], {0: "Hello!"})
        >>> group.results, group.exceptions
        ({0: 'Hello!'}, (PromptNotFoundError("unknown prompt 'hi'"),))
    """

    def __init__(
        self, message: str, errors: Sequence[PromptManagerError], results: Mapping[int, str] | None = None
    ) -> None:
        super().__init__(message, errors)
        self.results: Mapping[int, str] = dict(results or {})


class BumpManyError(PromptErrorGroup):
    """Errors of some of all prompts to bump, raised after the others were bumped.

    Args:
        message: The error, in a sentence.
        errors: The error of each prompt whose changes are unknown.
        results: The versions of the others before and after.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import BumpManyError, BumpOptions, InMemoryStorage, Level, PromptManager, PromptRegistry
        >>> texts = {"hello": "{id: hello, version: 1.0.0, format: text, template: Hello!}", "broken": "id: ["}
        >>> manager = PromptManager(PromptRegistry(InMemoryStorage(texts)))
        >>> try:
        ...     asyncio.run(manager.bump_many(None, BumpOptions(Level.MINOR)))
        ... except BumpManyError as group:
        ...     print(group.results[0].new, [error.context["prompt_id"] for error in group.exceptions])
        1.1.0 ['broken']
    """

    def __init__(self, message: str, errors: Sequence[PromptManagerError], results: Sequence[Bump] = ()) -> None:
        super().__init__(message, errors)
        self.results: tuple[Bump, ...] = tuple(results)
