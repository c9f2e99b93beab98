"""``diff``, by the installed command in real repositories."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_output import on_a_terminal
from tests.support import InProcess, Project

if TYPE_CHECKING:
    from pathlib import Path

IN_PROCESS = True

GREETING = "variables: {name: {type: string}}\ntemplate: Hello {{name}}!\n"
RENAMED = "variables: {who: {type: string}}\ntemplate: Hello {{who}}!\n"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A repository that tests only read: three versions, a branch, partials, something staged, something edited."""
    root = tmp_path_factory.mktemp("history") / "project"
    root.mkdir()
    project = InProcess(root)
    project.git("init", "-q", "-b", "main")
    project.prompt("greeting", GREETING)
    project.prompt("part", "template: Be kind.\n")
    project.prompt("middle", 'template: "{{> part}}"\n')
    project.prompt("outer/top", 'template: "{{> middle}}"\n')
    project.prompt("pinned", "template: '{{> \"part@1.0.0\"}}'\n")
    project.prompt("gone", "template: Farewell.\n")
    project.commit("First")
    project.git("tag", "start")
    project.prompt("greeting", GREETING.replace("Hello", "Good day"), "1.1.0")
    project.commit("Second")
    project.git("branch", "1.0.0")  # it has version 1.1.0
    project.git("switch", "-q", "-c", "feature")
    project.prompt("greeting", RENAMED, "1.2.0")
    project.prompt("part", "template: Be very kind.\n", "1.0.1")
    project.prompt("new/one", "template: New.\n")
    (root / "prompts/gone.yaml").unlink()
    project.commit("On the branch")
    project.git("switch", "-q", "main")
    project.prompt("only-main", "template: Main.\n")
    project.commit("On main")
    project.git("switch", "-q", "feature")
    project.prompt("greeting", RENAMED.replace("Hello", "Staged"), "1.2.0")
    project.git("add", "-A")
    project.prompt("greeting", RENAMED.replace("Hello", "Edited"), "1.2.0")
    return project


def first_line(project: Project, *arguments: str) -> str:
    result = project.run("diff", *arguments)
    assert result.status == 0, result.err
    return result.out.partition("\n")[0]


BREAKING = "breaking: needs a major bump; version says minor (1.1.0 -> 1.2.0)"


@pytest.mark.parametrize(
    ("arguments", "verdict", "change"),
    [
        (["greeting"], "patch: needs a patch bump; version is still 1.2.0", "[-Hello-]{+Edited+} {{who}}!"),
        (["greeting", "--staged"], "patch: needs a patch bump; version is still 1.2.0", "[-Hello-]{+Staged+} {{who}}!"),
        (["greeting", ":staged"], "patch: needs a patch bump; version is still 1.2.0", "[-Staged-]{+Edited+} {{who}}!"),
        (["greeting", "1.0.0", "1.1.0"], "patch: 1.0.0 -> 1.1.0 is enough", "[-Hello-]{+Good day+} {{name}}!"),
        (["greeting@1.0.0", "greeting@1.1.0"], "patch: 1.0.0 -> 1.1.0 is enough", "[-Hello-]{+Good day+}"),
        (["greeting@1.1.0", "greeting@HEAD"], BREAKING, "- Good day {{name}}!\n+ Hello {{who}}!"),
        (["greeting", "main"], BREAKING, "+ Edited {{who}}!"),
        (
            ["greeting@start"],
            "breaking: needs a major bump; version says minor (1.0.0 -> 1.2.0)",
            "[-Hello {{name}}-]{+Edited {{who}}+}",
        ),
        (["greeting", "~1.1", "latest"], BREAKING, "+ Hello {{who}}!"),
        (["greeting", "ref:1.0.0", "HEAD"], BREAKING, "+ Hello {{who}}!"),
        (["greeting@ref:1.0.0", "greeting@HEAD"], BREAKING, "+ Hello {{who}}!"),
        (["greeting", "HEAD~1", "HEAD~1"], "unchanged", ""),
        (["gone", "1.0.0"], "deleted (it was 1.0.0)", "- Farewell."),
        (["gone@1.0.0", "gone@HEAD"], "deleted (it was 1.0.0)", "- Farewell."),
        (["new/one", "main", "feature"], "added (1.0.0)", "+ New."),
    ],
)
def test_the_verdict_comes_first_and_then_the_words(
    history: Project, arguments: list[str], verdict: str, change: str
) -> None:
    result = history.run("diff", *arguments)
    assert result.status == 0, result.err
    assert result.out.startswith(f"{verdict}\n")
    assert change in result.out


