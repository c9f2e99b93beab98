"""Protocols of storage backends: the bytes of prompt files by id, and transactions over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from prompt_cli.domain.protocols import Snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from contextlib import AbstractAsyncContextManager


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
        ...

    def replace(self, prompt_id: str, content: bytes, *, expected: bytes) -> None:
        """Replace a file; the end of the block raises `StorageConflictError` if the content is not `expected`.

        Args:
            prompt_id: The id of the prompt.
            content: The new bytes of its file.
            expected: The bytes that were read.
        """
        ...

    def delete(self, prompt_id: str, *, expected: bytes) -> None:
        """Delete a file; the end of the block raises `StorageConflictError` if the content is not `expected`.

        Args:
            prompt_id: The id of the prompt.
            expected: The bytes that were read.
        """
        ...


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
        ...

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
        ...

    def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted.

        Yields:
            Each id.

        Raises:
            StorageError: The directory could not be read.
        """
        ...

    def transaction(self) -> AbstractAsyncContextManager[TransactionProtocol]:
        """Open a transaction.

        Returns:
            A context manager; the changes are written together at the end of its block, or not at all.

        Raises:
            PromptExistsError: At the end: a prompt to create exists.
            StorageConflictError: At the end: a file changed since it was read.
            StorageError: At the end: a file could not be written; nothing is written.
        """
        ...


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
        ...
