"""The version in a prompt's file, read from its raw bytes where they leave no doubt."""

from __future__ import annotations

import re
from typing import Final

from prompt_cli.domain.semver import VERSION_PATTERN

# What may stand before the version: nothing that could still be open there, so no quotes, brackets, block scalars,
# tags, anchors; and no other key of that name.
_BEFORE: Final = rb"(?>#[^\n]*\n|\n|(?!version:)[a-z][a-z0-9_]*: +[A-Za-z0-9][A-Za-z0-9 _./-]*\n)*+"
# What may stand after it: a line that does not go on with it, for a plain scalar may have several lines.
_AFTER: Final = rb" *(?> #[^\n]*)?(?>\n++(?![ \t])|\Z)"
_PLAIN: Final = re.compile(
    rb"(?>\xef\xbb\xbf)?(?>---\n)?" + _BEFORE + rb"version: +([\"']?)(" + VERSION_PATTERN.encode() + rb")\1" + _AFTER
)
# A second key of that name, or a second document: somebody else's to judge.
_AGAIN: Final = re.compile(rb"\n(?:version|---|\.\.\.|%)")
# Other line breaks that YAML knows, in what is not ASCII.
_STRANGE: Final = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")


def plain_version(content: bytes) -> str:
    r"""Return the version a prompt's file has, as text; empty where only a parser can tell.

    Where the file is valid YAML, a version returned is the one a parser finds. It is not looked at whether the rest of
    the file is valid. Thousands of contents are looked at: each test here is one that ends early or costs next to
    nothing.

    >>> plain_version(b"id: greeting\nversion: 1.2.0\nformat: text\n")
    '1.2.0'
    >>> plain_version(b'id: greeting\ndescription: "\nversion: 1.2.0"\n')
    ''
    """
    text = content.replace(b"\r\n", b"\n") if b"\r" in content else content
    match = _PLAIN.match(text)
    # From the line break after it on.
    if match is None or _is_strange(text) or _AGAIN.search(text, match.end() - 1):
        return ""
    return match[2].decode("ascii")


def _is_strange(text: bytes) -> bool:
    """Tell whether there are line breaks of other kinds, or what no text holds."""
    if b"\r" in text or b"\x00" in text:
        return True
    return not text.isascii() and any(mark in text for mark in _STRANGE)
