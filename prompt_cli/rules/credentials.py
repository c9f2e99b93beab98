"""PC4: credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.findings import Severity
from prompt_cli.rules.entropy import entropy, is_placeholder
from prompt_cli.rules.rule import Match, Rule, prompt_file
from prompt_cli.rules.secret_formats import SECRET_FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.rules.subject import Subject

_ASSIGNED = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key)"
    r"[\"']?[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}[\"'`]?([^\s\"'`,;<>{}()\[\]]{10,200})",
    re.IGNORECASE | re.ASCII,
)
_IN_ADDRESS = re.compile(r"://[^\s:/@\"'<>{}]{1,64}:([^\s:/@\"'<>{}]{6,100})@")
_LOOKED_UP = re.compile(r"[$%/~@]|https?:|[\w.]*env\b|[A-Za-z_]+(?:\.[A-Za-z_]+)+$", re.IGNORECASE)
_LEAST_ENTROPY = 3.0

_REVOKE = "revoke it: what was ever committed stays in the history; give a placeholder, or a variable that is sensitive"


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
    for kind, marker, pattern in SECRET_FORMATS:
        if marker in text:
            for match in pattern.finditer(text):
                if not is_placeholder(match[0]):
                    yield Secret(*match.span(), kind)


def _credentials(subject: Subject) -> Iterator[Match]:
    for one in credentials(subject.text):
        yield Match(f"this looks like {one.kind}", help=_REVOKE, region=subject.lines.region(one.start, one.end))


def _assignments(subject: Subject) -> Iterator[Match]:
    text = subject.text
    known = list(credentials(text))
    for kind, pattern, marks in (("a secret", _ASSIGNED, ":="), ("a password in an address", _IN_ADDRESS, "@")):
        for match in pattern.finditer(text) if any(mark in text for mark in marks) else ():
            start, end = match.span(1)
            if _drawn(match[1]) and not any(one.start < end and start < one.end for one in known):
                yield Match(f"this looks like {kind}", help=_REVOKE, region=subject.lines.region(start, end))


def _drawn(value: str) -> bool:
    """Tell whether a value looks drawn by a machine: letters and digits, in no order."""
    mixed = any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)
    if not mixed or _LOOKED_UP.match(value) or is_placeholder(value):
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
