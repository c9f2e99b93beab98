"""Versions in file histories, with commit, date and author."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import pairwise

from prompt_cli.domain.version import SemanticVersion
from prompt_cli.history.file_history import FileRevision
from prompt_cli.history.objects import RAW, parse_changes
from prompt_cli.history.protocol import PromptVersion
from prompt_cli.history.repository import RepositoryLocation


async def list_versions(
    location: RepositoryLocation, histories: Mapping[str, Iterable[FileRevision]]
) -> dict[str, tuple[PromptVersion, ...]]:
    """Return the versions in histories, each with its newest commit.

    A version that seems lowered in the order of the walk is compared with the parents of its commit: two branches that
    bump a version follow each other in the walk without being ancestors. Histories are newest first, by any key.
    """
    valid = {key: tuple(revision for revision in revisions if revision.version) for key, revisions in histories.items()}
    pairs = (pair for revisions in valid.values() for pair in pairwise(revisions))
    lowering = {revision.commit for revision, before in pairs if _is_lower(revision, before)}
    replaced = await _find_replaced(location, lowering)
    versions = {key: _versions(revisions, replaced) for key, revisions in valid.items()}
    names = await _names(location, {one.author for of_key in versions.values() for one in of_key})
    return {key: tuple([one._replace(author=names[one.author]) for one in of_key]) for key, of_key in versions.items()}


def _versions(revisions: Sequence[FileRevision], replaced: Mapping[tuple[str, str], list[str]]) -> list[PromptVersion]:
    """Return the versions in revisions; their authors are not yet mapped to names."""
    version_of = {revision.blob: revision.version for revision in revisions}
    old_versions = {key: [version_of[one] for one in old if one in version_of] for key, old in replaced.items()}
    highest_of = {key: max(old, key=_parse) for key, old in old_versions.items() if old}
    versions: dict[str, PromptVersion] = {}
    contents: dict[str, set[str]] = {}
    before = last = ""
    for revision in reversed(revisions):
        commit, blob, version = revision.commit, revision.blob, revision.version
        if version != last:
            before, last = last, version
        highest = highest_of.get((commit, blob), "")
        down = bool(highest) and _parse(version) < _parse(highest)
        if version in versions:
            down = down or versions[version].down
        contents.setdefault(version, set()).add(blob)
        versions[version] = PromptVersion(
            version=_parse(version),
            commit=commit,
            blob=blob,
            date=_date(revision.date),
            author=revision.author,
            subject=_readable(revision.subject),
            contents=len(contents[version]),
            before=_parse(highest or before) if highest or before else None,
            down=down,
        )
    newest_first = dict.fromkeys([revision.version for revision in revisions])
    return [versions[version] for version in newest_first]


def _is_lower(revision: FileRevision, before: FileRevision) -> bool:
    return revision.version != before.version and _parse(revision.version) < _parse(before.version)


@cache
def _parse(version: str) -> SemanticVersion:
    return SemanticVersion.parse(version)


async def _find_replaced(location: RepositoryLocation, commits: Collection[str]) -> dict[tuple[str, str], list[str]]:
    """Return the contents that commits replaced, by commit and new content; of a merge, those of every parent."""
    if not commits:
        return {}
    output = await location.git.run(
        *("log", "--no-walk=unsorted", "--stdin", "-c", *RAW, "--no-notes", "--no-color", "--no-decorate"),
        "--format=tformat:%H",
        standard_input="".join(f"{commit}\n" for commit in sorted(commits)).encode("ascii"),
    )
    replaced: dict[tuple[str, str], list[str]] = {}
    commit = ""
    for one in parse_changes(output):
        if isinstance(one, str):
            commit = one
        else:
            replaced[commit, one.after.blob] = [entry.blob for entry in one.before]
    return replaced


async def _names(location: RepositoryLocation, authors: Collection[str]) -> dict[str, str]:
    """Return the names of authors by the mailmap, which may change at any time."""
    if not authors:
        return {}
    contacts = "".join(f"{author}\n" for author in authors)
    output = await location.git.run("check-mailmap", "--stdin", standard_input=os.fsencode(contacts))
    names = (_readable(line.partition("<")[0].removesuffix(" ")) for line in os.fsdecode(output).split("\n"))
    return dict(zip(authors, names, strict=False))


def _readable(text: str) -> str:
    return text if text.isascii() else os.fsencode(text).decode("utf-8", "replace")


def _date(raw: str) -> datetime:
    """Parse ``1700000000 +0530``; a date out of range becomes the nearest in range, a missing one the first."""
    seconds, _, zone = raw.partition(" ")
    try:
        return datetime.fromtimestamp(int(seconds), tz=_zone(zone))
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC) if seconds.isdecimal() else datetime.fromtimestamp(0, tz=UTC)


@cache
def _zone(text: str) -> timezone:
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    try:
        return timezone(-offset if text.startswith("-") else offset)
    except ValueError:  # a day or more
        return UTC
