"""Comments that silence: ``# prompt-cli: ignore PC302 -- reason``."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from prompt_cli.domain.findings import Finding, Severity
from prompt_cli.errors import Region
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from prompt_cli.rules.subject import Subject
    from prompt_cli.yaml.source import Comment, YamlSource

# Whatever begins so is meant for us: what is wrong with it has to be said, for it silences nothing.
_OURS = re.compile(r"#\s*+prompt-cli\s*+(?::|ignore\b)", re.IGNORECASE)
# Possessive: a stranger's comment is read in linear time.
_IGNORE = r"#\s*+prompt-cli:\s*+ignore\s++(?P<codes>[^\s,]++(?:\s*+,\s*+[^\s,]++)*+)\s*+(?:--.*)?"
_CODE = re.compile(r"[^\s,]+")
_FORM = "write `# prompt-cli: ignore PC302 -- reason`, several codes with commas between them"


_Key = TypeVar("_Key")


class Ignore(NamedTuple):
    """A code in a comment that silences.

    Attributes:
        code: The code.
        region: Where it is written.
        whole: Whether it silences the whole file.
    """

    code: str
    region: Region
    whole: bool


class Silenced(NamedTuple):
    """What is left of findings, what is not, and which comments silence nothing."""

    findings: tuple[Finding, ...]
    silenced: tuple[Finding, ...]
    unused: tuple[Ignore, ...]


def ignores(source: YamlSource) -> tuple[Ignore, ...]:
    """Return what the comments of a file silence: before the first key the whole file, elsewhere their line."""
    start = source.lines.position(source.root.start)[0]
    return tuple(one for comment in source.comments() for one in _ignores(comment, start))


def silence(findings: Sequence[Finding], comments: Sequence[Ignore], beside: Mapping[int, Sequence[int]]) -> Silenced:
    """Leave out the findings that comments silence.

    Args:
        findings: What was found in a file.
        comments: What its comments silence.
        beside: On which other lines a comment can stand that is about a line, as after the ``|`` of a text.
    """
    by_place: dict[tuple[str, int | None], list[Ignore]] = {}
    for one in comments:
        by_place.setdefault((one.code, None if one.whole else one.region.line), []).append(one)
    kept: list[Finding] = []
    silenced: list[Finding] = []
    used: set[Ignore] = set()
    for finding in findings:
        line = finding.region.line
        places = dict.fromkeys((None, line, *beside.get(line, ())))
        found = [one for place in places for one in by_place.get((finding.code, place), ())]
        used.update(found)
        (silenced if found else kept).append(finding)
    return Silenced(tuple(kept), tuple(silenced), tuple(one for one in comments if one not in used))


def standing_ignores(new: YamlSource, old: YamlSource | None) -> tuple[Ignore, ...]:
    """Return the ignores of a file that it had before: as many of a code, those on the same line of text first."""
    written = {one: _with_line(one, new) for one in ignores(new)}
    left = Counter(_with_line(one, old) for one in ignores(old)) if old else Counter()
    same = [one for one, key in written.items() if _taken(left, key)]
    moved = Counter((code, whole) for code, whole, _ in left.elements())
    known = set(same)
    rest = [one for one in written if one not in known and _taken(moved, (one.code, one.whole))]
    return tuple(sorted((*same, *rest), key=lambda one: one.region))


def _with_line(ignore: Ignore, source: YamlSource) -> tuple[str, bool, str]:
    start = source.lines.index(ignore.region.line, 1)
    return ignore.code, ignore.whole, source.text[start : source.lines.index(*ignore.region[:2])].strip()


def _taken(left: Counter[_Key], key: _Key) -> bool:
    """Take one of a kind, if any is left."""
    left[key] -= 1
    return left[key] >= 0


def unused_ignore(ignore: Ignore) -> Match:
    """Report a comment that silences nothing."""
    where = "in this file" if ignore.whole else "on this line"
    hint = "remove it" if ignore.whole else "remove it; it stands on the line it silences, or before the first key"
    return Match(f"there is no {ignore.code} {where} to ignore", help=hint, region=ignore.region)


def malformed_ignores(source: YamlSource, codes: Collection[str], near: Callable[[str], str]) -> Iterator[Match]:
    """Yield the comments that are meant to silence and cannot.

    Args:
        source: The file.
        codes: The codes there are.
        near: Says which of them may have been meant.
    """
    for comment in source.comments():
        if _OURS.match(comment.text) and not re.fullmatch(_IGNORE, comment.text):
            width = len(comment.text.rstrip())
            yield Match("this comment silences nothing: it cannot be read", help=_FORM, region=_part(comment, 0, width))
    for one in ignores(source):
        if one.code not in codes:
            yield Match(f"there is no rule {one.code!r} to ignore", help=near(one.code), region=one.region)


def _ignores(comment: Comment, start: int) -> Iterator[Ignore]:
    match = re.fullmatch(_IGNORE, comment.text)
    if match is None:
        return
    seen: set[str] = set()
    for code in _CODE.finditer(comment.text, match.start("codes"), match.end("codes")):
        if code[0] not in seen:
            seen.add(code[0])
            yield Ignore(code[0], _part(comment, code.start(), code.end()), comment.line < start)


def _part(comment: Comment, start: int, end: int) -> Region:
    return Region(comment.line, comment.column + start, comment.line, comment.column + end)


def _after_the_others(_subject: Subject) -> Iterator[Match]:
    """Find nothing yet: what a comment silences is known once every other rule has run."""
    return iter(())


SILENCING_RULES = (
    Rule(
        "PC010",
        "unused-ignore",
        "A comment that silences nothing outlived what it silenced, or never did what it says. Left there, it hides "
        "the next fault of its line.",
        prompt_file("template: Hello!  # prompt-cli: ignore PC302 -- the caller counts on it\n"),
        prompt_file(
            "variables: {name: {type: string}}  # prompt-cli: ignore PC302 -- the caller counts on it\n"
            "template: Hello!\n"
        ),
        _after_the_others,
        Severity.WARNING,
    ),
    Rule(
        "PC011",
        "malformed-ignore",
        "A comment that is meant to silence and cannot be read, or names no rule, silences nothing. It misleads "
        "whoever reads it.",
        prompt_file("template: Hello!  # prompt-cli: ignore PC3O2\n"),
        prompt_file("template: Hello!  # what prompt-cli reads\n"),
        _after_the_others,
    ),
)
