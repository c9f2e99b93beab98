"""The version in a prompt's file, read from its raw bytes where they leave no doubt."""

from __future__ import annotations

import re
from typing import Final

from prompt_cli.domain.semver import VERSION_PATTERN, SemanticVersion

# What may stand before the version: nothing that could still be open there, so no quotes, brackets, block scalars,
# tags, anchors; and no other key of that name.
_BEFORE: Final = rb"(?>#[^\n]*\n|\n|(?!version:)[a-z][a-z0-9_]*: +[A-Za-z0-9][A-Za-z0-9 _./-]*\n)*+"
# What may stand after it: a line that does not go on with it, for a plain scalar may have several lines.
_AFTER: Final = rb" *(?> #[^\n]*)?(?>\n++(?![ \t])|\Z)"
_PLAIN: Final = (
    rb"(?>\xef\xbb\xbf)?(?>---\n)?" + _BEFORE + rb"version: +([\"']?)(" + VERSION_PATTERN.encode() + rb")\1" + _AFTER
)
# Other line breaks that YAML knows, and what no text holds.
_STRANGE: Final = (b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\x00")
# A second key of that name, or a second document: somebody else's to judge.
_AGAIN: Final = (b"\n---", b"\n...", b"\n%", b"\nversion")


def plain_version(content: bytes) -> SemanticVersion | None:
    r"""Return the version a prompt's file has, or None where only a parser can tell.

    Where the file is valid YAML, a version returned is the one a parser finds. It is not looked at whether the rest of
    the file is valid.

    >>> plain_version(b"id: greeting\nversion: 1.2.0\nformat: text\n")
    SemanticVersion(major=1, minor=2, patch=0)
    >>> plain_version(b'id: greeting\ndescription: "\nversion: 1.2.0"\n')
    """
    text = content.replace(b"\r\n", b"\n")
    match = re.match(_PLAIN, text)
    if match is None or any(mark in text for mark in _STRANGE):
        return None
    rest = text[match.end() - 1 :]  # from the line break on
    if any(mark in rest for mark in _AGAIN):
        return None
    return SemanticVersion.parse(match[2].decode("ascii"))
