"""A prompt directory that moved keeps the versions of its prompts: `former-directories` in the settings."""

from __future__ import annotations

import pytest

from tests.support import InProcess, Project

IN_PROCESS = True

SETTINGS = 'directory = "data/prompts"\nformer-directories = ["patterns", "prompts"]\n'


def write(project: Project, prompt_id: str, text: str, version: str = "1.0.0") -> None:
    project.prompt(prompt_id, f"template: {text}\n", version)
    (project.root / f"data/prompts/{prompt_id}.yaml").parent.mkdir(parents=True, exist_ok=True)
    (project.root / f"prompts/{prompt_id}.yaml").replace(project.root / f"data/prompts/{prompt_id}.yaml")


@pytest.fixture
def moved(repository: Project) -> Project:
    """`shared/tone` from 1.0.0 to 1.0.1 in `prompts`, then moved with its includer; committed in three commits."""
    repository.prompt("shared/tone", "template: Be kind.\n")
    repository.prompt("greet", "template: '{{> \"shared/tone@1.0.0\"}} Hello! {{> shared/tone}}'\n")
    repository.commit()
    repository.prompt("shared/tone", "template: Be brief.\n", "1.0.1")
    repository.commit()
    repository.write("data/.keep", "")
    repository.git("mv", "prompts", "data/prompts")
    repository.write("prompt-cli.toml", SETTINGS)
    repository.commit()
    return InProcess(repository.root)


def test_versions_and_pins_are_found_in_the_former_directory(moved: Project) -> None:
    for target, text in {
        "greet": "Be kind. Hello! Be brief.",
        "shared/tone@1.0.0": "Be kind.",
        "shared/tone@~1.0.0": "Be brief.",
        "shared/tone@HEAD~2": "Be kind.",
        "greet@HEAD~2": "Be kind. Hello! Be kind.",
        "greet@1.0.0": "Be kind. Hello! Be brief.",
    }.items():
        assert moved.run("render", target).out == text, target
    listed = moved.run("versions", "shared/tone", "--json").json["versions"]
    assert [(one["version"], one["contents"]) for one in listed] == [("1.0.1", 1), ("1.0.0", 1)]
    assert moved.run("validate").status == 0
    write(moved, "shared/tone", "Be kind, brief.")
    result = moved.run("bump", "shared/tone", "1.0.1")
    assert (result.status, "1.0.1: it was committed before" in result.err) == (1, True), result
    assert moved.run("bump", "shared/tone").out.startswith("shared/tone: 1.0.0 -> 1.0.2\n")


@pytest.mark.parametrize(
    ("text", "version", "needed"),
    [("Be kind.", "1.0.0", "1.0.2"), ("Be.", "1.0.1", "1.0.2"), ("Be brief.", "1.0.1", "")],
)
def test_a_bump_counts_from_before_the_move(moved: Project, text: str, version: str, needed: str) -> None:
    write(moved, "shared/tone", text, version)
    assert moved.run("bump", "shared/tone", "-n", "--json").json["prompts"][0]["to"] == (needed or version)


def test_a_change_is_compared_across_the_move(moved: Project) -> None:
    write(moved, "shared/tone", "Be friendly.", "1.0.1")
    for ref in ("HEAD", "HEAD~1", "HEAD~2"):
        compared = moved.run("diff", "--against", ref, "--json").json["prompts"]
        assert {one["id"]: one["verdict"] for one in compared}["shared/tone"] == (
            "suffices" if ref == "HEAD~2" else "too-low"
        )
    (moved.root / "data/prompts/shared/tone.yaml").unlink()
    write(moved, "shared/voice", "Be brief.", "1.0.1")
    for ref in ("HEAD", "HEAD~1"):
        assert "shared/tone -> shared/voice  renamed" in moved.run("diff", "--against", ref, "--stat").out


def test_staged_prompts_are_compared_across_the_move(moved: Project) -> None:
    moved.git("reset", "-q", "--soft", "HEAD~1")
    assert moved.run("validate", "--staged").status == 0
    write(moved, "shared/tone", "Be friendly.", "1.0.1")
    moved.git("add", "-A")
    found = moved.run("validate", "--staged", "--json").json["findings"]
    assert [(one["code"], one["path"]) for one in found] == [
        ("PC505", "data/prompts/greet.yaml"),
        ("PC501", "data/prompts/shared/tone.yaml"),
    ]
    compared = moved.run("diff", "--staged", "--json").json["prompts"]
    assert {one["id"]: one["verdict"] for one in compared} == {"greet": "too-low", "shared/tone": "too-low"}


@pytest.mark.parametrize("value", ['"prompts"', '["../x"]', '["/x"]', "[1]"])
def test_setting_must_be_a_path_below_the_project(repository: Project, value: str) -> None:
    repository.write("prompt-cli.toml", f"former-directories = {value}\n")
    result = repository.run("list")
    assert (result.status, "'former-directories' must be " in result.err) == (2, True), result
