"""Records of one commit brought up to date with another: only the commits between them are looked at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prompt_cli.errors import HistoryError
from prompt_cli.history.records import Record
from prompt_cli.history.touches import learned
from prompt_cli.history.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from prompt_cli.history.contents import VersionReader
    from prompt_cli.history.records import Touch
    from prompt_cli.history.repository import Place
    from prompt_cli.history.walk import Commit


async def extended(
    place: Place, head: str, records: Mapping[str, Record], versions: VersionReader
) -> dict[str, Record]:
    """Return what records tell of another commit, by path; those that can tell nothing are left out.

    Whether a commit touched a file does not depend on where a walk began. So the touches of `head` are the old ones
    and those of the commits that only `head` reaches, as far as it reaches them; what remains is their order. On top
    of the old commit, in a chain, the new ones come first. Otherwise a walk from `head` mixes the two by their dates,
    and git is asked for the order of all commits, without a look at any tree.

    Records are mostly of one commit; those of others than the most frequent one are left out.

    Args:
        place: Where the prompt directory is.
        head: The commit to tell of.
        records: What is known, by path.
        versions: Learns the versions in the contents between.

    Raises:
        HistoryError: A content could not be read.
    """
    if not records:
        return {}
    [(old, _)] = Counter(record.head for record in records.values()).most_common(1)
    known = {path: record for path, record in records.items() if record.head == old}
    commits = await _only_in(place, head, old, known)
    if commits is None:
        return {}
    new: dict[str, list[Touch]] = {path: [] for path in known}
    for path, touch in await learned(commits, known, versions):
        new[path].append(touch)
    if _is_chain(commits, old):
        return {path: Record(head, (*new[path], *record.touches), record.complete) for path, record in known.items()}
    order = (await place.git.run("rev-list", head, "--")).decode("ascii").split()
    number_of = {commit: number for number, commit in enumerate(order)}
    return {
        path: Record(head, _ordered((*new[path], *record.touches), number_of), complete=True)
        for path, record in known.items()
        if record.complete
    }


async def _only_in(place: Place, head: str, old: str, paths: Mapping[str, Record]) -> Sequence[Commit] | None:
    """List the commits that `head` reaches and `old` does not, all of them, with the changes to some files."""
    pathspecs = place.pathspecs(paths)
    try:
        async with walk(
            place, "--full-history", "--sparse", head, f"^{old}", pathspecs=pathspecs, whole=True
        ) as commits:
            return [commit async for met in commits for commit in met]
    except HistoryError:
        # The old commit is gone, as after an amend and a `git gc`. What else may be wrong, the full walk meets too.
        return None


def _is_chain(commits: Sequence[Commit], old: str) -> bool:
    return bool(commits) and all(len(one.parents) == 1 for one in commits) and commits[-1].parents == (old,)


def _ordered(touches: Iterable[Touch], number_of: Mapping[str, int]) -> tuple[Touch, ...]:
    """Sort touches as a walk meets their commits, and leave out those it does not meet."""
    return tuple(sorted((one for one in touches if one.commit in number_of), key=lambda one: number_of[one.commit]))
