"""Files that cannot be read: they are found and named, and nothing makes the check pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import as_others

if TYPE_CHECKING:
    from tests.support import Project

BY = as_others()
pytestmark = pytest.mark.skipif(BY is None, reason="root may read everything here, and setpriv is not installed")

SEEN = "prompts/secret.yaml:1:1: error PC001 the file cannot be read: permission denied\n  help: make the file"


@pytest.fixture
def locked(repository: Project) -> Project:
    """A repository with a good prompt, a bad one, and one that may not be read and is included by a fourth."""
    repository.prompt("good")
    repository.prompt("bad", "template: '{{nmae}}'\n")
    repository.prompt("includes", "template: '{{> secret}}'\n")
    repository.prompt("secret")
    repository.commit()
    (repository.root / "prompts/secret.yaml").chmod(0)
    repository.by = BY or ()
    return repository


def test_it_is_found_and_hides_nothing(locked: Project) -> None:
    result = locked.run("validate")
    assert result.status == 3
    assert SEEN in result.out
    assert "prompts/bad.yaml:4:14: error PC301" in result.out
    assert "2 prompts checked: 2 errors, 0 warnings; 2 prompts could not be checked" in result.err
    assert (
        "error: could not check prompts/secret.yaml: the file cannot be read: permission denied" in result.err.lower()
    )
    assert "error: could not check prompts/includes.yaml: " in result.err


def test_cached_result_of_an_unreadable_file_is_ignored(locked: Project) -> None:
    (locked.root / "prompts/secret.yaml").chmod(0o600)
    assert locked.run("validate", "secret").status == 0
    (locked.root / "prompts/secret.yaml").chmod(0)
    assert locked.run("validate", "secret").status == 3


@pytest.mark.parametrize(
    "arguments", [["--ignore", "PC001"], ["--ignore", "PC"], ["--select", "PC3"], ["--severity", "PC001=info"]]
)
def test_no_choice_of_rules_makes_it_pass(locked: Project, arguments: list[str]) -> None:
    result = locked.run("validate", "secret", *arguments)
    assert result.status == 3
    assert "could not check prompts/secret.yaml" in result.err
    assert ("PC001" in result.out) == (arguments[0] == "--severity")


def test_settings_of_its_path_suppress_the_finding_alone(locked: Project) -> None:
    locked.write("prompt-cli.toml", 'per-path-ignores = {"secret.yaml" = ["PC001"]}\n')
    result = locked.run("validate", "secret")
    assert (result.status, result.out) == (3, "")
    assert "1 suppressed" in result.err


def test_staged_content_of_an_unreadable_file_is_read(locked: Project) -> None:
    assert locked.run("validate", "--staged", "secret").status == 0


def test_includer_of_an_unreadable_file_can_be_checked_alone(locked: Project) -> None:
    result = locked.run("validate", "includes")
    assert (result.status, result.out) == (3, "")
    assert "could not check prompts/includes.yaml: " in result.err


@pytest.mark.parametrize("more", [[], ["--fix"]])
def test_rest_of_a_change_is_checked(locked: Project, more: list[str]) -> None:
    locked.prompt("good", "template: Hi!\n")
    result = locked.run("validate", "--against", "HEAD", "--json", *more)
    assert (result.status, [one["path"] for one in result.json["findings"]]) == (
        3,
        [*([] if more else ["prompts/good.yaml"]), "prompts/secret.yaml"],
    )
    why = "prompts/secret.yaml: the file cannot be read: permission denied"
    assert result.json["summary"]["unchecked"] == [why]
    ignoring = locked.run("validate", "--against", "HEAD", "--ignore", "PC001")
    assert ignoring.status == 3
    assert "prompts/secret.yaml" not in ignoring.out
    assert why in ignoring.err


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_fix_leaves_an_unreadable_file(locked: Project, option: str) -> None:
    result = locked.run("validate", option)
    assert result.status == 3
    assert "could not check prompts/secret.yaml" in result.err


def test_a_directory_that_may_not_be_read_is_named(repository: Project) -> None:
    repository.prompt("good")
    repository.prompt("locked/x")
    (repository.root / "prompts/locked").chmod(0)
    repository.by = BY or ()
    try:
        result = repository.run("validate")
    finally:
        (repository.root / "prompts/locked").chmod(0o700)
    assert result.status == 3
    assert "prompts/locked could not be read: permission denied" in result.err.lower()


@pytest.mark.parametrize(
    ("folder", "command"),
    [
        ("prompts", "list"),
        ("prompts", "validate"),
        ("prompts", "validate --staged"),
        ("prompts", "validate --against HEAD"),
        ("prompts", "diff"),
        ("prompts", "versions good"),
        ("prompts", "bump good"),
        ("prompts/sub", "list"),
        ("prompts/sub", "validate prompts/sub/x.yaml"),
        ("prompts/sub", "show sub/x"),
        (".git", "validate"),
        (".git", "versions good"),
    ],
)
def test_a_directory_that_may_not_be_entered_is_an_error(locked: Project, folder: str, command: str) -> None:
    locked.prompt("sub/x")
    (locked.root / folder).chmod(0)
    result = locked.run(*command.split())
    (locked.root / folder).chmod(0o700)
    assert (result.status, result.out) == (3, "")
    assert result.err.startswith("error: ")
    assert "permission denied" in result.err.lower()
