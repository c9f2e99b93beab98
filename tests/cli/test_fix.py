"""Mending by validate --fix: the bytes concerned and no others, checked before they are written, all files or none."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from prompt_cli import DirectoryStorage, PromptRegistry
from prompt_cli.checking.fixer import PromptFixer, patch, select_fixes
from prompt_cli.domain.finding import Edit, Finding, Fix, Severity
from prompt_cli.errors import StorageConflictError
from prompt_cli.problems import Region
from prompt_cli.rules.selection import select_rules
from prompt_cli.workspace import Workspace

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

HEAD = b"id: x\nversion: 1.0.0\nformat: text\n"
CRLF = HEAD.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"id: y\nversion: 1.0.0\nformat: text\ntemplate: a\n", HEAD + b"template: a\n"),
        (b"'id':  \"y\"  # why\nversion: 1.0.0\nformat: text\ntemplate: a", None),
        (b"id: X.yaml\nversion: 1.0.0\nformat: text\ntemplate: a\n", HEAD + b"template: a\n"),
        ("template: a\u200bb\u2060 \u00ad\n", "template: ab \n"),
        ("template: 'é\u202eb\u202c' # \u2066\n", "template: 'éb' # \n"),
        ("template: Hi\U000e0048\U000e0069!\n", "template: Hi!\n"),
        ("template: |\n  a\u2028b\n", "template: |\n  a\n  b\n"),
        (
            CRLF + "template: |\r\n    a\r\n      b\u2029c\r\n".encode(),
            CRLF + b"template: |\r\n    a\r\n      b\r\n    c\r\n",
        ),
        ('template: "a\u0085b\u2028c"\n', 'template: "a\\u0085b\\u2028c"\n'),
        ("template: 'a\u0085b' # c\u2028d\n", "template: 'a b' # c d\n"),
        ("template: |\n  " + "a\u2028" * 50 + "\n", "template: |\n  " + "a\n  " * 50 + "\n"),
        ("template: a\u2028b\u200bc\n", "template: a bc\n"),
        ("template: ب\u200c\u202eب 👩\u200d💻\n", None),
        ("template: Summarise ticket #7 and quote it.\n", "template: 'Summarise ticket #7 and quote it.'\n"),
        ("template: &a It's ticket\n  number #7 \n", 'template: &a "It\'s ticket\n  number #7" \n'),
        ("description: Use # and ##.\ntemplate: a\n", "description: 'Use # and ##.'\ntemplate: a\n"),
        # A joiner belongs to an emoji whose base is an escape, and to a Persian ending; an escape hides nothing.
        ('template: "\\U0001F9D9\u200d♂\ufe0f a\u200bb\\u200b"\n', 'template: "\\U0001F9D9\u200d♂\ufe0f ab\\u200b"\n'),
        ("template: API\u200cها a\u200bb\n", "template: API\u200cها ab\n"),
    ],
)
def test_only_the_bytes_concerned_change(repository: Project, before: bytes | str, after: bytes | str | None) -> None:
    content = before if isinstance(before, bytes) else HEAD + before.encode()
    wanted = after if isinstance(after, bytes) else HEAD + after.encode() if after else None
    if wanted is None:
        wanted = content.replace(b'"y"', b'"x"').replace("\u202e".encode(), b"")
    repository.write("prompts/x.yaml", content)
    assert b" can be fixed by --fix" in repository.run("validate").stderr
    assert repository.read("prompts/x.yaml") == content, "without --fix nothing is written"
    result = repository.run("validate", "--fix", "--strict")
    assert repository.read("prompts/x.yaml") == wanted
    assert (result.status, result.out) == (0, "")
    assert " fixed\n" in result.err
    again = repository.run("validate", "--fix")
    assert again.err == "1 prompt checked, no problems\n"


def test_byte_order_mark_at_the_start_stays(repository: Project) -> None:
    repository.write("prompts/x.yaml", b"\xef\xbb\xbf" + HEAD + "template: a\ufeffb\n".encode())
    assert repository.run("validate", "--fix").status == 0
    assert repository.read("prompts/x.yaml") == b"\xef\xbb\xbf" + HEAD + b"template: ab\n"


def test_a_variable_that_a_comment_cuts_off_is_not_to_be_removed(repository: Project) -> None:
    repository.prompt("x", "variables: {q: {type: string}}\ntemplate: Look at issue #7 and answer {{q}}\n")
    assert "it is used in the comment of line 5: put that text in quotes" in repository.run("validate").out
    assert repository.run("validate", "--fix", "--strict").status == 0


def test_findings_without_a_fix_are_reported(repository: Project) -> None:
    repository.prompt("x", "template: '{{name}}\u200b'\n")
    result = repository.run("validate", "--fix", "--json")
    assert result.status == 1
    assert [one["code"] for one in result.json["findings"]] == ["PC301"]
    assert result.json["summary"]["fixed"] == 1
    assert result.err == "1 prompt checked: 1 error, 0 warnings; 1 fixed\n"


def test_findings_behind_a_broken_file_appear(repository: Project) -> None:
    repository.write("prompts/x.yaml", "id: y\nversion: 1.0.0\nformat: text\ntemplate: '{{name}} a\u2028b'\n")
    result = repository.run("validate", "--fix")
    assert result.status == 1
    assert "PC301" in result.out
    assert repository.read("prompts/x.yaml") == HEAD + b"template: '{{name}} a b'\n"


def test_a_fix_that_would_do_harm_is_not_made(repository: Project) -> None:
    # Without the mark between them the two braces would open a tag that is never closed.
    body = "template: 'a{\u200b{b \u202e'\n"
    repository.prompt("x", body)
    result = repository.run("validate", "--fix")
    assert [line.split()[2] for line in result.out.splitlines() if line.startswith("prompts/")] == ["PC404"]
    assert repository.read("prompts/x.yaml") == HEAD + body.replace("\u202e", "").encode()
    assert result.err.endswith("; 1 fixed\n"), "the remaining finding has no fix"


@pytest.mark.parametrize(
    "body",
    [
        "variables: {name: {type: string}}\ntemplate: '{{name}}{\u200b{name}}'\n",  # it would become a tag
        'variables: {name: {type: string, enum: ["a\u200bb", c]}}\ntemplate: "{{name}}"\n',  # what callers pass
        "variables: {name: {type: string}}\ntemplate: '{{name}} \\{\u200b{'\n",
        "template: x \u200b# y\n",  # it would become a comment of YAML
        "template: \u200b12\n",  # a number
        "template: e\u200b\u0301\n",  # an accent would move
    ],
)
def test_a_fix_that_would_change_more_than_invisible_characters_is_not_made(repository: Project, body: str) -> None:
    content = repository.prompt("x", body).read_bytes()
    result = repository.run("validate", "--fix")
    assert "PC404" in result.out
    assert repository.read("prompts/x.yaml") == content


def test_a_fix_that_would_harm_another_prompt_is_not_made(repository: Project) -> None:
    part = repository.prompt("part", "template: a\u200bb\n").read_bytes()
    repository.prompt("y", "template: a\u202eb\n")
    repository.prompt("x", "template: '{{> part}}'\nexamples: [{name: a, expect: {contains: [\"a\\u200bb\"]}}]\n")
    result = repository.run("validate", "--fix")
    assert "1 fixed" in result.err
    assert "PC603" not in result.out
    assert repository.read("prompts/part.yaml") == part
    assert repository.read("prompts/y.yaml").endswith(b"ab\n")


def test_rules_that_are_off_or_suppressed_fix_nothing(repository: Project) -> None:
    content = repository.prompt("x", "template: a\u200bb # prompt-cli: ignore PC404 -- shown to nobody\n").read_bytes()
    assert repository.run("validate", "--fix").status == 0
    repository.prompt("y", "template: a\u200bb\n")
    assert repository.run("validate", "--fix", "--ignore", "PC404").status == 0
    assert repository.run("validate", "--fix", "x").status == 0
    assert repository.read("prompts/x.yaml") == content
    assert "\u200b".encode() in repository.read("prompts/y.yaml")


def test_id_with_an_anchor_is_not_fixed(repository: Project) -> None:
    content = "id: &a y\nversion: 1.0.0\nformat: text\ndescription: *a\ntemplate: a\n"
    repository.write("prompts/x.yaml", content)
    result = repository.run("validate", "--fix")
    assert result.status == 1
    assert "PC104" in result.out
    assert repository.read("prompts/x.yaml") == content.encode()


def test_file_with_two_ids_is_not_fixed(repository: Project) -> None:
    repository.prompt("x")
    (repository.root / "prompts/y.yaml").symlink_to("x.yaml")
    result = repository.run("validate", "--fix")
    assert result.status == 1
    assert repository.read("prompts/x.yaml") == HEAD + b"template: Hello!\n"


def test_the_difference_is_shown_as_patch_takes_it(repository: Project) -> None:
    repository.prompt("x", "template: |\n  a\u200bb\n  c")
    repository.write("prompts/y.yaml", b"id: z\r\nversion: 1.0.0\r\nformat: text\r\ntemplate: a\r\n")
    repository.commit()
    result = repository.run("validate", "--diff")
    assert result.status == 1
    assert result.err == "2 prompts checked, no problems; 2 would be fixed\n"
    assert repository.git("status", "--porcelain") == ""
    assert "# the model reads another text of template\n# before: a\\u200bb\n# after: ab\n--- a/" in result.out
    subprocess.run(["git", "apply"], cwd=repository.root, input=result.stdout, check=True, env=repository.environment)
    applied = repository.read("prompts/x.yaml"), repository.read("prompts/y.yaml")
    repository.git("checkout", "-q", ".")
    assert repository.run("validate", "--fix").status == 0
    assert (repository.read("prompts/x.yaml"), repository.read("prompts/y.yaml")) == applied
    clean = repository.run("validate", "--diff")
    assert (clean.status, clean.out) == (0, "")


def test_diff_with_fix_only_shows_the_difference(repository: Project) -> None:
    content = repository.prompt("x", "template: a\u200bb\n").read_bytes()
    assert "\n--- a/prompts/x.yaml" in repository.run("validate", "--fix", "--diff").out
    assert repository.read("prompts/x.yaml") == content


@pytest.mark.parametrize(
    "arguments",
    [
        ("--fix", "-", "--stdin-filename", "prompts/x.yaml"),
        ("--diff", "-"),
        ("--fix", "--stdin-filename", "prompts/x.yaml"),
        ("--diff", "--json"),
        ("--diff", "--output-format", "sarif"),
    ],
)
def test_options_incompatible_with_fix_are_wrong_usage(repository: Project, arguments: tuple[str, ...]) -> None:
    repository.prompt("x")
    result = repository.run("validate", *arguments)
    assert (result.status, result.out) == (2, ""), result.err


def test_cached_results_are_used_and_results_after_fixes_are_cached(repository: Project) -> None:
    for one in ("a", "b"):
        repository.prompt(one)
    repository.prompt("part", "template: a\u200bb\n")
    repository.prompt("whole", "template: '{{> part}}'\n")
    assert repository.run("validate", "--strict").status == 1
    (kept,) = (repository.root / ".git/prompt-cli/cache/results").iterdir()
    before = kept.read_bytes()
    fixed = repository.run("validate", "--fix")
    assert (fixed.status, fixed.err) == (0, "4 prompts checked, no problems; 1 fixed\n")
    after = kept.read_bytes()
    assert after != before, "part and whole are other ones"
    assert repository.run("validate").err == "4 prompts checked, no problems\n"
    assert repository.run("validate", "--fix").status == 0
    assert kept.read_bytes() == after, "all was known"


def test_fix_ignores_cached_results(repository: Project) -> None:
    repository.prompt("part", "template: plain\n")
    repository.prompt("x", "template: '{{> part}}'\nexamples: [{name: a, expect: {contains: [\"a\\u200bb\"]}}]\n")
    repository.prompt("part", "template: a\u200bb\n")
    assert repository.run("validate", "--strict").status == 1
    part = repository.read("prompts/part.yaml")
    result = repository.run("validate", "--fix")
    assert [line.split()[2] for line in result.out.splitlines() if line.startswith("prompts/")] == ["PC404"]
    assert repository.read("prompts/part.yaml") == part


@pytest.mark.parametrize("arguments", [("--fix",), ("--diff",)])
def test_a_foreign_result_is_not_believed(repository: Project, arguments: tuple[str, ...]) -> None:
    """Fixes are made from the bytes on the disk, never from cached results."""
    repository.prompt("x", "template: a\u200bb\n")
    assert repository.run("validate", "--strict").status == 1
    repository.prompt("x", "template: c\u202ed\n")
    fresh = repository.run("validate", "--no-cache", "--diff")
    assert repository.run("validate", "--diff").out == fresh.out
    repository.run("validate", *arguments)
    assert repository.run("validate", "--no-cache").out == repository.run("validate").out


async def test_files_change_together_or_not_at_all(repository: Project) -> None:
    paths = [repository.prompt(one, "template: a\u200bb\n") for one in ("a", "b", "c")]
    workspace = Workspace(PromptRegistry(DirectoryStorage(repository.root / "prompts")))
    fixer = PromptFixer(workspace, select_rules(), lambda _: True)
    fixed = await fixer.fix(["a", "b", "c"])
    assert len(fixed.rewrites) == fixed.report.fixed == 3
    saved = paths[1].read_bytes() + b"# edited meanwhile\n"
    paths[1].write_bytes(saved)
    with pytest.raises(StorageConflictError):
        await fixer.write(fixed)
    assert [b"\xe2\x80\x8b" in path.read_bytes() for path in paths] == [True, True, True]
    assert paths[1].read_bytes() == saved


def finding(*edits: tuple[int, int, str]) -> Finding:
    fix = Fix("", tuple(Edit(Region(1, start, 1, end), text) for start, end, text in edits))
    return Finding("x.yaml", Region(1, 1, 1, 1), Severity.ERROR, "PC000", "none", "", fix=fix)


@pytest.mark.parametrize(
    ("fixes", "count", "content"),
    [
        ([finding((1, 2, "")), finding((3, 4, "X"))], 2, b"bX"),
        ([finding((1, 3, "")), finding((2, 4, "X"))], 1, b"c"),
        ([finding((1, 2, "X"), (3, 4, "Y")), finding((3, 4, "Y"))], 2, b"XbY"),
        ([finding((1, 2, "X"), (3, 4, "Y")), finding((3, 4, "Z"))], 1, b"XbY"),
        ([finding((2, 2, "X")), finding((2, 2, "Y"))], 1, b"aXbc"),
        ([finding((1, 2, ""), (1, 3, ""))], 1, None),
    ],
)
def test_fixes_that_overlap_are_not_made_together(fixes: list[Finding], count: int, content: bytes | None) -> None:
    selected = select_fixes(fixes)
    assert len(selected) == count
    assert patch(b"abc", selected) == content


def test_versions_are_bumped_by_the_changes_of_a_branch(repository: Project) -> None:
    part, whole = "template: one\n", "template: '{{> part}}'\n"
    repository.prompt("part", part)
    repository.prompt("whole", whole)
    repository.commit()
    repository.git("checkout", "-q", "-b", "topic")
    repository.prompt("part", part.replace("one", "two"))
    repository.commit()
    shown = repository.run("validate", "--against", "main", "--diff")
    assert (shown.status, shown.out.count("+version: 1.0.1")) == (1, 2)
    assert repository.git("status", "--porcelain") == ""
    fixed = repository.run("validate", "--against", "main", "--fix")
    assert (fixed.status, fixed.out, fixed.err) == (0, "", "2 prompts checked, no problems; 2 fixed\n")
    assert repository.git("diff", "--stat", "--numstat").splitlines()[:2] == [
        "1\t1\tprompts/part.yaml",
        "1\t1\tprompts/whole.yaml",
    ]
    assert repository.run("validate", "--against", "main").status == 0


_REFUSED = "--fix does not fix it: that would cause another error"


@pytest.mark.parametrize("options", [(), ("--against", "HEAD"), ("--no-cache",)])
def test_marked_findings_are_those_that_fix_fixes(repository: Project, options: tuple[str, ...]) -> None:
    repository.prompt("old")
    repository.commit()
    # Two that are equal but for their place, of which one is refused.
    repository.prompt("half", "template: 'a{\u200b{b and c\u200bd \u200b'\n")
    repository.prompt("fine", "template: a\u200bb\n")
    repository.prompt("part", "template: a\u200bb\n")
    repository.prompt("user", "template: '{{> part}}'\nexamples: [{name: a, expect: {contains: [\"a\\u200bb\"]}}]\n")
    (repository.root / "prompts/link.yaml").symlink_to("fine.yaml")
    before = repository.run("validate", *options, "--json").json
    assert repository.run("validate", *options, "--json").json == before, "also from the cache"
    marked = [(one["path"], one["column"]) for one in before["findings"] if one["fix"]]
    assert marked == [("prompts/fine.yaml", 12), ("prompts/half.yaml", 23), ("prompts/half.yaml", 26)]
    helps = {one["path"]: one["help"] for one in before["findings"] if not one["fix"]}
    assert _REFUSED in helps["prompts/half.yaml"]
    assert _REFUSED in helps["prompts/part.yaml"]
    assert "a symbolic link leads to the file" in helps["prompts/link.yaml"]
    after = repository.run("validate", *options, "--fix", "--json").json
    assert after["summary"]["fixed"] == len(marked)
    left = {one["path"]: one["help"] for one in after["findings"]}
    assert left == {path: helps[path] for path in left}
    assert _REFUSED in left["prompts/part.yaml"]


def test_places_that_fix_cannot_reach_say_how_to_fix(repository: Project) -> None:
    content = repository.prompt("x", "template: a\u200bb\n").read_bytes()
    repository.git("add", "-A")
    staged = repository.run("validate", "--staged")
    typed = repository.run("validate", "-", "--stdin-filename", "prompts/x.yaml", stdin=content)
    for result, command in ((staged, "validate --fix`, then stage"), (typed, "validate --fix prompts/x.yaml`")):
        assert "PC404" in result.out
        assert "[*]" not in result.out + result.err
        assert "to fix 1 of them, " in result.err
        assert command in result.err
    for arguments, advice in (
        (["--staged"], "stage the result"),
        (["-", "--stdin-filename", "x.yaml"], "save the text"),
    ):
        refused = repository.run("validate", "--fix", *arguments)
        assert refused.status == 2
        assert advice in " ".join(refused.err.split())
    edits = repository.run("validate", "--json", "-", "--stdin-filename", "prompts/x.yaml", stdin=content)
    assert edits.json["findings"][0]["fix"], "an editor applies it"
