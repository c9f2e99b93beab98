"""Several prompt directories of one project: `directory = ["a/prompts", "b/prompts"]`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from prompt_cli import PromptManager, SettingsError

if TYPE_CHECKING:
    from tests.support import InProcess

IN_PROCESS = True
CHOICE = "add --directory a/prompts or --directory b/prompts"


def write(project: InProcess, path: str, text: str = "Hello!", version: str = "1.0.0") -> None:
    prompt_id = path.partition("prompts/")[2].removesuffix(".yaml")
    content = f"id: {prompt_id}\nversion: {version}\nformat: text\ntemplate: |\n  {text}\n"
    project.write(path, content)


def settings(project: InProcess, *directories: str) -> None:
    project.write("prompt-cli.toml", f"directory = {json.dumps(directories)}\n")


@pytest.fixture
def service(repository: InProcess) -> InProcess:
    """A branch `work` at `main`: `greeting` in two directories, `tone` in the first and `team/two` in the second."""
    settings(repository, "a/prompts", "b/prompts")
    for path in ("a/prompts/greeting", "a/prompts/tone", "b/prompts/greeting", "b/prompts/team/two"):
        write(repository, f"{path}.yaml")
    repository.commit()
    repository.git("switch", "-q", "-c", "work")
    return repository


def findings(project: InProcess, *arguments: str) -> tuple[int, list[str]]:
    result = project.run("validate", "--json", *arguments)
    return result.status, [f"{one['path']} {one['code']}" for one in result.json["findings"]]


class TestValidate:
    def test_one_run_has_one_summary_and_one_report(self, service: InProcess) -> None:
        for cwd in (".", "a", "b/prompts"):
            assert service.run("validate", cwd=cwd).err == "4 prompts checked, no problems\n"
        write(service, "a/prompts/tone.yaml", "{{nmae}}")
        write(service, "b/prompts/greeting.yaml", "{{nmae}}")
        bad = ["a/prompts/tone.yaml", "b/prompts/greeting.yaml"]
        for arguments in ([], [], ["--no-cache"], ["."], ["*"]):  # the second one reads the cache
            assert findings(service, *arguments) == (1, [f"{one} PC301" for one in bad])
        for output_format in ("text", "concise", "github", "sarif", "junit", "markdown"):
            result = service.run("validate", "--output-format", output_format)
            assert (result.status, result.err) == (1, "4 prompts checked: 2 errors, 0 warnings\n")
            assert all(one in result.out for one in bad), output_format
        service.git("add", "-A")
        for arguments in (["--staged"], ["--against", "main"]):
            assert [one for one in findings(service, *arguments)[1] if "PC301" in one] == [
                f"{one} PC301" for one in bad
            ]

    def test_fixes_are_of_all(self, service: InProcess) -> None:
        for path in ("a/prompts/tone.yaml", "b/prompts/greeting.yaml"):
            service.write(path, service.read(path).replace(b"id: ", b"id: x"))
        shown = service.run("validate", "--diff")
        assert (shown.out.count("\n+++ "), "2 would be fixed" in shown.err) == (2, True), shown
        assert service.run("validate", "--fix").err == "4 prompts checked, no problems; 2 fixed\n"
        assert service.git("status", "--porcelain") == ""

    def test_the_baseline_is_one(self, service: InProcess) -> None:
        for path in ("a/prompts/greeting.yaml", "b/prompts/greeting.yaml"):
            write(service, path, "{{nmae}}")
        assert "with 2 of 2 findings" in service.run("validate", "--write-baseline").err
        paths = json.loads(service.read("prompt-cli-baseline.json"))["findings"]
        assert list(paths) == ["a/prompts/greeting.yaml", "b/prompts/greeting.yaml"]
        assert findings(service) == (0, [])
        write(service, "b/prompts/greeting.yaml")
        notice = "gone, but still in the baseline: b/prompts/greeting.yaml PC301"
        assert [notice in service.run("validate", *one).err for one in ([], ["a/prompts"])] == [True, False]
        service.run("validate", "--write-baseline", "--directory", "b/prompts")
        assert list(json.loads(service.read("prompt-cli-baseline.json"))["findings"]) == ["a/prompts/greeting.yaml"]

    def test_a_missing_directory_is_not_checked_and_the_others_are(self, service: InProcess) -> None:
        settings(service, "a/prompts", "c/prompts", "b/prompts")
        write(service, "b/prompts/greeting.yaml", "{{nmae}}")
        for arguments in ([], ["--no-cache"], ["--against", "main"], ["--fix"]):
            result = service.run("validate", *arguments)
            assert (result.status, "b/prompts/greeting.yaml" in result.out) == (3, True)
            assert "could not check c/prompts: " in result.err
        for command in ("list", "diff", "bump --all -n"):
            result = service.run(*command.split())
            assert (result.status, "c/prompts" in result.err) == (3, True), command

    def test_commands_in_the_help_work(self, service: InProcess) -> None:
        write(service, "b/prompts/greeting.yaml", "Hi!")
        assert "`prompt-cli --directory b/prompts bump greeting`" in service.run("validate", "--against", "main").out
        assert service.run("--directory", "b/prompts", "bump", "greeting").status == 0
        assert findings(service, "--against", "main") == (0, [])

    def test_hook_reports_includers_of_a_deletion_in_each_directory(self, service: InProcess) -> None:
        write(service, "b/prompts/greeting.yaml", "{{> team/two}}", "1.0.1")
        service.commit()
        service.git("rm", "-q", "b/prompts/team/two.yaml")
        for targets in ([], ["a/prompts/tone.yaml", "prompt-cli.toml"]):
            found = findings(service, "--staged", "--only-targets", *targets)
            assert (found[0], "b/prompts/greeting.yaml PC204" in found[1]) == (1, True)


class TestDirectoriesOfAChange:
    def test_a_change_cannot_drop_a_directory(self, service: InProcess) -> None:
        settings(service, "a/prompts")
        write(service, "b/prompts/greeting.yaml", "Hi!")
        notice = "b/prompts is no longer a prompt directory (it was one at commit "
        for arguments in ([], ["b/prompts/greeting.yaml"], ["--staged"]):
            service.git("add", "-A")
            result = service.run("validate", "--against", "main", "--json", *arguments)
            assert [one["path"] for one in result.json["findings"]] == ["b/prompts/greeting.yaml"]
            assert notice in result.json["summary"]["notices"][0]
        assert "\nb/prompts/greeting.yaml  patch: " in service.run("diff", "--against", "main", "--stat").out
        service.write("prompt-cli.toml", "")
        assert findings(service, "--against", "main")[1] == ["b/prompts/greeting.yaml PC501"]

    def test_prompts_that_move_are_compared_with_the_directory_that_has_most_of_them(self, service: InProcess) -> None:
        service.git("mv", "a", "c")
        service.git("mv", "b", "d")
        settings(service, "d/prompts", "c/prompts")
        assert findings(service, "--against", "main") == (0, [])
        write(service, "c/prompts/tone.yaml", "Hi!")
        write(service, "d/prompts/team/two.yaml", "Hi!")
        assert findings(service, "--against", "main") == (
            1,
            ["c/prompts/tone.yaml PC501", "d/prompts/team/two.yaml PC501"],
        )
        assert "is now c/prompts (was a/prompts at" in service.run("diff", "--against", "main").err

    def test_new_and_deleted_directories(self, service: InProcess) -> None:
        write(service, "c/prompts/new.yaml")
        settings(service, "a/prompts", "b/prompts", "c/prompts")
        assert findings(service, "--against", "main") == (0, [])
        assert "\nc/prompts/new.yaml  added" in service.run("diff", "--against", "main", "--stat").out
        service.git("rm", "-qr", "b")
        settings(service, "a/prompts")
        assert findings(service, "--against", "main") == (0, [])
        assert "b/prompts/greeting.yaml  deleted" in service.run("diff", "--against", "main", "--stat").out


class TestTargets:
    @pytest.mark.parametrize("command", ["validate", "list", "show", "render", "versions", "diff", "bump", "schema"])
    def test_an_id_of_two_prompts_is_an_error_with_both_paths(self, service: InProcess, command: str) -> None:
        result = service.run(command, "greeting")
        assert (result.status, result.out) == (2, "")
        assert "is the id of 2 prompts: a/prompts/greeting.yaml, b/prompts/greeting.yaml\n" in result.err
        assert CHOICE in result.err

    @pytest.mark.parametrize(
        "target", ["team/two", "b/prompts/team/two.yaml", "b/prompts/team", "team/*", "*two", "team/two@1.0.0"]
    )
    def test_a_target_is_found_in_its_directory(self, service: InProcess, target: str) -> None:
        for command in ("validate", "list", "show", "versions", "diff"):
            if "@" not in target or command in {"show", "diff"}:
                assert service.run(command, target).status == 0, command
        assert service.run("show", target, cwd="b").out.startswith("id: team/two\n") or target.startswith("b/")

    def test_a_target_that_names_nothing_or_too_much(self, service: InProcess) -> None:
        assert "did you mean 'tone'?" in service.run("show", "tonne").err
        assert "is not in the prompt directories a/prompts, b/prompts" in service.run("show", "c/tone.yaml").err
        assert "names prompts in 2 prompt directories" in service.run("show", "*").err
        (service.root / "b/prompts/team/two.yaml").unlink()
        assert CHOICE in service.run("show", "team/two@1.0.0").err
        assert service.run("show", "b/prompts/team/two.yaml@1.0.0").status == 0

    def test_one_directory_must_be_chosen(self, service: InProcess) -> None:
        for command in (["create", "x", "--template", "Hi"], ["init"], ["validate", "-"]):
            result = service.run(*command)
            assert (result.status, CHOICE in result.err) == (2, True), command
        assert service.run("create", "b/prompts/x.yaml", "--template", "Hi").out == "b/prompts/x.yaml\n"
        assert service.run("create", "y", "--template", "Hi", cwd="b/prompts/team").out == "../y.yaml\n"
        assert service.run("create", "z", "--template", "Hi", cwd="b").out == "prompts/z.yaml\n"
        assert service.run("schema").status == 0
        checked = service.run("validate", "-", "--stdin-filename", "b/prompts/z.yaml", stdin=b"id: z\n")
        assert checked.out.startswith("b/prompts/z.yaml:1:1: error")
        with pytest.raises(SettingsError, match="the settings name 2 prompt directories"):
            asyncio.run(_open(service))

    def test_completion_offers_the_ids_of_all(self, service: InProcess) -> None:
        environment = {"_PROMPT_CLI_COMPLETE": "complete_bash", "COMP_WORDS": "prompt-cli show t", "COMP_CWORD": "2"}
        assert service.run("show", environment=environment).out.split() == ["tone", "team/two"]


async def _open(service: InProcess) -> None:
    async with PromptManager.open(service.root):
        pass


def test_prompts_of_several_directories_have_distinct_names(service: InProcess) -> None:
    assert [line.split()[0] for line in service.run("list").out.splitlines()] == [
        "PATH",
        "a/prompts/greeting.yaml",
        "a/prompts/tone.yaml",
        "b/prompts/greeting.yaml",
        "b/prompts/team/two.yaml",
    ]
    listed = service.run("list", "--json").json["prompts"]
    assert [(one["id"], one["path"]) for one in listed][2] == ("greeting", "b/prompts/greeting.yaml")
    for path in ("a/prompts/greeting.yaml", "b/prompts/greeting.yaml"):
        write(service, path, "Hi!")
    shown = service.run("diff", "--stat", cwd="a").out
    assert 0 < shown.index("\nprompts/greeting.yaml  ") < shown.index("\n../b/prompts/greeting.yaml  ")
    compared = service.run("diff", "--json").json["prompts"]
    assert [(one["id"], one["path"]) for one in compared] == [
        ("greeting", "a/prompts/greeting.yaml"),
        ("greeting", "b/prompts/greeting.yaml"),
    ]


def test_bump_covers_all_or_none(service: InProcess) -> None:
    write(service, "a/prompts/greeting.yaml", "Hi!")
    service.write("b/prompts/greeting.yaml", service.read("b/prompts/greeting.yaml").replace(b"text", b"completion"))
    refused = service.run("bump", "--all", "minor")
    assert (refused.status, refused.out, b"1.0.0" in service.read("a/prompts/greeting.yaml")) == (1, "", True)
    done = service.run("bump", "--all", "--tag")
    assert done.out.startswith("a/prompts/greeting.yaml: 1.0.0 -> 1.0.1 (commit ")
    assert "\nb/prompts/greeting.yaml: 1.0.0 -> 2.0.0 (commit " in done.out
    assert service.git("tag").split() == ["a/prompts/greeting@1.0.1", "b/prompts/greeting@2.0.0"]


def test_bump_reports_the_commits_before_a_failure(service: InProcess) -> None:
    for path in ("a/prompts/greeting.yaml", "b/prompts/greeting.yaml"):
        write(service, path, "Hi!")
    hook = service.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n! git diff --cached --name-only | grep -q ^b/\n")
    hook.chmod(0o755)
    failed = service.run("bump", "--all", "--commit")
    assert (failed.status, failed.out.splitlines()[1:]) == (3, ["  patch: the text was changed"])
    assert failed.out.startswith("a/prompts/greeting.yaml: 1.0.0 -> 1.0.1 (commit ")
    assert "refused the commit" in failed.err
    assert b"1.0.0" in service.read("b/prompts/greeting.yaml")


@pytest.mark.parametrize("arguments", [["a/prompts/greeting.yaml", "1.0.0"], ["--all", "1.0.0"]])
def test_help_of_a_refused_bump_names_a_command_that_works(service: InProcess, arguments: list[str]) -> None:
    write(service, "a/prompts/greeting.yaml", "Hi!")
    refused = service.run("bump", *arguments)
    command = "--directory a/prompts bump greeting 1.0.1"
    assert (refused.status, f"`prompt-cli {command}`" in refused.err) == (1, True)
    assert service.run(*command.split()).status == 0


def test_a_tag_that_git_would_refuse_is_refused_before_the_commit(service: InProcess) -> None:
    settings(service, "a b/prompts", "b/prompts")
    service.git("mv", "a", "a b")
    service.commit()
    write(service, "a b/prompts/greeting.yaml", "Hi!")
    for dry_run in (["--dry-run"], []):
        refused = service.run("bump", "--all", "--tag", *dry_run)
        assert (refused.status, refused.out) == (3, "")
        assert "git takes no tag named 'a b/prompts/greeting@1.0.1'" in refused.err
    assert b"1.0.0" in service.read("a b/prompts/greeting.yaml")
