"""The versions of files by their object ids, read as few times as can be."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self, TypeAlias

from prompt_cli.history.blobs import BlobReader, blob_reader
from prompt_cli.history.scan import plain_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from prompt_cli.domain.semver import SemanticVersion
    from prompt_cli.history.repository import Place

VersionOf: TypeAlias = "Callable[[bytes], SemanticVersion | None]"


class VersionReader:
    """Learns the versions in contents, through one process, which is started when the first content is needed.

    Args:
        place: Where the prompt directory is.
        version_of: Parses a content exactly; asked only where the bytes leave doubt.

    Attributes:
        known: The version in each content as text, by its object id; empty where it has no valid one.
    """

    def __init__(self, place: Place, version_of: VersionOf) -> None:
        self.known: dict[str, str] = {}
        self._place = place
        self._version_of = version_of
        self._stack = AsyncExitStack()
        self._reader: BlobReader | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, traceback)

    async def learn(self, blobs: Iterable[str]) -> None:
        """See that the versions of these contents are known.

        Raises:
            HistoryError: A content is missing or cannot be read.
        """
        missing = [blob for blob in dict.fromkeys(blobs) if blob not in self.known]
        if not missing:
            return
        if self._reader is None:
            self._reader = await self._stack.enter_async_context(blob_reader(self._place.git))
        async for blob, content in self._reader.read(missing):
            self.known[blob] = "" if content is None else plain_version(content) or str(self._version_of(content) or "")
