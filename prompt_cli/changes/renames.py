"""Renamed prompts: deleted and added ones with the same content, or nearly the same."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIMILAR: Final = 0.7
"""The share of text that both files must have; half, as git has it, pairs short prompts that differ."""
_MAX_PAIRS: Final = 100_000
"""The maximum number of pairs to compare line by line; beyond, only prompts with the same content are paired."""
_OWN_LINE: Final = re.compile(rb"(id|version|format)\s*:")


def find_renames(deleted: Mapping[str, bytes], added: Mapping[str, bytes]) -> dict[str, str]:
    r"""Return the old id of each renamed prompt, by its new id; the most similar files are paired first.

    Ids, versions and line ends do not count.

    Args:
        deleted: The files of the deleted prompts, by id.
        added: The files of the added prompts, by id.

    >>> find_renames({"a": b"id: a\ntemplate: Hello!"}, {"b": b"id: b\ntemplate: Hello!", "c": b"id: c"})
    {'b': 'a'}
    """
    old_lines = {one: _lines(content) for one, content in deleted.items()}
    new_lines = {one: _lines(content) for one, content in added.items()}
    exact_only = len(deleted) * len(added) > _MAX_PAIRS
    pairs = [
        (-1.0 if before == after else -_similarity(before, after), new_id, old_id)
        for old_id, before in old_lines.items()
        for new_id, after in new_lines.items()
        if before == after or not exact_only
    ]
    renames: dict[str, str] = {}
    paired = set[str]()
    for score, new_id, old_id in sorted(pairs):
        if -score >= _SIMILAR and new_id not in renames and old_id not in paired:
            renames[new_id] = old_id
            paired.add(old_id)
    return renames


def _lines(content: bytes) -> Counter[bytes]:
    return Counter(line for line in content.splitlines() if not _OWN_LINE.match(line))


def _similarity(before: Counter[bytes], after: Counter[bytes]) -> float:
    """Return the share of the longer text, in bytes, that is in lines of both."""
    longest = max(_size(before), _size(after))
    return _size(before & after) / longest if longest else 1.0


def _size(lines: Counter[bytes]) -> int:
    return sum(len(line) * count for line, count in lines.items())