def test_the_signature_comes_before_the_text(history: Project) -> None:
    headings = re.findall("(?m)^[A-Z][a-z]+$", history.run("diff", "greeting", "1.1.0", "1.2.0").out)
    assert headings == ["Signature", "Text"]


def test_a_version_wins_over_a_branch_of_its_name_and_says_so(history: Project) -> None:
    result = history.run("diff", "greeting", "1.0.0", "start")
    assert (result.status, result.out) == (0, "unchanged\n")
    assert "1.0.0 was read as a version; the branch or tag of that name is greeting@ref:1.0.0" in result.err


def test_sides_are_labelled_as_requested(history: Project) -> None:
    def labels(*arguments: str) -> tuple[str, str]:
        (prompt,) = history.run("diff", "greeting", *arguments, "--json").json["prompts"]
        return prompt["from"], prompt["to"]

    assert labels() == ("HEAD", "working tree")
    assert labels("--staged") == ("HEAD", ":staged")
    assert labels("^1.0") == ("1.2.0", "working tree")
    assert labels("1.0.0", "start") == ("1.0.0", "start")


class TestAgainst:
    def test_every_prompt_that_the_branch_changed_is_there_and_no_other(self, history: Project) -> None:
        result = history.run("diff", "--against", "main", "--json")
        assert result.status == 0, result.err
        assert result.json["schema"] == 1
        assert {one["id"]: (one["verdict"], one["level"], one["declared"]) for one in result.json["prompts"]} == {
            "gone": ("deleted", None, None),
            "greeting": ("too-low", "major", "minor"),
            "middle": ("too-low", "patch", "none"),
            "new/one": ("added", None, None),
            "outer/top": ("too-low", "patch", "none"),
            "part": ("suffices", "patch", "patch"),
        }
        assert set(result.json["prompts"][1]["changes"][0]) == {"kind", "level", "path", "old", "new", "message"}

    def test_direct_comparison_shows_changes_of_the_other_side(self, history: Project) -> None:
        found = history.run("diff", "--against", "main", "--direct", "--json").json["prompts"]
        assert {one["id"]: one["verdict"] for one in found}["only-main"] == "deleted"
        assert len(found) == 7

    @pytest.mark.parametrize(
        ("pattern", "ids"),
        [
            ("greeting", ["greeting"]),
            ("new", ["new/one"]),
            ("outer/", ["outer/top"]),
            ("*t", ["part"]),
            ("g*", ["gone", "greeting"]),
            ("prompts/middle.yaml", ["middle"]),
            ("pinned", []),
        ],
    )
    def test_a_pattern_chooses(self, history: Project, pattern: str, ids: list[str]) -> None:
        result = history.run("diff", "--against", "main", pattern, "--json")
        assert (result.status, [one["id"] for one in result.json["prompts"]]) == (0, ids)

    def test_pattern_without_matches_is_an_error(self, history: Project) -> None:
        result = history.run("diff", "--against", "main", "greetnig")
        assert (result.status, result.out) == (3, "")
        assert "unknown prompt 'greetnig'" in result.err

    def test_staged_option_compares_the_index(self, history: Project) -> None:
        staged = history.run("diff", "--against", "main", "greeting", "--staged")
        assert "+ Staged {{who}}!" in staged.out
        assert "greeting (main -> :staged)" in staged.out

    def test_a_line_counts_them(self, history: Project) -> None:
        lines = history.run("diff", "--against", "main").out.splitlines()
        count = lines.index("6 prompts changed: 1 breaking, 3 patch, 1 added, 1 deleted; 3 versions are too low")
        assert [line.split()[0] for line in lines[:2]] == ["PROMPT", "gone"]
        assert lines[count + 1 : count + 3] == ["", "gone (main -> working tree)"]

    def test_no_change_is_noted_and_an_empty_list_written(self, repository: Project) -> None:
        repository.prompt("x")
        repository.commit()
        result = repository.run("diff", "--against", "HEAD", "--exit-code")
        assert (result.status, result.out, result.err) == (0, "", "no prompt changed against HEAD\n")
        assert repository.run("diff", "--against", "HEAD", "--json").json == {"schema": 1, "prompts": []}
        assert "no prompt changed" in repository.run("diff", "--against", "HEAD", "--output-format", "markdown").out

    def test_unknown_commit_and_no_common_ancestor_cannot_be_compared(self, repository: Project) -> None:
        repository.prompt("x")
        repository.commit()
        repository.git("checkout", "-q", "--orphan", "other")
        repository.commit("Another root")
        unknown = repository.run("diff", "--against", "mian")
        assert (unknown.status, unknown.out) == (3, "")
        assert "main" in unknown.err
        unrelated = repository.run("diff", "--against", "main")
        assert (unrelated.status, unrelated.out) == (3, "")
        assert "no common history" in unrelated.err


