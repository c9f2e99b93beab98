"""The prompt directory as a storage backend."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from prompt_cli.domain.ids import check_id, near_names
from prompt_cli.errors import PromptErrorGroup, PromptNotFoundError, StorageError
from prompt_cli.log import log
from prompt_cli.slots import Slots
from prompt_cli.storage.files import FileSystem
from prompt_cli.storage.scan import PromptDirectory, unreadable
from prompt_cli.storage.transaction import Staging

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
    from os import PathLike

    from prompt_cli.history.checkpoint import Checkpoint
    from prompt_cli.storage.protocol import TransactionProtocol
    from prompt_cli.storage.scan import InvalidPromptFile
    from prompt_cli.storage.transaction import FileChange

_BATCH = 250
"""Files that a thread reads at once, and the most that are held in memory."""
_OPEN_AT_ONCE = 64


class DirectoryStorage:
    """A storage backend and a snapshot over a directory of files (`StorageBackendProtocol`, `BulkReaderProtocol`).

    Args:
        root: The prompt directory.
        state_directory: The directory of the lock and the journal. The default is the one of the command: in the git
            directory, or outside a repository ``.prompt-cli`` in the prompt directory.
        file_system: The system calls that write; tests pass faulty ones.
        on_notice: Receives a sentence about an interrupted earlier transaction; the default logs it.

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
        self._system = file_system or FileSystem()
        self._state_directory = state_directory
        self._on_notice = on_notice
        self._slots = Slots(_OPEN_AT_ONCE)

    @property
    def label(self) -> str:
        """The name of this state in messages."""
        return "the working tree"

    def location(self, prompt_id: str) -> str:
        """Return the path of a prompt's file, below the directory as it was given.

        Raises:
            PromptIdError: The text is no id.
        """
        return self._tree.location(prompt_id)

    async def read(self, prompt_id: str) -> bytes:
        """Return the bytes of a prompt's file.

        Raises:
            PromptIdError: The text is no id.
            PromptNotFoundError: There is no such file; ``near`` holds ids that look alike.
            StorageError: The file could not be read, or leads out of the prompt directory.
        """
        import aiofiles  # reading many files does without

        location = self._tree.location(prompt_id)

        def opener(path: str, flags: int) -> int:  # noqa: ARG001 - the signature open() asks for
            descriptor = self._tree.open(prompt_id)
            if descriptor is None:
                raise FileNotFoundError(path)
            return descriptor

        try:
            async with self._slots.one(), aiofiles.open(location, "rb", opener=opener) as file:
                return await file.read()
        except FileNotFoundError:
            await self._refuse_missing(prompt_id)
        except OSError as error:
            raise unreadable(location, error) from error

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of those files that exist; the others are left out.

        Raises:
            PromptIdError: A text is no id.
            StorageError: A file exists and could not be read.
        """
        found: dict[str, bytes] = {}
        for batch in _batches(list(map(check_id, prompt_ids))):
            found.update(await asyncio.to_thread(self._tree.read_batch, batch))
        return found

    async def read_all(self, prompt_ids: Iterable[str] | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the id and the bytes of every file, or of those of the ids that exist; few are held at a time.

        Raises:
            PromptIdError: A text is no id.
            StorageError: The directory could not be read; or, once all others have been yielded, a file could not.
            PromptErrorGroup: Several files could not be read; raised after all others, with a `StorageError` for each.
        """
        wanted = await self.ids() if prompt_ids is None else list(map(check_id, prompt_ids))
        failed: list[StorageError] = []
        for batch in _batches(wanted):
            for prompt_id, content in await asyncio.to_thread(self._read_batch, batch, failed):
                yield prompt_id, content
        if failed:
            raise failed[0] if len(failed) == 1 else PromptErrorGroup(f"{len(failed)} files could not be read", failed)

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt, sorted.

        Raises:
            StorageError: The directory could not be read.
        """
        return (await asyncio.to_thread(self._tree.list)).ids

    async def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted.

        Raises:
            StorageError: The directory could not be read.
        """
        for prompt_id in await self.ids():
            yield prompt_id

    async def invalid_files(self) -> tuple[InvalidPromptFile, ...]:
        """Return the files that look like prompts and are not.

        Returns:
            Each file with the reason.

        Raises:
            StorageError: The directory could not be read.
        """
        return (await asyncio.to_thread(self._tree.list)).invalid_files

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[TransactionProtocol]:
        """Open a transaction: its changes are made together when the block ends without an exception.

        Raises:
            PromptExistsError: At the end: a prompt to create exists.
            StorageConflictError: At the end: a file changed since it was read.
            StorageError: At the end: a file could not be written, or another process kept writing; all is as it was.
        """
        staging = Staging()
        try:
            yield staging
        finally:
            changes = staging.close()
        if changes:
            await self._commit(changes)

    async def _commit(self, changes: Sequence[FileChange]) -> None:
        """Write in a thread that a cancellation stops before it commits, or that is waited for."""
        from prompt_cli.history.checkpoint import read_checkpoint  # few write
        from prompt_cli.storage.transaction import Surroundings, commit

        loop = asyncio.get_running_loop()

        def checkpoint(directory: Path, paths: Collection[str]) -> Checkpoint | None:
            return asyncio.run_coroutine_threadsafe(read_checkpoint(directory, paths), loop).result()

        def notify(notice: str) -> None:
            loop.call_soon_threadsafe(self._on_notice, notice)

        cancelled = threading.Event()
        surroundings = Surroundings(self._state_directory, self._system, cancelled, checkpoint, notify)
        work = asyncio.ensure_future(asyncio.to_thread(commit, changes, self._tree, surroundings))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError as stop:
            cancelled.set()
            while not work.done():
                with suppress(asyncio.CancelledError):  # raised below, after all or nothing is written
                    await asyncio.wait([work])
            raise stop from work.exception()

    async def _refuse_missing(self, prompt_id: str) -> NoReturn:
        raise PromptNotFoundError(prompt_id, near=near_names(prompt_id, await self.ids()))

    def _read_batch(self, batch: Collection[str], failed: list[StorageError]) -> list[tuple[str, bytes]]:
        try:
            return self._tree.read_batch(batch)
        except StorageError:
            # One file of the batch failed: reading one by one returns the others.
            found: list[tuple[str, bytes]] = []
            for prompt_id in batch:
                try:
                    found += self._tree.read_batch([prompt_id])
                except StorageError as error:
                    failed.append(error)
            return found


def _batches(items: Collection[str]) -> list[list[str]]:
    listed = list(items)
    return [listed[start : start + _BATCH] for start in range(0, len(listed), _BATCH)]
