"""Bulk reading of a storage that reads one file at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prompt_cli.errors import PromptNotFoundError
from prompt_cli.storage.protocol import BulkReaderProtocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping

    from prompt_cli.storage.protocol import StorageBackendProtocol

_AT_ONCE = 32
"""Files to read at once: a storage may open a connection for each."""


def reader_of(storage: StorageBackendProtocol) -> BulkReaderProtocol:
    """Return a storage itself if it reads in bulk, else a reader that reads its files one by one."""
    return storage if isinstance(storage, BulkReaderProtocol) else StorageReader(storage)


class StorageReader:
    """A snapshot of a storage without bulk reading (`BulkReaderProtocol`).

    Args:
        storage: The storage.
    """

    def __init__(self, storage: StorageBackendProtocol) -> None:
        self._storage = storage

    @property
    def label(self) -> str:
        """The name of the snapshot in messages."""
        return "the storage"

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the existing files, by id."""
        return {prompt_id: content async for prompt_id, content in self.read_all(prompt_ids)}

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt, sorted."""
        return tuple([prompt_id async for prompt_id in self._storage.list_ids()])

    async def read_all(self, prompt_ids: Iterable[str] | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the id and bytes of every file, or of the existing ones of these ids."""
        wanted = await self.ids() if prompt_ids is None else tuple(prompt_ids)
        for first in range(0, len(wanted), _AT_ONCE):
            some = wanted[first : first + _AT_ONCE]
            for prompt_id, content in zip(some, await asyncio.gather(*map(self._read, some)), strict=True):
                if content is not None:
                    yield prompt_id, content

    async def _read(self, prompt_id: str) -> bytes | None:
        try:
            return await self._storage.read(prompt_id)
        except PromptNotFoundError:
            return None
