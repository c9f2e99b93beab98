"""Storages over other storages, and snapshots with replaced files."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prompt_cli.domain.ids import not_found
from prompt_cli.storage.protocol import reader_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence

    from prompt_cli.domain.revision import Revision, Snapshot
    from prompt_cli.history.protocol import PromptVersion, VersionStoreProtocol
    from prompt_cli.storage.protocol import StorageBackendProtocol, TransactionProtocol


class LayeredStorage:
    """A storage backend over several storages (`StorageBackendProtocol`): a prompt comes from the first that has it.

    A project can add prompts to those of a package, and replace some of them. Partials come from all storages too.
    Writes go to the first storage.

    Args:
        first: The storage with the highest precedence.
        others: The further storages, in order.

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
        """Return the path of a prompt's file, in the storage that it was read from."""
        return self._owners.get(prompt_id, self.layers[0]).location(prompt_id)

    async def read(self, prompt_id: str) -> bytes:
        """Return the bytes of a prompt's file."""
        for layer, reader in self._readers:
            # A bulk reader omits a missing file, where read() would list the directory for similar ids.
            for content in (await reader.read_many([prompt_id])).values():
                self._owners[prompt_id] = layer
                return content
        raise not_found(prompt_id, await self._ids())

    async def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted."""
        for prompt_id in await self._ids():
            yield prompt_id

    async def _ids(self) -> list[str]:
        return sorted({prompt_id for _, reader in self._readers for prompt_id in await reader.ids()})

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[TransactionProtocol]:
        """Open a transaction of the first storage."""
        async with self.layers[0].transaction() as files:
            yield files


class LayeredVersionStore:
    """A store of the versions of layered prompts (`VersionStoreProtocol`): each has the history of its storage.

    Args:
        stores: The storages with a history and their version stores, by precedence.
    """

    def __init__(self, stores: Collection[tuple[StorageBackendProtocol, VersionStoreProtocol]]) -> None:
        self._stores = tuple(stores)

    async def snapshot(self, prompt_id: str, revision: Revision) -> Snapshot:
        """Return the snapshot of a revision of a prompt, without the other storages."""
        return await (await self._store_of(prompt_id)).snapshot(prompt_id, revision)

    async def versions(self, prompt_id: str) -> Sequence[PromptVersion]:
        """Return the versions of a prompt, newest first."""
        return await (await self._store_of(prompt_id)).versions(prompt_id)

    async def _store_of(self, prompt_id: str) -> VersionStoreProtocol:
        for storage, store in self._stores:
            if await reader_of(storage).read_many([prompt_id]):
                return store
        return self._stores[0][1]


class OverlaySnapshot:
    """A snapshot with some files replaced or added (`Snapshot`).

    Args:
        below: The state that everything else is read from.
        contents: The bytes of the files that differ from it, by prompt id.
    """

    def __init__(self, below: Snapshot, contents: Mapping[str, bytes]) -> None:
        self._below = below
        self._contents = dict(contents)

    @property
    def label(self) -> str:
        """The name of the snapshot in messages."""
        return self._below.label

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the existing files, by id."""
        others = [one for one in prompt_ids if one not in self._contents]
        below = dict(await self._below.read_many(others)) if others else {}
        return below | {one: self._contents[one] for one in prompt_ids if one in self._contents}

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt, sorted."""
        return tuple(sorted({*await self._below.ids(), *self._contents}))
