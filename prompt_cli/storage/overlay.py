"""Snapshots with replaced files, for the content of an editor or of a fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from prompt_cli.domain.protocols import Snapshot


class OverlaySnapshot:
    """A snapshot with some files replaced or added (`Snapshot`).

    Args:
        below: The state that everything else is read from.
        contents: The bytes of the files that are other here, by the prompts' ids.
    """

    def __init__(self, below: Snapshot, contents: Mapping[str, bytes]) -> None:
        self._below = below
        self._contents = dict(contents)

    @property
    def label(self) -> str:
        """The name of the snapshot in messages."""
        return self._below.label

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the existing files, by id."""
        others = [one for one in prompt_ids if one not in self._contents]
        found = dict(await self._below.read_many(others)) if others else {}
        return found | {one: self._contents[one] for one in prompt_ids if one in self._contents}

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt, sorted."""
        return tuple(sorted({*await self._below.ids(), *self._contents}))
