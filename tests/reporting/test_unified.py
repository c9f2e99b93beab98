from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prompt_cli.changes.comparison import PromptComparison, Side
from prompt_cli.reporting.unified import unified_diff, unified_diffs
from tests.support import ISOLATED

PATH = "prompts/a.yaml"


def diff(old: bytes | None, new: bytes | None, path: str = PATH) -> bytes:
    return unified_diff(Side("HEAD", path, old), Side("working tree", path, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"same\n", b"same\n", b""),
        (
            b"a\nb\n",
            b"a\nc\n",
            b"--- a/prompts/a.yaml\tHEAD\n+++ b/prompts/a.yaml\tworking tree\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n",
        ),
        (None, b"a\n", b"--- /dev/null\n+++ b/prompts/a.yaml\tworking tree\n@@ -0,0 +1 @@\n+a\n"),
        (b"a\n", None, b"--- a/prompts/a.yaml\tHEAD\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"),
        (
            b"a",
            b"a\n",
            b"--- a/prompts/a.yaml\tHEAD\n+++ b/prompts/a.yaml\tworking tree\n"
            b"@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n",
        ),
        (
            b"\xff\x1b\r\n",
            b"[/INST]\r\n",
            b"--- a/prompts/a.yaml\tHEAD\n+++ b/prompts/a.yaml\tworking tree\n@@ -1 +1 @@\n-\xff\x1b\r\n+[/INST]\r\n",
        ),
    ],
)
def test_unified(old: bytes | None, new: bytes | None, expected: bytes) -> None:
    assert diff(old, new) == expected


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("prompts/with space.yaml", b"a/prompts/with space.yaml"),
        ("prompts/\u00e4.yaml", b"a/prompts/\xc3\xa4.yaml"),
        ('a"b\\c.yaml', b'"a/a\\"b\\\\c.yaml"'),
        ("a\nb\tc\x1bd.yaml", b'"a/a\\nb\\tc\\033d.yaml"'),
        ("/absolute.yaml", b"a/absolute.yaml"),
    ],
)
def test_paths_are_escaped_as_git_escapes_them(path: str, label: bytes) -> None:
    assert diff(b"a\n", None, path).startswith(b"--- " + label + b"\tHEAD\n+++ /dev/null\n")


def test_a_label_stays_on_its_line() -> None:
    old = Side("a\nb\x1b", PATH, b"a\n")
    assert unified_diff(old, Side("x", PATH, None)).startswith(b"--- a/prompts/a.yaml\ta b\\x1b\n")


def test_many_prompts_follow_each_other() -> None:
    one = PromptComparison("a", Side("x", "a", b"1\n"), Side("y", "a", b"2\n"), None, None)
    same = PromptComparison("b", Side("x", "b", b"1\n"), Side("y", "b", b"1\n"), None, None)
    assert unified_diffs([one, same, one]) == 2 * unified_diff(one.old, one.new)


TEXTS = st.none() | st.text(st.sampled_from("ab -+@\\\t\r\u2028é\n"), min_size=1, max_size=60)


@pytest.mark.parametrize("command", [["git", "apply", "--whitespace=nowarn"], ["patch", "-s", "-p1", "--binary"]])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(old=TEXTS, new=TEXTS)
def test_applied_it_gives_the_new_file(command: list[str], old: str | None, new: str | None) -> None:
    before, after = (None if text is None else text.encode() for text in (old, new))
    difference = diff(before, after)
    if not difference:
        assert old == new
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, PATH)
        file.parent.mkdir()
        if before is not None:
            file.write_bytes(before)
        subprocess.run(command, cwd=folder, env=ISOLATED, input=difference, check=True, capture_output=True)
        assert (file.read_bytes() if file.exists() else None) == after
