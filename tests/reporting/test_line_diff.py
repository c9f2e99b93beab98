from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_cli.reporting.line_diff import MAX_LINE, Mark, differ_in_whitespace, line_diff, word_diff, words

WRITTEN = st.text(st.sampled_from("ab {}.,-+[]\t\u200b語é"), max_size=60) | st.text(max_size=30)


def drawn(old: str, new: str) -> str:
    """Write a word diff with the marks of git."""
    marks = {Mark.SAME: "{}", Mark.OLD: "[-{}-]", Mark.NEW: "{{+{}+}}"}
    return "".join(marks[mark].format(text) for mark, text in word_diff(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("Dear {{customer}},", "Dear {{client}},", "Dear [-{{customer}}-]{+{{client}}+},"),
        ("version: 1.2.0", "version: 1.10.0", "version: [-1.2.0-]{+1.10.0+}"),
        ("we are sorry", "we are very sorry", "we are {+very +}sorry"),
        ("a two words z", "a three other words z", "a [-two-]{+three other+} words z"),
        ("the old little cat sat", "the new big cat sat", "the [-old little-]{+new big+} cat sat"),
        ("don't", "do not", "[-don't-]{+do not+}"),
        ("a  b", "a b", "a[-  -]{+ +}b"),
        ("end", "end ", "end{+ +}"),
        ("    x", "\tx", "[-    -]{+\t+}x"),
        ("日本語です", "日本人です", "日本[-語-]{+人+}です"),
        ("nothing here is alike", "quite another line", "[-nothing here is alike-]{+quite another line+}"),
        ("{{#if a}}x{{/if}}", "{{#if b}}x{{/if}}", "{{#if [-a-]{+b+}}}x{{/if}}"),
        ("[/INST] one", "[/INST] two", "[/INST] [-one-]{+two+}"),
    ],
)
def test_words_that_differ_are_marked(old: str, new: str, expected: str) -> None:
    assert drawn(old, new) == expected


@given(WRITTEN, WRITTEN)
def test_either_line_can_be_read_back(old: str, new: str) -> None:
    segments = word_diff(old, new)
    assert "".join(text for mark, text in segments if mark is not Mark.NEW) == old
    assert "".join(text for mark, text in segments if mark is not Mark.OLD) == new
    assert all(text for _, text in segments)


@given(WRITTEN)
def test_words_are_the_line(line: str) -> None:
    assert "".join(words(line)) == line


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [("a b", "a  b", True), ("a b", "ab\n", True), ("a b", "a b", False), ("a b", "a c", False), ("a", None, False)],
)
def test_a_difference_in_whitespace(old: str, new: str | None, *, expected: bool) -> None:
    assert differ_in_whitespace(old, new) is expected


def test_a_very_long_line_is_replaced_as_a_whole() -> None:
    long = "word " * (MAX_LINE // 5)
    assert [mark for mark, _ in word_diff(long, long + "x")] == [Mark.OLD, Mark.NEW]
    assert [mark for mark, _ in word_diff(long[:-5], long[:-5] + "x")] == [Mark.SAME, Mark.NEW]


LINES = st.text(st.sampled_from("ab \n"), max_size=80)


@given(LINES, LINES)
def test_rows_are_the_lines_that_differ_and_those_around(old: str, new: str) -> None:
    found = line_diff(old, new)
    for mark, text in ((Mark.OLD, old), (Mark.NEW, new)):
        shown = [
            "".join(part for owner, part in row.segments if owner in {mark, Mark.SAME})
            for hunk in found.hunks
            for row in hunk.rows
            if row.mark in {mark, Mark.SAME, None}
        ]
        lines = text.split("\n")
        at = 0
        for line in shown:  # in order, though not all of them
            at = lines.index(line, at) + 1
    assert bool(found.hunks) == (old.removesuffix("\n") != new.removesuffix("\n") or bool(old) != bool(new))
