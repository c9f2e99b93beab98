from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_cli.reporting.line_diff import PatienceMatcher, opcodes_by_hunk

if TYPE_CHECKING:
    from collections.abc import Callable

ITEMS = st.lists(st.sampled_from("abcdefgh"), max_size=40)


@pytest.mark.parametrize(
    ("old", "new", "blocks"),
    [
        ("", "", []),
        ("abc", "abc", [(0, 0, 3)]),
        ("", "ab", []),
        ("ab", "", []),
        ("abc", "axc", [(0, 0, 1), (2, 2, 1)]),
        ("abc", "abxc", [(0, 0, 2), (2, 3, 1)]),
        ("ab", "xy", []),
        # items that occur once are anchors, others are not
        ("..a", "a..", [(2, 0, 1)]),
        # where nothing anchors, as much is kept as can be
        ("xxyyxx", "yyxxyy", [(0, 2, 4)]),
        # a moved line anchors only where no longer chain crosses it
        ("abcde", "bcdea", [(1, 0, 4)]),
    ],
)
def test_blocks(old: str, new: str, blocks: list[tuple[int, int, int]]) -> None:
    assert PatienceMatcher(old, new).get_matching_blocks() == [*blocks, (len(old), len(new), 0)]


@given(ITEMS, ITEMS, st.sampled_from([0, 20, 10_000]), st.sampled_from([None, "a".__eq__]))
def test_opcodes_are_all_of_both_and_alternate(
    old: list[str], new: list[str], budget: int, is_junk: Callable[[object], bool] | None
) -> None:
    at_old = at_new = 0
    equal = None
    for kind, start, end, new_start, new_end in PatienceMatcher(old, new, is_junk, budget=budget).get_opcodes():
        assert (start, new_start) == (at_old, at_new)
        assert (kind == "equal") is not equal
        assert (old[start:end] == new[new_start:new_end]) is (kind == "equal")
        at_old, at_new, equal = end, new_end, kind == "equal"
    assert (at_old, at_new) == (len(old), len(new))


def test_a_spent_budget_replaces_the_rest() -> None:
    opcodes = PatienceMatcher("abab" * 10, "baba" * 11, budget=10).get_opcodes()
    assert [kind for kind, *_ in opcodes] == ["replace"]


def test_compared_pairs_are_bounded() -> None:
    old, new = ["a", "b"] * 50_000, ["b", "a", "a"] * 30_000
    assert len(PatienceMatcher(old, new).get_matching_blocks()) < 4


@pytest.mark.parametrize(
    ("old", "new", "headers"),
    [
        ("", "a", ["@@ -0,0 +1 @@"]),
        ("a", "", ["@@ -1 +0,0 @@"]),
        ("abcdefgh", "abcdXfgh", ["@@ -2,7 +2,7 @@"]),
        ("abcdefgh", "abcdefgh", []),
        ("Xabcdef1", "Yabcdef2", ["@@ -1,8 +1,8 @@"]),
        ("Xabcdefg1", "Yabcdefg2", ["@@ -1,4 +1,4 @@", "@@ -6,4 +6,4 @@"]),
    ],
)
def test_hunks_keep_three_lines_around(old: str, new: str, headers: list[str]) -> None:
    assert [header for header, _ in opcodes_by_hunk(list(old), list(new))] == headers
