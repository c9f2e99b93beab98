"""Semantic versions, the levels that bump them, and version ranges.

Versions are those of Semantic Versioning 2.0.0 (https://semver.org/), without build metadata.
"""

import re
from enum import IntEnum
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli.domain.json_values import json_type, with_article
from prompt_cli.errors import InvalidValueError, PromptIdError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

_IDENTIFIER = r"(?:0|[1-9][0-9]{0,8}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_PRE_RELEASE = rf"{_IDENTIFIER}(?:\.{_IDENTIFIER})*"
VERSION_PATTERN = r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})" + rf"(?:-({_PRE_RELEASE}))?"
_VERSION = re.compile(VERSION_PATTERN, re.ASCII)
_MAX_SHOWN = 40  # characters of a version in a message


class Level(IntEnum):
    """The part of a version that a change bumps, least first.

    Examples:
        >>> Level.PATCH < Level.MAJOR
        True
        >>> Level.parse("minor")
        <Level.MINOR: 2>
    """

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> "Level":
        """Return the level of a name.

        Args:
            text: ``none``, ``patch``, ``minor`` or ``major``.

        Returns:
            The level.

        Raises:
            InvalidValueError: No level has that name.
        """
        for level in cls:
            if str(level) == text:
                return level
        raise InvalidValueError(f"unknown level {text!r}", help="use major, minor or patch")


class SemanticVersion(NamedTuple):
    """A version MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-PRE: ordered, hashable, a field type of Pydantic models.

    Versions order as SemVer has it: ``1.0.0-rc.2``, ``1.0.0-rc.10``, ``1.0.0``.

    Attributes:
        major: Bumped by changes that break callers.
        minor: Bumped by changes that callers may use.
        patch: Bumped by other changes of the text.
        pre_release: The text after the hyphen, ``rc.1``; empty for a release.

    Examples:
        >>> SemanticVersion.parse("1.2.0") < SemanticVersion(1, 10, 0)
        True
        >>> SemanticVersion.parse("1.0.0-rc.1") < SemanticVersion(1, 0, 0)
        True
        >>> str(SemanticVersion(1, 2, 3).bump(Level.MINOR))
        '1.3.0'
        >>> from pydantic import BaseModel
        >>> class Release(BaseModel):
        ...     version: SemanticVersion
        >>> Release(version="1.2.0").model_dump()
        {'version': '1.2.0'}
    """

    major: int
    minor: int
    patch: int
    pre_release: str = ""

    @property
    def release(self) -> "SemanticVersion":
        """The version without its pre-release."""
        return self._replace(pre_release="")

    def _order(self) -> tuple[object, ...]:
        """Return a key that orders as SemVer has it, https://semver.org/#spec-item-11."""
        if not self.pre_release:
            return self.major, self.minor, self.patch, True
        parts = self.pre_release.split(".")
        identifiers = tuple([(0, int(one), "") if one.isdecimal() else (1, 0, one) for one in parts])
        return self.major, self.minor, self.patch, False, identifiers

    def __lt__(self, other: tuple[object, ...]) -> bool:
        return self._order() < other._order() if isinstance(other, SemanticVersion) else NotImplemented

    def __le__(self, other: tuple[object, ...]) -> bool:
        return self._order() <= other._order() if isinstance(other, SemanticVersion) else NotImplemented

    def __gt__(self, other: tuple[object, ...]) -> bool:
        return self._order() > other._order() if isinstance(other, SemanticVersion) else NotImplemented

    def __ge__(self, other: tuple[object, ...]) -> bool:
        return self._order() >= other._order() if isinstance(other, SemanticVersion) else NotImplemented

    @classmethod
    def parse(cls, text: str) -> "SemanticVersion":
        """Read a version.

        Args:
            text: ``1.2.0``.

        Returns:
            The version.

        Raises:
            InvalidValueError: The text is not MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-PRE, or has leading zeros.
        """
        match = _VERSION.fullmatch(text)
        if match is None:
            shown = f"{text[:_MAX_SHOWN]}…" if len(text) > _MAX_SHOWN else text
            advice = _similar_version(shown)
            raise InvalidValueError(f"invalid version {shown!r}: expected MAJOR.MINOR.PATCH", help=advice)
        return cls(int(match[1]), int(match[2]), int(match[3]), match[4] or "")

    def bump(self, level: Level | str) -> "SemanticVersion":
        """Return the next release of a level; `Level.NONE` returns the same version.

        That of a pre-release is its own release if this is of the level: ``2.0.0`` after ``2.0.0-rc.1``.

        Args:
            level: The level, or its name.

        Returns:
            The next version.

        Raises:
            InvalidValueError: No level has that name.
        """
        match level if isinstance(level, Level) else Level.parse(level):
            case Level.NONE:
                return self
            case Level.MAJOR if not self.pre_release or self.minor or self.patch:
                return SemanticVersion(self.major + 1, 0, 0)
            case Level.MINOR if not self.pre_release or self.patch:
                return SemanticVersion(self.major, self.minor + 1, 0)
            case Level.PATCH if not self.pre_release:
                return SemanticVersion(self.major, self.minor, self.patch + 1)
            case _:
                return self.release

    def next_pre_release(self, label: str = "") -> "SemanticVersion":
        """Return the lowest later pre-release, of the same release if the label allows.

        Args:
            label: The identifier before the number, ``rc``; empty for that of this pre-release.

        Returns:
            The pre-release.

        Examples:
            >>> str(SemanticVersion.parse("1.0.0-rc.1").next_pre_release())
            '1.0.0-rc.2'
        """
        own_label, _, number = self.pre_release.rpartition(".")
        if not number.isdecimal():
            own_label, number = self.pre_release, "0"
        label = label or own_label
        count = int(number) + 1 if own_label == label else 1
        new = self._replace(pre_release=f"{label}.{count}" if label else str(count))
        return new if new > self else self.release.bump(Level.PATCH)._replace(pre_release=f"{label}.1")

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}" + (f"-{self.pre_release}" if self.pre_release else "")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: "GetCoreSchemaHandler") -> "CoreSchema":
        """Accept text or a version, and write text."""
        from pydantic_core import core_schema  # a version alone does not need Pydantic

        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.to_string_ser_schema(when_used="always")
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: "CoreSchema", handler: "GetJsonSchemaHandler") -> "JsonSchemaValue":
        """Describe a version to JSON Schema: a string with a pattern."""
        return {"type": "string", "pattern": f"^{VERSION_PATTERN}$", "examples": ["1.0.0"]}

    @classmethod
    def _validate(cls, value: object) -> "SemanticVersion":
        from pydantic_core import PydanticCustomError  # as above

        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            try:
                return cls.parse(value)
            except InvalidValueError as error:
                problem, help_ = error.message, error.help
        else:
            help_ = ""
            problem = f"a version is three numbers, 1.2.0, not {with_article(json_type(value))}"
        # Pydantic writes "Value error" before the message of a ValueError.
        raise PydanticCustomError("wrong_value", "{problem}", {"problem": problem, "help": help_})


