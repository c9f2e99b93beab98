from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_cli.reporting.line_diff import hunks
from prompt_cli.reporting.sequence_diff import Block, compare

ITEMS = st.lists(st.sampled_from("abcdefgh"), max_size=40)


@pytest.mark.parametrize(
    ("old", "new", "blocks"),
    [
        ("", "", []),
        ("abc", "abc", [(True, 0, 3, 0, 3)]),
        ("", "ab", [(False, 0, 0, 0, 2)]),
        ("ab", "", [(False, 0, 2, 0, 0)]),
        ("abc", "axc", [(True, 0, 1, 0, 1), (False, 1, 2, 1, 2), (True, 2, 3, 2, 3)]),
        ("abc", "abxc", [(True, 0, 2, 0, 2), (False, 2, 2, 2, 3), (True, 2, 3, 3, 4)]),
        ("ab", "xy", [(False, 0, 2, 0, 2)]),
        # what occurs once anchors, what occurs often does not
        ("..a", "a..", [(False, 0, 2, 0, 0), (True, 2, 3, 0, 1), (False, 3, 3, 1, 3)]),
        # where nothing anchors, as much is kept as can be
        ("xxyyxx", "yyxxyy", [(False, 0, 2, 0, 0), (True, 2, 6, 0, 4), (False, 6, 6, 4, 6)]),
    ],
)
def test_blocks(old: str, new: str, blocks: list[tuple[bool, int, int, int, int]]) -> None:
    assert compare(old, new) == tuple(Block(*block) for block in blocks)


@given(ITEMS, ITEMS, st.sampled_from([0, 20, 10_000]))
def test_blocks_are_all_of_both_and_alternate(old: list[str], new: list[str], budget: int) -> None:
    at_old = at_new = 0
    equal = None
    for block in compare(old, new, budget=budget):
        assert (block.old_start, block.new_start) == (at_old, at_new)
        assert block.equal is not equal
        mine, theirs = old[block.old_start : block.old_end], new[block.new_start : block.new_end]
        assert (mine == theirs) is block.equal
        at_old, at_new, equal = block.old_end, block.new_end, block.equal
    assert (at_old, at_new) == (len(old), len(new))


def test_a_spent_budget_replaces_the_rest() -> None:
    assert [block.equal for block in compare("abab" * 10, "baba" * 11, budget=10)] == [False]


def test_what_would_be_looked_at_is_bounded() -> None:
    old, new = ["a", "b"] * 50_000, ["b", "a", "a"] * 30_000
    assert [block.equal for block in compare(old, new)].count(True) < 3


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
    assert [hunk.header for hunk in hunks(list(old), list(new))] == headers