class TestFormats:
    def test_git_apply_accepts_unified_output(self, repository: Project) -> None:
        repository.prompt("x", GREETING)
        repository.prompt("y", GREETING)
        repository.commit()
        repository.prompt("x", GREETING.replace("Hello", "Bye"))
        (repository.root / "prompts/y.yaml").unlink()
        repository.prompt("z", GREETING)
        changed = {name: (repository.root / f"prompts/{name}.yaml").read_bytes() for name in ("x", "z")}
        patch = repository.run("diff", "--against", "HEAD", "--output-format", "unified")
        assert patch.status == 0, patch.err
        repository.git("checkout", "-q", ".")
        repository.git("clean", "-fdq")
        repository.write("a.patch", patch.stdout)
        repository.git("apply", "a.patch")
        assert {name: (repository.root / f"prompts/{name}.yaml").read_bytes() for name in ("x", "z")} == changed
        assert not (repository.root / "prompts/y.yaml").exists()

    def test_markdown_is_a_table_and_fences(self, history: Project) -> None:
        lines = history.run("diff", "--against", "main", "--output-format", "markdown").out.splitlines()
        assert any(line.startswith("| `greeting` | 1.1.0 → 1.2.0 | major |") for line in lines) or any(
            line.startswith("| greeting | 1.1.0 → 1.2.0 | major |") for line in lines
        )
        assert "```diff" in lines

    def test_output_goes_to_a_file(self, repository: Project) -> None:
        repository.prompt("x", GREETING)
        repository.commit()
        repository.prompt("x", RENAMED)
        for form in ("text", "unified", "json", "markdown"):
            printed = repository.run("diff", "x", "--output-format", form)
            written = repository.run("diff", "x", "--output-format", form, "--output", "out", "--exit-code")
            assert (written.status, written.out) == (1, ""), written.err
            assert repository.read("out") == printed.stdout

    def test_wrong_usage(self, history: Project) -> None:
        for arguments in (
            ["--direct"],
            ["--direct", "greeting"],
            ["greeting", "1.0.0", "1.1.0", "1.2.0"],
            ["greeting@1.0.0", "greeting", "HEAD"],
            ["greeting", "1.0.0", "1.1.0", "--staged"],
            ["greeting", "--var", "name=x"],
            ["greeting", "--rendered", "--var", "nope=x"],
            ["greeting", "--rendered", "--example", "nope"],
        ):
            result = history.run("diff", *arguments)
            assert (result.status, result.out) == (2, ""), (arguments, result)


@pytest.mark.parametrize(
    ("body", "status"),
    [(GREETING, 0), (f"# a comment\n{GREETING}", 1), (f"description: New\n{GREETING}", 1), (RENAMED, 1)],
)
def test_exit_code_option_reports_any_difference(repository: Project, body: str, status: int) -> None:
    repository.prompt("x", GREETING)
    repository.commit()
    repository.prompt("x", body)
    assert repository.run("diff", "x").status == 0
    assert repository.run("diff", "x", "--exit-code").status == status
    assert repository.run("diff", "--against", "HEAD", "--exit-code").status == status


@pytest.mark.parametrize(
    "body", ["template: '{{'\n", "template: '{{> none}}'\n", "nope: 1\ntemplate: Bye\n", "template: [\n"]
)
@pytest.mark.parametrize("broken", ["old", "new"])
def test_broken_prompts_are_shown_without_a_verdict(repository: Project, broken: str, body: str) -> None:
    for side in ("old", "new"):
        repository.prompt("x", body if side == broken else GREETING)
        repository.prompt("y", f"template: {side}\n")
        if side == "old":
            repository.commit()
    for arguments in (["x", "--exit-code"], ["x", "--json"]):
        result = repository.run("diff", *arguments)
        assert result.status == 3, (arguments, result)
        at = "" if broken == "new" else "at HEAD: "
        assert f"could not compare: {at}prompts/x.yaml:" in result.out or '"verdict": "unjudged"' in result.out
        assert "x:1:1" not in result.out
    many = repository.run("diff", "--against", "HEAD")
    assert many.status == 3
    text = many.out
    assert "Hello {{name}}" in text
    assert "- old\n+ new\n" in text
    assert "1 not compared" in text


