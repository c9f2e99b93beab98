"""Making a transaction's changes: all of them, or none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.errors import StorageError
from prompt_cli.storage.files import remove, temporary_path, write_temporary
from prompt_cli.storage.journal import PERMISSIONS, Entry, Journal, Record
from prompt_cli.storage.lock import exclusive
from prompt_cli.storage.staging import conflict, verify
from prompt_cli.storage.tree import read_file, reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Event

    from prompt_cli.storage.files import FileSystem
    from prompt_cli.storage.staging import Change
    from prompt_cli.storage.tree import PromptTree

STATE_DIRECTORY = ".prompt-cli"
"""Where lock and journal live inside a prompt directory that has no other place for them."""


def commit(
    changes: Sequence[Change], tree: PromptTree, state_directory: Path | None, system: FileSystem, cancelled: Event
) -> None:
    """Make changes, together or not at all; first end what an earlier crash left half done.

    Args:
        changes: The changes.
        tree: The prompt directory.
        state_directory: Where lock and journal live; None for a hidden directory inside it.
        system: The system calls.
        cancelled: When it is set before all is ready to be applied, nothing is.

    Raises:
        PromptExistsError: A prompt to create exists.
        StorageConflictError: A file changed since it was read.
        StorageError: A file could not be written, another process is writing, or an earlier transaction could not be
            ended. The files of this one are as they were.
    """
    root = Path(tree.real_root())
    directory = state_directory or root / STATE_DIRECTORY
    with exclusive(directory, cancelled):
        try:
            if state_directory is None:
                _hide_from_git(directory)
            writer = _Writer(tree, root, system, Journal(system, directory, root))
            writer.recover()
            writer.write(changes, cancelled)
        except OSError as error:
            path = error.filename2 or error.filename  # a renaming names two, the second is the one people know
            where = f"{path}: " if path else ""
            raise StorageError(f"the prompts could not be written: {where}{reason(error)}", path=path) from error


class _Writer:
    """Writes to the prompt directory; made and used while the lock is held."""

    def __init__(self, tree: PromptTree, root: Path, system: FileSystem, journal: Journal) -> None:
        self._tree = tree
        self._root = root
        self._system = system
        self._journal = journal

    def recover(self) -> None:
        """End the transaction that was interrupted, if one was; a file edited since stays as it is."""
        for record, applies in self._journal.pending():
            if not applies:
                self._undo(record)
                continue
            for entry in record.entries:
                self._turn(entry, entry.old, entry.new)
            self._sync(record)
            self._journal.finish()

    def write(self, changes: Sequence[Change], cancelled: Event) -> None:
        """Make the changes."""
        verify(
            changes, {one.prompt_id: found for one in changes if (found := self._tree.read(one.prompt_id)) is not None}
        )
        changes = [change for change in changes if change.old != change.new]
        if not changes:
            return
        record = self._record(changes)
        try:
            self._journal.begin(record)
            self._stage(record)
            _heed(cancelled)
            self._journal.commit()
            for change, entry in zip(changes, record.entries, strict=True):
                self._apply(change.prompt_id, entry)
            self._sync(record)
            self._journal.finish()
        except BaseException as error:
            self._roll_back(record, error)
            raise

    def _record(self, changes: Sequence[Change]) -> Record:
        entries: list[Entry] = []
        directories: dict[str, None] = {}
        for change in changes:
            path = Path(self._tree.resolve(change.prompt_id))
            entry = Entry(self._relative(path), change.old, change.new, _permissions(path))
            if self._path(entry) is None:
                raise StorageError(f"{change.prompt_id!r} is a link to a hidden file, which prompt-cli does not write")
            if any(entry.path == other.path for other in entries):
                raise StorageError(f"two of the prompts to write are one file, {entry.path}, by a link")
            entries.append(entry)
            directories.update(dict.fromkeys(map(self._relative, _missing(path.parent))))
        return Record(tuple(entries), tuple(directories))

    def _stage(self, record: Record) -> None:
        """Write all new content next to the files it is for: a full disk shows here, before any is touched."""
        for entry in record.entries:
            path = self._path(entry)
            if path is not None and entry.new is not None:
                self._make_directories(path.parent)
                write_temporary(self._system, path, entry.new, entry.mode)

    def _apply(self, prompt_id: str, entry: Entry) -> None:
        path = self._root / entry.path
        found = read_file(path)
        if found != entry.old:
            raise conflict(prompt_id, gone=found is None)
        if entry.new is None:
            self._system.unlink(path)
        else:
            self._system.replace(temporary_path(path), path)

    def _roll_back(self, record: Record, cause: BaseException) -> None:
        try:
            self._journal.turn_back()
            self._undo(record)
        except OSError as error:
            raise StorageError(
                f"the prompts could not be written ({cause}), and not all of them be restored ({reason(error)})",
                help="the next command that writes ends what is half done",
            ) from cause

    def _undo(self, record: Record) -> None:
        for entry in record.entries:
            self._turn(entry, entry.new, entry.old)
        for directory in reversed(record.directories):
            with suppress(OSError):  # it holds something by now, or was never made
                self._system.rmdir(self._root / directory)
        self._sync(record)
        self._journal.finish()

    def _turn(self, entry: Entry, known: bytes | None, wanted: bytes | None) -> None:
        """Give a file the content it is to have, if it has the one that is known: any other is somebody's edit."""
        path = self._path(entry)
        if path is None or path.is_dir():
            return
        remove(self._system, temporary_path(path))
        if known == wanted or read_file(path) != known:
            return
        if wanted is None:
            self._system.unlink(path)
            return
        self._make_directories(path.parent)
        self._system.replace(write_temporary(self._system, path, wanted, entry.mode), path)

    def _path(self, entry: Entry) -> Path | None:
        """Return the path of an entry's file, or None where it may not be written: hidden, or behind a link."""
        segments = entry.path.split("/")
        path = self._root.joinpath(*segments)
        hidden = any(segment.startswith(".") or not segment or "\0" in segment for segment in segments)
        return None if hidden or path.resolve() != path else path

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _make_directories(self, folder: Path) -> None:
        for directory in _missing(folder):
            self._system.mkdir(directory)

    def _sync(self, record: Record) -> None:
        changed = [*(entry.path for entry in record.entries), *record.directories]
        for folder in sorted({(self._root / path).parent for path in changed}):
            if folder.is_dir():
                self._system.sync_directory(folder)


def _hide_from_git(directory: Path) -> None:
    ignore = directory / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")


def _permissions(path: Path) -> int | None:
    try:
        return path.stat().st_mode & PERMISSIONS
    except FileNotFoundError:
        return None


def _missing(folder: Path) -> list[Path]:
    """Return the directories that have to be made for a directory to be there, outermost first."""
    missing: list[Path] = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    return missing[::-1]


def _heed(cancelled: Event) -> None:
    if cancelled.is_set():
        raise StorageError("interrupted; nothing was written")
