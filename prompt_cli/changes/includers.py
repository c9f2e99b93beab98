"""Search for the prompts that include others."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from prompt_cli.resolver import ResolvedPrompt, apart

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from prompt_cli.domain.revision import Snapshot
    from prompt_cli.history.protocol import StoredSnapshot

UNKNOWN_NAME = "?"
"""Stands for a name that only a parser can read; it is not a valid id."""

_MAX_IDS = 32
"""The maximum number of ids to search with `git grep`; for more, reading every file is faster."""
_MAX_ROUNDS = 3
"""The maximum depth of includes to follow with `git grep`: each level is a process."""
_MAX_FILES = 500
"""The maximum number of matching files to read."""

_PARTIAL = re.compile(rb"\{\{~?#?\s*>\s*([^\s{}~=)|]*)")
_ID = re.compile(rb"[a-z0-9][a-z0-9_/-]*")
_QUOTES = r"[\"'\[\]]*+"
_END = r"(?=[\s{}~=)|]|$)"
# In a quoted YAML scalar these escapes may write any letter, or break a name across lines.
_ESCAPE = re.compile(rb"\\[xuU/\r\n]")


async def possible_includers(prompt_ids: Collection[str], snapshot: Snapshot) -> set[str]:
    """Return the prompts of a state that may include one of these at any depth, without parsing a file."""
    from prompt_cli.history.protocol import StoredSnapshot  # only a change needs it

    if isinstance(snapshot, StoredSnapshot) and (result := await _grep(prompt_ids, snapshot)) is not None:
        return result
    contents = await read_contents(snapshot, await snapshot.ids())
    return _by_names(prompt_ids, {one: scan_partial_names(content) for one, content in contents.items()})


async def _grep(prompt_ids: Collection[str], snapshot: StoredSnapshot) -> set[str] | None:
    """Find the candidates by `git grep`; None if it cannot search the state, or the search is too large."""
    names, names_by_id = set(prompt_ids), dict[str, frozenset[str]]()
    for _ in range(_MAX_ROUNDS):
        if len(names) > _MAX_IDS:
            break
        matching = await snapshot.matching(includer_pattern(names))
        if matching is None or len(matching) > _MAX_FILES:
            return None
        contents = await read_contents(snapshot, [one for one in matching if one not in names_by_id])
        names_by_id.update((one, scan_partial_names(content)) for one, content in contents.items())
        includers = _by_names(prompt_ids, names_by_id)
        if includers <= names:
            return includers
        names |= includers
    return None


def _by_names(prompt_ids: Collection[str], names_by_id: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the prompts that may include one of these at any depth, from the names that each prompt may include."""
    by_name: dict[str, list[str]] = {}
    for prompt_id, names in names_by_id.items():
        for name in names:
            by_name.setdefault(name, []).append(prompt_id)
    pending = deque([UNKNOWN_NAME, *prompt_ids])
    visited = set[str]()
    while pending:
        new = [one for one in by_name.get(pending.popleft(), ()) if one not in visited]
        visited.update(new)
        pending += new
    return visited


def scan_partial_names(content: bytes) -> frozenset[str]:
    r"""Return the ids that a prompt's file may include without a pin, from its bytes alone.

    The result may have too many names, for a comment may look like an include, but never too few. It has
    `UNKNOWN_NAME` if only a parser can tell.

    >>> scan_partial_names(b"template: '{{> shared/tone}} {{> b@1.0.0}}'")
    frozenset({'shared/tone'})
    """
    names = set(map(_partial_name, _PARTIAL.findall(content)))
    if b'"' in content and _ESCAPE.search(content):
        names.add(UNKNOWN_NAME)
    return frozenset(names - {""})


def _partial_name(written: bytes) -> str:
    """Return the id in an include; empty for a pinned version, a computed name, and the block of a partial."""
    name, pin, _ = written.strip(b"\"'[]").partition(b"@")
    if _ID.fullmatch(name):
        return "" if pin else name.decode("ascii")
    return "" if written.startswith((b"(", b"@partial-block")) else UNKNOWN_NAME


def includer_pattern(prompt_ids: Collection[str]) -> str:
    r"""Return a Perl pattern that matches a line of every file that may include one of these prompts.

    It matches in every file for which `scan_partial_names` returns an id or `UNKNOWN_NAME`, and in some others.

    >>> pattern = re.compile(includer_pattern(["shared/tone"]))
    >>> [bool(pattern.search(one)) for one in ("{{> shared/tone}}", "{{> a/shared/tone}}", "{{>", "{{> (lookup . 1)}}")]
    [True, False, True, False]
    """
    ids = "|".join(map(re.escape, sorted(prompt_ids)))
    other = rf"(?!(?:{ids}){_QUOTES}{_END})[a-z0-9][a-z0-9_/-]*+(?:@[^\s{{}}~=)|]*+|{_QUOTES}){_END}"
    included = rf"(?!\(|@partial-block|{_QUOTES}{other})"
    # A line may end inside an include.
    return rf"\{{\{{~?+#?+\s*+(?:$|>\s*+(?:$|{included}))|\\(?:[xuU/\r]|$)"


def includers_of(prompt_ids: Collection[str], resolved: Mapping[str, ResolvedPrompt]) -> set[str]:
    """Return the prompts that include one of these without a pin, at any depth."""
    ids, cache = frozenset(prompt_ids), dict[str, bool]()
    return {one for one, prompt in resolved.items() if _includes(prompt, ids, cache)}


def _includes(resolved: ResolvedPrompt, prompt_ids: frozenset[str], cache: dict[str, bool]) -> bool:
    """Return whether a prompt includes one of these; the cache holds results by digest."""
    if resolved.digest not in cache:
        cache[resolved.digest] = any(
            name in prompt_ids or (isinstance(one, ResolvedPrompt) and _includes(one, prompt_ids, cache))
            for name, one in resolved.partials.items()
            if "@" not in name
        )
    return cache[resolved.digest]


async def read_contents(snapshot: Snapshot, prompt_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the contents of the prompts that can be read."""
    contents = await apart(snapshot.read_many, prompt_ids)
    return {one: content for one, content in contents.items() if isinstance(content, bytes)}
