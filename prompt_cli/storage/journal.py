"""The journal: what a transaction is about to do, on the disk before it does anything.

One file in the state directory holds every file's content before and after. Its name says which way an interrupted
transaction is to go: ``….undo.json`` until all new content is on the disk under temporary names, ``….apply.json`` from
then on. The rename from the one name to the other is the commit, and needs no space on the disk; so does turning back.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli.errors import StorageError
from prompt_cli.storage.files import remove, temporary_path, write_temporary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prompt_cli.storage.files import FileSystem

SCHEMA = 1
PERMISSIONS = 0o777
"""The part of a file's mode that is kept."""
_UNDO, _APPLY = ".undo.json", ".apply.json"


class Entry(NamedTuple):
    """One file of a transaction.

    Attributes:
        path: Its path below the prompt directory, links resolved, with ``/`` between its parts.
        old: Its content before; None where there was no file.
        new: Its content after; None where there is to be none.
        mode: Its permissions before; None where there was no file.
    """

    path: str
    old: bytes | None
    new: bytes | None
    mode: int | None


class Record(NamedTuple):
    """A transaction: its files, and the directories it has to create, outermost first."""

    entries: tuple[Entry, ...]
    directories: tuple[str, ...]


class Journal:
    """The journal of one prompt directory.

    Args:
        system: The system calls.
        directory: The state directory.
        root: The prompt directory without links.
    """

    def __init__(self, system: FileSystem, directory: Path, root: Path) -> None:
        self._system = system
        self._directory = directory
        # Several prompt directories of one repository share a state directory; a moved repository keeps its journals.
        where = os.path.relpath(root, directory.resolve()).replace(os.sep, "/")
        name = f"transaction-{hashlib.sha256(os.fsencode(where)).hexdigest()[:12]}"
        self._undo = directory / (name + _UNDO)
        self._apply = directory / (name + _APPLY)

    def begin(self, record: Record) -> None:
        """Write down a transaction that is to be undone if it ends here."""
        temporary = write_temporary(self._system, self._undo, encode(record), 0o600)
        self._system.replace(temporary, self._undo)
        self._system.sync_directory(self._directory)

    def commit(self) -> None:
        """Turn the transaction into one that is to be applied if it ends here."""
        self._system.replace(self._undo, self._apply)
        self._system.sync_directory(self._directory)

    def turn_back(self) -> None:
        """Turn the transaction into one that is to be undone, if it is not."""
        with suppress(FileNotFoundError):  # it was not committed yet
            self._system.replace(self._apply, self._undo)
        self._system.sync_directory(self._directory)

    def finish(self) -> None:
        """Forget the transaction: it is done, or undone."""
        for path in (self._apply, self._undo, temporary_path(self._undo)):
            remove(self._system, path)
        self._system.sync_directory(self._directory)

    def pending(self) -> Iterator[tuple[Record, bool]]:
        """Yield the transaction that was interrupted, if one was, and whether it is to be applied.

        Raises:
            StorageError: The journal is damaged, or was written by a version of prompt-cli that does otherwise.
        """
        for path, applies in ((self._apply, True), (self._undo, False)):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            yield self._decoded(path, content), applies

    def _decoded(self, path: Path, content: bytes) -> Record:
        try:
            return decode(content)
        except UnknownSchemaError as error:
            raise StorageError(
                f"an interrupted transaction was written by another version of prompt-cli ({path}: {error})",
                help="let that version finish it by any command that writes, or delete the file and check `git status`",
            ) from error
        except (ValueError, RecursionError) as error:
            aside = path.with_name(f"{path.name}.damaged")
            self._system.replace(path, aside)
            self._system.sync_directory(self._directory)
            raise StorageError(
                f"the journal of an interrupted transaction is damaged ({error}); nothing was written",
                help=f"check the prompts with `git status`; the journal was moved to {aside}, the next command goes on",
            ) from error


class UnknownSchemaError(ValueError):
    """A journal that another version of prompt-cli wrote."""


def encode(record: Record) -> bytes:
    """Return a transaction as the journal's bytes."""
    files = [
        {"path": entry.path, "mode": entry.mode, "old": _pack(entry.old), "new": _pack(entry.new)}
        for entry in record.entries
    ]
    return json.dumps({"schema": SCHEMA, "files": files, "directories": record.directories}).encode()


def decode(content: bytes) -> Record:
    """Return the transaction that the journal's bytes hold.

    Raises:
        UnknownSchemaError: Another version of prompt-cli wrote them.
        ValueError: They are damaged.
    """
    data = json.loads(content)
    if not isinstance(data, dict) or "schema" not in data:
        raise ValueError("it is no journal")
    if data["schema"] != SCHEMA:
        raise UnknownSchemaError(f"schema {data['schema']!r}")
    try:
        return Record(tuple(map(_entry, data["files"])), tuple(map(str, data["directories"])))
    except (KeyError, TypeError) as error:
        raise ValueError(f"a part is missing: {error}") from error


def _entry(packed: dict[str, Any]) -> Entry:
    mode = None if packed["mode"] is None else int(packed["mode"]) & PERMISSIONS
    return Entry(str(packed["path"]), _unpack(packed["old"]), _unpack(packed["new"]), mode)


def _pack(content: bytes | None) -> dict[str, str] | None:
    if content is None:
        return None
    return {"base64": base64.b64encode(content).decode(), "sha256": hashlib.sha256(content).hexdigest()}


def _unpack(packed: dict[str, str] | None) -> bytes | None:
    if packed is None:
        return None
    content = base64.b64decode(packed["base64"], validate=True)
    if hashlib.sha256(content).hexdigest() != packed["sha256"]:
        raise ValueError("a content does not have its checksum")
    return content
