"""The prompt directory as a storage backend."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.concurrency import LoopSemaphore, complete, split
from prompt_cli.domain.ids import check_id, not_found
from prompt_cli.error_groups import PromptErrorGroup
from prompt_cli.errors import StorageError
from prompt_cli.log import log
from prompt_cli.storage.scan import InvalidPromptFile, PromptDirectory, read_error

if TYPE_CHECKING:
    from prompt_cli.history.repository import Checkpoint
    from prompt_cli.storage.files import FileSystem
    from prompt_cli.storage.protocol import TransactionProtocol
    from prompt_cli.storage.transaction import FileChange

_MAX_OPEN = 64


class DirectoryStorage:
    """A storage backend and a snapshot over a directory of files (`StorageBackendProtocol`, `BulkReaderProtocol`).

    Args:
        root: The prompt directory.
        state_directory: The directory of the lock and the journal. The default is ``prompt-cli`` in the git directory,
            or ``.prompt-cli`` in the prompt directory outside a repository.
        file_system: The system calls for writing; tests pass faulty ones.
        on_notice: Receives messages about an interrupted earlier transaction; the default logs them.

    Examples:
        >>> import asyncio
        >>> from pathlib import Path
        >>> from prompt_cli import DirectoryStorage
        >>> asyncio.run(DirectoryStorage(Path("prompts")).read("shared/tone")).splitlines()[2]
        b'id: shared/tone'
    """

    def __init__(
        self,
        root: str | PathLike[str],
        *,
        state_directory: Path | None = None,
        file_system: FileSystem | None = None,
        on_notice: Callable[[str], None] = lambda notice: log("warning", "notice_given", notice=notice),
    ) -> None:
        self.root: Path = Path(root)
        self._tree = PromptDirectory(self.root)
        self._system = file_system
        self._state_directory = state_directory
        self._on_notice = on_notice
        self._slots = LoopSemaphore(_MAX_OPEN)

    @property
    def label(self) -> str:
        """The name of the snapshot in messages."""
        return "the working tree"

    def location(self, prompt_id: str) -> str:
        """Return the path of a prompt's file below the directory."""
        return self._tree.location(prompt_id)

    async def read(self, prompt_id: str) -> bytes:
        """Return the bytes of a prompt's file."""
        import aiofiles  # bulk reads do not need it

        location = self._tree.location(prompt_id)

        def opener(path: str, flags: int) -> int:  # noqa: ARG001 - the signature open() asks for
            descriptor = self._tree.open(prompt_id)
            if descriptor is None:
                raise FileNotFoundError(path)
            return descriptor

        try:
            async with self._slots.get(), aiofiles.open(location, "rb", opener=opener) as file:
                return await file.read()
        except FileNotFoundError as error:
            raise not_found(prompt_id, await self.ids()) from error
        except OSError as error:
            raise read_error(location, error) from error

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the existing files, by id."""
        contents: dict[str, bytes] = {}
        for batch in split(list(map(check_id, prompt_ids))):
            contents.update(await asyncio.to_thread(self._tree.read_batch, batch))
        return contents

    async def read_all(self, prompt_ids: Iterable[str] | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the id and bytes of every file, or of the existing ones of these ids, with few in memory at a time."""
        ids = await self.ids() if prompt_ids is None else list(map(check_id, prompt_ids))
        errors: list[StorageError] = []
        for batch in split(ids):
            for prompt_id, content in await asyncio.to_thread(self._read_batch, batch, errors):
                yield prompt_id, content
        if errors:
            raise errors[0] if len(errors) == 1 else PromptErrorGroup(f"{len(errors)} files could not be read", errors)

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt, sorted."""
        return (await asyncio.to_thread(self._tree.list)).ids

    async def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted."""
        for prompt_id in await self.ids():
            yield prompt_id

    async def invalid_files(self) -> tuple[InvalidPromptFile, ...]:
        """Return the invalid prompt files, each with the reason.

        Returns:
            The files, sorted by path.

        Raises:
            StorageError: The directory could not be read.
        """
        return (await asyncio.to_thread(self._tree.list)).invalid_files

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[TransactionProtocol]:
        """Open a transaction; the changes are written together when the block ends without an exception."""
        from prompt_cli.storage.transaction import Staging  # most commands only read

        staging = Staging()
        try:
            yield staging
        finally:
            changes = staging.close()
        if changes:
            await self._commit(changes)

    async def _commit(self, changes: Sequence[FileChange]) -> None:
        """Write in a thread; a cancellation before the commit stops the write, a later one waits for its end."""
        from prompt_cli.history.repository import read_checkpoint  # most commands only read
        from prompt_cli.storage.files import FileSystem
        from prompt_cli.storage.transaction import TransactionContext, commit

        loop = asyncio.get_running_loop()

        def checkpoint(directory: Path, paths: Collection[str]) -> Checkpoint | None:
            return asyncio.run_coroutine_threadsafe(read_checkpoint(directory, paths), loop).result()

        def notify(notice: str) -> None:
            loop.call_soon_threadsafe(self._on_notice, notice)

        cancelled = threading.Event()
        context = TransactionContext(self._state_directory, self._system or FileSystem(), cancelled, checkpoint, notify)
        await complete(asyncio.to_thread(commit, changes, self._tree, context), cancelled.set)

    def _read_batch(self, batch: Collection[str], errors: list[StorageError]) -> list[tuple[str, bytes]]:
        try:
            return self._tree.read_batch(batch)
        except StorageError:
            # Read the files one by one, because one unreadable file fails the batch.
            contents: list[tuple[str, bytes]] = []
            for prompt_id in batch:
                try:
                    contents += self._tree.read_batch([prompt_id])
                except StorageError as error:
                    errors.append(error)
            return contents
