"""`validate --against`: the changes of a branch, checked with the settings of its merge base."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import InProcess

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Project

BAD = "template: '{{nmae}}'\n"


@pytest.fixture
def repository(repository: Project) -> InProcess:
    return InProcess(repository.root)


@pytest.fixture
def branch(repository: Project) -> Project:
    """A branch `work` at `main`, with a good prompt, a broken one, and one that includes another."""
    repository.prompt("good")
    repository.prompt("bad", BAD)
    repository.prompt("tone", "template: Be kind.\n")
    repository.prompt("includer", "template: '{{> tone}}'\n")
    repository.commit()
    repository.git("checkout", "-q", "-b", "work")
    return repository


def against(project: Project, *arguments: str, ref: str = "main") -> tuple[int, list[str]]:
    result = project.run("validate", "--against", ref, "--json", *arguments)
    return result.status, [f"{one['path'].removeprefix('prompts/')} {one['code']}" for one in result.json["findings"]]


def on_main(project: Project, prompt_id: str, body: str, version: str) -> None:
    """Commit a change on main, while work is worked on."""
    project.git("stash", "-q", "--include-untracked") if project.git("status", "--porcelain") else None
    project.git("checkout", "-q", "main")
    project.prompt(prompt_id, body, version)
    project.commit()
    project.git("checkout", "-q", "work")


def test_unchanged_prompts_are_not_checked(branch: Project) -> None:
    assert against(branch) == (0, [])
    result = branch.run("validate", "--against", "main")
    assert result.err == "0 prompts checked, no problems\n"


def test_edits_commits_and_untracked_files_are_changes(branch: Project) -> None:
    branch.prompt("a", BAD)
    branch.commit()
    branch.prompt("good", BAD, "2.0.0")
    branch.prompt("z", BAD)
    assert against(branch) == (1, ["a.yaml PC301", "good.yaml PC301", "z.yaml PC301"])
    assert against(branch, "--staged") == (1, ["a.yaml PC301"])
    assert against(branch, "good", "bad") == (1, ["good.yaml PC301"])


def test_commits_of_main_are_not_this_change(branch: Project) -> None:
    on_main(branch, "bad", "template: '{{other}}'\n", "2.0.0")
    assert against(branch) == (0, [])


def test_versions_are_measured_by_the_merge_base(branch: Project) -> None:
    branch.prompt("good", "template: Hi!\n")
    assert against(branch) == (1, ["good.yaml PC501"])
    branch.prompt("good", "template: Hi!\n", "1.0.1")
    branch.commit()
    branch.prompt("good", "template: Hi there!\n", "1.0.1")
    assert against(branch) == (0, []), "a second commit asks for no second bump"


def test_finding_on_the_version_can_be_fixed(branch: Project) -> None:
    branch.prompt("good", "template: Hi!\n")
    (finding,) = branch.run("validate", "--against", "main", "--json").json["findings"]
    assert finding["message"] == "changed but version is still 1.0.0: the text was changed (patch)"
    assert finding["help"] == "bump to 1.0.1 or above: `prompt-cli bump good`"
    place = {"line": 2, "column": 10, "end_line": 2, "end_column": 15}
    assert {name: finding[name] for name in place} == place
    assert finding["fix"] == {"message": "bump the version to 1.0.1", "edits": [{**place, "text": "1.0.1"}]}


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("template: Hello!\n", "2.1.1"),
        ("template: Hi!\n", "2.1.1"),
        ("variables: {a: {type: string}}\ntemplate: '{{a}}'\n", "3.0.0"),
    ],
)
def test_the_help_for_a_lowered_version_works(branch: Project, body: str, expected: str, *, committed: bool) -> None:
    on_main(branch, "good", "template: Good day!\n", "2.1.0")
    branch.git("merge", "-q", "main")
    branch.prompt("good", body, "1.0.0")
    if committed:
        branch.commit("Take it back")
    (finding,) = branch.run("validate", "--against", "main", "--json").json["findings"]
    assert finding["code"] == "PC503"
    result = branch.run(*finding["help"].split("`")[1].removeprefix("prompt-cli ").split())
    assert result.out.startswith(f"good: 1.0.0 -> {expected}\n"), result
    assert against(branch) == (0, [])


def test_includer_must_be_bumped_with_its_partial(branch: Project) -> None:
    branch.prompt("tone", "template: Be brief.\n", "1.0.1")
    assert against(branch) == (1, ["includer.yaml PC505"])
    assert against(branch, "tone") == (1, ["includer.yaml PC505"])
    assert against(branch, "good") == (0, [])


def test_deleted_partial_is_reported_in_its_includers(branch: Project) -> None:
    branch.git("rm", "-q", "prompts/tone.yaml")
    status, found = against(branch)
    assert (status, found) == (1, ["includer.yaml PC204", "includer.yaml PC506"])
    assert against(branch, "--select", "PC5") == (1, ["includer.yaml PC506"])


def test_all_prompts_may_be_deleted(branch: Project) -> None:
    branch.git("rm", "-qr", "prompts")
    assert against(branch) == (0, [])


class TestReuse:
    def test_version_that_main_used_meanwhile_is_refused(self, branch: Project) -> None:
        on_main(branch, "good", "template: Good day!\n", "1.0.1")
        branch.prompt("good", "template: Hi!\n", "1.0.1")
        assert against(branch) == (1, ["good.yaml PC504"])
        branch.prompt("good", "template: Hi!\n", "1.0.2")
        assert against(branch) == (0, [])

    def test_the_fix_goes_past_it(self, branch: Project) -> None:
        on_main(branch, "good", "template: Good day!\n", "1.0.1")
        branch.prompt("good", "template: Hi!\n")
        (finding,) = branch.run("validate", "--against", "main", "--json").json["findings"]
        assert finding["fix"]["edits"][0]["text"] == "1.0.2"
        on_main(branch, "good", "template: Good day!\n", "1.1.0")
        branch.prompt("good", "template: Hi!\n")
        (finding,) = branch.run("validate", "--against", "main", "--json").json["findings"]
        assert finding["fix"]["edits"][0]["text"] == "1.1.1"

    def test_same_content_is_not_a_second_version(self, branch: Project) -> None:
        on_main(branch, "good", "template: Hi!\n", "1.0.1")
        branch.prompt("good", "description: A greeting.\ntemplate: Hi!\n", "1.0.1")
        assert against(branch) == (0, [])

    def test_a_deleted_prompt_keeps_its_versions(self, branch: Project) -> None:
        branch.git("checkout", "-q", "main")
        branch.git("rm", "-q", "prompts/good.yaml")
        branch.commit()
        branch.prompt("good", "template: Hi!\n")
        branch.git("checkout", "-q", "-b", "again")
        assert against(branch) == (1, ["good.yaml PC504"])
        branch.prompt("good")
        assert against(branch) == (0, []), "restored as it was"

    def test_bump_that_main_has_is_not_required_again(self, branch: Project) -> None:
        on_main(branch, "good", "template: Unraised!\n", "1.0.0")
        branch.prompt("good", "template: Unraised!\n", "1.0.0")
        assert against(branch) == (0, [])


class TestJudge:
    def test_settings_are_those_of_the_old_side(self, branch: Project) -> None:
        branch.prompt("good", BAD, "2.0.0")
        branch.write("prompt-cli.toml", 'ignore = ["PC301"]\n[levels]\ntext-changed = "none"\n')
        assert against(branch) == (1, ["good.yaml PC301"])
        branch.commit()
        branch.prompt("good", "template: '{{x}}'\n", "2.0.0")
        assert against(branch, ref="HEAD") == (0, [])

    def test_levels_are_those_of_the_old_side(self, branch: Project) -> None:
        branch.write("prompt-cli.toml", '[levels]\ntext-changed = "major"\n')
        branch.commit()
        branch.write("prompt-cli.toml", "")
        branch.prompt("good", "template: Hi!\n", "1.0.1")
        assert against(branch, ref="HEAD") == (1, ["good.yaml PC502"])

    def test_new_comments_suppress_nothing_and_are_counted(self, branch: Project) -> None:
        branch.prompt("good", "template: '{{nmae}}'  # prompt-cli: ignore PC301 -- later\n", "2.0.0")
        result = branch.run("validate", "--against", "main", "--json")
        assert [one["code"] for one in result.json["findings"]] == ["PC301"]
        assert result.json["summary"]["new_ignores"] == 1
        assert "; 1 new ignore comment, not applied yet" in result.err
        branch.commit()
        branch.prompt("good", "template: '{{nmea}}'  # prompt-cli: ignore PC301 -- later\n", "3.0.0")
        result = branch.run("validate", "--against", "HEAD")
        assert (result.status, result.err) == (0, "1 prompt checked, no problems; 1 suppressed\n")

    def test_a_comment_may_move_but_not_multiply(self, branch: Project) -> None:
        one = "variables:\n  a: {type: string}  # prompt-cli: ignore PC302 -- kept\ntemplate: Hello!\n"
        branch.prompt("good", one)
        branch.commit()
        other = one.replace("  a:", "  b: {type: string}  # prompt-cli: ignore PC302 -- also\n  a:")
        branch.prompt("good", other, "2.0.0")
        result = branch.run("validate", "--against", "HEAD", "--output-format", "concise")
        assert result.out.startswith("prompts/good.yaml:5:3: PC302")
        assert result.out.count("\n") == 1

    def test_staged_changes_are_checked_by_the_projects_settings(self, branch: Project) -> None:
        branch.prompt("new", "template: '{{nmae}}'  # prompt-cli: ignore PC301 -- later\n")
        branch.git("add", "-A")
        assert branch.run("validate", "--staged").status == 0

    def test_prompt_broken_on_the_base_cannot_be_compared(self, branch: Project) -> None:
        branch.prompt("good", "template: '{{'\n")
        branch.commit()
        branch.prompt("good", "template: Hello!\n")
        result = branch.run("validate", "--against", "HEAD")
        assert (result.status, result.out) == (3, "")
        assert "error: could not check prompts/good.yaml: its version was not checked: at commit " in result.err


class TestBase:
    """Staged changes are compared with the merge base of the branch that they will go into."""

    @pytest.fixture
    def clone(self, branch: Project, tmp_path: Path) -> Project:
        branch.git("checkout", "-q", "main")
        clone = InProcess(tmp_path / "clone")
        branch.git("clone", "-q", str(branch.root), str(clone.root))
        clone.git("checkout", "-q", "-b", "mine")
        clone.prompt("good", "template: Hi!\n", "1.0.1")
        clone.commit()
        return clone

    def stage(self, project: Project) -> tuple[int, list[str]]:
        project.git("add", "-A")
        result = project.run("validate", "--staged", "--select", "PC5", "--json")
        return result.status, [one["code"] for one in result.json["findings"]]

    def test_a_second_commit_asks_for_no_second_bump(self, clone: Project) -> None:
        clone.prompt("good", "template: Hi there!\n", "1.0.1")
        assert self.stage(clone) == (0, [])
        clone.prompt("good", "template: Hi there!\n", "1.0.0")
        assert self.stage(clone) == (1, ["PC501"])

    def test_without_a_base_head_it_is(self, clone: Project) -> None:
        clone.git("remote", "remove", "origin")
        clone.prompt("good", "template: Hi there!\n", "1.0.1")
        assert self.stage(clone) == (1, ["PC501"])
        result = clone.run("validate", "--staged")
        assert '`prompt-cli bump good`; measured from HEAD: set `base = "main"` in the settings to' in result.out
        clone.write("prompt-cli.toml", 'base = "main"\n')
        assert self.stage(clone) == (0, [])

    @pytest.mark.parametrize(
        ("remote", "default", "config", "name"),
        [
            ("origin", "main", [], "origin/main"),
            ("origin", "master", [], "origin/master"),
            ("origin", "trunk", ["init.defaultBranch", "trunk"], "origin/trunk"),
            ("company/fork", "main", ["branch.mine.remote", "company/fork"], "company/fork/main"),
            ("origin", "other", [], "HEAD"),
            ("unused", "main", [], "HEAD"),
        ],
    )
    def test_without_the_head_of_the_remote_its_main_branch_is_the_base(
        self, clone: Project, remote: str, default: str, config: list[str], name: str
    ) -> None:
        """As after `git init` and a first push; only `git clone` makes origin/HEAD."""
        clone.git("remote", "remove", "origin")
        clone.git("update-ref", f"refs/remotes/{remote}/{default}", "mine~1")
        clone.git("update-ref", f"refs/remotes/{remote}/mine", "mine")
        if config:
            clone.git("config", *config)
        clone.prompt("good", "template: Hi there!\n", "1.0.1")
        assert self.stage(clone) == ((1, ["PC501"]) if name == "HEAD" else (0, []))
        clone.prompt("good", "template: Hi there!\n", "1.0.0")
        clone.git("add", "-A")
        assert f"; measured from {name}: " in clone.run("validate", "--staged").out

    def test_the_settings_name_another(self, clone: Project) -> None:
        clone.git("branch", "release")
        clone.write("prompt-cli.toml", 'base = "release"\n')
        clone.prompt("good", "template: Hi there!\n", "1.0.1")
        assert self.stage(clone) == (1, ["PC501"])

    def test_missing_base_of_the_settings_does_not_pass(self, clone: Project) -> None:
        clone.write("prompt-cli.toml", 'base = "origin/release"\n')
        clone.prompt("good", "template: Hi there!\n", "1.0.1")
        clone.git("add", "-A")
        result = clone.run("validate", "--staged")
        assert result.status == 3
        assert result.err.startswith("prompt-cli.toml:1:9: error: unknown revision 'origin/release'\n")

    def test_base_setting_must_be_a_name(self, clone: Project) -> None:
        clone.write("prompt-cli.toml", "base = 1\n")
        result = clone.run("validate", "--staged")
        assert (result.status, "'base' must be the name of a branch" in result.err) == (2, True), result


class TestUnable:
    def test_an_unknown_commit(self, branch: Project) -> None:
        result = branch.run("validate", "--against", "mian")
        assert (result.status, result.out) == (3, "")
        assert "similar names: main" in result.err

    @pytest.mark.parametrize("ref", ["--output=x", "-x"])
    def test_revision_that_looks_like_an_option(self, branch: Project, ref: str) -> None:
        assert branch.run("validate", f"--against={ref}").status == 3
        assert not (branch.root / "x").exists()

    def test_a_shallow_clone_that_lacks_the_base(self, branch: Project, tmp_path: Path) -> None:
        on_main(branch, "good", "template: A\n", "1.0.1")
        branch.prompt("good", "template: B\n", "1.0.1")
        branch.commit()
        shallow = InProcess(tmp_path / "shallow")
        branch.git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{branch.root}", str(shallow.root))
        result = shallow.run("validate", "--against", "origin/main")
        assert (result.status, result.out) == (3, "")
        assert "git fetch --unshallow" in result.err
        assert "fetch-depth: 0" in result.err

    def test_shallow_clone_cannot_list_used_versions(self, branch: Project, tmp_path: Path) -> None:
        branch.git("checkout", "-q", "main")
        shallow = InProcess(tmp_path / "shallow")
        branch.git("clone", "-q", "--depth=1", f"file://{branch.root}", str(shallow.root))
        assert against(shallow, ref="origin/main") == (0, [])
        shallow.prompt("good", BAD, "2.0.0")
        result = shallow.run("validate", "--against", "origin/main")
        assert result.status == 3
        assert "PC301" in result.out
        assert "could not check whether a version was used before" in result.err
        assert against(shallow, "--ignore", "PC5", ref="origin/main")[0] == 1

    def test_no_prompt_at_all(self, repository: Project) -> None:
        repository.commit()
        assert repository.run("validate", "--against", "HEAD").status == 3
