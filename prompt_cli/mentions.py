"""Which partials a prompt's file may include, told from its bytes without parsing it.

To find the prompts that include one, only those that may have to be parsed. What is told here may be too much, as where
a comment looks like an inclusion, and is never too little.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

FEW = 32
"""Up to how many prompts git finds their includers faster than reading every file does."""
DOUBT = "?"
"""Stands where only a parser can tell what is included; it is no id."""

_PARTIAL = re.compile(rb"\{\{~?#?\s*>\s*([^\s{}~=)|]*)")
_ID = re.compile(rb"[a-z0-9][a-z0-9_/-]*")
_BLOCK = b"@partial-block"
_QUOTES = r"[\"'\[\]]*+"
_END = r"(?=[\s{}~=)|]|$)"
# A quoted YAML scalar can write any letter so, or a name in two parts on two lines.
_ESCAPE = re.compile(rb"\\[xuU/\r\n]")


def mentions_in(content: bytes) -> str:
    r"""Return the ids that a prompt's file includes without pinning them, parted by spaces; `DOUBT` among them, maybe.

    >>> mentions_in(b"template: '{{> shared/tone}} {{> b@1.0.0}}'")
    'shared/tone'
    """
    names = dict.fromkeys(map(_name, _PARTIAL.findall(content)))
    if b'"' in content and _ESCAPE.search(content):
        names[DOUBT] = None
    return " ".join(name for name in names if name)


def pattern_of(prompt_ids: Collection[str]) -> str:
    r"""Return a pattern, as Perl has them, of the lines of each file that may include one of these.

    It matches in every file of which `mentions_in` returns one of the ids or `DOUBT`, and in some others.

    >>> pattern = re.compile(pattern_of(["shared/tone"]))
    >>> [bool(pattern.search(one)) for one in ("{{> shared/tone}}", "{{> a/shared/tone}}", "{{>", "{{> (lookup . 1)}}")]
    [True, False, True, False]
    """
    wanted = "|".join(map(re.escape, sorted(prompt_ids)))
    other = rf"(?!(?:{wanted}){_QUOTES}{_END})[a-z0-9][a-z0-9_/-]*+(?:@[^\s{{}}~=)|]*+|{_QUOTES}){_END}"
    included = rf"(?!\(|@partial-block|{_QUOTES}{other})"
    # A line may end in the middle of an inclusion.
    return rf"\{{\{{~?+#?+\s*+(?:$|>\s*+(?:$|{included}))|\\(?:[xuU/\r]|$)"


def may_include(prompt_ids: Collection[str], mentions: Mapping[str, str]) -> set[str]:
    """Return the prompts that may include one of these, however deep.

    Args:
        prompt_ids: The included.
        mentions: What each prompt mentions, by its id.
    """
    mentioning: dict[str, list[str]] = {}
    for prompt_id, names in mentions.items():
        for name in names.split():
            mentioning.setdefault(name, []).append(prompt_id)
    left = deque([DOUBT, *prompt_ids])
    found = set[str]()
    while left:
        new = [one for one in mentioning.get(left.popleft(), ()) if one not in found]
        found.update(new)
        left += new
    return found


def _name(written: bytes) -> str:
    """Return the id by which a template includes; empty where it includes nothing, or a pinned version."""
    name, pinned, _ = written.strip(b"\"'[]").partition(b"@")
    if _ID.fullmatch(name):
        return "" if pinned else name.decode("ascii")
    # A name that is computed cannot be included, and a block given to a partial is no prompt.
    return "" if written.startswith((b"(", _BLOCK)) else DOUBT
