"""A change is checked in the prompt directory of its old side; a moved one is followed, with a notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import InProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support import Project

GOOD = "id: {id}\nversion: 1.0.0\nformat: text\ntemplate: Hello!\n"
OTHER = 'directory = "other"\n'
PYPROJECT = '[tool.prompt-cli]\ndirectory = "other"\n'
SAID = "the prompt directory is now"


@pytest.fixture
def branch(repository: Project) -> InProcess:
    """A branch `work` at `main`, where `prompts` has two prompts."""
    repository.prompt("a", "template: Hello!\n")
    repository.prompt("b", "template: Bye!\n")
    repository.write("sub/readme.txt", "text")
    repository.commit()
    repository.git("checkout", "-q", "-b", "work")
    return InProcess(repository.root)


def edit(project: Project, directory: str = "prompts") -> None:
    """Change a prompt without a bump."""
    path = f"{directory}/a.yaml"
    project.write(path, project.read(path).replace(b"Hello", b"Hi"))


def clean(project: Project, directory: str = "other") -> None:
    project.write(f"{directory}/ok.yaml", GOOD.format(id="ok"))


def found(project: Project, *arguments: str, cwd: str = ".") -> tuple[int, list[str], str]:
    result = project.run("validate", "--against", "main", "--strict", "--json", *arguments, cwd=cwd)
    return result.status, [f"{one['path']} {one['code']}" for one in result.json["findings"]], result.err


def to_clean_folder(project: Project) -> None:
    edit(project)
    clean(project)
    project.write("pyproject.toml", PYPROJECT)


def over_pyproject(project: Project) -> None:
    edit(project)
    clean(project)
    project.write("prompt-cli.toml", OTHER)


def to_empty_folder(project: Project) -> None:
    edit(project)
    project.write("other/readme.txt", "")
    project.write("prompt-cli.toml", OTHER)


def with_a_decoy(project: Project) -> None:
    project.git("mv", "prompts/b.yaml", "prompts/c.yaml")
    project.write("prompts/c.yaml", project.read("prompts/c.yaml").replace(b"id: b", b"id: c"))
    project.write("other/x", "")
    project.git("mv", "prompts/a.yaml", "other/a.yaml")
    edit(project, "other")
    project.write("prompt-cli.toml", OTHER)


def moved(project: Project) -> None:
    project.git("mv", "prompts", "other")
    edit(project, "other")
    project.write("prompt-cli.toml", OTHER)


def to_a_nested_one(project: Project) -> None:
    project.write("prompts/team/x", "")
    project.git("mv", "prompts/a.yaml", "prompts/b.yaml", "prompts/team")
    edit(project, "prompts/team")
    project.write("prompt-cli.toml", 'directory = "prompts/team"\n')


def to_the_one_around(project: Project) -> None:
    edit(project)
    project.write("prompt-cli.toml", 'directory = "."\n')


def linked(project: Project) -> None:
    project.git("mv", "prompts", "other")
    edit(project, "other")
    (project.root / "prompts").symlink_to("other")


def linked_to_clean_folder(project: Project) -> None:
    project.git("rm", "-qr", "--cached", "prompts")
    (project.root / "prompts").rename(project.root / "kept")
    project.write("kept/a.yaml", project.read("kept/a.yaml").replace(b"Hello", b"Hi"))
    (project.root / "prompts").symlink_to("kept")


@pytest.mark.parametrize(
    ("change", "path", "arguments"),
    [
        (to_clean_folder, "prompts/a.yaml", ()),
        (over_pyproject, "prompts/a.yaml", ()),
        (to_empty_folder, "prompts/a.yaml", ()),
        (with_a_decoy, "other/a.yaml", ()),
        (moved, "other/a.yaml", ()),
        (to_a_nested_one, "prompts/team/a.yaml", ()),
        (to_the_one_around, "prompts/a.yaml", ()),
        (linked, "prompts/a.yaml", ()),
        (linked, "prompts/a.yaml", ("--directory", "prompts")),
        (linked_to_clean_folder, "prompts/a.yaml", ("--directory", "prompts")),
    ],
)
def test_edit_is_found_in_a_moved_directory(
    branch: InProcess, change: Callable[[Project], None], path: str, arguments: tuple[str, ...]
) -> None:
    change(branch)
    branch.git("add", "-A")
    staged = found(branch, *arguments, "--staged")
    for status, findings, errors in (staged, found(branch, *arguments)):
        assert (status, [one for one in findings if "PC5" in one]) == (1, [f"{path} PC501"]), findings
        assert SAID in errors
    branch.commit()
    assert found(branch, *arguments)[:2] == staged[:2]


@pytest.mark.parametrize("nearer", ["sub/prompts/ok.yaml", "sub/prompt-cli.toml"])
def test_nested_directory_does_not_replace_the_named_one(branch: InProcess, nearer: str) -> None:
    edit(branch)
    clean(branch, "sub/prompts")
    branch.write(nearer, "" if nearer.endswith("toml") else branch.read(nearer))
    status, findings, errors = found(branch, cwd="sub")
    assert (status, findings) == (1, ["prompts/a.yaml PC501"])
    assert "the prompt directory is now sub/prompts (was prompts at commit " in errors


def test_settings_that_are_gone_or_broken(branch: InProcess) -> None:
    branch.git("mv", "prompts", "texts")
    branch.write("prompt-cli.toml", 'directory = "texts"\n')
    branch.commit()
    branch.git("branch", "-f", "main")
    edit(branch, "texts")
    clean(branch, "prompts")
    (branch.root / "prompt-cli.toml").unlink()
    assert found(branch)[:2] == (1, ["texts/a.yaml PC501"])
    branch.write("prompt-cli.toml", "directory = [\n")
    assert branch.run("validate", "--against", "main").status == 2
    branch.commit()
    branch.git("branch", "-f", "main")
    branch.write("prompt-cli.toml", 'directory = "prompts"\n')
    result = branch.run("validate", "--against", "main")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("commit ")
    assert ", prompt-cli.toml:1:14: error: " in result.err


def test_moved_directory_passes_with_a_notice(branch: InProcess) -> None:
    branch.git("mv", "prompts", "data")
    branch.write("prompt-cli.toml", 'directory = "data"\n')
    status, findings, errors = found(branch)
    assert (status, findings) == (0, [])
    assert "the prompt directory is now data (was prompts at commit " in errors
    result = branch.run("diff", "--against", "main", "--exit-code")
    assert (result.status, result.out) == (0, "")
    branch.write("data/a.yaml", branch.read("data/a.yaml").replace(b"Hello", b"Hi").replace(b"1.0.0", b"1.0.1"))
    assert found(branch)[:2] == (0, [])
    assert found(branch, "a")[:2] == (0, [])
    assert found(branch, "data/a.yaml")[:2] == (0, [])


def test_target_must_be_in_one_of_the_directories(branch: InProcess) -> None:
    to_clean_folder(branch)
    assert found(branch, "prompts/a.yaml")[:2] == (1, ["prompts/a.yaml PC501"])
    assert found(branch, "a")[:2] == (1, ["prompts/a.yaml PC501"])
    assert found(branch, "ok")[:2] == (0, [])
    assert branch.run("validate", "--against", "main", "none").status == 3


def test_a_directory_that_the_user_names_is_that_of_both_sides(branch: InProcess) -> None:
    clean(branch)
    branch.commit()
    branch.git("branch", "-f", "main")
    branch.write("prompt-cli.toml", OTHER)
    edit(branch)
    status, findings, errors = found(branch, "--directory", "prompts")
    assert (status, findings, SAID in errors) == (1, ["prompts/a.yaml PC501"], False)
    assert found(branch, "--directory", "other") == (0, [], "0 prompts checked, no problems\n")


def test_link_on_both_sides_is_not_a_move(branch: InProcess) -> None:
    branch.git("mv", "prompts", "data")
    (branch.root / "prompts").symlink_to("data")
    branch.commit()
    branch.git("branch", "-f", "main")
    edit(branch)
    status, findings, errors = found(branch)
    assert (status, findings, SAID in errors) == (1, ["prompts/a.yaml PC501"], False)


def test_first_prompts_are_checked_by_settings_of_the_old_side(repository: Project) -> None:
    project = InProcess(repository.root)
    project.write("readme.txt", "")
    project.commit()
    project.git("checkout", "-q", "-b", "work")
    project.write("other/a.yaml", GOOD.format(id="a").replace("Hello!", "'{{undeclared}}'"))
    project.write("prompt-cli.toml", 'directory = "other"\nignore = ["PC301"]\n')
    assert found(project)[:2] == (1, ["other/a.yaml PC301"])
    assert [one["id"] for one in project.run("diff", "--against", "main", "--json").json["prompts"]] == ["a"]


def test_settings_cannot_choose_another_repository(branch: InProcess) -> None:
    edit(branch)
    clean(branch, "other")
    branch.git("-C", "other", "init", "-q", "-b", "main")
    branch.git("-C", "other", "add", "-A")
    branch.git("-C", "other", "commit", "-q", "-m", "Change")
    branch.write("prompt-cli.toml", OTHER)
    for command in (("validate",), ("diff",), ("bump", "--all")):
        result = branch.run(*command, "--against", "main")
        assert (result.status, result.out) == (3, ""), command
        assert "is in another repository than its settings" in result.err
    assert branch.run("validate", "--against", "main", "--directory", "other").status == 0


@pytest.mark.parametrize(
    ("report_format", "words"),
    [
        ("json", '"notices": [\n      "the prompt directory is now other (was prompts at commit '),
        ("github", "::notice title=prompt-cli::the prompt directory is now other (was prompts at commit "),
        ("markdown", "> the prompt directory is now other (was prompts at commit "),
        ("sarif", "the prompt directory is now other (was prompts at commit "),
    ],
)
def test_reports_say_that_it_moved(branch: InProcess, report_format: str, words: str) -> None:
    to_clean_folder(branch)
    result = branch.run("validate", "--against", "main", "--output-format", report_format)
    assert result.status == 1
    assert words in result.out


def test_diff_shows_remaining_and_moved_prompts(branch: InProcess) -> None:
    with_a_decoy(branch)
    data = branch.run("diff", "--against", "main", "--json").json
    assert SAID in data["notices"][0]
    assert [one["id"] for one in data["prompts"]] == ["a", "b", "c"]
    markdown = branch.run("diff", "--against", "main", "--output-format", "markdown").out
    assert markdown.startswith("> the prompt directory is now other (was prompts at commit ")
    rendered = branch.run("diff", "--against", "main", "--rendered", "a")
    assert "[-Hello-]{+Hi+}!" in rendered.out
    assert branch.run("diff", "--against", "main", "--exit-code").status == 1


def test_bump_measures_by_the_former_directory(branch: InProcess) -> None:
    moved(branch)
    branch.commit()
    result = branch.run("bump", "--all", "--against", "main", "--commit")
    assert (result.status, SAID in result.err) == (0, True)
    assert result.out.startswith("a: 1.0.0 -> 1.0.1 (commit ")
    assert b"1.0.1" in branch.read("other/a.yaml")
    assert found(branch)[:2] == (0, [])


def test_bump_names_directories_it_skips(branch: InProcess) -> None:
    to_clean_folder(branch)
    result = branch.run("bump", "--all", "--against", "main")
    assert "use `--directory prompts`" in result.err
    assert b"1.0.0" in branch.read("prompts/a.yaml")


@pytest.mark.parametrize(
    "command",
    [
        ("validate",),
        ("diff",),
        ("diff", "--exit-code"),
        ("diff", "--direct"),
        ("diff", "--staged"),
        ("diff", "--json"),
        ("diff", "--output-format", "markdown"),
        ("diff", "--output-format", "unified"),
        ("diff", "--rendered"),
        ("bump", "--all"),
        ("bump", "--all", "--json"),
    ],
)
@pytest.mark.parametrize("directory", ["promts", "sub"])
def test_directory_without_prompts_cannot_be_checked(
    branch: InProcess, command: tuple[str, ...], directory: str
) -> None:
    result = branch.run(*command, "--against", "main", "--directory", directory)
    assert (result.status, result.out) == (3, "")
    assert directory in result.err
    assert "--directory" in result.err


@pytest.mark.parametrize("command", [("validate",), ("diff",), ("bump", "--all")])
def test_one_that_lost_its_last_prompt_is_an_answer(branch: InProcess, command: tuple[str, ...]) -> None:
    branch.git("rm", "-qr", "prompts")
    assert branch.run(*command, "--against", "main").status == 0
