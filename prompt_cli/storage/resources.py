"""Prompts that come with a Python package, as its resources: files of a directory, or of a zip archive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, NoReturn

from prompt_cli.domain.ids import id_to_path, not_found, path_to_id
from prompt_cli.errors import StorageError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


class ResourceStorage:
    """A storage backend over resources of a package (`StorageBackendProtocol`, `BulkReaderProtocol`), read only.

    Args:
        root: The prompt directory among the resources: ``importlib.resources.files("my_package") / "prompts"``.

    Examples:
        >>> import asyncio
        >>> from importlib.resources import files
        >>> from prompt_cli import PromptManager, PromptRegistry, ResourceStorage
        >>> storage = ResourceStorage(files("my_package") / "prompts")  # doctest: +SKIP
        >>> asyncio.run(PromptManager(PromptRegistry(storage)).render("greeting"))  # doctest: +SKIP
        'Hello!'
    """

    def __init__(self, root: Traversable) -> None:
        self._root = root

    def location(self, prompt_id: str) -> str:
        """Return the path of a prompt's file."""
        return str(self._file(prompt_id))

    async def read(self, prompt_id: str) -> bytes:
        """Return the bytes of a prompt's file."""
        content = await asyncio.to_thread(_read, self._file(prompt_id))
        if content is None:
            raise not_found(prompt_id, await asyncio.to_thread(self._ids))
        return content

    async def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted."""
        for prompt_id in await asyncio.to_thread(self._ids):
            yield prompt_id

    def transaction(self) -> NoReturn:
        """Refuse to write.

        Raises:
            StorageError: Always: resources of a package cannot be written.
        """
        raise StorageError(
            f"{self._root} belongs to a package, and cannot be written",
            help="put the prompts to change into a directory of the project",
            transient=False,
        )

    def _file(self, prompt_id: str) -> Traversable:
        return self._root.joinpath(*id_to_path(prompt_id).split("/"))

    def _ids(self) -> tuple[str, ...]:
        try:
            return tuple(sorted(one for path in _paths(self._root, "") if (one := path_to_id(path)) is not None))
        except (OSError, ValueError) as error:  # a zip file that lacks the directory raises ValueError
            reason = (error.strerror or error) if isinstance(error, OSError) else "no such directory"
            raise StorageError(f"{self._root} could not be read: {reason}", path=str(self._root)) from error


def _read(file: Traversable) -> bytes | None:
    try:
        return file.read_bytes() if file.is_file() else None
    except OSError as error:
        raise StorageError(f"{file} could not be read: {error.strerror or error}") from error


def _paths(directory: Traversable, prefix: str) -> Iterator[str]:
    """Yield the paths of all files below a directory, relative to it and with ``/`` between their parts."""
    for entry in directory.iterdir():
        if entry.is_dir():
            yield from _paths(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name
