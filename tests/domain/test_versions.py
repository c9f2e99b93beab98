from __future__ import annotations

import itertools
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from prompt_cli.domain.revision import (
    CommitIsh,
    ExactVersion,
    PromptReference,
    Tree,
    parse_reference,
    parse_revision,
)
from prompt_cli.domain.version import (
    Level,
    SemanticVersion,
    VersionRange,
    declared_level,
    parse_range,
    required_level,
    required_version,
)
from prompt_cli.errors import PromptIdError

numbers = st.integers(min_value=0, max_value=999_999_999)
labels = st.sampled_from(["", "", "rc.1", "rc.10", "alpha", "0", "x-1.a"])
releases = st.builds(SemanticVersion, numbers, numbers, numbers, st.just(""))
versions = st.builds(SemanticVersion, numbers, numbers, numbers, labels)


@given(versions)
def test_a_version_is_read_as_it_is_written(version: SemanticVersion) -> None:
    assert SemanticVersion.parse(str(version)) == version


@given(versions, st.sampled_from([Level.PATCH, Level.MINOR, Level.MAJOR]))
def test_a_bump_raises(version: SemanticVersion, level: Level) -> None:
    assert version.bump(level) > version
    assert version.bump(str(level)) == version.bump(level)
    assert required_version(version, level) > version
    assert version.bump(Level.NONE) == version == required_version(version, Level.NONE)


def test_versions_order_as_semver_has_it() -> None:
    """The example of Semantic Versioning 2.0.0, item 11."""
    texts = ["alpha", "alpha.1", "alpha.beta", "beta", "beta.2", "beta.11", "rc.1"]
    ordered = [*(SemanticVersion.parse(f"1.0.0-{text}") for text in texts), SemanticVersion(1, 0, 0)]
    assert sorted([*ordered[3:], *ordered[:3]]) == ordered
    assert max(ordered) == SemanticVersion(1, 0, 0)
    assert all(one < other and one <= other and other > one and other >= one for one, other in pairwise(ordered))


@pytest.mark.parametrize(
    ("version", "level", "expected"),
    [
        ("1.0.0-rc.1", "patch", "1.0.0"),
        ("1.1.0-rc.1", "minor", "1.1.0"),
        ("1.1.0-rc.1", "major", "2.0.0"),
        ("1.1.1-rc.1", "minor", "1.2.0"),
        ("2.0.0-rc.1", "major", "2.0.0"),
        ("1.0.0-rc.1", "", "1.0.0-rc.2"),
        ("1.0.0-rc", "", "1.0.0-rc.1"),
        ("1.0.0-7", "", "1.0.0-8"),
        ("1.0.0-rc.1", "pre alpha", "1.0.1-alpha.1"),
        ("1.0.0-alpha.3", "pre rc", "1.0.0-rc.1"),
        ("1.0.0", "pre rc", "1.0.1-rc.1"),
    ],
)
def test_the_version_after_a_pre_release(version: str, level: str, expected: str) -> None:
    old = SemanticVersion.parse(version)
    word, _, label = level.partition(" ")
    new = old.bump(word) if word not in {"", "pre"} else old.next_pre_release(label)
    assert str(new) == expected


NO_VERSIONS = (
    "",
    "1",
    "1.0",
    "1.0.0.0",
    "01.0.0",
    "1.00.0",
    "1.0.0-",
    "1.0.0-01",
    "1.0.0-a..b",
    "1.0.0-é",
    "1.0.0+1",
    "v1.0.0",
    " 1.0.0",
    "1.0.0\n",
)


@pytest.mark.parametrize("text", [*NO_VERSIONS, "-1.0.0", "1.0.x", "١.0.0", "9999999999.0.0"])
def test_invalid_versions(text: str) -> None:
    with pytest.raises(ValueError, match="invalid version"):
        SemanticVersion.parse(text)


def test_levels_and_numbers() -> None:
    assert SemanticVersion(1, 2, 3).bump("minor") == SemanticVersion(1, 3, 0)
    assert SemanticVersion(1, 10, 0) > SemanticVersion(1, 9, 9)
    assert [str(level) for level in Level] == ["none", "patch", "minor", "major"]
    with pytest.raises(ValueError, match="unknown level"):
        SemanticVersion(1, 0, 0).bump("huge")


@pytest.mark.parametrize(
    ("version", "level", "expected"),
    [
        ("1.2.3", "major", "2.0.0"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "patch", "1.2.4"),
        ("0.2.3", "major", "0.3.0"),
        ("0.2.3", "minor", "0.2.4"),
        ("0.2.3", "patch", "0.2.4"),
        ("0.2.3", "none", "0.2.3"),
    ],
)
def test_required_version(version: str, level: str, expected: str) -> None:
    assert str(required_version(SemanticVersion.parse(version), Level.parse(level))) == expected


