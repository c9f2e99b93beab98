from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from prompt_cli.changes.comparison import PromptComparison, Side
from prompt_cli.domain.change import Change, ChangeKind
from prompt_cli.domain.version import Level
from prompt_cli.reporting.comparison_markdown import comparisons_markdown
from prompt_cli.reporting.comparison_text import comparison_blocks, comparison_lines
from prompt_cli.reporting.terminal import UNSAFE, StyledText, plain_text
from tests.reporting.comparisons import (
    DESCRIPTION_CHANGED,
    TEXT_CHANGED,
    VARIABLE_REMOVED,
    broken,
    change,
    chat,
    compared,
    prompt,
)

BEFORE = "You answer for {{company}}.\n1\n2\n3\n4\nDear {{customer}},\nwe are  sorry.\nBye\n"
AFTER = "You answer for {{company}}.\n1\n2\n3\n4\nDear {{client}},\nwe are sorry.\nBye\nP.S.\n"
EDITED = compared(
    prompt(BEFORE),
    prompt(AFTER, "1.3.0"),
    DESCRIPTION_CHANGED,
    TEXT_CHANGED,
    change(ChangeKind.MODEL_CHANGED, "model.name", "small", "large", "the model changed"),
    VARIABLE_REMOVED,
    change(ChangeKind.ENUM_WIDENED, "variables.tone.enum", ["formal"], ["formal", "terse"], "terse is allowed too"),
    change(ChangeKind.VARIABLE_ADDED, "variables.client", None, {"type": "string"}, "a required variable was added"),
)


def comparison_text(comparison: PromptComparison) -> str:
    return plain_text([tuple(comparison_lines(comparison))])


def report_text(comparisons: list[PromptComparison]) -> str:
    return plain_text(comparison_blocks(comparisons))


def text(written: str) -> str:
    return dedent(written).removeprefix("\n")


CASES: dict[str, tuple[PromptComparison, str]] = {
    "edited": (
        EDITED,
        """
        breaking: needs a major bump; version says minor (1.2.0 -> 1.3.0)

        Signature
          - major  variables.customer: the variable was removed
                   {"type": "string"}
          ~ minor  variables.tone.enum: terse is allowed too
                   ["formal"] -> ["formal", "terse"]
          + major  variables.client: a required variable was added
                   {"type": "string"}

        Settings and messages
          ~ minor  model.name: the model changed
                   "small" -> "large"

        Text
          ~ patch  template: the text changed
        template
        @@ -3,6 +3,7 @@
          2
          3
          4
        ~ Dear [-{{customer}}-]{+{{client}}+},
        ~ we are[-  -]{+ +}sorry.
        \\ whitespace only
          Bye
        + P.S.

        Documentation
          ~ none   description: the description changed
                   "old" -> "new"
        """,
    ),
    "unchanged": (compared(prompt(), prompt()), "unchanged\n"),
    "whitespace only": (
        compared(prompt("Hello  you"), prompt("Hello you\n", "1.2.1"), TEXT_CHANGED),
        """
        patch: 1.2.0 -> 1.2.1 is enough

        Text
          ~ patch  template: the text changed
        template (whitespace only)
        @@ -1 +1 @@
        ~ Hello[-  -]{+ +}you
        \\ only the new text ends with a newline
        """,
    ),
    "the last newline alone": (
        compared(prompt("Hello\n"), prompt("Hello"), TEXT_CHANGED),
        """
        patch: needs a patch bump; version is still 1.2.0

        Text
          ~ patch  template: the text changed
        template (whitespace only)
        \\ only the old text ends with a newline
        """,
    ),
    "the version alone": (
        compared(prompt(), prompt(version="1.3.0")),
        """
        no change that needs a bump; version says minor (1.2.0 -> 1.3.0)

        Text
        file
        @@ -1,4 +1,4 @@
          id: support/triage
        ~ version: [-1.2.0-]{+1.3.0+}
          format: text
          ('template',): 'Hello!\\n'
        """,
    ),
    "added": (
        compared(None, prompt("Hello {{a}}\n", variables={"a": {"type": "string", "default": "x", "sensitive": True}})),
        """
        added (1.2.0)

        Signature
          variables.a: string, optional

        Text
        template, added
        @@ -0,0 +1 @@
        + Hello {{a}}
        """,
    ),
    "deleted": (
        compared(prompt("Hello\n", variables={"a": {"type": "integer"}}), None),
        """
        deleted (it was 1.2.0)

        Signature
          variables.a: integer

        Text
        template, removed
        @@ -1 +0,0 @@
        - Hello
        """,
    ),
    "broken": (
        broken(b"id: support/triage\nversion: [\nformat: text\n"),
        """
        could not compare: line 1: the list is not closed

        Text
        file
        @@ -1,4 +1,3 @@
          id: support/triage
        ~ version: [-1.2.0-]{+[+}
          format: text
        - ('template',): 'Hello!\\n'
        """,
    ),
    "messages": (
        compared(
            chat(("system", "Be brief.\n"), ("user", "{{a}}\n"), ("assistant", "Yes.\n"), ("user", "Go on.\n")),
            chat(("system", "Be very brief.\n"), ("user", "{{a}}\n"), ("user", "Go on.\n"), ("user", "Now.\n")),
            change(ChangeKind.MESSAGES_REORDERED, "messages", None, None, "the messages were reordered"),
        ),
        """
        breaking: needs a major bump; version is still 1.2.0

        Settings and messages
          ~ major  messages: the messages were reordered

        Text
        messages[0] (system)
        @@ -1 +1 @@
        ~ Be {+very +}brief.
        messages[2] (assistant), removed
        @@ -1 +0,0 @@
        - Yes.
        messages[3] (user), added
        @@ -0,0 +1 @@
        + Now.
        """,
    ),
    "a partial alone": (
        compared(
            prompt(),
            prompt(),
            Change(ChangeKind.PARTIAL_CHANGED, Level.PATCH, ("template",), "a", "b", "the partial shared/tone changed"),
        ),
        """
        patch: needs a patch bump; version is still 1.2.0

        Text
          ~ patch  template: the partial shared/tone changed
        """,
    ),
    "spaces at the end of a line": (
        compared(prompt("a\n \nb\n"), prompt("a\nb\nquite new \n"), TEXT_CHANGED),
        """
        patch: needs a patch bump; version is still 1.2.0

        Text
          ~ patch  template: the text changed
        template
        @@ -1,3 +1,3 @@
          a
        - \\x20
          b
        + quite new\\x20
        """,
    ),
    "what is not seen": (
        compared(prompt("a\u200bb\n    c\n"), prompt("ab\n\tc\n"), TEXT_CHANGED),
        """
        patch: needs a patch bump; version is still 1.2.0

        Text
          ~ patch  template: the text changed
        template
        @@ -1,2 +1,2 @@
        - a\\u200bb
        + ab
        ~ [-    -]{+\\t+}c
        \\ whitespace only
        """,
    ),
}


