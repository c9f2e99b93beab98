from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

HEAD = "id: x\nversion: 1.0.0\nformat: text\n"


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        ("{", "PC004", "1:"),
        ("", "PC004", "1:1"),
        ("- a\n", "PC004", "1:1"),
        (HEAD + "template: 'x\n", "PC004", "4:11"),
        (HEAD + "template: x\ntemplate: y\n", "PC005", "5:1"),
        (HEAD + "template: !!python/object x\n", "PC006", "4:11"),
        (HEAD + "template: x\n---\na: b\n", "PC007", "5:1"),
        ("id: x\nformat: text\ntemplate: x\n", "PC101", "1:1"),
        (HEAD + "colour: red\ntemplate: x\n", "PC102", "4:1"),
        (HEAD.replace("1.0.0", "1.0") + "template: x\n", "PC103", "2:10"),
        (HEAD.replace("id: x", "id: y") + "template: x\n", "PC104", "1:5"),
        (HEAD + "messages: [{role: user, content: x}]\n", "PC105", "3:9"),
        (HEAD + "tags: [a b]\ntemplate: x\n", "PC106", "4:8"),
        (HEAD + "template: |\n  fine\n  {{#if x}}\n", "PC201", "6:3"),
        (HEAD + 'template: "a\\tb {{"\n', "PC201", "4:17"),
        (HEAD + "template: >\n  folded\n  text {{> none}}\n", "PC204", "6:12"),
        (HEAD + "template: '{{> x}}'\n", "PC205", "4:16"),
        (HEAD + "template: '{{> chat}}'\n", "PC207", "4:16"),
        (HEAD + "template: é😀 {{name}}\n", "PC301", "4:16"),
        (HEAD + "variables: {name: {type: string}}\ntemplate: x\n", "PC302", "4:13"),
        (HEAD + "variables: {n: {type: integer, default: x}}\ntemplate: '{{n}}'\n", "PC303", "4:41"),
        (HEAD + "variables: {n: {type: integer, required: false}}\ntemplate: '{{n}}'\n", "PC304", "5:14"),
        (HEAD + "variables: {n: {type: integer}}\ntemplate: '{{n}}'\nexamples: [{name: a}]\n", "PC601", "6:12"),
        (HEAD + "template: x\nexamples: [{name: a, variables: {n: 1}}]\n", "PC601", "5:34"),
        (
            HEAD + "variables: {o: {type: array}}\ntemplate: '{{o}}'\nexamples: [{name: a, variables: {o: [{}]}}]\n",
            "PC602",
            "5:14",
        ),
        (HEAD + "template: x\nexamples: [{name: a, expect: {contains: [x, y]}}]\n", "PC603", "5:45"),
    ],
)
def test_each_check_marks_its_place(repository: Project, content: str, code: str, place: str) -> None:
    repository.write("prompts/x.yaml", content)
    repository.write(
        "prompts/chat.yaml",
        "id: chat\nversion: 1.0.0\nformat: chat\nmessages: [{role: user, content: x}]\n",
    )
    result = repository.run("validate")
    assert result.status == 1, result
    first, quoted, marked = (line.strip() for line in result.out.splitlines()[:3])
    assert first.startswith(f"prompts/x.yaml:{place}"), result.out
    assert f": error {code} " in first
    assert "|" in quoted
    assert marked.endswith("^")
    assert len([line for line in result.out.splitlines() if ": error " in line]) == 1, result.out
    document = repository.run("validate", "--output-format", "json").json
    (finding,) = document["findings"]
    assert (finding["code"], finding["path"], finding["severity"]) == (code, "prompts/x.yaml", "error")
    assert f"{finding['line']}:{finding['column']}".startswith(place)
    assert (finding["end_line"], finding["end_column"]) >= (finding["line"], finding["column"])
    assert set(finding) >= {"name", "message", "help"}


def test_no_problems_is_noted_on_standard_error(repository: Project) -> None:
    repository.prompt("x")
    result = repository.run("validate")
    assert (result.status, result.out, result.err) == (0, "", "1 prompt checked, no problems\n")
    assert repository.run("validate", "--json").json == {
        "schema": 1,
        "findings": [],
        "summary": {
            "checked": 1,
            "unchecked": [],
            "findings": 0,
            "errors": 0,
            "warnings": 0,
            "infos": 0,
            "silenced": 0,
            "new_ignores": 0,
            "fixed": 0,
            "notices": [],
        },
    }


@pytest.fixture
def several(repository: Project) -> Project:
    for prompt_id in ("good", "support/good", "support/bad", "support/deep/bad", "bad"):
        repository.prompt(prompt_id, "template: '{{'\n" if prompt_id.endswith("bad") else "template: x\n")
    return repository


@pytest.mark.parametrize(
    ("targets", "cwd", "found"),
    [
        ([], ".", ["bad", "support/bad", "support/deep/bad"]),
        (["good"], ".", []),
        (["bad", "bad", "prompts/bad.yaml"], ".", ["bad"]),
        (["prompts/support/bad.yaml"], ".", ["support/bad"]),
        (["prompts/support"], ".", ["support/bad", "support/deep/bad"]),
        (["prompts/support/"], ".", ["support/bad", "support/deep/bad"]),
        (["prompts"], ".", ["bad", "support/bad", "support/deep/bad"]),
        (["."], "prompts", ["bad", "support/bad", "support/deep/bad"]),
        (["deep"], "prompts/support", ["support/deep/bad"]),
        (["bad.yaml"], "prompts/support", ["support/bad"]),
        (["support"], ".", ["support/bad", "support/deep/bad"]),
        (["support/*"], ".", ["support/bad", "support/deep/bad"]),
        (["*good"], ".", []),
    ],
)
def test_paths_ids_and_patterns(several: Project, targets: list[str], cwd: str, found: list[str]) -> None:
    result = several.run("validate", "--json", *targets, cwd=cwd)
    assert sorted({one["path"] for one in result.json["findings"]}) == [f"prompts/{one}.yaml" for one in found]
    assert result.status == (1 if found else 0)


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (["nope"], "unknown prompt 'nope'"),
        (["support/goood"], "did you mean 'support/good'?"),
        (["outside.yaml"], "outside.yaml is not in the prompt directory"),
        (["prompts/notes.txt"], "prompts/notes.txt is not a prompt"),
    ],
)
def test_unchecked_prompts_do_not_pass(several: Project, targets: list[str], words: str) -> None:
    several.write("outside.yaml", "")
    several.write("prompts/notes.txt", "")
    result = several.run("validate", *targets)
    assert (result.status, result.out) == (3, "")
    assert words in result.err


