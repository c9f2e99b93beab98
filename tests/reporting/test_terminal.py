from __future__ import annotations

import pytest

from prompt_cli.reporting.terminal import escape_invisible, one_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain text", "plain text"),
        ("  ", "  "),
        ("\t", "\\t"),
        ("\tx", "\tx"),
        ("a\u200bb\u00a0c", "a\\u200bb\\xa0c"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("\u200d", "\\u200d"),
        ("é日本", "é日本"),
        ("\x1b[31m\u202e", "\\x1b[31m\\u202e"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_invisible_characters_are_named(text: str, expected: str) -> None:
    assert escape_invisible(text) == expected


def test_one_line() -> None:
    assert one_line("a\nb\r\x1b\u2028") == "a\\nb\\x0d\\x1b\\u2028"