class TestRendered:
    @pytest.fixture
    def renamed(self, repository: Project) -> Project:
        repository.prompt("x", GREETING + "examples:\n- {name: one, variables: {name: Ada}}\n")
        repository.commit()
        repository.prompt("x", RENAMED + "examples:\n- {name: one, variables: {who: Bea}}\n")
        return repository

    def test_each_side_renders_with_its_own_example(self, renamed: Project) -> None:
        for arguments in ([], ["--example", "one"]):
            result = renamed.run("diff", "x", "--rendered", *arguments)
            assert result.status == 0, result.err
            assert "Hello [-Ada-]{+Bea+}!" in result.out
        document = renamed.run("diff", "x", "--rendered", "--json").json
        assert document["prompts"][0]["old"] == [{"role": None, "content": "Hello Ada!"}]

    def test_values_go_to_the_side_that_declares_them(self, renamed: Project) -> None:
        result = renamed.run("diff", "x", "--rendered", "--var", "name=[/INST]", "--var", "who=Zoe", "--exit-code")
        assert (result.status, "Hello [-[/INST]-]{+Zoe+}!" in result.out) == (1, True), result
        same = renamed.run("diff", "x", "--rendered", "--var", "name=A", "--var", "who=A", "--exit-code")
        assert (same.status, same.out, same.err) == (0, "", "the rendered text is the same\n")

    def test_render_error_is_reported(self, repository: Project) -> None:
        repository.prompt("x", GREETING)
        repository.commit()
        result = repository.run("diff", "x", "--rendered")
        command = "prompt-cli diff x --rendered --var name=text"
        text = f"could not be rendered: name is missing (a string)\n  help: pass values, as in `{command}`\n"
        assert (result.status, result.out) == (3, text)
        assert repository.run(*command.split()[1:]).status == 0

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (["x", "HEAD"], "`prompt-cli diff x --rendered --var n=1 --var 'kind=a b'`"),
            (["x", "1.0.0", "HEAD"], "`prompt-cli diff x 1.0.0 HEAD --rendered --var n=1 --var 'kind=a b'`"),
            (["--staged"], "`prompt-cli diff x --staged --rendered --var n=1 --var 'kind=a b'`"),
            (["--against", "HEAD"], "`prompt-cli diff x --against HEAD --rendered --var n=1 --var 'kind=a b'`"),
            (["x", "--var", "n=2"], "pass the other values too, such as --var 'kind=a b'"),
        ],
    )
    def test_the_help_is_a_command_that_works(self, repository: Project, arguments: list[str], text: str) -> None:
        variables = "variables: {n: {type: integer}, kind: {type: string, enum: [a b]}}\n"
        repository.prompt("x", variables + "template: '{{n}} {{kind}}'\n")
        repository.commit()
        repository.prompt("x", variables + "template: '{{n}}, {{kind}}'\n")
        repository.git("add", "-A")
        result = repository.run("diff", *arguments, "--rendered")
        assert (result.status, text in result.out) == (3, True), result.out
        if "`" in text:
            assert repository.run(*shlex.split(text.strip("`"))[1:]).status == 0

    def test_many_are_each_below_its_id(self, renamed: Project) -> None:
        renamed.prompt("y", "template: New.\n")
        result = renamed.run("diff", "--against", "HEAD", "--rendered")
        assert result.status == 0, result.err
        assert [line for line in result.out.splitlines() if "->" in line] == [
            "x (HEAD -> working tree)",
            "y (HEAD -> working tree)",
        ]

    def test_a_change_of_a_partial_shows_in_what_includes_it(self, history: Project) -> None:
        result = history.run("diff", "outer/top", "main", "--rendered", "--output-format", "unified")
        assert "-Be kind." in result.out
        assert "+Be very kind." in result.out
        assert history.run("diff", "pinned", "main", "--rendered").out == ""

    def test_a_chat_is_compared_message_by_message(self, repository: Project) -> None:
        head = "id: x\nversion: 1.0.0\nformat: chat\nmessages:\n"
        repository.write("prompts/x.yaml", head + "- {role: system, content: A}\n- {role: user, content: B}\n")
        repository.commit()
        repository.write("prompts/x.yaml", head + "- {role: system, content: A}\n- {role: user, content: C}\n")
        result = repository.run("diff", "x", "--rendered", "--json").json["prompts"][0]
        assert result["old"][1] == {"role": "user", "content": "B"}
        assert result["new"][1] == {"role": "user", "content": "C"}


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> InProcess:
    root = tmp_path_factory.mktemp("terminal") / "project"
    root.mkdir()
    project = InProcess(root)
    del project.environment["NO_COLOR"]
    project.git("init", "-q", "-b", "main")
    lines = [f"  line number {n} of a text\n" for n in range(60)]
    project.prompt("x", f"template: |\n{''.join(lines)}")
    project.commit()
    lines[1::4] = [line.replace("text", "prompt") for line in lines[1::4]]
    project.prompt("x", f"template: |\n{''.join(lines)}")
    return project


