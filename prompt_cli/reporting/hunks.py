"""Hunks: what differs between two texts, with the lines around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.reporting.matching import compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.reporting.matching import Block

CONTEXT: Final = 3
"""How many unchanged lines are shown on each side of what differs."""


class Hunk(NamedTuple):
    """A stretch of two texts with something that differs: blocks of lines, in order."""

    blocks: tuple[Block, ...]

    @property
    def header(self) -> str:
        """Where it is, as unified diffs have it: ``@@ -1,7 +1,8 @@``."""
        first, last = self.blocks[0], self.blocks[-1]
        return f"@@ -{_range(first.old_start, last.old_end)} +{_range(first.new_start, last.new_end)} @@"


def hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    """Yield what differs between two sequences of lines, each with the lines around it."""
    open_hunk: list[Block] = []
    blocks = compare(old, new)
    for n, block in enumerate(blocks):
        if not block.equal:
            open_hunk.append(block)
            continue
        length = block.old_end - block.old_start
        last = n == len(blocks) - 1
        if open_hunk and not last and length <= 2 * CONTEXT:
            open_hunk.append(block)
            continue
        if open_hunk:
            yield Hunk((*open_hunk, *_kept(block, 0, min(CONTEXT, length))))
        open_hunk = [] if last else _kept(block, max(0, length - CONTEXT), length)
    if open_hunk:
        yield Hunk(tuple(open_hunk))


def _kept(block: Block, start: int, end: int) -> list[Block]:
    """Cut an equal block; none where nothing is left."""
    if start == end:
        return []
    old, new = block.old_start, block.new_start
    return [block._replace(old_start=old + start, old_end=old + end, new_start=new + start, new_end=new + end)]


def _range(start: int, end: int) -> str:
    """Write a range of lines as unified diffs do: an empty one names the line before it, and one line stands alone."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"
