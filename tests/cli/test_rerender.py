"""Prompts that were rendered before: what is answered is always what would be without knowing them."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.support import COMMAND, Project, Result

if TYPE_CHECKING:
    from pathlib import Path

IN_PROCESS = True

TRIAGE = """\
id: support/triage
version: 1.2.0
format: chat
variables:
  customer: {type: string, pattern: "^[A-Z]", maxLength: 20}
  tickets:
    type: array
    maxItems: 3
    items: {type: object, properties: {subject: {type: string}, urgent: {type: boolean, default: false}}}
  tone: {type: string, enum: [formal, friendly], default: friendly}
  limit: {type: integer, nullable: true, default: null, minimum: 1}
  share: {type: number, default: 1.5}
  secret: {type: string, sensitive: true, default: ""}
messages:
  - role: system
    content: "Be {{tone}}.{{> shared/tone}}{{#if limit}} At most {{limit}} of {{share}}.{{/if}}"
  - role: user
    name: ada
    content: "From {{customer}}:{{#each tickets}} {{@index}} {{subject}}{{#if urgent}}!{{/if}}{{/each}}"
examples:
  - name: two tickets
    variables: {customer: Ada, tickets: [{subject: Login fails, urgent: true}]}
"""


@pytest.fixture
def several(repository: Project) -> Project:
    repository.write("prompts/support/triage.yaml", TRIAGE)
    repository.prompt(
        "shared/tone", "variables: {tone: {type: string, default: odd}}\ntemplate: ' {{tone}} {{> deep}}'\n"
    )
    repository.prompt("deep", "template: '[/INST] é'\n")
    repository.prompt("hello", "variables: {name: {type: string}}\ntemplate: |\n  Hello {{name}}!\n\n\n")
    repository.prompt("numbers", "variables: {x: {type: object}}\ntemplate: '{{json x}} {{x.n}}'\n")
    return repository


def kept(project: Project) -> Path:
    return project.root / ".git" / "prompt-cli" / "prompts"


def same(project: Project, *arguments: str, stdin: bytes = b"") -> Result:
    """Hold that what is answered, however often, is what is answered by who knows nothing."""
    shutil.rmtree(kept(project).parent, ignore_errors=True)
    fresh = project.run("render", *arguments, stdin=stdin)
    for _ in range(2):
        assert project.run("render", *arguments, stdin=stdin) == fresh, arguments
    return fresh


def known(project: Project, *arguments: str) -> None:
    """Hold that the same is answered when it is known from before, whatever was changed since."""
    seen = project.run("render", *arguments)
    shutil.rmtree(kept(project).parent, ignore_errors=True)
    assert seen == project.run("render", *arguments)


GIVEN = ("--var", "customer=Ada", "--var", 'tickets=[{"subject": "One", "more": 1}]')


@pytest.mark.parametrize(
    "arguments",
    [
        ("support/triage", "--example", "two tickets"),
        ("support/triage", "--example", "two tickets", "--output-format", "messages"),
        ("support/triage", "--example", "none"),
        ("support/triage", *GIVEN),
        ("support/triage", *GIVEN, "--var", "limit=12345678901234567890", "--var", "share=2"),
        ("support/triage", *GIVEN, "--var", "limit=null"),
        ("support/triage", *GIVEN, "--var", "limit=0"),
        ("support/triage", *GIVEN, "--var", "limit=x"),
        ("support/triage", *GIVEN, "--var", "tone=rude"),
        ("support/triage", *GIVEN, "--var", "other=1"),
        ("support/triage", *GIVEN, "--var", "customer=ada"),
        ("support/triage", *GIVEN, "--var", f"customer={'A' * 21}"),
        ("support/triage", "--var", "customer=Ada", "--var", 'tickets=[{"urgent": 1}]'),
        ("support/triage", "--var", "customer=Ada", "--var", "tickets=[{}]"),
        ("support/triage", "--var", "customer=Ada", "--var", "tickets=[1, 2, 3, 4]"),
        ("support/triage",),
        ("support/triage", "--var", "nonsense"),
        ("hello", "--var", "name=[/INST] \x1b[31m"),
        ("hello", "--var", "name=Ada", "--output-format", "messages"),
        ("hello", "--vars", "values.json"),
        ("hello", "--vars", "values.yaml"),
        ("hello", "--vars", "missing.json"),
        ("hello", "--vars", "prompts"),
        ("hello", "--var-file", "name=values.json"),
        ("hello", "--var-file", "name=latin"),
        ("hello", "--vars", "-", "--var-file", "name=-"),
        ("numbers", "--vars", "numbers.json"),
        ("shared/tone",),
        ("nothing",),
        ("../hello",),
        ("hello", "--engine", "pybars3", "--var", "name=Ada"),
    ],
    ids=" ".join,
)
def test_what_is_known_is_answered_to_the_byte(several: Project, arguments: tuple[str, ...]) -> None:
    several.write("values.json", '{"name": "A\\u00e9"}')
    several.write("values.yaml", "name: Ada # so\n")
    several.write("numbers.json", '{"x": {"n": 1e3, "big": 123456789012345678901234567890, "f": 1.0, "e": [null]}}')
    several.write("latin", b"caf\xe9")
    same(several, *arguments)


def test_standard_input_is_read_once(several: Project) -> None:
    assert same(several, "hello", "--vars", "-", stdin=b'{"name": "Ada"}').out == "Hello Ada!\n"
    assert same(several, "hello", "--var-file", "name=-", stdin=b"Ada").out == "Hello Ada!\n"


def test_a_pipe_of_values_is_read_once(several: Project) -> None:
    for _ in range(2):
        done = subprocess.run(
            ["bash", "-c", f'{COMMAND} render hello --vars <(echo \'{{"name": "Ada"}}\')'],
            cwd=several.root,
            env=several.environment,
            capture_output=True,
            check=True,
        )
        assert done.stdout == b"Hello Ada!\n"


def test_an_output_file_is_written_whole(several: Project) -> None:
    for _ in range(2):
        assert several.run("render", "hello", "--var", "name=Ada", "-o", "out.txt").status == 0
        assert several.read("out.txt") == b"Hello Ada!\n"
        (several.root / "out.txt").unlink()


def test_values_are_never_kept(several: Project) -> None:
    several.run("render", "support/triage", *GIVEN, "--var", "secret=correct horse", "--var", "customer=Battery")
    content = kept(several).read_bytes()
    assert b"horse" not in content
    assert b"Battery" not in content


def test_an_edit_in_the_same_tick_is_seen(several: Project) -> None:
    path = several.root / "prompts" / "hello.yaml"
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    for word in ("Hello", "Howdy", "Hello", "Adieu"):
        path.write_bytes(path.read_bytes().replace(b"Hello", b"#").replace(b"Howdy", b"#").replace(b"#", word.encode()))
        os.utime(path, ns=times)
        assert several.run("render", "hello", "--var", "name=Ada").out == f"{word} Ada!\n"


def test_files_that_change_places_are_seen(several: Project) -> None:
    one, two = several.prompt("a", "template: aa\n"), several.prompt("b", "template: bb\n")
    texts = [path.read_bytes() for path in (one, two)]
    assert [several.run("render", name).out for name in "ab"] == ["aa", "bb"]
    times = (one.stat().st_atime_ns, one.stat().st_mtime_ns)
    one.write_bytes(texts[1].replace(b"id: b", b"id: a"))
    two.write_bytes(texts[0].replace(b"id: a", b"id: b"))
    for path in (one, two):
        os.utime(path, ns=times)
    assert [several.run("render", name).out for name in "ab"] == ["bb", "aa"]
    one.write_bytes(texts[1])
    assert several.run("render", "a").status == 1
    known(several, "a")


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "deep.yaml").unlink(),
        lambda root: (root / "deep.yaml").write_text("id: deep\nversion: 1.0.0\nformat: text\ntemplate: new\n"),
        lambda root: (root / "deep.yaml").write_text("id: deep\nversion: 1.0.0\nformat: text\ntemplate: '{{'\n"),
        lambda root: (root / "deep.yaml").write_text("{"),
        lambda root: (root / "deep.yaml").write_text(
            "id: deep\nversion: 1.0.0\nformat: chat\nmessages: [{role: user, content: x}]\n"
        ),
        lambda root: (root / "deep.yaml").write_text(
            "id: deep\nversion: 1.0.0\nformat: text\ntemplate: '{{> shared/tone}}'\n"
        ),
        lambda root: (root / "shared").rename(root / "elsewhere"),
        lambda root: (root / "support" / "triage.yaml").unlink(),
        lambda root: (root / "deep.yaml").rename(root / "shared" / "tone.yaml"),
        shutil.rmtree,
    ],
)
@pytest.mark.parametrize("seen", [True, False], ids=["partials-rendered", "partials-not-rendered"])
def test_what_is_included_is_looked_at(several: Project, change: object, *, seen: bool) -> None:
    assert callable(change)
    several.run("render", "support/triage", *GIVEN)
    if seen:
        several.prompt("circle", "template: '{{> shared/tone}}'\n")
        several.run("render", "circle")
    change(several.root / "prompts")
    if seen and (several.root / "prompts" / "deep.yaml").exists():
        several.run("render", "deep")
    known(several, "support/triage", *GIVEN)


def test_a_chat_that_was_rendered_is_no_partial(several: Project) -> None:
    several.prompt("x", "template: 'a{{> part}}'\n")
    several.prompt("part", "template: b\n")
    assert several.run("render", "x").out == "ab"
    several.write("prompts/part.yaml", "id: part\nversion: 1.0.0\nformat: chat\nmessages: [{role: user, content: b}]\n")
    assert several.run("render", "part").status == 0
    assert several.run("render", "x").status != 0


def test_a_circle_of_prompts_that_were_rendered_is_one(several: Project) -> None:
    for name in ("a", "b"):
        several.prompt(name, "template: x\n")
        several.run("render", name)
    several.prompt("a", "template: '{{> b}}'\n")
    assert several.run("render", "a").out == "x"
    several.prompt("b", "template: '{{> a}}'\n")
    assert several.run("render", "a").status != 0
    known(several, "a")


def test_a_pinned_version_is_the_one_asked_for(several: Project) -> None:
    several.prompt("part", "template: one\n")
    several.prompt("x", "template: '{{> \"part@1.0.0\"}}'\n")
    several.commit()
    assert several.run("render", "x").out == "one"
    assert several.run("render", "x").out == "one"
    several.prompt("part", "template: two\n", version="2.0.0")
    several.run("render", "part")
    for _ in range(2):
        assert several.run("render", "x").out == "one"
    several.git("checkout", "-q", "--orphan", "new")
    several.commit()
    several.git("branch", "-q", "-D", "main")
    assert several.run("render", "x").status != 0


@pytest.fixture
def versioned(several: Project) -> Project:
    """Versions that differ, with what they include, on two branches."""
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        several.prompt("x", f"template: '{version} {{{{> part}}}}'\n", version=version)
        several.prompt("part", f"template: 'part of {version}'\n")
        several.commit(version)
    several.git("tag", "old", "HEAD~1")
    several.git("checkout", "-q", "-b", "side", "HEAD~2")
    several.prompt("x", "template: 'side {{> part}}'\n", version="1.5.0")
    several.commit("side")
    several.git("checkout", "-q", "main")
    return several


REVISIONS = (
    "1.0.0",
    "1.1.0",
    "2.0.0",
    "^1",
    "latest",
    "HEAD~1",
    "old",
    "side",
    ":staged",
    "1.5.0",
    "main@{0}",
    "3.0.0",
)


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_is_known_of_a_revision_is_answered_to_the_byte(versioned: Project, revision: str) -> None:
    same(versioned, f"x@{revision}")
    same(versioned, f"x@{revision}", "--output-format", "messages")
    versioned.git("tag", "1.0.0", "side")  # a tag of that name: the version is meant, and it is said
    same(versioned, f"x@{revision}")
    same(versioned, f"x@{revision}", "--var", "none=1")


@pytest.mark.parametrize(
    "change",
    [
        ("checkout", "-q", "side"),
        ("reset", "-q", "--hard", "HEAD~1"),
        ("reset", "-q", "--soft", "HEAD~2"),
        ("commit", "-q", "--allow-empty", "--amend", "-m", "again"),
        ("merge", "-q", "-s", "ours", "side", "-m", "merged"),
        ("tag", "-f", "old", "side"),
        ("branch", "-q", "-D", "side"),
        ("checkout", "-q", "--orphan", "new"),
        ("replace", "HEAD", "HEAD~1"),
        ("rm", "-q", "prompts/x.yaml", "prompts/part.yaml"),
        ("mv", "prompts", "moved"),
    ],
    ids=" ".join,
)
def test_history_that_changed_is_looked_at(versioned: Project, change: tuple[str, ...]) -> None:
    for revision in REVISIONS:
        versioned.run("render", f"x@{revision}")
    versioned.git(*change)
    for revision in REVISIONS:
        seen = versioned.run("render", f"x@{revision}")
        # All that is kept in the git directory, and not the reflog that `main@{0}` is looked up in.
        shutil.move(kept(versioned).parent, versioned.root.parent / "kept")
        assert versioned.run("render", f"x@{revision}") == seen, revision
        shutil.rmtree(kept(versioned).parent, ignore_errors=True)
        shutil.move(versioned.root.parent / "kept", kept(versioned).parent)


def test_a_branch_is_seen(several: Project) -> None:
    several.commit()
    first = several.run("render", "hello", "--var", "name=Ada").out
    several.git("checkout", "-q", "-b", "other")
    several.prompt("hello", "variables: {name: {type: string}}\ntemplate: Bye {{name}}\n")
    several.commit()
    for branch, text in (("main", first), ("other", "Bye Ada"), ("main", first)):
        several.git("checkout", "-q", branch)
        assert several.run("render", "hello", "--var", "name=Ada").out == text


@pytest.mark.parametrize("content", [b"", b"\0" * 99, "halved", "forged", "directory", "link"])
def test_a_damaged_file_is_ignored(several: Project, content: bytes | str) -> None:
    plain = several.run("render", "support/triage", *GIVEN)
    whole = kept(several).read_bytes()
    match content:
        case "halved":
            kept(several).write_bytes(whole[: len(whole) // 2])
        case "forged":
            names = [line.split(b" ")[0] for line in whole.split(b"\n")[1:]]
            forgeries = (
                b"[]",
                b"{}",
                b'["1", true, {"x": 1}, [], [], []]',
                b'["1", false, {}, [[1]], {}, []]',
                b"[" * 9999,
            )
            for forged in forgeries:
                body = b"\n".join(name + b" " + forged for name in names)
                kept(several).write_bytes(b"prompt-cli results 1 %08x\n" % zlib.crc32(body) + body)
                assert several.run("render", "support/triage", *GIVEN) == plain
        case "directory":
            kept(several).unlink()
            kept(several).mkdir()
        case "link":
            elsewhere = several.write("elsewhere", "")
            kept(several).unlink()
            kept(several).symlink_to(elsewhere)
        case bytes():
            kept(several).write_bytes(content)
    for _ in range(2):
        assert several.run("render", "support/triage", *GIVEN) == plain
    if content == "link":
        assert several.read("elsewhere") == b""


def test_processes_do_not_disturb_each_other(several: Project) -> None:
    plain = several.run("render", "support/triage", *GIVEN)
    running = [
        subprocess.Popen(
            [str(COMMAND), "render", *arguments], cwd=several.root, env=several.environment, stdout=subprocess.PIPE
        )
        for arguments in [("support/triage", *GIVEN), ("hello", "--var", "name=Ada"), ("shared/tone",)] * 3
    ]
    outputs = [process.communicate()[0] for process in running]
    assert outputs[::3] == [plain.stdout] * 3
    assert [one.name for one in kept(several).parent.iterdir()] == ["prompts"]


def test_the_file_does_not_grow_without_bound(several: Project) -> None:
    for number in range(6):
        several.prompt("large", f"template: '{number} {'x' * 900_000}'\n")
        several.run("render", "large")
    assert 900_000 < kept(several).stat().st_size < 4 << 20
