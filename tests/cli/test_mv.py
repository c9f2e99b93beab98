"""``mv``: renames a prompt and every include of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import InProcess

if TYPE_CHECKING:
    from pathlib import Path

IN_PROCESS = True

HEAD = "id: includer\nversion: 1.0.0\nformat: text\n"
CHAT = 'id: includer\nversion: 1.0.0\nformat: chat\nmessages:\n  - {role: system, content: "é \\"{{> tone}}\\" {{> tone}}"}\n'


@pytest.fixture
def project(tmp_path: Path) -> InProcess:
    (tmp_path / "project").mkdir()
    project = InProcess(tmp_path / "project")
    project.write(
        "prompts/tone.yaml", b"id: 'tone'  # a comment\r\nversion: 1.0.0\r\nformat: text\r\ntemplate: Hi!\r\n"
    )
    project.prompt("tones", "template: Others.\n")
    return project


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (f"{HEAD}template: '{{{{> tone}}}} {{{{~>  tone  a=\"tone\"~}}}} tone'\n", 2),
        (f"{HEAD}template: '{{{{> \"tone\"}}}} {{{{> [tone] }}}}'\n", 2),
        (
            f"{HEAD}# {{{{> tone}}}}\ntemplate: |\n  {{{{#> tone}}}}\n    x {{{{#> tone}}}}y{{{{/tone}}}}\n  {{{{/tone}}}}\n",
            4,
        ),
        (f"{HEAD}template: >\n  Folded\n  {{{{> tone}}}}\n\n  {{{{#if tone}}}}{{{{> tone}}}}{{{{/if}}}}\n", 2),
        (f"\ufeff{HEAD}template: |\n  {{{{> tone}}}}\n".replace("\n", "\r\n"), 1),
        (CHAT, 2),
        (f"{HEAD}template: '{{{{#*inline \"tone\"}}}}x{{{{/inline}}}}{{{{> tone}}}} {{{{> tones}}}}'\n", 0),
        (f"{HEAD}template: '{{{{> \"tone@1.0.0\"}}}}'\n", 1),
    ],
)
def test_only_the_name_changes(project: InProcess, content: str, count: int) -> None:
    project.write("prompts/includer.yaml", content)
    old = project.read("prompts/tone.yaml")
    dry = project.run("mv", "tone", "shared/voice", "--dry-run")
    assert (project.read("prompts/tone.yaml"), project.read("prompts/includer.yaml")) == (old, content.encode())
    result = project.run("mv", "tone", "shared/voice")
    assert (result.status, result.out) == (0, dry.out), result.err
    assert result.out == "prompts/shared/voice.yaml\n" + ("prompts/includer.yaml\n" if count else "")
    assert project.read("prompts/shared/voice.yaml") == old.replace(b"'tone'", b"'shared/voice'")
    assert not (project.root / "prompts/tone.yaml").exists()
    edited = project.read("prompts/includer.yaml").decode()
    assert edited.count("shared/voice") == count
    assert edited.replace("shared/voice", "tone") == content


def test_a_name_that_needs_brackets_gets_them(project: InProcess) -> None:
    project.prompt("includer", "template: '{{> tone}} {{#> tone}}x{{/tone}} {{> \"tone\"}}'\n")
    assert project.run("mv", "tone", "2/true").status == 0
    assert b"'{{> [2/true]}} {{#> [2/true]}}x{{/[2/true]}} {{> \"2/true\"}}'" in project.read("prompts/includer.yaml")
    assert project.run("render", "includer").out == "Hi! Hi! Hi!"


@pytest.mark.parametrize(
    ("arguments", "includer", "message", "status"),
    [
        (["tone", "tones"], "", "prompt 'tones' already exists", 3),
        (["nope", "x"], "", "unknown prompt 'nope'", 3),
        (["tone", "tone"], "", "already has the id 'tone'", 2),
        (["tone", "../x"], "", "is not in the prompt directory", 3),
        (["tone", "x"], f"{HEAD}template: '{{{{> tone}}}} {{{{#if a}}}}'\n", "prompts/includer.yaml:4:", 1),
        (["tone", "x"], f"{HEAD}template: ['{{{{> tone}}}}\n", "prompts/includer.yaml:4:", 1),
        (["tone", "x"], f'{HEAD}template: "{{{{> \\x74one}}}}"\n', "cannot be changed in place", 3),
    ],
)
def test_refusals_write_nothing(
    project: InProcess, arguments: list[str], includer: str, message: str, status: int
) -> None:
    if includer:
        project.write("prompts/includer.yaml", includer)
    before = {path: path.read_bytes() for path in project.root.rglob("*.yaml")}
    result = project.run("mv", *arguments)
    assert (result.status, result.out) == (status, ""), result.err
    assert message in result.err
    assert before == {path: path.read_bytes() for path in project.root.rglob("*.yaml")}


def test_a_pin_of_a_version_that_no_commit_has_moves_with_the_file(repository: InProcess) -> None:
    repository.prompt("tone", "template: Hi!\n")
    repository.commit()
    repository.prompt("tone", "template: Hello!\n", "1.1.0")
    repository.prompt("top", 'template: \'{{> "tone@1.0.0"}} {{> "tone@1.1.0"}}\'\n')
    result = repository.run("mv", "tone", "voice", "--json").json
    assert (result["includers"], result["pinned"]) == (["top"], ["top"])
    assert b'\'{{> "tone@1.0.0"}} {{> "voice@1.1.0"}}\'' in repository.read("prompts/top.yaml")
    assert repository.run("render", "top").out == "Hi! Hello!"
    repository.commit()
    assert repository.run("render", "top").out == "Hi! Hello!"


def test_pins_and_former_versions_stay_reachable(project: InProcess) -> None:
    project.prompt("pinned", "template: '{{> \"tone@1.0.0\"}}'\n")
    project.prompt("includer", "template: '{{> tone}}'\n")
    project.git("init", "-q", "-b", "main")
    project.commit("First")
    result = project.run("mv", "tone", "voice", "--json")
    assert result.json == {
        "schema": 1,
        "old": "tone",
        "new": "voice",
        "path": "prompts/voice.yaml",
        "includers": ["includer"],
        "pinned": ["pinned"],
        "written": True,
    }
    assert project.run("bump", "includer").status == 0  # as the command advises
    project.commit("Rename")
    for target in ("tone@1.0.0", "pinned", "includer", "includer@1.0.0", "voice@1.0.0"):
        assert project.run("render", target).out == "Hi!", target
    assert [one["version"] for one in project.run("versions", "voice", "--json").json["versions"]] == ["1.0.0"]
    assert project.run("diff", "--against", "HEAD~1", "--direct", "--stat").out.splitlines()[2:3] == [
        "tone -> voice  renamed, no change that needs a bump"
    ]
    assert project.run("validate", "--against", "HEAD~1").status == 0


def test_advice_names_versions_and_bumps_of_committed_prompts_alone(project: InProcess) -> None:
    def moved(old: str, new: str) -> list[str]:
        renamed, *advice = project.run("mv", old, new).err.splitlines()
        assert renamed.startswith(f"renamed {old} -> {new}")
        return advice

    project.prompt("includer", "template: '{{> tone}} {{> \"tone@0.9.0\"}}'\n")
    assert moved("tone", "a") == ["includer: the pins of tone stay; no version of tone is committed"]
    project.git("init", "-q", "-b", "main")
    assert moved("a", "b") == []
    project.commit()
    assert moved("b", "c") == [
        "the text of these prompts changed: `prompt-cli bump includer`",
        "committed versions stay reachable as b@VERSION; c has its own from the next commit on",
    ]
    assert moved("c", "d") == ["the text of these prompts changed: `prompt-cli bump includer`"]
