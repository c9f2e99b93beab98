"""Protocols of storage backends: the bytes of prompt files by id, and transactions over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from prompt_cli.domain.protocols import Snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager


@runtime_checkable
class TransactionProtocol(Protocol):
    """Writes that happen together when the ``async with`` block ends, or, on an exception, not at all."""

    def create(self, prompt_id: str, content: bytes) -> None:
        """Add a file; at the end of the block it is a `PromptExistsError` where one exists already."""
        ...

    def replace(self, prompt_id: str, content: bytes, *, expected: bytes) -> None:
        """Replace a file; at the end of the block it is a `StorageConflictError` where it no longer is `expected`."""
        ...

    def delete(self, prompt_id: str, *, expected: bytes) -> None:
        """Delete a file; at the end of the block it is a `StorageConflictError` where it no longer is `expected`."""
        ...


@runtime_checkable
class StorageBackendProtocol(Snapshot, Protocol):
    """A storage of the prompts of the working tree; a snapshot that other processes may change."""

    def location(self, prompt_id: str) -> str:
        """Return the path of a prompt's file, as shown to users.

        Raises:
            PromptIdError: The text is no id.
        """
        ...

    async def read(self, prompt_id: str) -> bytes:
        """Return the bytes of a prompt's file.

        Raises:
            PromptIdError: The text is no id.
            PromptNotFoundError: There is no such file; ``near`` holds ids that look alike.
            StorageError: The file could not be read, or leads out of the prompt directory.
        """
        ...

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of those files that exist; the others are left out.

        Raises:
            StorageError: A file exists and could not be read.
        """
        ...

    def read_all(self, prompt_ids: Iterable[str] | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the id and the bytes of every file, or of those of the ids that exist; few are held at a time.

        Raises:
            PromptIdError: A text is no id.
            StorageError: The directory could not be read; or, once all others have been yielded, a file could not.
            PromptErrorGroup: Several files could not be read; raised at the end, with a `StorageError` for each.
        """
        ...

    def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted.

        Raises:
            StorageError: The directory could not be read.
        """
        ...

    def transaction(self) -> AbstractAsyncContextManager[TransactionProtocol]:
        """Open a transaction.

        Raises:
            PromptExistsError: At the end: a prompt to create exists.
            StorageConflictError: At the end: a file changed since it was read.
            StorageError: At the end: a file could not be written; every file is as it was.
        """
        ...
