"""``diff`` without a target: changes since HEAD, renames, and line endings that git converts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support import InProcess

if TYPE_CHECKING:
    from pathlib import Path

IN_PROCESS = True

LONG = "template: |\n  Answer the customer in two sentences.\n  Be kind.\n  Sign with {{name}}.\n"
LONG_BODY = f"variables: {{name: {{type: string}}}}\n{LONG}"


@pytest.fixture
def committed(repository: InProcess) -> InProcess:
    for prompt_id in ("kept", "edited", "gone"):
        repository.prompt(prompt_id, f"template: This is {prompt_id}.\n")
    repository.prompt("old", LONG_BODY)
    repository.prompt("includer", "variables: {name: {type: string}}\ntemplate: '{{> old}}'\n")
    repository.commit()
    return repository


def test_everything_that_changed_is_shown_with_a_line_each(committed: InProcess) -> None:
    assert committed.run("diff", "--exit-code", "--staged")[:2] == (0, b"")
    for prompt_id in ("gone", "old"):
        (committed.root / f"prompts/{prompt_id}.yaml").unlink()
    committed.prompt("edited", "template: Better.\n", "1.0.1")
    committed.prompt("fresh", "template: New here.\n")
    committed.prompt("moved", LONG_BODY.replace("Be kind", "Be short"), "1.0.1")
    committed.prompt("includer", "variables: {name: {type: string}}\ntemplate: '{{> moved}}'\n", "1.0.1")
    stat = (
        "PROMPT        VERDICT\n"
        "edited        patch: 1.0.0 -> 1.0.1 is enough\n"
        "fresh         added (1.0.0)\n"
        "gone          deleted (it was 1.0.0)\n"
        "includer      patch: 1.0.0 -> 1.0.1 is enough\n"
        "old -> moved  patch: 1.0.0 -> 1.0.1 is enough\n"
        "\n"
        "5 prompts changed: 3 patch, 1 added, 1 deleted\n"
    )
    assert committed.run("diff", "--stat", "--exit-code")[:2] == (1, stat.encode())
    assert committed.run("diff", "--stat", "--staged").out == ""
    assert "old -> moved (HEAD -> working tree)\n" in committed.run("diff").out
    committed.git("add", "-A")
    assert committed.run("diff", "--stat", "--staged").out == stat
    listed = committed.run("diff", "--json", "--staged").json
    assert listed["prompts"] == committed.run("diff", "--json", "--staged", "--against", "HEAD").json["prompts"]
    assert [one["renamed_from"] for one in listed["prompts"]] == [None, None, None, None, "old"]
    assert "old\n" not in committed.run("diff", "--rendered", "--var", "name=Ada").err


def test_a_broken_link_could_not_be_compared(committed: InProcess) -> None:
    (committed.root / "prompts/link.yaml").symlink_to("nowhere")
    result = committed.run("diff")
    assert (result.status, "link    could not compare: the file is a broken link" in result.out) == (3, True), result


@pytest.mark.parametrize("option", ["--json", "--rendered", "--output-format=markdown"])
def test_stat_is_text(committed: InProcess, option: str) -> None:
    result = committed.run("diff", "--stat", option)
    assert (result.status, result.out) == (2, "")
    assert "--stat" in result.err


def test_a_renamed_prompt_has_an_own_word(committed: InProcess) -> None:
    content = committed.read("prompts/gone.yaml").replace(b"id: gone", b"id: left")
    (committed.root / "prompts/gone.yaml").unlink()
    committed.write("prompts/left.yaml", content)
    assert committed.run("diff", "--stat").out == (
        "PROMPT        VERDICT\ngone -> left  renamed, no change that needs a bump\n\n1 prompt changed: 1 renamed\n"
    )


def test_converted_line_endings_are_not_a_difference(committed: InProcess, tmp_path: Path) -> None:
    windows = InProcess(tmp_path / "windows")
    committed.git("clone", "-q", "-c", "core.autocrlf=true", str(committed.root), str(windows.root))
    assert b"\r\n" in windows.read("prompts/kept.yaml")
    for stale in (False, True):  # the index knows the files as clean, then by their old time alone
        if stale:
            for file in (windows.root / "prompts").iterdir():
                os.utime(file, (1, 1))
        assert windows.run("diff", "--exit-code")[:2] == (0, b"")
        for revision in ([], ["1.0.0"], [":staged"]):
            assert windows.run("diff", "kept", *revision).out == "unchanged\n"
    windows.git("config", "core.autocrlf", "false")
    assert windows.run("diff", "--stat").out.startswith("PROMPT    VERDICT\nedited    no change that needs a bump\n")
    assert windows.run("diff", "kept").out != "unchanged\n"


def test_a_cascade_of_includers_is_one_block(repository: InProcess) -> None:
    repository.prompt("part")
    for name in ("a", "b", "c"):
        repository.prompt(name, f"template: '{name} {{{{> part}}}}'\n", "2.0.0" if name == "c" else "1.0.0")
    repository.commit()
    repository.prompt("part", "template: Bye!\n")
    text = repository.run("diff").out
    assert text.count("the text of partial 'part' was changed") == 2
    assert "a, b (HEAD -> working tree)\n" in text
    assert "\nc (HEAD -> working tree)\n" in text
    assert "4 prompts changed" in text
