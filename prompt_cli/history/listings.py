"""The versions of a prompt as they are listed, kept so that they are listed again without a walk.

A listing is one commit's, HEAD's at the time, and says what no later commit changes. Authors are kept as they were
committed: under which name they are shown, the mailmap says anew each time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from prompt_cli.domain.semver import Level, declared_level
from prompt_cli.history.kept import KeptFiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from prompt_cli.history.store import PromptVersion

_SCHEMA: Final = 1
_DOWN: Final = "down"
_LEVELS: Final[Mapping[Level | None, str]] = {None: "", **{level: str(level) for level in Level}}


class VersionRow(NamedTuple):
    """A version as it is listed.

    Attributes:
        version: The version.
        level: By how much it was raised; empty where it is the first one, and where it went down.
        down: Whether a commit lowered the version to this one.
        commit: The newest commit that left the file with it.
        date: When that was committed, as ISO 8601 has it.
        author: Its author's name.
        subject: The first line of its message.
        contents: How many different contents were committed under this version.
    """

    version: str
    level: str
    down: bool
    commit: str
    date: str
    author: str
    subject: str
    contents: int


class Listing(NamedTuple):
    """The versions that a prompt has had up to a commit.

    Attributes:
        head: The commit's object id.
        contacts: Their authors as they were committed, ``Name <address>``, each once.
        lines: The versions as they are written, newest first; an author is the place among the contacts.
    """

    head: str
    contacts: tuple[str, ...]
    lines: tuple[str, ...]

    @classmethod
    def of(cls, head: str, rows: Sequence[VersionRow], authors: Sequence[str]) -> Self:
        """Return the listing of rows, each with its author as committed."""
        contacts = {contact: str(place) for place, contact in enumerate(dict.fromkeys(authors))}
        fields = (
            (
                one[0],
                one[1],
                _DOWN if one.down else "",
                one[3],
                one[4],
                contacts[author],
                one.subject,
                str(one.contents),
            )
            for one, author in zip(rows, authors, strict=True)
        )
        return cls(head, tuple(contacts), tuple(map("\0".join, fields)))

    def rows(self, names: Sequence[str]) -> tuple[VersionRow, ...]:
        """Return the versions as they are listed.

        Args:
            names: The names of the authors, in the order of the contacts.

        Raises:
            ValueError: It was written by somebody who knows our check sum, and not our form.
            IndexError: The same.
        """
        rows = []
        for line in self.lines:
            version, level, down, commit, date, author, subject, contents = line.split("\0")
            rows.append(
                VersionRow(version, level, down == _DOWN, commit, date, names[int(author)], subject, int(contents))
            )
        return tuple(rows)


def row_of(one: PromptVersion) -> VersionRow:
    """Return a version as it is listed."""
    level = None if one.before is None or one.down else declared_level(one.before, one.version)
    version, date = str(one.version), one.date.isoformat()
    # By position: there may be thousands, and names take three times as long.
    return VersionRow(version, _LEVELS[level], one.down, one.commit, date, one.author, one.subject, one.contents)


class ListingStore:
    """Listings on disk. Whatever goes wrong with them costs time and nothing else.

    Args:
        common_dir: The git directory that all worktrees share.
    """

    def __init__(self, common_dir: Path) -> None:
        self._files = KeptFiles(common_dir, "versions", _SCHEMA)

    def exists(self) -> bool:
        """Tell whether any listing was kept."""
        return self._files.exists()

    def load(self, path: str) -> Listing | None:
        """Return the listing of the prompt at a path below the top of the worktree, where one can be read."""
        body = self._files.load(path)
        try:
            return None if body is None else _read(body.decode("utf-8"), path)
        except ValueError:  # written by somebody who knows our check sum, and not our form
            return None

    def save(self, path: str, listing: Listing) -> None:
        """Keep a listing, where the repository can be written to."""
        # What git says of a commit holds no NUL and, in a subject or a name, no line break.
        contacts = "\0".join(listing.contacts)
        lines = (os.fsencode(path).hex(), listing.head, contacts, *listing.lines)
        self._files.save({path: "\n".join(lines).encode("utf-8")})


def _read(body: str, path: str) -> Listing | None:
    named, head, contacts, *lines = body.split("\n")
    if named != os.fsencode(path).hex():
        return None
    return Listing(head, tuple(contacts.split("\0")) if contacts else (), tuple(lines))
