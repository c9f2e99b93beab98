from __future__ import annotations

import pytest

from prompt_cli.changes.comparison import RenderedComparison, RenderedMessage, RenderedSide
from prompt_cli.reporting.comparison_markdown import rendered_markdown
from prompt_cli.reporting.comparison_text import rendered_lines
from prompt_cli.reporting.terminal import plain_text
from prompt_cli.reporting.unified import rendered_diffs


def side(label: str, *messages: tuple[str, str]) -> RenderedSide:
    return RenderedSide(label, tuple(RenderedMessage(*one) for one in messages))


TEXT = RenderedComparison("a", side("HEAD", ("", "Hello Ada")), side("1.0.0", ("", "Hello Bob")))
CHAT = RenderedComparison(
    "a",
    side("HEAD", ("system", "Be brief."), ("user", "Hi\n")),
    side("1.0.0", ("system", "Be brief."), ("assistant", "`x`\n"), ("user", "Ho\n")),
)
SAME = RenderedComparison("a", CHAT.old, CHAT.old)
BROKEN = CHAT._replace(problem="line 1\n@me: no such variable")


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (TEXT, "rendered\n@@ -1 +1 @@\n~ Hello [-Ada-]{+Bob+}\n"),
        (
            CHAT,
            "messages[1] (assistant), added\n@@ -0,0 +1 @@\n+ `x`\nmessages[2] (user)\n@@ -1 +1 @@\n- Hi\n+ Ho\n",
        ),
        (SAME, ""),
        (BROKEN, "could not be rendered: line 1\\n@me: no such variable\n"),
    ],
)
def test_text(comparison: RenderedComparison, expected: str) -> None:
    assert plain_text([tuple(rendered_lines(comparison))]) == expected


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (
            TEXT,
            b"--- a/a\tHEAD\n+++ b/a\t1.0.0\n@@ -1 +1 @@\n-Hello Ada\n\\ No newline at end of file\n"
            b"+Hello Bob\n\\ No newline at end of file\n",
        ),
        (
            CHAT,
            b"--- /dev/null\n+++ b/a/messages[1] (assistant)\t1.0.0\n@@ -0,0 +1 @@\n+`x`\n"
            b"--- a/a/messages[2] (user)\tHEAD\n+++ b/a/messages[2] (user)\t1.0.0\n@@ -1 +1 @@\n-Hi\n+Ho\n",
        ),
        (SAME, b""),
    ],
)
def test_unified(comparison: RenderedComparison, expected: bytes) -> None:
    assert rendered_diffs([comparison]) == expected


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (
            TEXT,
            "### Rendered: a (HEAD → 1.0.0)\n\nrendered\n\n```diff\n@@ -1 +1 @@\n-Hello Ada\n+Hello Bob\n```\n",
        ),
        (
            CHAT,
            "### Rendered: a (HEAD → 1.0.0)\n"
            "\nmessages\\[1\\] (assistant), added\n\n```diff\n@@ -0,0 +1 @@\n+`x`\n```\n"
            "\nmessages\\[2\\] (user)\n\n```diff\n@@ -1 +1 @@\n-Hi\n+Ho\n```\n",
        ),
        (SAME, "### Rendered: a (HEAD → HEAD)\n\nThe rendered text is the same.\n"),
        (BROKEN, "### Rendered: a (HEAD → 1.0.0)\n\nCould not be rendered: line 1\\\\n@&#8203;me: no such variable\n"),
    ],
)
def test_markdown(comparison: RenderedComparison, expected: str) -> None:
    assert rendered_markdown([comparison]) == expected


def test_a_long_text_is_left_out_and_counted() -> None:
    long = "word\n" * 20_000
    found = RenderedComparison("a", side("HEAD", ("", "x")), side("1.0.0", ("", long)))
    assert rendered_markdown([found]).endswith("\n1 text is left out: a comment on GitHub holds 65,536 characters.\n")
