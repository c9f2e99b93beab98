"""PC4: credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.findings import Severity
from prompt_cli.rules.entropy import entropy, is_placeholder
from prompt_cli.rules.rule import Match, Rule, prompt_file
from prompt_cli.rules.secret_formats import SECRET_FORMATS, SHORTEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.rules.subject import Subject

_NAMED_SO = (
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key)"
    r"[\"']?[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}[\"'`]?([^\s\"'`,;<>{}()\[\]]{10,200})"
)
_NAMES = ("passw", "passphrase", "pwd", "secret", "token", "key")
"""Of what `_NAMED_SO` asks for, parts that are looked for much faster: one is in each name."""
# Those that most prompts never meet are compiled when they are used: that takes longer than to check such a prompt.
_BORNE = r"(?ia)Authorization[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?:Bearer|Basic|Token)[ \t]{1,4}([\w.~+/-]{16,400})"
_ASSIGNED = f"(?ia){_NAMED_SO}"
_ASSIGNED_IN_SMALL = re.compile(_NAMED_SO, re.ASCII)  # five times as fast as the one above
_KELVIN = "\u212a"  # the one character beyond ASCII whose small letter is of ASCII
_IN_ADDRESS = r"://[^\s:/@\"'<>{}]{1,64}:([^\s:/@\"'<>{}]{6,100})@"
_LOOKED_UP = r"(?i)[$%/~@]|https?:|[\w.]*env\b|[A-Za-z_]+(?:\.[A-Za-z_]+)+$"
# Words and short numbers with marks between them are names: get_token_v2, settings.API_KEY_2, docs/setup-v2.md.
_NAME = r"(?a)(?:[A-Za-z]{2,}\d{0,3}|[Vv]?\d{1,4})(?:[._/-](?:[A-Za-z]{2,}\d{0,3}|[Vv]?\d{1,4}))+$"
_LEAST_ENTROPY = 3.0

_REVOKE = "revoke it: what was ever committed stays in the history; give a placeholder, or a variable that is sensitive"


_MARKERS = tuple(dict.fromkeys(one.marker for one in SECRET_FORMATS))
"""What the formats ask for, once each."""
_SPACED = tuple(marker for marker in _MARKERS if " " in marker)
"""Those that are more than one word."""


class Secret(NamedTuple):
    """A stretch of a text that is a credential, and of which kind."""

    start: int
    end: int
    kind: str


def credentials(text: str) -> Iterator[Secret]:
    """Yield what has the published format of a credential; of two that overlap, the first."""
    found = sorted(_formatted(text))
    end = 0
    for one in found:
        if one.start >= end:
            yield one
            end = one.end


def _formatted(text: str) -> Iterator[Secret]:
    # Most text has few words that are long enough, and markers are looked for in those much faster.
    words = " ".join([word for word in text.split() if len(word) >= SHORTEST])
    present = {marker for marker in _SPACED if marker in text}
    if words:
        present.update([marker for marker in _MARKERS if marker in words])
    for one in SECRET_FORMATS if present else ():
        if one.marker in present:
            for match in one.pattern.finditer(text):
                if not is_placeholder(match[0]):
                    yield Secret(*match.span(), one.kind)


def _credentials(subject: Subject) -> Iterator[Match]:
    for one in credentials(subject.text):
        yield Match(f"this looks like {one.kind}", help=_REVOKE, region=subject.lines.region(one.start, one.end))


def _assignments(subject: Subject) -> Iterator[Match]:
    text = subject.text
    known: list[Secret] | None = None
    for kind, (start, end) in _assigned(text):
        if not _drawn(text[start:end]):
            continue
        known = list(credentials(text)) if known is None else known
        if not any(one.start < end and start < one.end for one in known):
            yield Match(f"this looks like {kind}", help=_REVOKE, region=subject.lines.region(start, end))


def _assigned(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield what is assigned to a name like ``password``, stands before the host of an address, or heads a request."""
    if ":" not in text and "=" not in text:
        return
    small = text.lower()
    # Where every character has one small letter, what is found in those is in the same place of the text.
    alike = len(small) == len(text) and _KELVIN not in text
    if not alike or _names_one(small):
        found = _ASSIGNED_IN_SMALL.finditer(small) if alike else re.finditer(_ASSIGNED, text)
        yield from (("a secret", match.span(1)) for match in found)
    if "uthorization" in small:
        yield from (("the token of a request", match.span(1)) for match in re.finditer(_BORNE, text))
    if "@" in text:
        yield from (("a password in an address", match.span(1)) for match in re.finditer(_IN_ADDRESS, text))


def _names_one(small: str) -> bool:
    for name in _NAMES:  # noqa: SIM110 - every file comes here: any() takes thrice as long
        if name in small:
            return True
    return False


def _drawn(value: str) -> bool:
    """Tell whether a value looks drawn by a machine: letters and digits, in no order."""
    mixed = any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)
    if not mixed or re.match(_LOOKED_UP, value) or re.match(_NAME, value) or is_placeholder(value):
        return False
    return entropy(value) >= _LEAST_ENTROPY


# In two parts, that no scanner takes the examples of a scanner for a leak.
_KEY, _PASSWORD = "AKIA" + "QYLPMN5HHHFPZAM2", "k3J9xQ2m" + "V7pLw8Rt"

CREDENTIAL_RULES = (
    Rule(
        "PC401",
        "credential",
        "A credential in a prompt is sent to a provider with every request, and stays in the history of the repository "
        "for everybody who can read it.",
        prompt_file(f"template: Sign the request with {_KEY}.\n"),
        prompt_file("template: Sign the request with AKIAIOSFODNN7EXAMPLE.\n"),
        _credentials,
        hides=True,
    ),
    Rule(
        "PC402",
        "possible-credential",
        "What is assigned to a password, a secret, a token or a key, and looks drawn by a machine, is most often "
        "a real one.",
        prompt_file(f"template: 'Connect with password={_PASSWORD}'\n"),
        prompt_file("template: 'Connect with password=<your password>'\n"),
        _assignments,
        Severity.WARNING,
        hides=True,
    ),
)
