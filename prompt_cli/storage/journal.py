"""The write-ahead journal, which records a transaction on the disk before any file changes.

One file in the state directory holds the content of every file before and after, HEAD and the files' index entries. Its
name is the phase of the transaction: ``….undo.json`` until all new content is in temporary files, ``….apply.json``
while these are renamed, ``….restore.json`` during a rollback. Phases change by renaming the journal, which needs no
space on the disk.
"""

import base64
import hashlib
import json
import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from prompt_cli.errors import StorageCorruptedError, StorageError
from prompt_cli.history.repository import OUTSIDE, Checkpoint
from prompt_cli.storage.files import FileSystem, remove, temporary_path, write_temporary

SCHEMA = 2
PERMISSIONS = 0o777  # the permission bits of a file's mode


class Phase(StrEnum):
    """The phase of a transaction."""

    UNDO = "undo"  # no file is written yet
    APPLY = "apply"  # files are being written, in order
    RESTORE = "restore"  # written files get their old content back


class JournalEntry(NamedTuple):
    """One file of a transaction."""

    path: str  # below the prompt directory, links resolved, separated by "/"
    old: bytes | None  # the old content; None for a new file
    new: bytes | None  # the new content; None for a deletion
    mode: int | None  # the old permissions; None for a new file


class JournalRecord(NamedTuple):
    """A transaction as the journal records it: the files, and the directories to create, outermost first."""

    entries: tuple[JournalEntry, ...]
    directories: tuple[str, ...]
    checkpoint: Checkpoint | None = OUTSIDE  # the state of the repository before; None if git could not tell

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the files."""
        return tuple(entry.path for entry in self.entries)


class Journal:
    """The journal of one prompt directory in a state directory; the root is the prompt directory without links."""

    def __init__(self, system: FileSystem, directory: Path, root: Path) -> None:
        self._system = system
        self._directory = directory
        # Several prompt directories of one repository share a state directory; a moved repository keeps its journals.
        relative = os.path.relpath(root, directory.resolve()).replace(os.sep, "/")
        name = f"transaction-{hashlib.sha256(os.fsencode(relative)).hexdigest()[:12]}"
        self._paths = {phase: directory / f"{name}.{phase}.json" for phase in Phase}

    def begin(self, record: JournalRecord) -> None:
        """Record a transaction; a crash from here on undoes it."""
        path = self._paths[Phase.UNDO]
        self._system.replace(write_temporary(self._system, path, encode(record), 0o600), path)
        self._system.sync_directory(self._directory)

    def commit(self) -> None:
        """Commit the transaction; a crash from here on completes it."""
        self._system.replace(self._paths[Phase.UNDO], self._paths[Phase.APPLY])
        self._system.sync_directory(self._directory)

    def roll_back(self) -> None:
        """Begin to roll the transaction back; a crash from here on restores its files."""
        with suppress(FileNotFoundError):  # not committed yet
            self._system.replace(self._paths[Phase.APPLY], self._paths[Phase.RESTORE])
        self._system.sync_directory(self._directory)

    def finish(self) -> None:
        """Delete the journal of a completed or undone transaction."""
        for path in (*self._paths.values(), temporary_path(self._paths[Phase.UNDO])):
            remove(self._system, path)
        self._system.sync_directory(self._directory)

    def set_aside(self, phase: Phase, directory: Path) -> None:
        """Move the journal into another directory, which recovery ignores."""
        self._system.replace(self._paths[phase], directory / "journal.json")
        self._system.sync_directory(directory)
        self._system.sync_directory(self._directory)

    def pending(self) -> tuple[JournalRecord, Phase] | None:
        """Return the interrupted transaction and its phase; None without one."""
        for phase, path in self._paths.items():
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            return self._decode(path, content), phase
        return None

    def _decode(self, path: Path, content: bytes) -> JournalRecord:
        try:
            return decode(content)
        except UnknownSchemaError as error:
            raise StorageError(
                f"an interrupted transaction was written by another version of prompt-cli ({path}: {error})",
                help="let that version finish it by any command that writes, or delete the file and check `git status`",
            ) from error
        except (ValueError, RecursionError) as error:
            copy = path.with_name(f"{path.name}.damaged")
            self._system.replace(path, copy)
            self._system.sync_directory(self._directory)
            raise StorageCorruptedError(
                f"the journal of an interrupted transaction is damaged ({error}); nothing was written",
                path=str(path),
                reason="damaged journal",
                help=f"check the prompts with `git status`; the journal was moved to {copy}, the next command goes on",
            ) from error


class UnknownSchemaError(ValueError):
    """A journal with the schema of another version of prompt-cli."""


def encode(record: JournalRecord) -> bytes:
    """Return the journal's bytes for a transaction."""
    files = [
        {"path": entry.path, "mode": entry.mode, "old": _pack(entry.old), "new": _pack(entry.new)}
        for entry in record.entries
    ]
    repository = record.checkpoint and record.checkpoint._asdict()
    data = {"schema": SCHEMA, "repository": repository, "files": files, "directories": record.directories}
    return json.dumps(data).encode()


def decode(content: bytes) -> JournalRecord:
    """Return the transaction in the journal's bytes; an UnknownSchemaError means another version wrote it."""
    data = json.loads(content)
    if not isinstance(data, dict) or "schema" not in data:
        raise ValueError("not a journal")
    if data["schema"] != SCHEMA:
        raise UnknownSchemaError(f"schema {data['schema']!r}")
    try:
        entries, directories = tuple(map(_entry, data["files"])), tuple(map(str, data["directories"]))
        return JournalRecord(entries, directories, _checkpoint(data["repository"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"a part is missing: {error}") from error


def _entry(data: dict[str, Any]) -> JournalEntry:
    mode = None if data["mode"] is None else int(data["mode"]) & PERMISSIONS
    return JournalEntry(str(data["path"]), _unpack(data["old"]), _unpack(data["new"]), mode)


def _checkpoint(data: dict[str, Any] | None) -> Checkpoint | None:
    return None if data is None else Checkpoint(str(data["head"]), tuple(map(str, data["entries"])))


def _pack(content: bytes | None) -> dict[str, str] | None:
    if content is None:
        return None
    return {"base64": base64.b64encode(content).decode(), "sha256": hashlib.sha256(content).hexdigest()}


def _unpack(data: dict[str, str] | None) -> bytes | None:
    if data is None:
        return None
    content = base64.b64decode(data["base64"], validate=True)
    if hashlib.sha256(content).hexdigest() != data["sha256"]:
        raise ValueError("a content does not have its checksum")
    return content