class TestTerminal:
    def test_words_are_marked_at_any_width(self, edited: InProcess) -> None:
        for columns in (80, 140):
            shown = edited.screen("diff", "x", columns=columns, environment={"NO_COLOR": "1"})
            assert "~ line number 1 of a [-text-]{+prompt+}\n" in shown
            assert edited.run("diff", "x", environment={"COLUMNS": str(columns)}).out == shown

    def test_pager_is_used_on_a_terminal_for_long_output(self, edited: Project) -> None:
        pager: dict[str, Any] = {
            "terminal_input": True,
            "PAGER": "sed s/^/paged:/",
            "MANPAGER": "false",
            "COLUMNS": "80",
        }
        for form in ("text", "unified"):
            shown = on_a_terminal(edited, "diff", "x", "--output-format", form, LINES="10", **pager)
            assert shown.startswith("paged:")
        assert "paged:" not in on_a_terminal(edited, "diff", "x", LINES="500", **pager)
        assert "paged:" not in on_a_terminal(edited, "diff", "x", "--no-pager", LINES="10", **pager)
        assert b"paged:" not in edited.run("diff", "x", environment={"PAGER": pager["PAGER"], "LINES": "10"}).stdout


HOSTILE = "[/INST] [/bold] \x1b[31m \u202e ```\n~~~~ </details> | @team #1 [a](javascript:x)\n"


@pytest.mark.parametrize("form", ["text", "unified", "json", "markdown"])
def test_hostile_text_is_text(repository: InProcess, form: str) -> None:
    def body(word: str) -> str:
        escaped = HOSTILE.replace("\\", "\\\\").replace("\x1b", "\\e").replace("\n", "\\n").replace("\u202e", "\\u202e")
        return f'description: "{escaped}{word}"\ntemplate: "{escaped}{word}\\n````\\n"\n'

    repository.prompt("x", body("one"))
    repository.commit()
    repository.prompt("x", body("two"))
    for arguments in ([], ["--rendered"]):
        result = repository.run("diff", "x", "--output-format", form, *arguments)
        assert result.status == 0, result.err
        if form == "unified":  # it is for programs: byte for byte
            continue
        assert "\x1b" not in result.out
        assert "\u202e" not in result.out
        assert "[/INST]" in result.out
        if form == "markdown":
            fences = re.findall("(?m)^(`{3,})diff$", result.out)
            assert fences
            assert all(len(fence) > 4 for fence in fences)
    shown = repository.screen("diff", "x", "--output-format", form, environment={"NO_COLOR": "1"})
    assert "\x1b" not in shown
    assert "\u202e" not in shown


