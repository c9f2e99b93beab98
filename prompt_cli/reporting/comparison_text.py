r"""Comparisons of prompts as lines of text.

In one column a line is ``  unchanged``, ``- removed``, ``+ added`` or ``~ changed [-old-]{+new+}``, with the marks of
git's ``--word-diff=plain``; a line that begins with ``\`` is a note.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from prompt_cli.changes.comparison import PromptComparison, RenderedComparison, Verdict
from prompt_cli.domain.change import Change
from prompt_cli.domain.version import Level
from prompt_cli.problems import format_path
from prompt_cli.reporting.line_diff import Mark, Row, Segment, line_diff
from prompt_cli.reporting.summary import Section, name, sections, sign, signature, summary, values, verdict
from prompt_cli.reporting.terminal import Block, Line, StyledText, Table, escape_invisible, line, one_line, visible
from prompt_cli.reporting.text_pairs import TextPair, prompt_pairs, rendered_pairs

_VERDICTS: Final = {
    Verdict.TOO_LOW: "old",
    Verdict.WENT_DOWN: "old",
    Verdict.UNJUDGED: "warning",
    Verdict.SUFFICES: "new",
    Verdict.NONE_NEEDED: "new",
}
_SIGNS: Final = {"+": "new", "-": "old", "~": "warning"}
_LEVEL_WIDTH: Final = max(len(str(level)) for level in Level)
_GUTTER: Final = {Mark.SAME: " ", Mark.OLD: "-", Mark.NEW: "+"}
_BRACKETS: Final = {Mark.SAME: ("", ""), Mark.OLD: ("[-", "-]"), Mark.NEW: ("{+", "+}")}
_STYLES: Final = {Mark.SAME: "", Mark.OLD: "old", Mark.NEW: "new"}


def comparison_lines(comparison: PromptComparison) -> Iterator[Line]:
    """Yield the changes of one prompt, below its verdict."""
    yield line(one_line(verdict(comparison)), _VERDICTS.get(comparison.verdict, ""))
    changes = sections(comparison.changes)
    pairs = prompt_pairs(comparison)
    for section in Section:
        variables = signature(comparison) if section is Section.SIGNATURE else ()
        if section in changes or variables or (section is Section.TEXT and pairs):
            yield ()
            yield line(section, "title")
        yield from (line(f"  {one}") for one in variables)
        for change in changes.get(section, ()):
            yield from _change_lines(change)
        if section is Section.TEXT:
            yield from (one for pair in pairs for one in _text_lines(pair))


def comparison_blocks(comparisons: Sequence[PromptComparison], *, stat: bool = False) -> Iterator[Block]:
    """Yield the verdicts on several prompts, a line that counts them and, unless `stat`, the changes of each.

    Prompts whose partials alone changed alike share their changes.
    """
    changed = [one for one in comparisons if one.verdict is not Verdict.UNCHANGED]
    if changed:
        rows = [(name(one), StyledText(verdict(one), _VERDICTS.get(one.verdict, ""))) for one in changed]
        yield Table(("PROMPT", "VERDICT"), rows)
    yield [line(summary(comparisons), "title")]
    blocks: dict[object, tuple[list[PromptComparison], tuple[Line, ...]]] = {}
    for one in () if stat else changed:
        lines = tuple(comparison_lines(one))
        is_includer = one.old.content is not None and one.old.content == one.new.content
        key = (lines, one.old.label, one.new.label) if is_includer else one.id
        blocks.setdefault(key, ([], lines))[0].append(one)
    for group, lines in blocks.values():
        yield [line(", ".join([*map(name, group[:-1]), heading(group[-1])]), "heading"), *lines]


def rendered_blocks(comparisons: Iterable[RenderedComparison]) -> Iterator[Block]:
    """Yield the differences of several rendered prompts, each below its id."""
    for one in comparisons:
        if one.problem or one.differs:
            yield [line(heading(one), "heading"), *rendered_lines(one)]


def rendered_lines(comparison: RenderedComparison) -> Iterator[Line]:
    """Yield the differences between two rendered prompts; nothing if there are none."""
    if comparison.problem:
        yield line(f"could not be rendered: {one_line(comparison.problem)}")
        if comparison.help:
            yield line(f"  help: {one_line(comparison.help)}")
        return
    for pair in rendered_pairs(comparison):
        yield from _text_lines(pair)


def heading(comparison: PromptComparison | RenderedComparison) -> str:
    """Return the prompt and the two sides: ``support/triage (HEAD -> working tree)``."""
    prompt = name(comparison) if isinstance(comparison, PromptComparison) else comparison.id
    return one_line(f"{prompt} ({comparison.old.label} -> {comparison.new.label})")


def _change_lines(change: Change) -> Iterator[Line]:
    mark = sign(change)
    message = one_line(f"{format_path(change.path)}: {change.message}")
    yield StyledText("  "), StyledText(mark, _SIGNS[mark]), StyledText(f" {change.level!s:{_LEVEL_WIDTH}}  {message}")
    if both := values(change):
        yield line(f"    {'':{_LEVEL_WIDTH}}  {' -> '.join(both)}")


def _text_lines(pair: TextPair) -> Iterator[Line]:
    """Yield the differences between two texts, below a line that names them."""
    diff = line_diff(pair.old, pair.new)
    note = " (whitespace only)" if diff.whitespace_only else ""
    yield line(f"{one_line(pair.heading)}{note}", "title")
    for hunk in diff.hunks:
        yield line(hunk.header, "place")
        for row in hunk.rows:
            yield _line(row)
            if row.whitespace_only and not diff.whitespace_only:
                yield line("\\ whitespace only", "place")
    if diff.last_newline is not None:
        yield line(f"\\ only the {diff.last_newline} text ends with a newline", "place")


def _line(row: Row) -> Line:
    if row.mark is None:
        return StyledText("~", "warning"), StyledText(" "), *map(_styled, row.segments)
    return line(f"{_GUTTER[row.mark]} {_whole_line(row.segments[0])}".rstrip(" "), _STYLES[row.mark])


def _styled(segment: Segment) -> StyledText:
    """Return a part of a changed line, with brackets around removed and added text."""
    mark, text = segment
    start, end = _BRACKETS[mark]
    return StyledText(f"{start}{visible(text) if mark is Mark.SAME else escape_invisible(text)}{end}", _STYLES[mark])


def _whole_line(segment: Segment) -> str:
    """Return a line of one text, with its trailing whitespace as escapes, or a line of both texts."""
    mark, text = segment
    if mark is Mark.SAME:
        return visible(text)
    body = text.rstrip(" \t")
    return escape_invisible(body) + text[len(body) :].replace(" ", "\\x20").replace("\t", "\\t")