def required_level(current: SemanticVersion, level: Level) -> Level:
    """Return the bump that a change of a level needs.

    Below 1.0.0 a breaking change needs a minor bump and any other a patch (SemVer, item 4, as Cargo reads it).
    """
    if current.major == 0 and level is not Level.NONE:
        return Level.MINOR if level is Level.MAJOR else Level.PATCH
    return level


def required_version(current: SemanticVersion, level: Level) -> SemanticVersion:
    """Return the lowest version that is enough for a change of a level; after a pre-release, the next one is.

    >>> str(required_version(SemanticVersion(0, 3, 1), Level.MAJOR))
    '0.4.0'
    """
    if current.pre_release and level:
        return current.next_pre_release()
    return current.bump(required_level(current, level))


def suffices(new: SemanticVersion, required: SemanticVersion) -> bool:
    """Return whether a version is at least a required one; a pre-release of the required version is enough.

    >>> suffices(SemanticVersion.parse("2.0.0-rc.1"), SemanticVersion(2, 0, 0))
    True
    """
    return new >= required or (not required.pre_release and new.release >= required)


def declared_level(old: SemanticVersion, new: SemanticVersion) -> Level | None:
    """Return the level of a bump; None if the version went down.

    >>> declared_level(SemanticVersion(1, 2, 3), SemanticVersion(1, 4, 0))
    <Level.MINOR: 2>
    """
    if new <= old:
        return Level.NONE if new == old else None
    if new.major > old.major:
        return Level.MAJOR
    return Level.MINOR if new.minor > old.minor else Level.PATCH


_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_PART = rf"{_NUMBER}|[xX*]"
_PARTIAL = rf"(?P<major>{_PART})(?:\.(?P<minor>{_PART})(?:\.(?P<patch>{_PART})(?:-(?P<pre>{_PRE_RELEASE}))?)?)?"
# Both expressions are compiled on first use: few commands read ranges.
_COMPARATOR = rf"(?a)(?P<operator>\^|~|>=|<=|>|<|=)?\s*{_PARTIAL}"
# A range without an operator, 1, 1.2, 1.x or *, must not look like a commit's short id (four digits or more).
_BARE = r"[0-9]{1,3}|[0-9]+\.[0-9xX*]+(?:\.[0-9xX*]+)?|\*"

