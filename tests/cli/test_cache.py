"""Results that are kept: the answer is always the one that --no-cache gives."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from typing import TYPE_CHECKING

import pytest

from prompt_cli.storage.results import MAX_CONTEXTS, ResultFile
from tests.support import COMMAND, Project

if TYPE_CHECKING:
    from pathlib import Path

IN_PROCESS = True

FORMATS = ("text", "concise", "json", "github", "sarif", "junit", "markdown")
SECRET = "ghp_" + "q7RkZ2mXv9TbLc4WnYs8HdJf3GpQa6Ue1KxV"
TONE = "variables: {tone: {type: string}}\n"


@pytest.fixture
def several(repository: Project) -> Project:
    """Prompts with findings of every kind: silenced, hidden, with a fix, in a partial, none at all."""
    repository.prompt("good")
    repository.prompt("shared/part", "template: be kind\n")
    repository.prompt("includes", "template: '{{> shared/part}}'\n")
    repository.prompt("unused", f"{TONE}template: x\n")
    repository.prompt("silenced", "variables: {tone: {type: string}} # prompt-cli: ignore PC302 -- sent\ntemplate: x\n")
    repository.prompt("hidden", f"template: Use {SECRET}, é\u202e\u200b always.\n")
    repository.prompt("other")
    repository.write("prompts/other.yaml", repository.read("prompts/other.yaml").replace(b"id: other", b"id: no"))
    repository.write("prompts/broken.yaml", "{")
    repository.write("prompts/latin.yaml", b"id: latin\ntemplate: caf\xe9\n")
    repository.prompt("missing", "template: '{{> nothing}}'\n")
    repository.prompt("circle", "template: '{{> circle}}'\n")
    return repository


def kept(project: Project) -> Path:
    return project.root / ".git" / "prompt-cli" / "results"


def same(project: Project, *arguments: str) -> None:
    """Hold that what is answered, however often, is what is answered without the cache."""
    plain = project.run("validate", "--no-cache", *arguments)
    for _ in range(2):
        assert project.run("validate", *arguments) == plain, arguments


@pytest.mark.parametrize("report_format", FORMATS)
def test_what_is_known_is_answered_to_the_byte(several: Project, report_format: str) -> None:
    several.run("validate")
    assert kept(several).exists()
    # Those alone whose results follow from what they include: the others are checked each time.
    known = ["good", "includes", "unused", "silenced", "hidden", "other", "broken", "latin"]
    for targets in ([], known, ["good"], ["includes"], ["hidden"]):
        same(several, "--output-format", report_format, *targets)
    assert SECRET.encode() not in kept(several).read_bytes()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--select", "PC302"),
        ("--ignore", "PC3"),
        ("--severity", "PC302=info"),
        ("--strict",),
        ("--fail-on", "info"),
        ("--select", "PC"),
    ],
)
def test_another_choice_is_another_answer(several: Project, arguments: tuple[str, ...]) -> None:
    several.run("validate")
    for targets in ((), ("unused", "silenced"), ("good",)):
        same(several, *arguments, *targets)


def test_other_settings_are_another_answer(several: Project) -> None:
    several.run("validate", "unused")
    assert several.run("validate", "unused").status == 1
    several.write("prompt-cli.toml", 'ignore = ["PC302"]\n')
    assert several.run("validate", "unused").status == 0
    several.write("prompt-cli.toml", 'per-path-ignores = {"unused.yaml" = ["PC302"]}\n')
    assert several.run("validate", "unused").status == 0
    several.write("prompt-cli.toml", 'severity = {PC302 = "info"}\n')
    assert several.run("validate", "unused").status == 0
    several.write("prompt-cli.toml", "ignore = 1\n")
    assert several.run("validate", "unused").status == 2


def test_an_edit_in_the_same_tick_is_seen(repository: Project) -> None:
    path = repository.prompt("x", f"{TONE}template: '{{{{tone}}}}'\n")
    good = path.read_bytes()
    bad = good.replace(b"{{tone}}", b"{{tony}}")
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    for content, status in ((good, 0), (bad, 1), (good, 0), (bad, 1)):
        path.write_bytes(content)
        os.utime(path, ns=times)
        same(repository)
        assert repository.run("validate").status == status


def test_files_that_change_places_are_seen(repository: Project) -> None:
    one = repository.prompt("a", "template: x\n")
    two = repository.prompt("b", "template: x\n")
    assert repository.run("validate").status == 0
    first, second = one.read_bytes(), two.read_bytes()
    times = (one.stat().st_atime_ns, one.stat().st_mtime_ns)
    for path, content in ((one, second), (two, first)):
        path.write_bytes(content)
        os.utime(path, ns=times)
    assert repository.run("validate").status == 1
    same(repository)


def test_what_is_included_is_looked_at(repository: Project) -> None:
    repository.prompt("deep", "template: x\n")
    repository.prompt("middle", "template: '{{> deep}}'\n")
    repository.prompt("x", "template: '{{> middle}}'\nexamples: [{name: a, expect: {equals: x}}]\n")
    assert repository.run("validate", "x").status == 0
    path = repository.prompt("deep", "template: y\n")
    assert repository.run("validate", "x").status == 1
    repository.prompt("deep", "template: x\n")
    same(repository, "x")
    assert repository.run("validate", "x").status == 0
    path.unlink()
    assert repository.run("validate", "x").status == 1
    same(repository, "x")
    repository.prompt("deep", "template: x\n")
    assert repository.run("validate", "x").status == 0


def test_what_is_created_is_offered(repository: Project) -> None:
    repository.prompt("x", "template: '{{> shared/tonne}}'\n")
    same(repository, "x")
    repository.prompt("shared/tone")
    assert "did you mean 'shared/tone'?" in repository.run("validate", "x").out


def test_a_pinned_version_is_looked_up_each_time(repository: Project) -> None:
    repository.prompt("tone", "template: a\n")
    repository.prompt("x", "template: '{{> \"tone@1.0.0\"}}'\n")
    assert repository.run("validate", "x").status == 0
    repository.prompt("tone", "template: a\n", version="2.0.0")
    same(repository, "x")
    assert repository.run("validate", "x").status != 0


def test_a_pinned_version_beside_another_is_looked_up_too(repository: Project) -> None:
    repository.prompt("tone", "template: a\n")
    repository.commit()
    repository.prompt("tone", "template: b\n", version="2.0.0")
    repository.prompt("x", "template: '{{> tone}} {{> \"tone@1.0.0\"}}'\n")
    assert repository.run("validate", "x").status == 0
    repository.git("checkout", "-q", "--orphan", "new")
    repository.commit()
    repository.git("branch", "-q", "-D", "main")
    same(repository, "x")
    assert repository.run("validate", "x").status == 1


def test_a_branch_and_another_directory_are_seen(several: Project) -> None:
    several.commit()
    several.run("validate")
    several.git("checkout", "-q", "-b", "other")
    several.prompt("good", "template: '{{x}}'\n")
    several.prompt("shared/part", "template: '{{y}}'\n")
    several.commit()
    same(several)
    several.git("checkout", "-q", "main")
    same(several)
    several.git("checkout", "-q", "other")
    same(several, "good", "includes")
    (several.root / "prompts").rename(several.root / "away")
    several.prompt("good", "template: '{{z}}'\n")
    same(several)
    shutil.rmtree(several.root / "prompts")
    (several.root / "away").rename(several.root / "prompts")
    same(several)
    several.prompt("added")
    several.write("prompts/Bad Name.yaml", "")
    same(several)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"prompt-cli results 1 00000000\nx {}", "halved", "forged", "directory"]
)
def test_a_damaged_file_is_ignored_and_replaced(several: Project, content: bytes | str) -> None:
    several.run("validate")
    whole = kept(several).read_bytes()
    match content:
        case "halved":
            kept(several).write_bytes(whole[: len(whole) // 2])
        case "forged":
            context = whole.split(b"\n")[1].split(b" ")[0]
            body = context + b' {"good": [1, 2, 3, 4, 5, 6], "unused": [{}, [], "x"], "hidden": null, "other": []}'
            kept(several).write_bytes(b"prompt-cli results 1 %08x\n" % zlib.crc32(body) + body)
        case "directory":
            kept(several).unlink()
            kept(several).mkdir()
        case bytes():
            kept(several).write_bytes(content)
    same(several)
    if content != "directory":
        assert kept(several).read_bytes() == whole


def test_nothing_is_kept_where_nothing_can_be_written(several: Project) -> None:
    # A file in the place of the directory: root, whom no mode stops, cannot write there either.
    several.write(".git/prompt-cli", "")
    same(several)
    (several.root / ".git" / "prompt-cli").unlink()
    elsewhere = several.root.parent / "elsewhere"
    elsewhere.mkdir()
    (several.root / ".git" / "prompt-cli").symlink_to(elsewhere)
    same(several)
    assert list(elsewhere.iterdir()) == []


def test_without_the_cache_none_is_written(several: Project) -> None:
    several.run("validate", "--no-cache")
    several.run("validate", "--fix", "--no-cache", "good")
    several.run("validate", "-", "--stdin-filename", "prompts/good.yaml", stdin=b"{")
    assert not kept(several).exists()


def test_outside_a_repository_it_is_the_users_cache_directory(project: Project) -> None:
    project.prompt("x", f"{TONE}template: x\n")
    same(project)
    assert (project.root.parent / ".cache" / "prompt-cli" / "results").exists()
    named = project.root.parent / "named"
    project.run("validate", environment={"XDG_CACHE_HOME": str(named)})
    assert (named / "prompt-cli" / "results").exists()
    assert sorted(one.name for one in project.root.iterdir()) == ["prompts"]
    assert sorted(one.name for one in (project.root / "prompts").iterdir()) == ["x.yaml"]


def test_what_is_gone_is_forgotten(several: Project) -> None:
    several.run("validate")
    (several.root / "prompts" / "good.yaml").unlink()
    several.run("validate")
    assert b'"good"' not in kept(several).read_bytes()


def test_processes_do_not_disturb_each_other(several: Project) -> None:
    plain = several.run("validate", "--no-cache")
    running = [
        subprocess.Popen(
            [str(COMMAND), "validate", *choice],
            cwd=several.root,
            env=several.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for choice in [[], ["--strict"], [], ["--select", "PC3"], []] * 2
    ]
    outputs = [process.communicate()[0] for process in running]
    assert all(outputs[n] == plain.stdout for n in (0, 1, 2, 4, 5, 6, 7, 9))
    same(several)
    assert [one.name for one in kept(several).parent.iterdir()] == ["results"]


def test_few_contexts_are_kept(tmp_path: Path) -> None:
    file = ResultFile(tmp_path / "results")
    for number in range(MAX_CONTEXTS + 3):
        file.save(f"c{number}", {"x": number})
    assert [file.load(f"c{number}") for number in range(MAX_CONTEXTS + 3)] == [
        *[{}] * 3,
        *({"x": number} for number in range(3, MAX_CONTEXTS + 3)),
    ]
    file.save("deep", {})
    (tmp_path / "results").write_bytes(_sealed(b"deep " + b"[" * 100_000))
    assert file.load("deep") == {}


def _sealed(body: bytes) -> bytes:
    return b"prompt-cli results 1 %08x\n" % zlib.crc32(body) + body