@pytest.mark.parametrize(
    ("old", "new", "level", "enough"),
    [
        ("1.2.3", "1.2.3", "none", True),
        ("1.2.3", "1.2.2", "none", False),
        ("1.2.3", "1.2.3", "patch", False),
        ("1.2.3", "1.2.4", "patch", True),
        ("1.2.3", "1.2.9", "patch", True),
        ("1.2.3", "1.2.4", "minor", False),
        ("1.2.3", "1.3.0", "minor", True),
        ("1.2.3", "1.4.2", "minor", True),
        ("1.2.3", "1.9.0", "major", False),
        ("1.2.3", "2.0.0", "major", True),
        ("1.2.3", "2.0.0", "none", True),
        ("1.2.3", "0.9.0", "major", False),
        ("0.2.3", "0.2.4", "minor", True),
        ("0.2.3", "0.2.4", "major", False),
        ("0.2.3", "0.3.0", "major", True),
        ("0.2.3", "1.0.0", "major", True),
        ("0.2.3", "0.2.3", "patch", False),
        ("0.2.3", "0.1.9", "none", False),
    ],
)
def test_sufficient_versions(old: str, new: str, level: str, *, enough: bool) -> None:
    lowest = required_version(SemanticVersion.parse(old), Level.parse(level))
    assert (SemanticVersion.parse(new) >= lowest) is enough


@given(releases, releases, st.sampled_from(Level))
def test_sufficient_version_is_the_declared_one_or_1_0_0(
    old: SemanticVersion, new: SemanticVersion, level: Level
) -> None:
    declared = declared_level(old, new)
    enough = declared is not None and declared >= required_level(old, level)
    assert (new >= required_version(old, level)) is enough


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ("1.2.3", "1.2.3", Level.NONE),
        ("1.2.3", "1.2.7", Level.PATCH),
        ("1.2.3", "1.3.0", Level.MINOR),
        ("1.2.3", "2.0.0", Level.MAJOR),
        ("0.9.9", "1.0.0", Level.MAJOR),
        ("0.1.0", "0.2.0", Level.MINOR),
        ("1.2.3", "1.2.2", None),
        ("2.0.0", "1.9.9", None),
        ("1.2.3", "1.1.9", None),
    ],
)
def test_declared_level(old: str, new: str, level: Level | None) -> None:
    assert declared_level(SemanticVersion.parse(old), SemanticVersion.parse(new)) is level