def test_no_prompts_at_all_is_not_fine(repository: Project) -> None:
    for command in (["validate"], ["list"]):
        missing = repository.run(*command)
        assert missing.status == 3
        assert "prompt directory" in missing.err
    (repository.root / "prompts").mkdir()
    for command in (["validate"], ["list"]):
        empty = repository.run(*command)
        assert empty.status == 3
        assert "no prompts in" in empty.err


def test_files_that_only_look_like_prompts_are_found(repository: Project) -> None:
    repository.prompt("x")
    repository.write("prompts/a/Bad Name.yaml", "")
    repository.write("prompts/other.yml", "")
    repository.write("prompts/README.md", "")
    repository.write("prompts/.hidden.yaml", "")
    found = repository.run("validate", "--json").json["findings"]
    assert [(one["code"], one["path"]) for one in found] == [
        ("PC104", "prompts/a/Bad Name.yaml"),
        ("PC104", "prompts/other.yml"),
    ]
    only = repository.run("validate", "prompts/other.yml", "--json").json["findings"]
    assert [one["path"] for one in only] == ["prompts/other.yml"]


def test_an_unreadable_file_wins_over_findings_and_hides_none(several: Project) -> None:
    # A directory in the place of the file: root, whom no mode stops, cannot read that either.
    (several.root / "prompts" / "bad.yaml").unlink()
    (several.root / "prompts" / "loop.yaml").symlink_to("loop.yaml")
    (several.root / "prompts" / "dir.yaml").mkdir()
    result = several.run("validate", "--json")
    assert {"prompts/support/bad.yaml", "prompts/support/deep/bad.yaml", "prompts/dir.yaml"} <= {
        one["path"] for one in result.json["findings"]
    }


def test_a_pin_is_found_in_the_history(repository: Project) -> None:
    repository.prompt("tone", "template: Be kind.\n")
    repository.commit()
    repository.prompt("tone", "template: Be brief.\n", version="2.0.0")
    repository.prompt("x", "template: '{{> \"tone@1.0.0\"}} {{> tone}}'\n")
    assert repository.run("validate").status == 0
    assert repository.run("render", "x").out == "Be kind. Be brief."
    repository.prompt("x", "template: '{{> \"tone@9.0.0\"}}'\n")
    result = repository.run("validate", "x")
    assert result.status == 1
    assert "error PC206 partial 'tone' has no version 9.0.0" in result.out


def test_partials_of_a_pinned_partial_are_its_own(repository: Project) -> None:
    repository.prompt("inner", "template: one\n")
    repository.prompt("outer", "template: '<{{> inner}}>'\n")
    repository.commit()
    repository.prompt("inner", "template: two\n", version="2.0.0")
    repository.prompt("outer", "template: '({{> inner}})'\n", version="2.0.0")
    repository.prompt("x", "template: '{{> inner}} {{> \"outer@1.0.0\"}} {{> outer}}'\n")
    assert repository.run("render", "x").out == "two <one> (two)"
    assert repository.run("validate").status == 0


def test_an_error_in_one_of_two_versions_of_a_partial_quotes_that_one(repository: Project) -> None:
    repository.prompt("part", "variables: {a: {type: object}}\ntemplate: 'old {{a}}'\n")
    repository.commit()
    repository.prompt("part", "variables: {a: {type: object}}\ntemplate: 'new'\n", version="2.0.0")
    declared = "variables: {a: {type: object}}\n"
    repository.prompt("x", declared + "template: '{{> part}} {{> \"part@1.0.0\"}}'\n")
    result = repository.run("render", "x", "--var", 'a={"b": 1}')
    assert result.status == 1
    assert "prompts/part.yaml:5:18: error:" in result.err
    assert "template: 'old {{a}}'" in result.err


def test_reads_of_a_second_version_of_a_partial_are_found(repository: Project) -> None:
    repository.prompt("middle", "template: one\n")
    repository.commit()
    repository.prompt("inner", "variables: {who: {type: string}}\ntemplate: '{{who}}'\n")
    declared = "variables: {who: {type: string}}\n"
    repository.prompt("middle", declared + "template: '{{> inner}}'\n", version="2.0.0")
    repository.prompt("outer", declared + "template: '{{> \"middle@1.0.0\"}}{{> middle}}'\n")
    repository.prompt("x", "template: 'a {{> outer}}'\n")
    result = repository.run("validate", "x")
    assert "the partial 'inner' reads 'who', which is not declared here" in result.out
    repository.prompt("x", declared + "template: '{{> outer}}'\n")
    assert repository.run("validate").status == 0


def test_validating_writes_nothing(several: Project) -> None:
    several.commit()
    several.run("validate")
    assert several.git("status", "--porcelain", "--ignored") == ""
