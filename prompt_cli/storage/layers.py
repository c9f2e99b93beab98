"""Several storages in one: a prompt comes from the first that has it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prompt_cli.domain.ids import check_id, near_names
from prompt_cli.errors import PromptNotFoundError
from prompt_cli.storage.reader import reader_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.domain.revision import Revision
    from prompt_cli.history.protocol import PromptVersion, VersionStoreProtocol
    from prompt_cli.storage.protocol import StorageBackendProtocol, TransactionProtocol


class LayeredStorage:
    """A storage backend over several storages (`StorageBackendProtocol`, `BulkReaderProtocol`).

    A prompt comes from the first storage that has it.
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
        >>> asyncio.run(storage.ids()), asyncio.run(storage.read("tone"))
        (('format', 'tone'), b'id: tone')
    """

    def __init__(self, first: StorageBackendProtocol, *others: StorageBackendProtocol) -> None:
        self.layers: tuple[StorageBackendProtocol, ...] = (first, *others)
        self._readers = [(layer, reader_of(layer)) for layer in self.layers]
        self._owners: dict[str, StorageBackendProtocol] = {}

    @property
    def label(self) -> str:
        """The name of the snapshot in messages."""
        return self._readers[0][1].label

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
        contents = await self.read_many([prompt_id])
        if prompt_id not in contents:
            raise PromptNotFoundError(prompt_id, near=near_names(prompt_id, await self.ids()))
        return contents[prompt_id]

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the existing files, by id.

        Args:
            prompt_ids: The ids of the prompts.

        Raises:
            PromptIdError: A text is not a valid id.
            StorageError: A file exists and could not be read.
        """
        contents: dict[str, bytes] = {}
        missing = list(map(check_id, prompt_ids))
        for layer, reader in self._readers:
            found = await reader.read_many(missing) if missing else {}
            contents.update(found)
            self._owners.update(dict.fromkeys(found, layer))
            missing = [one for one in missing if one not in found]
        return contents

    async def read_all(self, prompt_ids: Iterable[str] | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the id and bytes of every file, or of the existing ones of these ids.

        Args:
            prompt_ids: The ids of the prompts; None means all.

        Raises:
            PromptIdError: A text is not a valid id.
            StorageError: A file or directory could not be read.
        """
        for prompt_id in await self.ids() if prompt_ids is None else list(map(check_id, prompt_ids)):
            for content in (await self.read_many([prompt_id])).values():
                yield prompt_id, content

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt, sorted.

        Raises:
            StorageError: A directory could not be read.
        """
        return tuple(sorted({one for _, reader in self._readers for one in await reader.ids()}))

    async def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted.

        Raises:
            StorageError: A directory could not be read.
        """
        for prompt_id in await self.ids():
            yield prompt_id

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
