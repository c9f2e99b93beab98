"""Protocols of storage backends, and a bulk reader for those that read one file at a time."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from prompt_cli.concurrency import split
from prompt_cli.domain.revision import Snapshot
from prompt_cli.errors import PromptNotFoundError

_CONCURRENT_READS = 32  # a storage may open a connection for each


@runtime_checkable
class TransactionProtocol(Protocol):
    """A transaction: its changes are written together when the block ends, or not at all after an exception.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage
        >>> async def rename(storage: StorageBackendProtocol, old: str, new: str) -> None:
        ...     content = await storage.read(old)
        ...     async with storage.transaction() as transaction:
        ...         transaction.create(new, content.replace(old.encode(), new.encode(), 1))
        ...         transaction.delete(old, expected=content)
        >>> storage = InMemoryStorage({"hello": "id: hello"})
        >>> asyncio.run(rename(storage, "hello", "greeting"))
        >>> asyncio.run(storage.read("greeting"))
        b'id: greeting'
    """

    def create(self, prompt_id: str, content: bytes) -> None:
        """Add a file; the end of the block raises `PromptExistsError` if it exists.

        Args:
            prompt_id: The id of the prompt.
            content: The bytes of its file.
        """

    def replace(self, prompt_id: str, content: bytes, *, expected: bytes) -> None:
        """Replace a file; the end of the block raises `StorageConflictError` if the content is not `expected`.

        Args:
            prompt_id: The id of the prompt.
            content: The new bytes of its file.
            expected: The bytes that were read.
        """

    def delete(self, prompt_id: str, *, expected: bytes) -> None:
        """Delete a file; the end of the block raises `StorageConflictError` if the content is not `expected`.

        Args:
            prompt_id: The id of the prompt.
            expected: The bytes that were read.
        """


@runtime_checkable
class StorageBackendProtocol(Protocol):
    """Interface of a storage of prompts; other processes may change its files.

    A storage that can read many files at once also implements `BulkReaderProtocol`; others are read file by file.

    Examples:
        A read-only storage over a database table, here a dictionary:

        >>> import asyncio
        >>> from prompt_cli import PromptManager, PromptNotFoundError, PromptRegistry, StorageError
        >>> class TableStorage:
        ...     def __init__(self, rows):
        ...         self.rows = rows
        ...     def location(self, prompt_id):
        ...         return f"table:{prompt_id}"
        ...     async def read(self, prompt_id):
        ...         if prompt_id not in self.rows:
        ...             raise PromptNotFoundError(prompt_id)
        ...         return self.rows[prompt_id]
        ...     async def list_ids(self):
        ...         for prompt_id in sorted(self.rows):
        ...             yield prompt_id
        ...     def transaction(self):
        ...         raise StorageError("the table is read only", transient=False)
        >>> rows = {"hello": b"{id: hello, version: 1.0.0, format: text, template: Hello!}"}
        >>> manager = PromptManager(PromptRegistry(TableStorage(rows)))
        >>> asyncio.run(manager.render("hello"))
        'Hello!'
    """

    def location(self, prompt_id: str) -> str:
        """Return the path of a prompt's file, as shown to users.

        Args:
            prompt_id: The id of the prompt.

        Returns:
            The path, or any text by which users find the prompt.

        Raises:
            PromptIdError: The id is invalid.
        """

    async def read(self, prompt_id: str) -> bytes:
        """Return the bytes of a prompt's file.

        Args:
            prompt_id: The id of the prompt.

        Returns:
            The bytes.

        Raises:
            PromptIdError: The id is invalid.
            PromptNotFoundError: The file does not exist; ``near`` holds similar ids.
            StorageError: The file could not be read, or leads out of the prompt directory.
        """

    def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted.

        Yields:
            Each id.

        Raises:
            StorageError: The directory could not be read.
        """

    def transaction(self) -> AbstractAsyncContextManager[TransactionProtocol]:
        """Open a transaction.

        Returns:
            A context manager; the changes are written together at the end of its block, or not at all.

        Raises:
            PromptExistsError: At the end: a prompt to create exists.
            StorageConflictError: At the end: a file changed since it was read.
            StorageError: At the end: a file could not be written; nothing is written.
        """


@runtime_checkable
class BulkReaderProtocol(Snapshot, Protocol):
    """Optional interface of a storage that reads many files faster than one by one.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage
        >>> storage = InMemoryStorage({"a": "id: a", "b": "id: b"})
        >>> isinstance(storage, BulkReaderProtocol)
        True
        >>> asyncio.run(storage.read_many(["a", "none"]))
        {'a': b'id: a'}
    """

    def read_all(self, prompt_ids: Iterable[str] | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the id and bytes of every file, or of the existing ones of these ids, with few in memory at a time.

        Args:
            prompt_ids: The ids; None is all.

        Yields:
            The id and the bytes of a file.

        Raises:
            PromptIdError: An id is invalid.
            StorageError: The directory could not be read; or a file, raised after all others.
            PromptErrorGroup: Several files could not be read; raised at the end, with a `StorageError` for each.
        """


def bulk_reader(storage: StorageBackendProtocol) -> BulkReaderProtocol:
    """Return a storage itself if it reads in bulk, else a reader that reads its files one by one."""
    return storage if isinstance(storage, BulkReaderProtocol) else _SingleFileReader(storage)


class _SingleFileReader:
    """A snapshot of a storage without bulk reading (`BulkReaderProtocol`)."""

    label = "the storage"

    def __init__(self, storage: StorageBackendProtocol) -> None:
        self._storage = storage

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        return {prompt_id: content async for prompt_id, content in self.read_all(prompt_ids)}

    async def ids(self) -> tuple[str, ...]:
        return tuple([prompt_id async for prompt_id in self._storage.list_ids()])

    async def read_all(self, prompt_ids: Iterable[str] | None = None) -> AsyncIterator[tuple[str, bytes]]:
        ids = await self.ids() if prompt_ids is None else tuple(prompt_ids)
        for batch in split(ids, _CONCURRENT_READS):
            for prompt_id, content in zip(batch, await asyncio.gather(*map(self._read, batch)), strict=True):
                if content is not None:
                    yield prompt_id, content

    async def _read(self, prompt_id: str) -> bytes | None:
        try:
            return await self._storage.read(prompt_id)
        except PromptNotFoundError:
            return None
