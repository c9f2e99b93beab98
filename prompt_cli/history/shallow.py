"""Shallow clones: the boundary of their history."""

from __future__ import annotations

import asyncio
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prompt_cli.history.repository import RepositoryState


class ShallowBoundary(NamedTuple):
    """Boundary of a commit's history in a shallow clone.

    Attributes:
        boundary: The commits whose parents are missing; every file in them looks newly added.
        certain: The commits that a walk visits before the boundary. After it, a full clone may have newer commits
            than the shallow one.
    """

    boundary: frozenset[str]
    certain: frozenset[str]


async def shallow_boundary(state: RepositoryState, head: str) -> ShallowBoundary | None:
    """Return the shallow boundary of a commit's history; None if the history is complete.

    Args:
        state: The repository's state.
        head: The commit to walk from.

    Raises:
        HistoryError: Git failed.

    Source: gitrepository-layout(5), "shallow"; git-rev-list(1).
    """
    if not state.shallow:
        return None
    try:
        text = await asyncio.to_thread((state.location.common_dir / "shallow").read_text, "ascii")
    except FileNotFoundError:
        return None  # the rest was fetched meanwhile
    order = (await state.location.git.run("rev-list", head, "--")).decode("ascii").split()
    boundary = frozenset(text.split()).intersection(order)
    if not boundary:
        return None  # it belongs to other branches
    return ShallowBoundary(boundary, frozenset(takewhile(lambda commit: commit not in boundary, order)))
