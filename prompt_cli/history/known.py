"""What history is known to answer: for the commit HEAD is at, without the event loop and without a walk.

Everything that a commit reaches is immutable, so what was learned of it holds as long as HEAD is there; where HEAD is,
git is asked each time. Where git's object ids do not tell the whole story (replace refs, grafts, a shallow clone), or
anything else is out of the ordinary, nothing is known, and the version store finds out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.domain.identifiers import id_to_path
from prompt_cli.domain.ranges import VersionRange
from prompt_cli.domain.revision import CommitIsh, ExactVersion
from prompt_cli.domain.semver import SemanticVersion
from prompt_cli.history.listings import ListingStore
from prompt_cli.history.look import (
    HEAD,
    Look,
    as_commit,
    looking,
    read_look,
)
from prompt_cli.history.notices import read_as_version
from prompt_cli.history.now import ask, started
from prompt_cli.history.process import FILTERS, start_of, without_filters
from prompt_cli.history.records import RecordStore
from prompt_cli.history.standing import status_of
from prompt_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.domain.revision import Revision
    from prompt_cli.history.listings import VersionRow
    from prompt_cli.history.process import Start
    from prompt_cli.history.records import Record


def may_be_known(git_directory: Path | None) -> bool:
    """Tell whether versions may be known, at no cost: mostly git need not be asked where none were ever listed.

    Args:
        git_directory: The git directory of the working tree; that of a linked one is not where things are kept.
    """
    return git_directory is None or git_directory.name != ".git" or ListingStore(git_directory).exists()


def known_versions(directory: Path, prompt_id: str) -> tuple[VersionRow, ...] | None:
    """Return the versions of a prompt whose file is as HEAD has it; None where they are not known.

    Args:
        directory: The prompt directory.
        prompt_id: The prompt.

    Raises:
        PromptIdError: The text is no id.
    """
    directory, file = directory.absolute(), id_to_path(prompt_id)
    if "GIT_INDEX_FILE" in os.environ or not directory.is_dir():
        return None
    start = start_of(directory)
    try:
        filters = os.fsdecode(ask(start, *FILTERS).output).split("\0")[:-1]
        unfiltered = start._replace(environment=without_filters(start.environment, filters))
        asked = status_of([start.prefix + file])
        with started(start, *looking(HEAD)) as looked, started(unfiltered, *asked) as status:
            look = read_look(start, *looked.finish())
            standing = status.finish()
        if look is None or standing != (0, b"") or _is_doubtful(look):
            return None
        listing = ListingStore(Path(look.common_dir)).load(look.prefix + file)
        if listing is None or listing.head != look.commit:
            return None
        names = _names(start, listing.contacts)
        return None if names is None else listing.rows(names)
    except (OSError, ValueError, IndexError):
        return None


class KnownState(NamedTuple):
    """The prompts as of a commit, for whoever reads without the event loop.

    Attributes:
        commit: The commit's object id.
        notice: What whoever asked for it should be told, as a sentence; empty mostly.
    """

    commit: str
    notice: str


def known_state(directory: Path, prompt_id: str, revision: Revision) -> KnownState | None:
    """Return the commit that a revision of a prompt names, where that is known; one process.

    Args:
        directory: The prompt directory.
        prompt_id: The prompt.
        revision: The revision.

    Returns:
        The state; None where it is not known. What is found is what the version store would find.

    Raises:
        PromptIdError: The text is no id.
    """
    directory, file = directory.absolute(), id_to_path(prompt_id)
    if not isinstance(revision, CommitIsh | ExactVersion | VersionRange):
        return None
    start = start_of(directory)
    try:
        look = read_look(start, *ask(start, *_question(revision)))
    except OSError:
        return None
    if look is None or look.commit is None or look.replaced:
        return None
    if isinstance(revision, CommitIsh):
        return KnownState(look.commit, "")
    record = (
        None if look.shallow else RecordStore(Path(look.common_dir)).load([look.prefix + file]).get(look.prefix + file)
    )
    if record is None or record.head != look.commit:
        return None
    commit = _commit_of(record, revision)
    notice = read_as_version(prompt_id, _text(revision)) if look.named else ""
    return None if commit is None else KnownState(commit, notice)


def _is_doubtful(look: Look) -> bool:
    return look.commit is None or look.shallow or look.replaced


def _question(revision: CommitIsh | ExactVersion | VersionRange) -> tuple[str, ...]:
    return looking(as_commit(revision.name)) if isinstance(revision, CommitIsh) else looking(HEAD, _text(revision))


def _text(revision: ExactVersion | VersionRange) -> str:
    return str(revision.version) if isinstance(revision, ExactVersion) else revision.text


def _commit_of(record: Record, revision: ExactVersion | VersionRange) -> str | None:
    if isinstance(revision, ExactVersion):
        touch = record.newest(str(revision.version))
    elif record.complete:
        versions = map(SemanticVersion.parse, {touch.version for touch in record.touches if touch.version})
        highest = max(filter(revision.allows, versions), default=None)
        touch = None if highest is None else record.newest(str(highest))
    else:
        return None
    return touch and touch.commit


def _names(start: Start, contacts: Sequence[str]) -> Sequence[str] | None:
    """Return the names that the mailmap gives authors, in their order.

    Source: git-check-mailmap(1).
    """
    if not contacts:
        return ()
    done = ask(start, "check-mailmap", "--stdin", given="".join(f"{one}\n" for one in contacts).encode("utf-8"))
    lines = done.output.decode("utf-8", "replace").removesuffix("\n").split("\n")
    if done.status or len(lines) != len(contacts):
        return None
    return [line.rpartition("<")[0].removesuffix(" ") for line in lines]
