"""The raw output format of git's diffs: ``--raw -z``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.history.objects import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNMERGED = "U"
RAW: Final = ("-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative")
"""The options that compare two states file by file."""


class RawChange(NamedTuple):
    """A file in two states, or in a merge and its parents; a missing file has zeros as mode and object id.

    Attributes:
        path: Below the top of the working tree.
        before: The file in the old state; of a merge, in each parent.
        after: The file in the new state.
        unmerged: Whether the file is in a merge conflict.
    """

    path: str
    before: tuple[Entry, ...]
    after: Entry
    unmerged: bool


def parse_change(fields: str, path: str) -> RawChange:
    """Parse one change: ``:mode mode oid oid status`` and, in a field of its own, the path.

    With n parents there are n colons, n + 1 modes and n + 1 object ids, those of the result last.

    Source: git-diff-index(1), "Raw output format"; git-diff-tree(1), "diff format for merges".
    """
    parents = len(fields) - len(fields.lstrip(":"))
    *parts, status = fields[parents:].split(" ")
    *before, after = map(Entry, parts[: parents + 1], parts[parents + 1 :])
    return RawChange(path, tuple(before), after, unmerged=status == _UNMERGED)


def parse_changes(output: str) -> Iterator[RawChange | str]:
    """Parse changes, and yield the object ids between them: the commits that the changes after each belong to."""
    tokens = iter(output.split("\0"))
    for token in tokens:
        text = token.lstrip("\n")
        if text.startswith(":"):
            yield parse_change(text, next(tokens))
        elif text:
            yield text


def staged_against(commit: str) -> tuple[str, ...]:
    """Return the command that compares the index with a commit.

    Entries of `git add --intent-to-add` are left out: a commit would not contain them.

    Source: git-diff-index(1), "Raw output format".
    """
    return ("diff-index", "--cached", "--ita-invisible-in-index", *RAW, "--ignore-submodules=none", commit)
