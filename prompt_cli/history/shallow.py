"""Shallow clones: where their history was cut off, and what can be told in spite of that."""

from __future__ import annotations

import asyncio
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prompt_cli.history.repository import RepositoryState


class ShallowBoundary(NamedTuple):
    """How far the history of a commit can be seen in a shallow clone.

    Attributes:
        boundary: The commits whose parents are missing. Every file there looks as if it had just been added.
        certain: The commits that a walk meets before the first of these: behind that, a full clone may have newer
            ones than those that come next.
    """

    boundary: frozenset[str]
    certain: frozenset[str]


async def shallow_boundary(state: RepositoryState, head: str) -> ShallowBoundary | None:
    """Return how far the history of a commit can be seen; None where all of it is there.

    Args:
        state: The repository's state.
        head: The commit to walk from.

    Raises:
        HistoryError: Git could not walk.

    Source: gitrepository-layout(5), "shallow"; git-rev-list(1).
    """
    if not state.shallow:
        return None
    try:
        text = await asyncio.to_thread((state.location.common_dir / "shallow").read_text, "ascii")
    except FileNotFoundError:
        return None  # somebody has just fetched the rest
    order = (await state.location.git.run("rev-list", head, "--")).decode("ascii").split()
    boundary = frozenset(text.split()).intersection(order)
    if not boundary:
        return None  # it belongs to other branches
    return ShallowBoundary(boundary, frozenset(takewhile(lambda commit: commit not in boundary, order)))
