"""The main job, end to end, by the installed command in a real repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import InProcess

if TYPE_CHECKING:
    from tests.support import Project


def test_a_prompt_from_its_creation_to_its_second_version(repository: Project) -> None:
    created = repository.run("create", "support/greeting", "--template", "Hello {{name}}!", "--description", "Greets.")
    assert (created.status, created.out) == (0, "prompts/support/greeting.yaml\n"), created.err
    path = "prompts/support/greeting.yaml"
    edited = repository.read(path).replace(b"name: {type: string}", b"name: {type: string} # who is greeted")
    repository.write(path, edited)
    validated = repository.run("validate")
    assert (validated.status, validated.out) == (0, ""), validated.err
    first = repository.commit("Greet")

    repository.write(path, edited.replace(b"Hello", b"Good day"))
    changed = repository.run("diff", "support/greeting")
    assert changed.status == 0
    assert changed.out.startswith("patch: needs a patch bump; version is still 1.0.0\n")
    assert "~ [-Hello-]{+Good day+} {{name}}!\n" in changed.out
    raised = repository.run("bump", "support/greeting", "minor")
    assert raised.status == 0, raised.err
    assert raised.out == "support/greeting: 1.0.0 -> 1.1.0\n  patch: the text was changed\n"
    assert repository.read(path) == edited.replace(b"Hello", b"Good day").replace(b"1.0.0", b"1.1.0")
    second = repository.commit("Greet politely")

    difference = repository.run("diff", "support/greeting@1.0.0", "support/greeting@1.1.0")
    assert difference.out == repository.run("diff", "support/greeting", "1.0.0", "1.1.0").out
    assert difference.out.startswith("patch: 1.0.0 -> 1.1.0 is enough\n")
    unified = repository.run("diff", "support/greeting", "1.0.0", "1.1.0", "--output-format", "unified")
    assert "-version: 1.0.0\n+version: 1.1.0\n" in unified.out
    assert repository.run("render", "support/greeting@1.0.0", "--var", "name=Ada").stdout == b"Hello Ada!"
    assert repository.run("render", "support/greeting", "--var", "name=Ada").stdout == b"Good day Ada!"
    listed = repository.run("versions", "support/greeting", "--json").json
    assert [(one["version"], one["commit"]) for one in listed["versions"]] == [("1.1.0", second), ("1.0.0", first)]


def test_it_works_from_below_and_from_elsewhere(repository: Project) -> None:
    repository.prompt("support/greeting", "template: Hello!\n")
    repository.commit()
    repository = InProcess(repository.root)
    for arguments, cwd in (
        (["render", "support/greeting"], "."),
        (["render", "support/greeting"], "prompts/support"),
        (["render", "support/greeting@1.0.0"], "prompts/support"),
        (["--directory", "project/prompts", "render", "support/greeting@1.0.0"], ".."),
        (["render", "support/greeting@HEAD", "--directory", "project/prompts"], ".."),
    ):
        result = repository.run(*arguments, cwd=cwd)
        assert (result.status, result.stdout) == (0, b"Hello!"), (arguments, result.err)