@pytest.mark.parametrize(("comparison", "expected"), CASES.values(), ids=CASES)
def test_text(comparison: PromptComparison, expected: str) -> None:
    assert comparison_text(comparison) == text(expected)


def test_many_prompts_have_headings_and_a_count() -> None:
    low = compared(prompt(), prompt(), VARIABLE_REMOVED)
    assert report_text([low, compared(prompt(), prompt()), compared(None, prompt("Hi\n"))]) == text(
        """
        PROMPT          VERDICT
        support/triage  breaking: needs a major bump; version is still 1.2.0
        support/triage  added (1.2.0)

        2 prompts changed: 1 breaking, 1 added; 1 version is too low

        support/triage (HEAD -> working tree)
        breaking: needs a major bump; version is still 1.2.0

        Signature
          - major  variables.customer: the variable was removed
                   {"type": "string"}

        support/triage (HEAD -> working tree)
        added (1.2.0)

        Text
        template, added
        @@ -0,0 +1 @@
        + Hi
        """
    )
    assert report_text([]) == "no prompt changed\n"


def test_the_styles_of_changed_words() -> None:
    lines = list(comparison_lines(EDITED))
    assert (
        StyledText("~", "warning"),
        StyledText(" "),
        StyledText("Dear "),
        StyledText("[-{{customer}}-]", "old"),
    ) in [line[:4] for line in lines]


def test_a_pipe_breaks_no_line() -> None:
    long = "word " * 500
    shown = comparison_text(compared(prompt(long), prompt(long + "end"), TEXT_CHANGED))
    assert f"~ {long}{{+end+}}\n" in shown


def test_line_ends_are_noted_once() -> None:
    old = prompt()
    sides = Side("HEAD", "a", b"a\r\nb\r\n"), Side("working tree", "a", b"a\nc\n")
    shown = comparison_text(PromptComparison("a", *sides, old, old))
    assert shown.partition("Text\n")[2] == "file, line ends CRLF -> LF\n@@ -1,2 +1,2 @@\n  a\n- b\n+ c\n"


@pytest.mark.parametrize(
    "variables",
    [
        {"key": {"type": "string", "default": "hunter2", "sensitive": True}},
        {
            "a": {
                "type": "array",
                "items": {"type": "object", "properties": {"b": {"type": "string", "sensitive": True}}},
            }
        },
    ],
)
def test_a_file_that_may_hold_secrets_is_not_shown(variables: dict[str, Any]) -> None:
    old, new = prompt(variables=variables), prompt(version="1.2.1", variables=variables)
    for found in (compared(old, new), broken()._replace(old_prompt=old)):
        shown = comparison_text(found)
        assert shown.partition("Text\n")[2] == "file, not shown: it has sensitive variables\n"
        assert "not shown" in comparisons_markdown([found])
        assert "```" not in comparisons_markdown([found])


HOSTILE = "[/INST] [bold]x[/bold] \x1b]0;owned\x07\x1b[2J \u202egnp.exe \x9b31m \r{{!-- --}}"


def test_text_of_others_is_neither_markup_nor_obeyed() -> None:
    prompts = (prompt(f"a\n{HOSTILE}\nb\n"), prompt(f"{HOSTILE} more\nb\n", "1.2.1"))
    found = Change(ChangeKind.MODEL_CHANGED, Level.MINOR, ("metadata", HOSTILE + "\n"), HOSTILE, "\n", HOSTILE + "\n")
    one = compared(*prompts, found, TEXT_CHANGED)._replace(id=f"a\n{HOSTILE}")
    two = one._replace(problem=f"line 1\n{HOSTILE}", new=Side(HOSTILE + "\n", HOSTILE, None))
    for shown in (
        comparison_text(one),
        report_text([one, two, broken(HOSTILE.encode())]),
    ):
        assert not UNSAFE & set(shown)
        assert "[/INST] [bold]x[/bold] \\x1b]0;owned\\x07\\x1b[2J \\u202egnp.exe" in shown
    assert len(report_text([two]).split("\n")) == len(report_text([two._replace(id="a")]).split("\n"))
