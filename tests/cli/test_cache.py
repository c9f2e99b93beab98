"""Cached results: the answer always equals that of --no-cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.support import COMMAND, Project, Result, as_others

IN_PROCESS = True

SECRET = "ghp_" + "q7RkZ2mXv9TbLc4WnYs8HdJf3GpQa6Ue1KxV"
TONE = "variables: {tone: {type: string}}\n"


@pytest.fixture
def several(repository: Project) -> Project:
    """Prompts with findings of every kind: suppressed, hidden, with a fix, in a partial, none at all."""
    repository.prompt("good")
    repository.prompt("shared/part", "template: be kind\n")
    repository.prompt("includes", "template: '{{> shared/part}}'\n")
    repository.prompt("unused", f"{TONE}template: x\n")
    repository.prompt(
        "suppressed", "variables: {tone: {type: string}} # prompt-cli: ignore PC302 -- sent\ntemplate: x\n"
    )
    repository.prompt("hidden", f"template: Use {SECRET}, é\u202e\u200b always.\n")
    repository.prompt("other")
    repository.write("prompts/other.yaml", repository.read("prompts/other.yaml").replace(b"id: other", b"id: no"))
    repository.write("prompts/broken.yaml", "{")
    repository.write("prompts/latin.yaml", b"id: latin\ntemplate: caf\xe9\n")
    repository.prompt("missing", "template: '{{> nothing}}'\n")
    repository.prompt("circle", "template: '{{> circle}}'\n")
    return repository


def entry(project: Project) -> Path:
    """Return the one entry of results."""
    (file,) = (project.root / ".git" / "prompt-cli" / "cache" / "results").iterdir()
    return file


def same(project: Project, *arguments: str) -> None:
    """Assert that each answer, first and repeated, equals the one without the cache."""
    plain = project.run("validate", "--no-cache", *arguments)
    for _ in range(2):
        assert project.run("validate", *arguments) == plain, arguments


@pytest.mark.parametrize("report_format", ["text", "json", "sarif"])
def test_cached_results_are_equal_to_the_byte(several: Project, report_format: str) -> None:
    several.run("validate")
    # Only prompts whose results follow from their partials; the others are checked each time.
    known = ["good", "includes", "unused", "suppressed", "hidden", "other", "broken", "latin"]
    for targets in ([], known, ["good"], ["includes"], ["hidden"]):
        same(several, "--output-format", report_format, *targets)
    assert SECRET.encode() not in entry(several).read_bytes()


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
    for targets in ((), ("unused", "suppressed"), ("good",)):
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


def test_change_of_a_partial_invalidates_results(repository: Project) -> None:
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


def test_results_of_unchanged_staged_prompts_are_cached(several: Project) -> None:
    several.commit()
    hook = ("--staged", "--only-targets", "--ignore", "PC5", *several.git("ls-files", "prompts").split())
    same(several, *hook)
    assert {"good", "includes", "hidden"} <= repository_results(several).keys()
    same(several, "--ignore", "PC5")
    several.prompt("shared/part", "variables: {name: {type: string}}\ntemplate: '{{name}}'\n")
    same(several, "--ignore", "PC5")  # of the includer with another partial than that of the index
    same(several, *hook)
    several.git("add", ".")
    same(several, *hook)
    several.git("checkout", "HEAD", "--", ".")
    same(several, *hook)
    several.write("prompt-cli.toml", 'ignore = ["PC3"]\n')
    same(several, *hook)


def test_created_prompt_is_offered_for_completion(repository: Project) -> None:
    repository.prompt("x", "template: '{{> shared/tonne}}'\n")
    same(repository, "x")
    repository.prompt("shared/tone")
    assert "did you mean 'shared/tone'?" in repository.run("validate", "x").out


def pin(project: Project, version: str = "1.0.0") -> Path:
    return project.prompt("x", f"template: '{{{{> \"tone@{version}\"}}}}'\n")


def test_a_pin_to_the_file_itself_follows_the_file(repository: Project) -> None:
    repository.prompt("tone", "template: a\n")
    pin(repository)
    assert repository.run("validate", "x").status == 0
    repository.prompt("tone", "template: a\n", version="2.0.0")
    same(repository, "x")
    assert repository.run("validate", "x").status != 0


@pytest.mark.parametrize("packed", [False, True])
def test_a_pin_to_the_history_follows_the_commit_of_head(repository: Project, *, packed: bool) -> None:
    repository.prompt("tone", "template: a\n")
    pin(repository).write_text(pin(repository).read_text() + "examples: [{name: n, expect: {equals: a}}]\n")
    repository.prompt("beside", "template: '{{> tone}} {{> \"tone@1.0.0\"}}'\n")
    repository.commit()
    repository.prompt("tone", "template: b\n", version="2.0.0")
    repository.commit()
    for _ in range(2):
        if packed:
            repository.git("pack-refs", "--all")
        assert repository.run("validate").status == 0
    # Each of these gives the version another content.
    for version in ("1.0.0", "1.0.0"):
        repository.prompt("tone", "template: c\n", version=version)
        repository.commit()
        repository.prompt("tone", "template: d\n", version="2.0.0")
        repository.commit()
        same(repository)
        assert repository.run("validate").status == 1
        repository.git("reset", "-q", "--hard", "HEAD~2")
        same(repository)
        assert repository.run("validate").status == 0


def test_a_pinned_prompt_is_cached(repository: Project) -> None:
    repository.prompt("tone", "template: a\n")
    repository.commit()
    repository.prompt("tone", "template: b\n", version="2.0.0")
    pin(repository)
    repository.run("validate")
    assert "x" in repository_results(repository)


def test_a_history_shown_otherwise_gives_a_pin_another_content(repository: Project) -> None:
    repository.prompt("tone", "template: a\n")
    repository.commit()
    pin(repository).write_text(pin(repository).read_text() + "examples: [{name: n, expect: {equals: a}}]\n")
    repository.prompt("tone", "template: b\n", version="2.0.0")
    head = repository.commit()
    same(repository)
    assert repository.run("validate").status == 0
    repository.git("replace", "--graft", head)
    same(repository)
    assert repository.run("validate").status != 0
    repository.git("replace", "--delete", head)
    same(repository)
    assert repository.run("validate").status == 0


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


def repository_results(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry(project).read_bytes().partition(b"\n")[2])["prompts"]
    return found


def reseal(file: Path, value: object) -> None:
    """Write another value under a valid checksum."""
    heading = file.read_bytes().partition(b"\n")[0].rpartition(b" ")[0]
    body = json.dumps(value).encode()
    file.write_bytes(heading + b" %08x\n" % zlib.crc32(body) + body)


@pytest.mark.parametrize("place", [0.0, 0.2, 0.9])
@pytest.mark.parametrize("change", [b"", b"{", b"1"])
def test_a_damaged_entry_is_ignored_and_replaced(several: Project, place: float, change: bytes) -> None:
    several.run("validate")
    file = entry(several)
    whole = file.read_bytes()
    cut = int(len(whole) * place)
    file.write_bytes(whole[:cut] + change + whole[cut + 1 :])
    same(several)
    assert file.read_bytes() == whole


@pytest.mark.parametrize(
    "result",
    [None, [], [1, 2, 3, 4, 5, 6], ["a", {}, 0, [[1]], [], False], {}],
)
def test_a_resealed_entry_of_another_shape_is_ignored(several: Project, result: object) -> None:
    several.run("validate")
    names = list(repository_results(several))
    for value in (result, {"prompts": result}, {"head": result, "prompts": dict.fromkeys(names, result)}):
        reseal(entry(several), value)
        same(several)


def test_cache_entry_that_is_not_a_file_is_ignored(several: Project) -> None:
    several.run("validate")
    file = entry(several)
    file.unlink()
    file.mkdir()
    same(several)
    file.rmdir()
    elsewhere = several.root / "elsewhere"
    several.run("validate")
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    same(several)
    file.unlink()
    os.mkfifo(file)
    same(several)


def test_read_only_directory_has_no_cache(several: Project) -> None:
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
    assert not (several.root / ".git" / "prompt-cli" / "cache" / "results").exists()


def test_outside_a_repository_it_is_the_users_cache_directory(project: Project) -> None:
    project.prompt("x", f"{TONE}template: x\n")
    same(project)
    assert list((project.root.parent / ".cache" / "prompt-cli" / "cache" / "results").iterdir())
    named = project.root.parent / "named"
    project.run("validate", environment={"XDG_CACHE_HOME": str(named)})
    assert list((named / "prompt-cli" / "cache" / "results").iterdir())
    assert sorted(one.name for one in project.root.iterdir()) == ["prompts"]
    assert sorted(one.name for one in (project.root / "prompts").iterdir()) == ["x.yaml"]


def test_results_of_deleted_prompts_are_dropped(several: Project) -> None:
    several.run("validate")
    (several.root / "prompts" / "good.yaml").unlink()
    several.run("validate")
    assert "good" not in repository_results(several)


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
        for choice in [[], ["--strict"], ["--select", "PC3"], []]
    ]
    outputs = [process.communicate()[0] for process in running]
    assert all(outputs[n] == plain.stdout for n in (0, 1, 3))
    same(several)
    cache = several.root / ".git" / "prompt-cli" / "cache"
    assert [one.name for one in cache.iterdir()] == ["results"]
    assert not [one for one in (cache / "results").iterdir() if one.suffix]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
@pytest.mark.parametrize("below", ["", "cache", "cache/results", "entry"])
def test_cache_of_another_user_is_not_used(several: Project, below: str) -> None:
    expected = several.run("validate")
    reseal(entry(several), {"prompts": {}})
    foreign = entry(several) if below == "entry" else several.root / ".git" / "prompt-cli" / below
    os.chown(foreign, 1234, 1234)
    before = entry(several).read_bytes()
    assert several.run("validate") == expected
    assert (entry(several).read_bytes() == before) is (below != "entry")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files of another user behind")
def test_roots_commands_leave_nothing_in_a_repository_of_another_user(several: Project) -> None:
    for folder, _, names in os.walk(several.root):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            os.chown(path, 1234, 1234)
    several.environment |= {"SUDO_UID": "1234"}  # by which git trusts the repository
    several.commit()
    expected = several.run("validate", "--no-cache")
    for arguments in (("validate",), ("validate", "--staged"), ("versions", "good"), ("render", "good@1.0.0")):
        several.run(*arguments)
    same(several)
    assert several.run("validate") == expected
    assert not (several.root / ".git" / "prompt-cli").exists()


def test_a_state_directory_of_another_user_stops_those_commands_alone_that_write(several: Project) -> None:
    by = as_others()
    if os.geteuid() != 0 or by is None:
        pytest.skip("only root can leave a directory of another user behind")
    several.commit()
    reading = (("validate",), ("validate", "--staged"), ("versions", "good"), ("render", "good@1.0.0"), ("diff",))
    expected = [several.run(*arguments) for arguments in reading]
    state = several.root / ".git" / "prompt-cli"
    os.chown(state, 1234, 1234)
    state.chmod(0o700)
    owner = Project(several.root)
    owner.by = by
    assert [owner.run(*arguments) for arguments in reading] == expected
    refused = owner.run("bump", "good", "minor")
    assert refused.status == 3
    assert f"{state} cannot be used: permission denied" in refused.err
    assert "another user" in refused.err


def test_a_list_follows_the_files(several: Project) -> None:
    def fresh(*arguments: str) -> Result:
        shutil.rmtree(several.root / ".git" / "prompt-cli", ignore_errors=True)
        return several.run("list", *arguments)

    ways = ((), ("--json",), ("oo",), ("--tag", "new", "--json"))
    for content in ("tags: [new]\ntemplate: a\n", "{", None):
        path = several.root / "prompts" / "good.yaml"
        if content is None:
            path.unlink()
        else:
            times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
            several.prompt("good", content)
            os.utime(path, ns=times)
        cached = [several.run("list", *way) for way in ways for _ in range(2)]
        assert cached == [result for way in ways for result in [fresh(*way)] * 2], content
        several.run("list")


@pytest.mark.parametrize("summary", [None, 1, [], ["x"] * 6, [1, 2, 3, 4, 5, 6], {"a": 1}])
def test_a_resealed_summary_of_another_shape_is_ignored(several: Project, summary: object) -> None:
    expected = several.run("list", "--json")
    (file,) = (several.root / ".git" / "prompt-cli" / "cache" / "summaries").iterdir()
    good = json.loads(file.read_bytes().partition(b"\n")[2])["good"]
    forged = [good[0], *summary[1:]] if isinstance(summary, list) and summary else summary
    for value in (summary, {"good": summary}, {"good": forged}):
        reseal(file, value)
        assert several.run("list", "--json") == expected