class TestLevels:
    SETTINGS = "[levels]\ntext-changed = 'minor'\n"

    def test_settings_say_the_level_of_a_kind(self, repository: Project) -> None:
        repository.prompt("x", "template: one\n")
        repository.write("prompt-cli.toml", self.SETTINGS)
        repository.commit()
        repository.prompt("x", "template: two\n", "1.0.1")
        assert first_line(repository, "x") == "minor: needs a minor bump; version says patch (1.0.0 -> 1.0.1)"
        assert "\nx       minor: needs a minor bump" in repository.run("diff", "--stat").out
        assert repository.run("bump", "x").out.startswith("x: 1.0.1 -> 1.1.0\n  minor: ")

    def test_a_pull_request_does_not_choose_its_judge(self, repository: Project) -> None:
        repository.prompt("x", "template: one\n")
        repository.write("pyproject.toml", "[tool.prompt-cli.levels]\ntext-changed = 'major'\n")
        repository.commit()
        repository.git("switch", "-q", "-c", "feature")
        repository.prompt("x", "template: two\n", "1.0.1")
        repository.write("pyproject.toml", "[tool.prompt-cli.levels]\ntext-changed = 'none'\n")
        repository.write("prompt-cli.toml", "[levels]\ntext-changed = 'none'\n")
        repository.commit()
        (prompt,) = repository.run("diff", "--against", "main", "--json").json["prompts"]
        assert (prompt["level"], prompt["verdict"]) == ("major", "too-low")
        assert repository.run("bump", "--all", "--against", "main").out.startswith("x: 1.0.1 -> 2.0.0")


class TestPlaces:
    def test_a_shallow_clone_says_how_to_deepen_it(self, history: Project, tmp_path: Path) -> None:
        history.git("clone", "-q", "--depth=1", f"file://{history.root}", str(tmp_path / "clone"))
        clone = InProcess(tmp_path / "clone")
        for arguments in (["greeting", "1.0.0"], ["greeting", "^1.0"]):
            result = clone.run("diff", *arguments)
            assert (result.status, result.out) == (3, ""), result
            assert "git fetch --unshallow" in result.err
            assert "fetch-depth: 0" in result.err
        assert clone.run("diff", "greeting").out == "unchanged\n"

    def test_nothing_committed_and_no_repository(self, project: Project) -> None:
        project.prompt("x")
        for arguments in (["x"], ["--against", "HEAD"]):
            result = project.run("diff", *arguments)
            assert (result.status, result.out) == (3, "")
            assert "not inside a git repository" in result.err
        project.git("init", "-q")
        for arguments in (["x"], ["--against", "HEAD"]):
            result = project.run("diff", *arguments)
            assert (result.status, result.out) == (3, "")
            assert "no commits yet" in result.err
        project.write(".git/HEAD", "01" * 20)
        for arguments in ([], ["x"], ["x", "HEAD~1"], ["--against", "HEAD"]):
            result = project.run("diff", *arguments)
            assert (result.status, "the git repository is damaged" in result.err) == (3, True), result.err
        project.write(".git/refs/heads/new", "01" * 20)
        missing = project.run("diff", "x", "new").err
        assert "the git repository is damaged: new names the commit 0101010101, which is missing" in missing
        for absent in ("01" * 20, "AB" * 20):
            assert "unknown revision" in project.run("diff", "x", absent).err

    def test_from_below_from_elsewhere_and_in_a_linked_worktree(self, history: Project) -> None:
        expected = history.run("diff", "greeting", "1.0.0", "1.1.0").out
        assert history.run("diff", "greeting", "1.0.0", "1.1.0", cwd="prompts/outer").out == expected
        assert (
            history.run("diff", "--directory", "project/prompts", "greeting", "1.0.0", "1.1.0", cwd="..").out
            == expected
        )
        history.git("worktree", "add", "-q", "--detach", "../linked", "main")
        linked = InProcess(history.root.parent / "linked")
        assert linked.run("diff", "greeting", "1.0.0", "1.1.0").out == expected
        linked.prompt("greeting", GREETING, "1.1.1")
        assert first_line(linked, "greeting") == "patch: 1.1.0 -> 1.1.1 is enough"

    def test_a_prompt_that_is_nowhere(self, history: Project) -> None:
        result = history.run("diff", "greetign")
        assert (result.status, result.out) == (3, "")
        assert "unknown prompt 'greetign'" in result.err
        missing = history.run("diff", "greeting", "9.9.9")
        assert (missing.status, missing.out) == (3, "")
        assert "1.2.0" in missing.err


def test_a_file_that_cannot_be_compared_says_what_to_do(repository: Project) -> None:
    repository.prompt("x", GREETING)
    repository.commit()
    repository.prompt("x", "templat: Hello!\n")
    result = repository.run("diff", "x")
    assert result.status == 3
    assert "prompts/x.yaml:4:1: unknown key 'templat' (did you mean 'template'?)\n" in result.out
