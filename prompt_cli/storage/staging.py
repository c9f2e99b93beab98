"""What a transaction is asked to do, before it does anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.identifiers import check_id
from prompt_cli.errors import PromptExistsError, StorageConflictError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Change(NamedTuple):
    """What one file was and what it is to be; None where there is no file."""

    prompt_id: str
    old: bytes | None
    new: bytes | None


class Staging:
    """A transaction's changes, in the order they were asked for (`TransactionProtocol`)."""

    def __init__(self) -> None:
        self._changes: dict[str, Change] = {}
        self._open = True

    def create(self, prompt_id: str, content: bytes) -> None:
        """Add a file.

        Raises:
            PromptIdError: The text is no id.
            StorageError: The transaction is over, or changes this prompt already.
        """
        self._add(Change(prompt_id, None, bytes(content)))

    def replace(self, prompt_id: str, content: bytes, *, expected: bytes) -> None:
        """Replace a file that is still what is expected.

        Raises:
            PromptIdError: The text is no id.
            StorageError: The transaction is over, or changes this prompt already.
        """
        self._add(Change(prompt_id, bytes(expected), bytes(content)))

    def delete(self, prompt_id: str, *, expected: bytes) -> None:
        """Delete a file that is still what is expected.

        Raises:
            PromptIdError: The text is no id.
            StorageError: The transaction is over, or changes this prompt already.
        """
        self._add(Change(prompt_id, bytes(expected), None))

    def close(self) -> tuple[Change, ...]:
        """End the staging and return the changes."""
        self._open = False
        return tuple(self._changes.values())

    def _add(self, change: Change) -> None:
        check_id(change.prompt_id)
        if not self._open:
            raise StorageError("the transaction is over; nothing was written", prompt_id=change.prompt_id)
        if change.prompt_id in self._changes:
            raise StorageError(f"the transaction changes {change.prompt_id!r} twice", prompt_id=change.prompt_id)
        self._changes[change.prompt_id] = change


def verify(changes: Sequence[Change], current: Mapping[str, bytes]) -> None:
    """Check that every file is what its change expects, before any is written.

    Args:
        changes: The changes.
        current: The content of those files that exist.

    Raises:
        PromptExistsError: A prompt to create exists.
        StorageConflictError: A file changed since it was read, or is gone.
    """
    for change in changes:
        found = current.get(change.prompt_id)
        if found == change.old:
            continue
        if change.old is None:
            raise PromptExistsError(change.prompt_id)
        raise conflict(change.prompt_id, gone=found is None)


def conflict(prompt_id: str, *, gone: bool) -> StorageConflictError:
    """Return the error for a file that is not what a change expects."""
    happened = "was deleted" if gone else "was changed"
    message = f"the prompt {prompt_id!r} {happened} after it was read; nothing was written"
    return StorageConflictError(message, prompt_id=prompt_id, help="run the command again")
