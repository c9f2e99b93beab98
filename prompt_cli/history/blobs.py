"""The contents of files by their object ids: one process for any number of them."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from prompt_cli.history.troubles import damaged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.process import Git, GitProcess

MAX_BLOB: Final = 16 * 1024 * 1024
"""Bytes of content, beyond which a file is taken for no prompt: sixteen times what the file format allows."""

_BATCH: Final = ("cat-file", "--batch")
_CHUNK: Final = 1 << 16


class BlobReader:
    """Reads contents through one ``git cat-file --batch``.

    Args:
        process: The process, its input open.

    Attributes:
        left: How many contents were asked for and are still to be read.
    """

    def __init__(self, process: GitProcess) -> None:
        self._process = process
        self._read = b""
        self._at = 0
        self.left = 0

    async def read(self, blobs: Sequence[str]) -> AsyncIterator[tuple[str, bytes | None]]:
        """Yield each blob with its content, in the order asked for; None where it is larger than `MAX_BLOB`.

        Raises:
            HistoryError: A blob is missing, or cannot be read.

        Source: git-cat-file(1), "Batch output".
        """
        if self._process.input is None:
            raise TypeError("cat-file needs an input")
        self._process.input.write("".join(f"{blob}\n" for blob in blobs).encode())
        self.left += len(blobs)
        for blob in blobs:
            # Most are there already: waiting for each by itself would take longer than git does.
            while (end := self._read.find(b"\n", self._at)) < 0:
                await self._more(blob)
            size, self._at = self._size(self._read[self._at : end], blob), end + 1
            if size is None:
                raise await self._ended(blob)
            if size > MAX_BLOB:
                await self._skip(size + 1, blob)
                self.left -= 1
                yield blob, None
                continue
            while len(self._read) <= self._at + size:
                await self._more(blob)
            content, self._at = self._read[self._at : self._at + size], self._at + size + 1
            self.left -= 1
            yield blob, content

    @staticmethod
    def _size(header: bytes, blob: str) -> int | None:
        match header.split():
            case [_, b"blob", size]:
                return int(size)
            case [_, b"missing"]:
                raise damaged(f"it lacks the object {blob}")
            case _:
                return None

    async def _more(self, blob: str) -> None:
        # Joined from what is left and what comes, for a content may be of many parts.
        wanted = max(_CHUNK, len(self._read) - self._at)
        parts = [self._read[self._at :]]
        while wanted > 0:
            part = await self._process.output.read(_CHUNK)
            parts.append(part)
            wanted -= len(part)
            if len(part) < _CHUNK:
                break
        if not parts[-1]:
            raise await self._ended(blob)
        self._read, self._at = b"".join(parts), 0

    async def _ended(self, blob: str) -> HistoryError:
        """Return why there is no content: mostly the process says it, and ends."""
        await self._process.check()
        return damaged(f"{blob} is no file's content")

    async def _skip(self, left: int, blob: str) -> None:
        while left > len(self._read) - self._at:
            left -= len(self._read) - self._at
            self._read, self._at = b"", 0
            await self._more(blob)
        self._at += left


class SharedReader:
    """A reader for one after the other: one process, which is started when the first needs it.

    Args:
        git: Runs git.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        self._stack = AsyncExitStack()
        self._reader: BlobReader | None = None
        self._lent = False

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[BlobReader]:
        """Lend the reader for the block; another one, where somebody has it.

        Raises:
            HistoryError: There is no git.
        """
        if self._lent:
            async with _own_reader(self._git) as reader:
                yield reader
            return
        self._lent = True
        try:
            if self._reader is None:
                process = await self._stack.enter_async_context(self._git.start(*_BATCH, given_input=True))
                self._reader = BlobReader(process)
            yield self._reader
        finally:
            self._lent = False
            if self._reader is not None and self._reader.left:  # what comes next would be what was not read
                await self.close()

    async def close(self) -> None:
        """End the process."""
        self._reader = None
        await self._stack.aclose()


@asynccontextmanager
async def sharing_reader(git: Git) -> AsyncIterator[None]:
    """Read all contents that are read in the block through one process."""
    git.shared = SharedReader(git)
    try:
        yield
    finally:
        shared, git.shared = git.shared, None
        await shared.close()


@asynccontextmanager
async def blob_reader(git: Git) -> AsyncIterator[BlobReader]:
    """Start a reader, and end it with the block, or lend the one that is shared.

    Raises:
        HistoryError: There is no git.
    """
    async with _own_reader(git) if git.shared is None else git.shared.lend() as reader:
        yield reader


@asynccontextmanager
async def _own_reader(git: Git) -> AsyncIterator[BlobReader]:
    async with git.start(*_BATCH, given_input=True) as process:
        yield BlobReader(process)
        await process.check()


def is_partial(common_dir: Path) -> bool:
    """Tell whether the clone is a partial one, so that contents may be missing."""
    # Every pack that came from a promisor remote carries this mark; a clone has its first one from the beginning.
    try:
        return any(pack.suffix == ".promisor" for pack in (common_dir / "objects" / "pack").iterdir())
    except FileNotFoundError:
        return False
