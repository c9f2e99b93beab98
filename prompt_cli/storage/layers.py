"""Several storages in one: a prompt comes from the first that has it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prompt_cli.domain.ids import not_found
from prompt_cli.storage.reader import reader_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.domain.revision import Revision
    from prompt_cli.history.protocol import PromptVersion, VersionStoreProtocol
    from prompt_cli.storage.protocol import StorageBackendProtocol, TransactionProtocol


class LayeredStorage:
    """A storage backend over several storages (`StorageBackendProtocol`): a prompt comes from the first that has it.

    So a project can add to prompts that come with a package, and put its own in the place of some. A partial is looked
    for in all storages too. Writes go to the first storage.

    Args:
        first: The storage that wins.
        others: The storages behind it.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage, LayeredStorage
        >>> ours = InMemoryStorage({"tone": "id: tone"})
        >>> theirs = InMemoryStorage({"tone": "id: tone # theirs", "format": "id: format"})
        >>> storage = LayeredStorage(ours, theirs)
        >>> asyncio.run(storage.read("tone")), asyncio.run(storage.read("format"))
        (b'id: tone', b'id: format')
    """

    def __init__(self, first: StorageBackendProtocol, *others: StorageBackendProtocol) -> None:
        self.layers: tuple[StorageBackendProtocol, ...] = (first, *others)
        self._readers = [(layer, reader_of(layer)) for layer in self.layers]
        self._owners: dict[str, StorageBackendProtocol] = {}

    def location(self, prompt_id: str) -> str:
        """Return the path of a prompt's file, in the storage that it was read from.

        Args:
            prompt_id: The id of the prompt.

        Raises:
            PromptIdError: The text is not a valid id.
        """
        return self._owners.get(prompt_id, self.layers[0]).location(prompt_id)

    async def read(self, prompt_id: str) -> bytes:
        """Return the bytes of a prompt's file.

        Args:
            prompt_id: The id of the prompt.

        Raises:
            PromptIdError: The text is not a valid id.
            PromptNotFoundError: No storage has it; ``near`` holds similar ids.
            StorageError: A file could not be read.
        """
        for layer in self.layers:
            # In bulk: one file of a directory that lacks it would be an error that lists the directory.
            for content in (await reader_of(layer).read_many([prompt_id])).values():
                self._owners[prompt_id] = layer
                return content
        raise not_found(prompt_id, await self._ids())

    async def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted.

        Raises:
            StorageError: A directory could not be read.
        """
        for prompt_id in await self._ids():
            yield prompt_id

    async def _ids(self) -> list[str]:
        return sorted({one for layer in self.layers for one in await reader_of(layer).ids()})

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[TransactionProtocol]:
        """Open a transaction of the first storage; raises as that one's does."""
        async with self.layers[0].transaction() as files:
            yield files


class LayeredVersionStore:
    """A store of the versions of layered prompts (`VersionStoreProtocol`): each has the history of its storage.

    Args:
        stores: The storages with a history and their stores, first the one that wins.
    """

    def __init__(self, stores: Collection[tuple[StorageBackendProtocol, VersionStoreProtocol]]) -> None:
        self._stores = tuple(stores)

    async def snapshot(self, prompt_id: str, revision: Revision) -> Snapshot:
        """Return the snapshot that a revision of a prompt names, of its storage alone.

        Raises:
            PromptManagerError: As the store of its storage.
        """
        return await (await self._store_of(prompt_id)).snapshot(prompt_id, revision)

    async def versions(self, prompt_id: str) -> Sequence[PromptVersion]:
        """Return the versions of a prompt, newest first.

        Raises:
            PromptManagerError: As the store of its storage.
        """
        return await (await self._store_of(prompt_id)).versions(prompt_id)

    async def _store_of(self, prompt_id: str) -> VersionStoreProtocol:
        for storage, store in self._stores:
            if await reader_of(storage).read_many([prompt_id]):
                return store
        return self._stores[0][1]
