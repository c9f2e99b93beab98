"""Transactions: changes of prompt files written together or not at all, and recovery after a crash.

A write takes five steps, under the lock of the state directory:

1. The journal records the old and the new content of each file.
2. The new content goes to temporary files, each next to its prompt.
3. The journal is renamed, which commits: a crash before this step is undone, a crash after it is completed.
4. Each temporary file is renamed over its prompt.
5. The journal is deleted.

Every write first recovers: it completes or undoes the transaction of a journal that a crash left behind.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Event
from typing import NamedTuple

from prompt_cli.domain.ids import check_id
from prompt_cli.errors import PromptExistsError, StorageConflictError, StorageError
from prompt_cli.history.repository import OUTSIDE, Checkpoint
from prompt_cli.storage.files import FileSystem, exclusive, remove, temporary_path, write_new, write_temporary
from prompt_cli.storage.journal import PERMISSIONS, Journal, JournalEntry, JournalRecord, Phase
from prompt_cli.storage.project import git_directory_around
from prompt_cli.storage.scan import PromptDirectory, check_links, read_file, reason

STATE_DIRECTORY = ".prompt-cli"  # the state directory of a prompt directory outside a repository
_IGNORE_FILE = ".gitignore"
_MAX_PATHS = 5  # in a notice
_SKIPPED_HELP = (
    "nothing was written; git has its file, which the sparse checkout hides: "
    "`git sparse-checkout add` shows it; or choose another id"
)


class FileChange(NamedTuple):
    """The old and the new content of one file; None means that the file does not exist."""

    prompt_id: str
    old: bytes | None
    new: bytes | None


class TransactionContext(NamedTuple):
    """The environment of a transaction."""

    state_directory: Path | None  # of the lock and the journal; None is the default
    system: FileSystem
    cancelled: Event  # if set before the commit, nothing is written
    read_checkpoint: Callable[[Path, Collection[str]], Checkpoint | None]
    notify: Callable[[str], None]  # receives a message about an interrupted earlier transaction


class Staging:
    """The changes of an open transaction, in order (`TransactionProtocol`)."""

    def __init__(self) -> None:
        self._changes: dict[str, FileChange] = {}
        self._open = True

    def create(self, prompt_id: str, content: bytes) -> None:
        """Add a file."""
        self._add(FileChange(prompt_id, None, bytes(content)))

    def replace(self, prompt_id: str, content: bytes, *, expected: bytes) -> None:
        """Replace a file that still has the expected content."""
        self._add(FileChange(prompt_id, bytes(expected), bytes(content)))

    def delete(self, prompt_id: str, *, expected: bytes) -> None:
        """Delete a file that still has the expected content."""
        self._add(FileChange(prompt_id, bytes(expected), None))

    def close(self) -> tuple[FileChange, ...]:
        """Accept no more changes, and return them."""
        self._open = False
        return tuple(self._changes.values())

    def _add(self, change: FileChange) -> None:
        check_id(change.prompt_id)
        if not self._open:
            raise StorageError("the transaction is over; nothing was written", prompt_id=change.prompt_id)
        if change.prompt_id in self._changes:
            raise StorageError(f"the transaction changes {change.prompt_id!r} twice", prompt_id=change.prompt_id)
        self._changes[change.prompt_id] = change


def commit(changes: Sequence[FileChange], tree: PromptDirectory, context: TransactionContext) -> None:
    """Write changes, all or none, after completing or undoing an interrupted transaction.

    After an error nothing is written, unless only the lock could not be released.
    """
    root = Path(tree.real_root())
    try:
        git_directory = git_directory_around(root)
        default = git_directory / "prompt-cli" if git_directory else root / STATE_DIRECTORY
        directory = context.state_directory or default
        if directory == root / STATE_DIRECTORY:
            check_links(directory / _IGNORE_FILE, root, "remove the link")
        with exclusive(directory, context.cancelled):
            if directory == root / STATE_DIRECTORY:
                _hide_from_git(directory)
            writer = _Writer(tree, root, directory, context, in_repository=git_directory is not None)
            writer.recover()
            writer.write(changes)
    except OSError as error:
        path = error.filename2 or error.filename  # users know only the second path of a rename
        prefix = f"{path}: " if path else ""
        raise StorageError(f"the prompts could not be written: {prefix}{reason(error)}", path=path) from error


def verify(changes: Sequence[FileChange], current: Mapping[str, bytes]) -> None:
    """Check the content of the existing files, by prompt id, against the old content of the changes."""
    for change in changes:
        content = current.get(change.prompt_id)
        if content == change.old:
            continue
        if change.old is None:
            raise PromptExistsError(change.prompt_id)
        raise _conflict(change.prompt_id, content)


def _conflict(prompt_id: str, content: bytes | None) -> StorageConflictError:
    action = "deleted" if content is None else "changed"
    message = f"the prompt {prompt_id!r} was {action} after it was read; nothing was written"
    return StorageConflictError(message, prompt_id=prompt_id, help="run the command again")


class _Writer:
    """Writer of transactions to a prompt directory; used only while the lock is held."""

    def __init__(
        self, tree: PromptDirectory, root: Path, directory: Path, context: TransactionContext, *, in_repository: bool
    ) -> None:
        self._tree = tree
        self._root = root
        self._directory = directory
        self._in_repository = in_repository
        self._context = context
        self._system = context.system
        self._journal = Journal(context.system, directory, root)

    def recover(self) -> None:
        """Finish or undo an interrupted transaction; set it aside if files, HEAD or the index changed since."""
        pending = self._journal.pending()
        if pending is None:
            return
        record, phase = pending
        if not self._is_untouched(record, phase):
            self._set_aside(record, phase)
            return
        if phase is Phase.APPLY:
            for entry in record.entries:
                path = self._root / entry.path
                if read_file(path) != entry.new:
                    self._put(path, entry)
            self._sync(record)
            self._journal.finish()
        else:
            self._undo(record)
        if phase is not Phase.UNDO:
            outcome = "finished" if phase is Phase.APPLY else "undone"
            self._context.notify(f"an earlier write was interrupted, and is {outcome} now: {self._list(record)}")

    def write(self, changes: Sequence[FileChange]) -> None:
        verify(changes, dict(self._tree.read_batch([change.prompt_id for change in changes])))
        changes = [change for change in changes if change.old != change.new]
        if not changes:
            return
        record = self._record(changes)
        try:
            self._journal.begin(record)
            self._stage(record)
            self._check_cancelled()
            self._journal.commit()
            for change, entry in zip(changes, record.entries, strict=True):
                self._apply(change.prompt_id, entry)
            self._sync(record)
            self._journal.finish()
        except BaseException as error:
            self._roll_back(record, error)
            raise

    def _check_cancelled(self) -> None:
        if self._context.cancelled.is_set():
            raise StorageError("interrupted; nothing was written")

    def _record(self, changes: Sequence[FileChange]) -> JournalRecord:
        entries: dict[str, JournalEntry] = {}
        directories: dict[str, None] = {}
        for change in changes:
            path = Path(self._tree.resolve(change.prompt_id))
            entry = JournalEntry(self._relative(path), change.old, change.new, _permissions(path))
            if self._path(entry) is None:
                message = f"{change.prompt_id!r} is a link to a hidden file, which prompt-cli does not write"
                raise StorageError(message, prompt_id=change.prompt_id)
            if entry.path in entries:
                message = f"two of the prompts to write are one file, {entry.path}, by a link"
                raise StorageError(message, prompt_id=change.prompt_id, path=entry.path)
            entries[entry.path] = entry
            directories.update(dict.fromkeys(map(self._relative, _missing(path.parent))))
        record = JournalRecord(tuple(entries.values()), tuple(directories))
        checkpoint = self._checkpoint(record)
        for change, file in zip(changes, record.paths, strict=True):
            if change.old is None and checkpoint is not None and checkpoint.skips(file):
                raise PromptExistsError(change.prompt_id, help=_SKIPPED_HELP)
        return record._replace(checkpoint=checkpoint)

    def _checkpoint(self, record: JournalRecord) -> Checkpoint | None:
        return self._context.read_checkpoint(self._root, record.paths) if self._in_repository else OUTSIDE

    def _stage(self, record: JournalRecord) -> None:
        """Write all new content to temporary files, so that a full disk is noticed before any prompt changes."""
        for entry in record.entries:
            path = self._path(entry)
            if path is not None and entry.new is not None:
                self._make_directories(path.parent)
                write_temporary(self._system, path, entry.new, entry.mode)
        self._sync(record)  # recovery renames these files, so their names must outlive a power failure

    def _apply(self, prompt_id: str, entry: JournalEntry) -> None:
        path = self._root / entry.path
        content = read_file(path)
        if content != entry.old:
            raise _conflict(prompt_id, content)
        self._put(path, entry)

    def _put(self, path: Path, entry: JournalEntry) -> None:
        if entry.new is None:
            self._system.unlink(path)
        else:
            self._system.replace(temporary_path(path), path)

    def _is_untouched(self, record: JournalRecord, phase: Phase) -> bool:
        """Return whether files, HEAD and index are unchanged since the crash; False if git cannot tell."""
        if not all(self._is_unchanged(entry, phase) for entry in record.entries):
            return False
        return record.checkpoint is not None and self._checkpoint(record) == record.checkpoint

    def _is_unchanged(self, entry: JournalEntry, phase: Phase) -> bool:
        path = self._path(entry)
        if path is None or (path.exists() and not path.is_file()):
            return False
        content = read_file(path)
        if phase is Phase.UNDO:
            return content == entry.old
        if phase is Phase.RESTORE:
            return content in (entry.old, entry.new)
        # An old file without its temporary file had been written; a user restored it.
        is_pending = entry.new is None or read_file(temporary_path(path)) == entry.new
        return content == entry.new or (content == entry.old and is_pending)

    def _set_aside(self, record: JournalRecord, phase: Phase) -> None:
        """Save the old and new content of an interrupted transaction in a directory; change no prompt."""
        aside = self._make_aside()
        for entry in record.entries:
            if not _is_visible(entry):
                continue
            for name, content in (("before", entry.old), ("after", entry.new)):
                if content is not None:
                    path = aside / name / entry.path
                    self._make_directories(path.parent)
                    write_new(self._system, path, content, 0o600)
        for entry in record.entries:
            target = self._path(entry)
            if target is not None and target.parent.is_dir():
                remove(self._system, temporary_path(target))
        self._remove_directories(record)
        self._journal.set_aside(phase, aside)
        self._context.notify(
            "an earlier write was interrupted, and its files, HEAD or the index changed since, so it is neither "
            f"finished nor undone: {self._list(record)}; compare them with {aside / 'before'} and {aside / 'after'}, "
            f"then delete {aside}"
        )

    def _make_aside(self) -> Path:
        for number in count(1):
            aside = self._directory / f"interrupted-{number}"
            with suppress(FileExistsError):
                self._system.mkdir(aside)
                return aside
        raise AssertionError  # count() does not end

    def _roll_back(self, record: JournalRecord, cause: BaseException) -> None:
        try:
            self._journal.roll_back()
            self._undo(record)
        except OSError as error:
            raise StorageError(
                f"could not write the prompts ({cause}), and could not restore all of them ({reason(error)})",
                help="any command that writes will finish or undo it",
            ) from cause

    def _undo(self, record: JournalRecord) -> None:
        for entry in record.entries:
            self._restore(entry)
        self._remove_directories(record)
        self._sync(record)
        self._journal.finish()

    def _restore(self, entry: JournalEntry) -> None:
        """Restore the old content of a file, unless a user has edited the file meanwhile."""
        path = self._path(entry)
        if path is None or path.is_dir():
            return
        remove(self._system, temporary_path(path))
        if read_file(path) != entry.new:
            return
        if entry.old is None:
            self._system.unlink(path)
            return
        self._make_directories(path.parent)
        self._system.replace(write_temporary(self._system, path, entry.old, entry.mode), path)

    def _path(self, entry: JournalEntry) -> Path | None:
        """Return the path of an entry's file; None if it must not be written, because it is hidden or behind a link."""
        path = self._root / entry.path
        return path if _is_visible(entry) and path.resolve() == path else None

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _list(self, record: JournalRecord) -> str:
        more = f" and {len(record.paths) - _MAX_PATHS} more" if len(record.paths) > _MAX_PATHS else ""
        return ", ".join(str(self._root / path) for path in record.paths[:_MAX_PATHS]) + more

    def _make_directories(self, folder: Path) -> None:
        for directory in _missing(folder):
            self._system.mkdir(directory)

    def _remove_directories(self, record: JournalRecord) -> None:
        for directory in reversed(record.directories):
            with suppress(OSError):  # the directory is not empty, or was never created
                self._system.rmdir(self._root / directory)

    def _sync(self, record: JournalRecord) -> None:
        changed = [*(entry.path for entry in record.entries), *record.directories]
        for folder in sorted({(self._root / path).parent for path in changed}):
            if folder.is_dir():
                self._system.sync_directory(folder)


def _is_visible(entry: JournalEntry) -> bool:
    """Return whether a path is below the directory and not hidden."""
    return not any(segment.startswith(".") or not segment or "\0" in segment for segment in entry.path.split("/"))


def _hide_from_git(directory: Path) -> None:
    ignore = directory / _IGNORE_FILE
    if not ignore.exists():
        ignore.write_text("*\n")


def _permissions(path: Path) -> int | None:
    try:
        return path.stat().st_mode & PERMISSIONS
    except FileNotFoundError:
        return None


def _missing(folder: Path) -> list[Path]:
    """Return the missing ones of a directory and its parents, outermost first."""
    missing: list[Path] = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    return missing[::-1]
