"""Checks of random files end without a traceback, and findings point into the file."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from prompt_cli import InMemoryStorage, PromptRegistry
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.workspace import Workspace

ROOT = Path(__file__).parent.parent.parent / "prompts"
PROMPTS = [path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.yaml"))]
PARTIALS = {
    path.relative_to(ROOT).with_suffix("").as_posix(): path.read_bytes() for path in (ROOT / "shared").glob("*.yaml")
}
HEAD = "id: x\nversion: 1.0.0\nformat: text\n"
VARIABLES = "variables:\n  name: {type: string}\n  list: {type: array}\n  user: {type: object}\n"
LINE_END = re.compile(r"\r\n?|\n")
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Text with a meaning in YAML, in Handlebars, or for a rule.
PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{{{",
        "{{#",
        "{{/",
        "{{>",
        "{{else}}",
        "{{#if",
        "{{/if}}",
        "{{#each",
        "{{/each}}",
        "as",
        "|a",
        "b|",
        "name",
        "user.name",
        "../name",
        "@root",
        "this",
        "~",
        "\\",
        "\\{{",
        "${name}",
        "{name}",
        "{%name%}",
        "`",
        "```",
        "$",
        "$$",
        "\\(",
        "\\)",
        ":",
        "-",
        "#",
        "&",
        "*",
        "!",
        "|",
        ">",
        "'",
        '"',
        "[",
        "]",
        ",",
        "---",
        "...",
        "?",
        "%",
        "@",
        "token=a8Kd93kLq0",
        "AKIA",
        "eyJ",
        "\u200b",
        "\u202e",
        "\U000e0041",
        "🏴",
        "️",
        "\u2028",
        "\ufeff",
        "\x00",
        "é",
        "😀",
        "�",
        "true",
        "null",
        "1",
        "(eq",
        "(",
    ]
) | st.sampled_from([" ", "\n", "  ", "\t", "\r\n", "\r"])
NOISE = st.lists(PIECES, max_size=30).map("".join)


def assert_pointed(content: bytes) -> None:
    storage = InMemoryStorage({"x": content, **PARTIALS})
    report = asyncio.run(PromptChecker(Workspace(PromptRegistry(storage))).check(["x"]))
    lines = LINE_END.split(content.decode("utf-8", "replace").removeprefix("\ufeff"))
    for finding in report.findings:
        line, column, end_line, end_column = finding.region
        assert (line, column) <= (end_line, end_column), finding
        assert 1 <= line <= end_line <= len(lines), finding
        assert 1 <= column <= len(lines[line - 1]) + 1, finding
        assert 1 <= end_column <= len(lines[end_line - 1]) + 1, finding
        assert finding.message, finding
        assert finding.path in report.sources


def bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@quick
@given(st.binary(max_size=300))
def test_random_bytes(content: bytes) -> None:
    assert_pointed(content)


@quick
@example("&\r\n")
@given(NOISE)
def test_random_pieces(text: str) -> None:
    assert_pointed(bytes_of(text))


@quick
@given(NOISE)
def test_random_templates(text: str) -> None:
    body = "".join(f"  {line}\n" for line in LINE_END.split(text))
    assert_pointed(bytes_of(f"{HEAD}{VARIABLES}template: |\n{body}"))


@quick
@given(NOISE)
def test_random_quoted_templates(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert_pointed(bytes_of(f'{HEAD}{VARIABLES}template: "{quoted}"\n'))


@quick
@given(
    st.sampled_from(PROMPTS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), NOISE), min_size=1, max_size=4)
)
def test_mutated_prompts(text: str, edits: list[tuple[float, int, str]]) -> None:
    """Each edit takes some characters out at a place and puts others in."""
    text = re.sub(r"^id: .*$", "id: x", text, count=1, flags=re.MULTILINE)
    for where, removed, added in edits:
        at = int(where * len(text))
        text = text[:at] + added + text[at + removed :]
    assert_pointed(bytes_of(text))


@quick
@given(st.sampled_from(PROMPTS), st.integers(0, 40), st.integers(0, 40))
def test_lines_that_change_places(text: str, first: int, second: int) -> None:
    lines = text.splitlines(keepends=True)
    first, second = first % len(lines), second % len(lines)
    lines[first], lines[second] = lines[second], lines[first]
    assert_pointed(bytes_of("".join(lines)))
