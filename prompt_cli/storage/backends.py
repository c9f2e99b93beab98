"""Storage backends in memory, over a package and in layers; snapshots with replaced files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, NoReturn

from prompt_cli.domain.ids import check_id, id_to_path, not_found, path_to_id
from prompt_cli.domain.revision import Revision, Snapshot
from prompt_cli.errors import StorageError
from prompt_cli.storage.protocol import StorageBackendProtocol, TransactionProtocol, bulk_reader

if TYPE_CHECKING:
    from prompt_cli.history.protocol import PromptVersion, VersionStoreProtocol


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
        from prompt_cli.storage.transaction import Staging, verify  # most programs only read

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


class ResourceStorage:
    """A storage backend over resources of a package (`StorageBackendProtocol`), read only.

    Args:
        root: The prompt directory among the resources: ``importlib.resources.files("my_package") / "prompts"``.

    Examples:
        >>> import asyncio
        >>> from importlib.resources import files
        >>> from prompt_cli import PromptManager, PromptRegistry, ResourceStorage
        >>> storage = ResourceStorage(files("my_package") / "prompts")  # doctest: +SKIP
        >>> asyncio.run(PromptManager(PromptRegistry(storage)).render("greeting"))  # doctest: +SKIP
        'Hello!'
    """

    def __init__(self, root: Traversable) -> None:
        self._root = root

    def location(self, prompt_id: str) -> str:
        """Return the path of a prompt's file."""
        return str(self._file(prompt_id))

    async def read(self, prompt_id: str) -> bytes:
        """Return the bytes of a prompt's file."""
        content = await asyncio.to_thread(_read, self._file(prompt_id))
        if content is None:
            raise not_found(prompt_id, await asyncio.to_thread(self._ids))
        return content

    async def list_ids(self) -> AsyncIterator[str]:
        """Yield the id of every prompt, sorted."""
        for prompt_id in await asyncio.to_thread(self._ids):
            yield prompt_id

    def transaction(self) -> NoReturn:
        """Refuse to write.

        Raises:
            StorageError: Always: resources of a package cannot be written.
        """
        raise StorageError(
            f"{self._root} belongs to a package, and cannot be written",
            help="put the prompts to change into a directory of the project",
            transient=False,
        )

    def _file(self, prompt_id: str) -> Traversable:
        return self._root.joinpath(*id_to_path(prompt_id).split("/"))

    def _ids(self) -> tuple[str, ...]:
        try:
            return tuple(sorted(one for path in _paths(self._root, "") if (one := path_to_id(path)) is not None))
        except (OSError, ValueError) as error:  # a zip file that lacks the directory raises ValueError
            reason = (error.strerror or error) if isinstance(error, OSError) else "no such directory"
            raise StorageError(f"{self._root} could not be read: {reason}", path=str(self._root)) from error


def _read(file: Traversable) -> bytes | None:
    try:
        return file.read_bytes() if file.is_file() else None
    except OSError as error:
        raise StorageError(f"{file} could not be read: {error.strerror or error}") from error


def _paths(directory: Traversable, prefix: str) -> Iterator[str]:
    """Yield the paths of all files below a directory, relative to it and with ``/`` between their parts."""
    for entry in directory.iterdir():
        if entry.is_dir():
            yield from _paths(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name


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
        self._readers = [(layer, bulk_reader(layer)) for layer in self.layers]
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
    """A store of the versions of layered prompts (`VersionStoreProtocol`): each has the history of its storage."""

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
            if await bulk_reader(storage).read_many([prompt_id]):
                return store
        return self._stores[0][1]


class OverlaySnapshot:
    """A snapshot with the files of some prompts replaced or added (`Snapshot`)."""

    def __init__(self, below: Snapshot, contents: Mapping[str, bytes]) -> None:
        self.label: str = below.label
        self._below = below
        self._contents = dict(contents)

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the existing files, by id."""
        others = [one for one in prompt_ids if one not in self._contents]
        below = dict(await self._below.read_many(others)) if others else {}
        return below | {one: self._contents[one] for one in prompt_ids if one in self._contents}

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt, sorted."""
        return tuple(sorted({*await self._below.ids(), *self._contents}))
