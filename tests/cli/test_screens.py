"""Screens: the output of commands on terminals of 80 and 120 columns.

The files in ``golden/screens`` hold both, and the colors of the narrow one as Rich markup.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Golden, InProcess

IN_PROCESS = True
SCREENS = Path(__file__).parent / "golden/screens"
WIDTHS = 80, 120

TRIAGE = """\
id: support/triage
version: 1.0.0
format: chat
description: Sort an incoming ticket and draft a first answer, in the tone that the customer chose with the contract.
tags: [support]
variables:
  customer: {type: string, description: Name as the customer signs}
  tone: {type: string, enum: [formal, friendly], default: friendly}
messages:
  - role: system
    content: |
      {{> tone}}
      Answer customers of a shop in {{tone}} words. Keep it short; promise no refund without asking a colleague first.
  - role: user
    content: "From {{customer}}: [bold]where[/bold] is my parcel? :smile:"
"""
LONG_ID = "support/escalation/second-level/answer-to-an-angry-customer"
AUTHOR = "Maximiliane Freifrau von und zu Hohenschwangau"

COMMANDS = {
    "list": "list",
    "versions": "versions support/triage",
    "show": "show support/triage",
    "rule": "rule PC302",
    "rules": "rule PC30",
    "diff": "diff",
    "diff-one": "diff support/triage",
    "diff-rendered": f"diff {LONG_ID} --rendered",
    "diff-stat": "diff --stat",
    "diff-unified": "diff support/triage --output-format unified",
    "bump": f"bump {LONG_ID} minor --dry-run",
    "validate": "validate",
    "validate-change": "validate --against HEAD",
    "validate-fixes": "validate --diff",
    "validate-good": "validate tone",
    "init": "init --directory new-WIDTH",
    "error-id": "show support/tirage",
    "error-option": "render support/triage --output-format messges",
    "error-command": "rendr support/triage",
    "error-variable": "render support/triage",
    "error-file": "render broken",
    "error-version": "render support/triage@3.0.0",
}


@pytest.fixture
def desk(repository: InProcess) -> InProcess:
    """A repository of a support desk: a long id, a long author, a broken prompt and a breaking change."""
    repository.environment |= {"GIT_AUTHOR_NAME": AUTHOR}
    repository.write("prompts/support/triage.yaml", TRIAGE)
    repository.prompt("tone", "description: One tone for all.\ntemplate: Be kind.\n", "0.3.1")
    repository.prompt(LONG_ID, "description: Calm down whom nothing else calmed down before.\ntemplate: Breathe.\n")
    repository.commit("Draft the first answer to an incoming ticket, in the tone that the customer chose")
    repository.write(
        "prompts/support/triage.yaml", TRIAGE.replace("1.0.0", "1.1.0").replace("Keep it short", "Be brief")
    )
    repository.commit("Be brief [red]in[/red] answers :tada:")
    changed = TRIAGE.replace("1.0.0", "1.1.0").replace("Keep it short", "Be brief").replace(" in {{tone}} words", "")
    repository.write("prompts/support/triage.yaml", re.sub(".*tone: {.*\n", "", changed))
    repository.prompt("tone", "description: One tone for all.\ntemplate: Be very kind.\n", "0.3.1")
    repository.prompt(
        "wrong", f'variables: {{name: {{type: string}}}}\ntemplate: "{"Hello " * 20}{{{{nam}}}} \\u200b"\n'
    )
    repository.write("prompts/broken.yaml", "id: broken\nversion: 1.0.0\nformat: [text\ntemplate: Hello\n")
    repository.write("prompts/moved.yaml", "id: elsewhere\nversion: 1.0.0\nformat: text\ntemplate: Hello\n")
    return repository


@pytest.mark.parametrize("name", COMMANDS)
def test_screen_equals_its_golden_file(desk: InProcess, golden: Golden, name: str) -> None:
    from rich.text import Text

    narrow, wide = (
        desk.screen(*shlex.split(COMMANDS[name].replace("WIDTH", str(width))), columns=width).removesuffix("\n")
        for width in WIDTHS
    )  # releases of Rich differ about a line break at the end
    screens = [Text.from_ansi(screen).plain for screen in (narrow, wide)]
    if name not in {"show", "diff-unified", "validate-fixes", "init"}:  # lines of files are not wrapped
        for screen, width in zip(screens, WIDTHS, strict=True):
            assert max(map(len, screen.splitlines())) <= width
    rules = [f"{'─' * 30} {width} columns\n" for width in WIDTHS]
    parts = [rules[0], screens[0], f"\n{rules[1]}", screens[1], "\n─── colors\n", Text.from_ansi(narrow).markup]
    golden.check(SCREENS / f"{name}.txt", "".join(parts).replace(str(desk.root), "ROOT") + "\n")


def test_wide_characters_and_tabs_fit(repository: InProcess) -> None:
    from rich.cells import cell_len

    old, new = "日本語 word\\t" * 40, "日本語 words\\t" * 40
    body = f"description: {'日本語' * 30}\ntemplate: "
    repository.prompt("x", f'{body}"{old}"\n')
    repository.commit()
    repository.prompt("x", f'{body}"{new}{{{{x}}}}{new}"\n')
    for command in ("diff", "list", "validate"):
        shown = repository.screen(command, "--color", "never")
        assert max(map(cell_len, shown.splitlines())) <= 80, shown
        assert "日本語" in shown
        for columns in (0, 1, 2, 9):
            assert "defect" not in repository.screen(command, columns=columns)


def test_location_keeps_its_style_in_a_wrapped_line(repository: InProcess) -> None:
    directory = "/".join(["a-directory-with-a-long-name"] * 3)
    repository.prompt(f"{directory}/x", "template: '{{y}}'\n")
    first, second, *_ = repository.screen("validate").splitlines()
    assert first.startswith("\x1b[1mprompts/a-directory")
    assert second.startswith("  \x1b[1m")
    assert "\x1b[1;31merror\x1b[0m \x1b[1mPC301\x1b[0m" in second


def test_text_of_others_is_neither_markup_nor_an_escape(repository: InProcess) -> None:
    hostile = "[/red] [bold]x[/bold] \x1b]0;owned\x07\x9b31m :smile:"
    escaped = "[/red] [bold]x[/bold] \\x1b]0;owned\\x07\\x9b31m :smile:"
    in_yaml = hostile.encode("unicode_escape").decode()
    repository.environment |= {"GIT_AUTHOR_NAME": "[bold]\x1b[31mA"}
    repository.prompt("x", f'description: "{in_yaml}"\ntags: ["{in_yaml}"]\ntemplate: "{in_yaml}"\n')
    repository.commit(hostile)
    repository.prompt("x", f'description: "{in_yaml}"\ntemplate: "{in_yaml} {{{{nope}}}}"\n')
    for command in ("list", "versions x", "show x", "diff x", "diff", "validate", "render x", f"show '{hostile}'"):
        shown = repository.screen(*shlex.split(command), columns=200, environment={"NO_COLOR": "1"})
        assert not {"\x1b", "\x07", "\x9b"} & set(shown), command
        assert escaped in shown or command in {"render x", "validate"}, command