_ZERO = SemanticVersion(0, 0, 0)
_MAX_VERSION = SemanticVersion(10**9, 0, 0)


class _Bounds(NamedTuple):
    """An interval from `low`, inclusive, to `high`, exclusive; without `high`, it has no end."""

    low: SemanticVersion
    high: SemanticVersion | None


class VersionRange(NamedTuple):
    """A range of versions; pre-releases are in it only if it names one of the same release.

    Attributes:
        text: The text of the range.
        bounds: The intervals; a version in the range lies in every one.

    Examples:
        >>> from prompt_cli import SemanticVersion, VersionRange
        >>> def newest(versions: list[SemanticVersion], version_range: VersionRange) -> SemanticVersion:
        ...     return max(filter(version_range.allows, versions))
        >>> newest([SemanticVersion(1, 0, 0), SemanticVersion(2, 0, 0)], VersionRange("any", ()))
        SemanticVersion(major=2, minor=0, patch=0, pre_release='')
    """

    text: str
    bounds: tuple[_Bounds, ...]

    def allows(self, version: SemanticVersion) -> bool:
        """Return whether the version lies in the range.

        Args:
            version: The version.

        Returns:
            True if it lies in every interval.
        """
        named = (bound for bounds in self.bounds for bound in bounds if bound is not None and bound.pre_release)
        if version.pre_release and all(bound.release != version.release for bound in named):
            return False
        return all(low <= version and (high is None or version < high) for low, high in self.bounds)

    def __str__(self) -> str:
        return self.text


def parse_range(text: str) -> VersionRange | None:
    """Read a range; return None if the text is not a range but, perhaps, a commit's name.

    >>> parse_range("^1.2").allows(SemanticVersion(1, 9, 0))
    True
    >>> parse_range("main")
    """
    if text == "latest":
        return VersionRange(text, ())
    if text[:1] not in {"^", "~", ">", "<", "="} and not re.fullmatch(_BARE, text.partition(",")[0].strip()):
        return None
    matches = [(part, re.fullmatch(_COMPARATOR, part.strip())) for part in text.split(",")]
    for part, match in matches:
        if match is None:
            where = "" if part == text else f": {part.strip()!r}"
            raise PromptIdError(
                f"invalid version range {text!r}{where}",
                help="use ^1.2, ~1.2.0, >=1,<2, 1.x or latest; ref:NAME names a commit",
            )
    return VersionRange(text, tuple(_bounds(match) for _, match in matches if match is not None))


def _bounds(match: re.Match[str]) -> _Bounds:
    parts = [part for part in match.group("major", "minor", "patch") if part is not None]
    numbers = [int(part) for part in takewhile(str.isdigit, parts)]
    major, minor, patch = [*numbers, 0, 0, 0][:3]
    low = SemanticVersion(major, minor, patch, match["pre"] or "")
    match match["operator"] or ("=" if len(numbers) < len(parts) else "^"):
        case "^":
            return _Bounds(low, _after_caret(low.release, len(numbers)))
        case "~":
            return _Bounds(low, _after(low.release, min(len(numbers), 2)))
        case "=":
            return _Bounds(low, _after(low, len(numbers)))
        case ">=":
            return _Bounds(low, None)
        case "<":
            return _Bounds(_ZERO, low)
        case "<=":
            return _Bounds(_ZERO, _after(low, len(numbers)))
        case _:  # ">": above every version that the partial version covers
            return _Bounds(_after(low, len(numbers)) or _MAX_VERSION, None)


def _after(low: SemanticVersion, precision: int) -> SemanticVersion | None:
    """Return the lowest version above those that begin with the first `precision` numbers of `low`."""
    if low.pre_release:  # no version lies between 1.0.0-rc.1 and 1.0.0-rc.1.0
        return low._replace(pre_release=f"{low.pre_release}.0")
    return low.bump(Level(Level.MAJOR + 1 - precision)) if precision else None


def _after_caret(low: SemanticVersion, precision: int) -> SemanticVersion | None:
    # The leftmost number that is not zero may not change; if all are zero, the last one may not.
    leading = next((n + 1 for n, part in enumerate(low) if part), precision)
    return _after(low, min(leading, precision) if precision else 0)


def _similar_version(text: str) -> str:
    """Return the help with a similar version, or an empty text if the text has no number."""
    numbers = [str(int(one)) for one in re.findall("[0-9]{1,9}", text)]
    return f"try {'.'.join([*numbers, '0', '0'][:3])}" if numbers else ""
