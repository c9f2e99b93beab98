from __future__ import annotations

import pytest
from rich.cells import cell_len

from prompt_cli.problems import Region
from prompt_cli.reporting.findings_text import excerpt

JOINED = "👩\u200d💻"  # one character of two cells; old releases of Rich count four


@pytest.mark.parametrize(
    ("line", "start", "end", "shown"),
    [
        ("a name", 3, 7, "1 | a name\n  |   ^^^^"),
        ("x\u200by", 2, 3, "1 | x\\u200by\n  |  ^^^^^^"),
        ("x\U000e0041\U000e0042", 2, 4, "1 | x\\U000e0041\\U000e0042\n  |  ^^^^^^^^^^^^^^^^^^^^"),
        ("x\u200dy", 2, 3, "1 | x\\u200dy\n  |  ^^^^^^"),
        (f"{JOINED} x", 5, 6, f"1 | {JOINED} x\n  | {' ' * cell_len(JOINED)} ^"),
        ("日本 {{x}}", 4, 9, "1 | 日本 {{x}}\n  |      ^^^^^"),
        ("a   b", 2, 5, "1 | a   b\n  |  ^^^"),
        ("\tx", 2, 3, "1 |     x\n  |     ^"),
        ("ab", 3, 3, "1 | ab\n  |   ^"),
    ],
)
def test_mark_is_under_the_quoted_text(line: str, start: int, end: int, shown: str) -> None:
    """Invisible characters are named if they are the finding."""
    assert excerpt(f"{line}\nmore", Region(1, start, 1, end)) == shown


def test_a_line_that_is_not_there() -> None:
    assert excerpt("a", Region(7, 1, 7, 2)) == ""