def test_a_version_is_a_type_pydantic_knows() -> None:
    adapter = TypeAdapter(SemanticVersion)
    assert adapter.validate_python("1.2.3") == SemanticVersion(1, 2, 3)
    assert adapter.validate_python(SemanticVersion(1, 2, 3)) == SemanticVersion(1, 2, 3)
    assert adapter.dump_python(SemanticVersion(1, 2, 3), mode="json") == "1.2.3"
    assert adapter.dump_json(SemanticVersion(1, 2, 3)) == b'"1.2.3"'
    assert adapter.json_schema()["type"] == "string"
    for wrong in (1.0, 1, None, "1.0", (1, 0, 0)):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        # The examples of the Cargo book, "Version requirement syntax".
        ("^1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0"]),
        ("^1.2", ["1.2.0", "1.99.0"], ["1.1.9", "2.0.0"]),
        ("^1", ["1.0.0", "1.9.9"], ["0.9.9", "2.0.0"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.2.2", "0.3.0"]),
        ("^0.2", ["0.2.0", "0.2.9"], ["0.1.9", "0.3.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.2", "0.0.4"]),
        ("^0.0", ["0.0.0", "0.0.9"], ["0.1.0"]),
        ("^0", ["0.0.0", "0.9.9"], ["1.0.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("~1.2", ["1.2.0", "1.2.9"], ["1.3.0"]),
        ("~1", ["1.0.0", "1.9.9"], ["2.0.0"]),
        ("*", ["0.0.0", "9.9.9"], []),
        ("1.*", ["1.0.0", "1.9.9"], ["0.9.9", "2.0.0"]),
        ("1.x", ["1.0.0", "1.9.9"], ["2.0.0"]),
        ("1.2.*", ["1.2.0", "1.2.9"], ["1.3.0"]),
        ("1.2", ["1.2.0", "1.9.9"], ["1.1.9", "2.0.0"]),
        ("1", ["1.0.0", "1.9.9"], ["2.0.0"]),
        (">=1.2.0", ["1.2.0", "9.0.0"], ["1.1.9"]),
        (">1", ["2.0.0"], ["1.9.9"]),
        (">1.2", ["1.3.0"], ["1.2.9"]),
        (">1.2.3", ["1.2.4"], ["1.2.3"]),
        ("<2", ["1.9.9", "0.0.0"], ["2.0.0"]),
        ("<=1.2", ["1.2.9"], ["1.3.0"]),
        ("=1.2.3", ["1.2.3"], ["1.2.4", "1.2.2"]),
        ("=1.2", ["1.2.0", "1.2.9"], ["1.3.0"]),
        (">=1,<2", ["1.0.0", "1.9.9"], ["0.9.9", "2.0.0"]),
        (">= 1.2, < 1.5", ["1.2.0", "1.4.9"], ["1.1.9", "1.5.0"]),
        ("latest", ["0.0.1", "99.0.0"], []),
        (">*", [], ["0.0.0", "9.9.9"]),
        # Pre-releases, as npm has them: only of a release that the range names one of.
        ("latest", ["1.0.0"], ["1.0.0-rc.1"]),
        ("^1.0.0", ["1.0.1"], ["1.0.0-rc.1", "1.1.0-rc.1", "2.0.0-rc.1"]),
        ("<2", ["1.9.9"], ["2.0.0-rc.1"]),
        ("^1.0.0-rc.2", ["1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.4.0"], ["1.0.0-rc.1", "1.1.0-rc.3", "2.0.0"]),
        ("~1.2.0-a", ["1.2.0-a", "1.2.0-b", "1.2.9"], ["1.2.1-b", "1.3.0"]),
        ("=1.0.0-rc.1", ["1.0.0-rc.1"], ["1.0.0-rc.1.1", "1.0.0-rc.2", "1.0.0"]),
        ("<=1.0.0-rc.1", ["1.0.0-rc.1", "1.0.0-alpha", "0.9.0"], ["1.0.0-rc.2", "1.0.0"]),
        (">1.0.0-rc.1,<1.0.0", ["1.0.0-rc.2"], ["1.0.0-rc.1", "1.0.0"]),
    ],
)
def test_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    found = parse_range(text)
    assert found is not None
    assert str(found) == text
    assert [one for one in inside if not found.allows(SemanticVersion.parse(one))] == []
    assert [one for one in outside if found.allows(SemanticVersion.parse(one))] == []


@pytest.mark.parametrize("text", ["^", "^x.y", ">=1,", "~1.2.3.4", "^01", "1.x.", "=a", "^1.2.3-", "^1.2-rc.1"])
def test_ranges_that_cannot_be_read(text: str) -> None:
    if text[0] in "^~><=" or "," in text:
        with pytest.raises(PromptIdError):
            parse_range(text)
    else:
        assert parse_range(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, Tree.WORKING),
        (":staged", Tree.INDEX),
        ("1.2.0", ExactVersion(SemanticVersion(1, 2, 0))),
        ("HEAD~3", CommitIsh("HEAD~3")),
        ("main", CommitIsh("main")),
        ("v1.2.0", CommitIsh("v1.2.0")),
        ("ref:1.2.0", CommitIsh("1.2.0")),
        ("ref:latest", CommitIsh("latest")),
        ("1234567", CommitIsh("1234567")),
        ("0123", CommitIsh("0123")),
        ("x", CommitIsh("x")),
        ("main@{upstream}", CommitIsh("main@{upstream}")),
        ("--output=x", CommitIsh("--output=x")),
        (SemanticVersion(1, 2, 0), ExactVersion(SemanticVersion(1, 2, 0))),
        (Tree.INDEX, Tree.INDEX),
        (CommitIsh("1.2.0"), CommitIsh("1.2.0")),
    ],
)
def test_revisions(text: str | SemanticVersion | None, expected: object) -> None:
    assert parse_revision(text) == expected


@pytest.mark.parametrize("text", ["latest", "^1.2", "~1", "1.x", "*", "1"])
def test_ranges_are_revisions(text: str) -> None:
    assert isinstance(parse_revision(text), VersionRange)


@pytest.mark.parametrize("text", ["", "a\nb", "a\0b", "\x1b[31m", "ref:", "ref:\n", "^nope"])
def test_invalid_revisions(text: str) -> None:
    with pytest.raises(PromptIdError):
        parse_revision(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b", PromptReference("a/b", Tree.WORKING)),
        ("a/b@1.2.0", PromptReference("a/b", ExactVersion(SemanticVersion(1, 2, 0)))),
        ("a@HEAD@{1}", PromptReference("a", CommitIsh("HEAD@{1}"))),
        ("a@:staged", PromptReference("a", Tree.INDEX)),
    ],
)
def test_references(text: str, expected: PromptReference) -> None:
    assert parse_reference(text) == expected
    assert str(parse_reference(text)) == text


@pytest.mark.parametrize("text", ["", "@1.0.0", "a@", "A@1.0.0", "../a@1.0.0", "a b"])
def test_invalid_references(text: str) -> None:
    with pytest.raises(PromptIdError):
        parse_reference(text)


def test_no_two_revisions_are_equal_that_are_not_the_same() -> None:
    every = [parse_revision(one) for one in (None, ":staged", "1.0.0", "ref:1.0.0", "1", "latest", "*")]
    assert all(left != right for left, right in itertools.combinations(every, 2))


def test_a_long_text_is_shortened_in_the_error() -> None:
    with pytest.raises(ValueError, match=r"invalid version '9{40}…': expected") as error:
        SemanticVersion.parse("9" * 100_000)
    assert len(str(error.value)) < 1000
