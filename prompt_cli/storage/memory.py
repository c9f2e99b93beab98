"""In-memory storage, for tests and for programs with their own prompts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prompt_cli.domain.ids import check_id, id_to_path, not_found
from prompt_cli.storage.transaction import Staging, verify

if TYPE_CHECKING:
    from prompt_cli.storage.protocol import TransactionProtocol


class InMemoryStorage:
    """A storage backend and a snapshot over a dictionary (`StorageBackendProtocol`, `BulkReaderProtocol`).

    Args:
        files: The content of prompt files by id; text is taken as UTF-8.

    Raises:
        PromptIdError: A key is not a valid id.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage
        >>> storage = InMemoryStorage({"hello": "id: hello"})
        >>> asyncio.run(storage.ids()), asyncio.run(storage.read("hello"))
        (('hello',), b'id: hello')
    """

    def __init__(self, files: Mapping[str, bytes | str] | None = None) -> None:
        self._files = {
            check_id(prompt_id): content.encode() if isinstance(content, str) else bytes(content)
            for prompt_id, content in (files or {}).items()
        }

    @property
    def label(self) -> str:
        """The name of the snapshot in messages."""
        return "the prompts in memory"

    def location(self, prompt_id: str) -> str:
        """Return the path of a prompt's file below a prompt directory."""
        return id_to_path(prompt_id)

    async def read(self, prompt_id: str) -> bytes:
        """Return the bytes of a prompt's file."""
        content = self._files.get(check_id(prompt_id))
        if content is None:
            raise not_found(prompt_id, self._files)
        return content

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the existing files, by id."""
        return {one: self._files[one] for one in map(check_id, prompt_ids) if one in self._files}

    async def read_all(self, prompt_ids: Iterable[str] | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the id and bytes of every file, or of the existing ones of these ids."""
        ids = sorted(self._files) if prompt_ids is None else list(map(check_id, prompt_ids))
        for prompt_id in ids:
            if (content := self._files.get(prompt_id)) is not None:
                yield prompt_id, content

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt, sorted."""
        return tuple(sorted(self._files))

    async def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted."""
        for prompt_id in sorted(self._files):
            yield prompt_id

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[TransactionProtocol]:
        """Open a transaction; the changes are written together when the block ends without an exception."""
        staging = Staging()
        try:
            yield staging
        finally:
            changes = staging.close()
        verify(changes, self._files)
        files = dict(self._files)
        for prompt_id, _, new in changes:
            if new is None:
                del files[prompt_id]
            else:
                files[prompt_id] = new
        self._files = files
