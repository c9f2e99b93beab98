"""Legacy prompts: `exclude` and the baseline, which a change cannot widen for itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from prompt_cli import PromptManager

if TYPE_CHECKING:
    from tests.support import InProcess, Project

IN_PROCESS = True
BAD = "template: '{{nmae}}'\n"
BASELINE = "prompt-cli-baseline.json"


def codes(project: Project, *arguments: str, cwd: str = ".") -> tuple[int, list[str]]:
    result = project.run("validate", "--json", *arguments, cwd=cwd)
    return result.status, [f"{one['path']} {one['code']}" for one in result.json["findings"]] if result.out else []


class TestExclude:
    @pytest.fixture
    def legacy(self, repository: InProcess) -> InProcess:
        repository.prompt("new")
        repository.prompt("legacy/old")
        repository.write("prompt-cli.toml", 'exclude = ["legacy/**"]\n')
        repository.commit()
        repository.prompt("legacy/old", BAD)
        repository.write("prompts/legacy/No Prompt.yaml", "x: 1\n")
        return repository

    @pytest.mark.parametrize("arguments", [[], ["legacy"], ["prompts/legacy/old.yaml"], ["legacy/old", "new"]])
    def test_excluded_files_are_not_checked_however_they_are_named(
        self, legacy: InProcess, arguments: list[str]
    ) -> None:
        for options in ([], [], ["--no-cache"], ["--diff"], ["--against", "HEAD"]):
            result = legacy.run("validate", *arguments, *options)
            assert (result.status, result.out) == (0, ""), result.err
        legacy.git("add", "-A")
        assert legacy.run("validate", "--staged", *arguments).status == 0
        if arguments:
            assert "not checked, for the settings exclude them: " in legacy.run("validate", *arguments).err
            notices: list[str] = []
            with PromptManager.open_sync(legacy.root, on_notice=notices.append) as manager:
                assert manager.validate([str(legacy.root / "prompts/legacy/old.yaml")]).checked == 0
            assert notices == ["not checked, for the settings exclude them: 1"]

    def test_a_change_cannot_exclude_itself(self, legacy: InProcess) -> None:
        legacy.prompt("new", BAD)
        legacy.write("prompt-cli.toml", 'exclude = ["**"]\n')
        assert codes(legacy, "--against", "HEAD") == (1, ["prompts/new.yaml PC501", "prompts/new.yaml PC301"])
        legacy.git("add", "-A")
        assert codes(legacy, "--against", "HEAD", "--staged")[0] == 1

    def test_an_excluded_partial_still_breaks_its_includer(self, legacy: InProcess) -> None:
        legacy.prompt("new", "template: '{{> legacy/old}}'\n")
        assert "prompts/new.yaml PC301" in codes(legacy)[1]

    @pytest.mark.parametrize("value", ['"legacy"', "[1]", '[""]'])
    def test_a_wrong_setting_is_an_error(self, repository: InProcess, value: str) -> None:
        repository.write("prompt-cli.toml", f"exclude = {value}\n")
        result = repository.run("validate")
        assert (result.status, "'exclude' must be a list of patterns" in result.err) == (2, True)


class TestBaseline:
    @pytest.fixture
    def legacy(self, repository: InProcess) -> InProcess:
        repository.prompt("old", BAD)
        repository.prompt("new")
        assert repository.run("validate", "--write-baseline").status == 0
        repository.commit()
        return repository

    def test_findings_in_the_baseline_do_not_fail(self, legacy: InProcess) -> None:
        for arguments in ([], [], ["old"], ["--no-cache"]):
            result = legacy.run("validate", *arguments)
            assert (result.status, result.out) == (0, ""), result.err
            assert "in the baseline, so not reported: 1" in result.err
        assert codes(legacy, cwd="prompts") == (0, []), "wherever it is run"

    def test_lines_may_move(self, legacy: InProcess) -> None:
        legacy.write("prompts/old.yaml", b"# A comment.\n\n" + legacy.read("prompts/old.yaml"))
        assert codes(legacy) == (0, [])

    def test_another_finding_fails(self, legacy: InProcess) -> None:
        legacy.prompt("new", BAD)
        assert codes(legacy) == (1, ["prompts/new.yaml PC301"])
        legacy.prompt("new")
        legacy.prompt("old", "template: '{{nmae}}{{other}}'\n")
        assert codes(legacy)[0] == 1
        legacy.prompt("old", "template: |\n  {{nmae}}\n  {{nmae}}\n")
        assert codes(legacy)[0] == 1

    def test_fixed_findings_in_the_baseline_are_noted(self, legacy: InProcess) -> None:
        legacy.prompt("old")
        result = legacy.run("validate")
        assert (result.status, "gone, but still in the baseline: old.yaml PC301" in result.err) == (0, True)
        assert "gone" not in legacy.run("validate", "new").err, "it was not checked"
        assert "gone" not in legacy.run("validate", "--select", "PC4").err
        (legacy.root / "prompts/old.yaml").unlink()
        assert "gone, but still in the baseline: old.yaml PC301" in legacy.run("validate").err
        assert legacy.run("validate", "--write-baseline").status == 0
        assert json.loads(legacy.read(BASELINE)) == {"schema": 1, "findings": {}}

    def test_a_change_cannot_widen_it(self, legacy: InProcess) -> None:
        legacy.prompt("new", BAD)
        assert legacy.run("validate", "--write-baseline").status == 0
        assert codes(legacy) == (0, [])
        assert "prompts/new.yaml PC301" in codes(legacy, "--against", "HEAD")[1]
        legacy.write("prompts/old.yaml", legacy.read("prompts/old.yaml").replace(b"1.0.0", b"1.0.1"))
        assert "prompts/old.yaml PC301" not in codes(legacy, "--against", "HEAD")[1]
        (legacy.root / BASELINE).unlink()
        assert "prompts/old.yaml PC301" not in codes(legacy, "--against", "HEAD")[1]

    def test_baseline_never_holds_unchecked_prompts_or_secrets(self, repository: InProcess) -> None:
        repository.prompt("broken", "template: '{{#if'\n")
        repository.write("prompts/invalid.yaml", "id: [\n")
        repository.prompt("secret", "template: 'key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH'\n")
        before = codes(repository)
        assert before[0] == 1
        assert repository.run("validate", "--write-baseline").status == 1
        assert codes(repository) == before
        assert b"sk-proj" not in repository.read(BASELINE)

    @pytest.mark.parametrize(
        "content",
        [
            *("", "[]", "{}", '{"findings": {"a": 1}}', '{"findings": {"a": {"PC1": 1}}}', "[" * 9999),
            '{"findings": {"a": {"PC1 a": 1e999}}}',
        ],
    )
    def test_invalid_baseline_is_an_error(self, repository: InProcess, content: str) -> None:
        repository.prompt("old", BAD)
        repository.write(BASELINE, content)
        result = repository.run("validate")
        assert (result.status, result.out, result.err[: result.err.index("\n")]) == (
            2,
            "",
            f"error: {BASELINE}: not a baseline",
        )

    def test_it_is_next_to_the_settings_and_of_all_prompts(self, repository: InProcess) -> None:
        repository.write("svc/pyproject.toml", "[tool.prompt-cli]\n")
        repository.write("svc/prompts/a.yaml", "id: a\nversion: 1.0.0\nformat: text\n" + BAD)
        assert repository.run("validate", "--write-baseline", cwd="svc/prompts").status == 0
        assert (repository.root / "svc" / BASELINE).is_file()
        for arguments in (["a"], ["--staged"], ["--select", "PC3"], ["--fix"]):
            assert repository.run("validate", "--write-baseline", *arguments, cwd="svc").status == 2
