"""Version ranges, read as Cargo reads them.

Source: "Specifying Dependencies" in the Cargo book
(https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html#version-requirement-syntax).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from prompt_cli.domain.semver import Level, SemanticVersion
from prompt_cli.errors import PromptIdError

LATEST = "latest"

_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_PARTIAL = rf"(?P<major>{_NUMBER}|[xX*])(?:\.(?P<minor>{_NUMBER}|[xX*])(?:\.(?P<patch>{_NUMBER}|[xX*]))?)?"
_COMPARATOR = re.compile(rf"(?P<operator>\^|~|>=|<=|>|<|=)?\s*{_PARTIAL}", re.ASCII)
# Without an operator, only what cannot be a commit's short id (four digits or more) is a range: 1, 1.2, 1.x, *.
_BARE = re.compile(r"[0-9]{1,3}|[0-9]+\.[0-9xX*]+(?:\.[0-9xX*]+)?|\*", re.ASCII)


class _Bounds(NamedTuple):
    """From `low`, inclusive, up to `high`, exclusive; None has no bound."""

    low: SemanticVersion
    high: SemanticVersion | None


class VersionRange(NamedTuple):
    """Versions between bounds: all of them hold.

    Attributes:
        text: As it was written.
        bounds: The intervals a version must lie in, every one of them.
    """

    text: str
    bounds: tuple[_Bounds, ...]

    def allows(self, version: SemanticVersion) -> bool:
        """Return whether the version lies in the range."""
        return all(low <= version and (high is None or version < high) for low, high in self.bounds)

    def __str__(self) -> str:
        return self.text


def parse_range(text: str) -> VersionRange | None:
    """Read a range, or return None where the text is none: it may be a commit's name then.

    Raises:
        PromptIdError: The text begins as a range and cannot be read as one.

    >>> parse_range("^1.2").allows(SemanticVersion(1, 9, 0))
    True
    >>> parse_range("main")
    """
    if text == LATEST:
        return VersionRange(text, ())
    if text[:1] not in {"^", "~", ">", "<", "="} and not _BARE.fullmatch(text.partition(",")[0].strip()):
        return None
    matches = [(part, _COMPARATOR.fullmatch(part.strip())) for part in text.split(",")]
    for part, match in matches:
        if match is None:
            raise PromptIdError(
                f"{text!r} is no version range: {part.strip()!r} cannot be read",
                help="ranges are written ^1.2, ~1.2.0, >=1,<2, 1.x or latest; ref:NAME names a commit",
            )
    return VersionRange(text, tuple(_bounds(match) for _, match in matches if match is not None))


def _bounds(match: re.Match[str]) -> _Bounds:
    numbers = [int(part) for part in _until_wildcard(match)]
    low = SemanticVersion(*[*numbers, 0, 0, 0][:3])
    match match["operator"] or ("=" if len(numbers) < _named(match) else "^"):
        case "^":
            return _Bounds(low, _after_caret(low, len(numbers)))
        case "~":
            return _Bounds(low, _after(low, min(len(numbers), 2)))
        case "=":
            return _Bounds(low, _after(low, len(numbers)))
        case ">=":
            return _Bounds(low, None)
        case "<":
            return _Bounds(_ZERO, low)
        case "<=":
            return _Bounds(_ZERO, _after(low, len(numbers)))
        case _:  # ">": everything after what the partial version covers
            return _Bounds(_after(low, len(numbers)) or _NEVER, None)


def _until_wildcard(match: re.Match[str]) -> list[str]:
    parts: list[str] = []
    for name in ("major", "minor", "patch"):
        if match[name] is None or match[name] in "xX*":
            break
        parts.append(match[name])
    return parts


def _named(match: re.Match[str]) -> int:
    return sum(match[name] is not None for name in ("major", "minor", "patch"))


def _after(low: SemanticVersion, precision: int) -> SemanticVersion | None:
    """Return the first version beyond those that begin with the first `precision` numbers of `low`."""
    return low.bump(Level(Level.MAJOR + 1 - precision)) if precision else None


def _after_caret(low: SemanticVersion, precision: int) -> SemanticVersion | None:
    # The leftmost number that is not zero may not change; where all given are zero, the last one given.
    leading = next((n + 1 for n, part in enumerate(low) if part), precision)
    return _after(low, min(leading, precision) if precision else 0)


_ZERO = SemanticVersion(0, 0, 0)
_NEVER = SemanticVersion(10**9, 0, 0)
