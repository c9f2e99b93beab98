"""Locations of prompts and repositories: subdirectories, worktrees, submodules, hooks, hostile names."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from pathlib import Path

import pytest

from prompt_cli.errors import ExitCode, HistoryError, PromptNotFoundError
from prompt_cli.history.errors import GitProblem
from prompt_cli.history.version_store import GitVersionStore
from tests.history.git_repositories import GitRepository, parsed_version, prompt, read

ONE, TWO = prompt("a", "1.0.0"), prompt("a", "1.1.0")


def store_of(directory: Path) -> GitVersionStore:
    return GitVersionStore(directory, version_of=parsed_version)


async def check(store: GitVersionStore) -> None:
    """See that every way to read works where the prompt had version 1.0.0, and now has 1.1.0."""
    assert [str(one.version) for one in await store.versions("a")] == ["1.1.0", "1.0.0"]
    assert await read(store, "a", "1.0.0") == ONE.encode()
    assert await read(store, "a", "HEAD~1") == ONE.encode()
    assert await read(store, "a", ":staged") == TWO.encode()
    base, tip = await store.merge_base("HEAD~1"), await store.tip("HEAD")
    assert (await tip.ids(), (await store.changed_ids(base, tip)).changed) == (("a",), ("a",))


async def trouble_of(store: GitVersionStore, revision: str = "1.0.0") -> HistoryError:
    """Return the error, which must be the same for each method."""
    with pytest.raises(HistoryError) as raised:
        await read(store, "a", revision)
    assert raised.value.exit_code is ExitCode.UNABLE
    assert raised.value.help
    return raised.value


@pytest.mark.parametrize(
    "directory",
    [
        "",
        "prompts",
        "deep/down/prompts",
        "with space",
        "new\nline",
        "new\nline\n",
        "quo'te\"s",
        ":(glob)**",
        ":(top)",
        "*",
        "[a]",
        "caf\u00e9",
        "back\\slash",
        "--upload-pack=x.yaml",
        "-c",
        "--",
        "--prompt-cli-part",
    ],
)
@pytest.mark.parametrize("quote", ["true", "false"])
async def test_the_prompt_directory_may_have_any_name(repository: GitRepository, directory: str, quote: str) -> None:
    repository.git("config", "core.quotePath", quote)
    for text in (ONE, TWO):
        repository.commit({f"./{directory}/a.yaml": text, "elsewhere/b.yaml": prompt("b", "9.0.0", text)})
    if directory:
        await check(repository.store(directory))
    else:
        store = repository.store("")
        assert [str(one.version) for one in await store.versions("a")] == ["1.1.0", "1.0.0"]
        assert await (await store.tip("HEAD")).ids() == ("a", "elsewhere/b")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names of any bytes")
async def test_the_prompt_directory_need_not_be_utf_8(repository: GitRepository) -> None:
    directory = os.fsdecode(b"\xff\xfe")
    repository.replay(*({f"{directory}/a.yaml": text} for text in (ONE, TWO)))
    await check(repository.store(directory))


async def test_it_is_found_from_any_directory(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.replay({"x/prompts/a.yaml": ONE}, {"x/prompts/a.yaml": TWO, "x/y/z": ""})
    for here, directory in (("x/y", "../prompts"), ("x/prompts", "."), ("", "x/prompts"), ("x", "./y/../prompts")):
        monkeypatch.chdir(repository.root / here)
        await check(store_of(Path(directory)))
    (tmp_path / "link").symlink_to(repository.root / "x" / "prompts")
    await check(store_of(tmp_path / "link"))


async def test_with_a_detached_head(repository: GitRepository) -> None:
    repository.replay({"prompts/a.yaml": ONE}, {"prompts/a.yaml": TWO}, {"prompts/a.yaml": None})
    repository.git("checkout", "--quiet", "--detach", "HEAD~1")
    await check(repository.store())


async def test_in_a_linked_worktree(repository: GitRepository, tmp_path: Path) -> None:
    repository.replay({"prompts/a.yaml": ONE}, {"prompts/a.yaml": TWO})
    repository.git("branch", "before", "HEAD~1")
    repository.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "other")
    linked = tmp_path / "linked" / "prompts"
    await check(store_of(linked))
    (linked / "a.yaml").write_text(prompt("a", "3.0.0"))
    assert await store_of(linked).commit(["a"], "Raise")
    assert [str(one.version) for one in await store_of(linked).versions("a")] == ["3.0.0", "1.1.0", "1.0.0"]
    await check(repository.store())  # which has another HEAD and shares the cache
    assert list((repository.root / ".git" / "prompt-cli" / "cache" / "history").iterdir())


async def test_in_a_submodule(repository: GitRepository, tmp_path: Path) -> None:
    inner = GitRepository(tmp_path / "inner")
    inner.replay({"prompts/a.yaml": ONE}, {"prompts/a.yaml": TWO})
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub")
    repository.commit({"prompts/a.yaml": prompt("a", "5.0.0")})
    await check(repository.store("sub/prompts"))
    assert [str(one.version) for one in await repository.store().versions("a")] == ["5.0.0"]


async def test_in_a_repository_with_sha_256(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "new", "--object-format=sha256")
    repository.replay({"prompts/a.yaml": ONE}, {"prompts/a.yaml": TWO})
    store = repository.store()
    await check(store)
    assert len((await store.versions("a"))[0].commit) == 64
    (repository.root / "prompts" / "a.yaml").write_text(TWO)
    changed = await store.changed_ids(await store.tip("HEAD"), new=(await store.tip("HEAD")))
    assert changed == ((), (), ())


async def test_outside_a_repository(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "not" / "there"):
        error = await trouble_of(store_of(directory))
        assert error.reason is GitProblem.NO_REPOSITORY
        assert "git init" in error.help


async def test_a_bare_repository_has_no_prompt_directory(tmp_path: Path) -> None:
    bare = GitRepository(tmp_path / "bare.git", "--bare")
    error = await trouble_of(store_of(bare.root / "prompts"))
    assert error.reason is GitProblem.NO_REPOSITORY


@pytest.mark.parametrize("revision", ["1.0.0", "latest", "HEAD", "HEAD~1", "@"])
async def test_before_the_first_commit(repository: GitRepository, revision: str) -> None:
    repository.write({"prompts/a.yaml": ONE})
    repository.git("add", "prompts")
    error = await trouble_of(repository.store(), revision)
    assert (str(error), error.reason) == ("no commits yet", GitProblem.UNBORN)
    assert await read(repository.store(), "a", ":staged") == ONE.encode()


async def test_without_git(repository: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    repository.commit({"prompts/a.yaml": ONE})
    monkeypatch.setenv("PATH", str(tmp_path))
    error = await trouble_of(repository.store())
    assert error.reason is GitProblem.NO_GIT
    assert str(error).startswith("versions need git")


@pytest.mark.parametrize(("name", "quoted"), [("plain", "{}"), ("with space", "'{}'"), ("{brace}", "'{}'")])
async def test_a_repository_of_another_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, quoted: str
) -> None:
    repository = GitRepository(tmp_path / name)
    repository.commit({"prompts/a.yaml": ONE})
    wrap_git(monkeypatch, tmp_path, 'GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {git} "$@"')
    error = await trouble_of(repository.store())
    assert error.reason is GitProblem.UNSAFE
    root = quoted.format(repository.root)
    assert error.help == f"if you trust it, run: git config --global --add safe.directory {root}"


async def test_a_git_that_is_too_old(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit({"prompts/a.yaml": ONE})
    # An old git passes the option on, as this one does with one that it does not know.
    unknown = 'for one; do shift; set -- "$@" "${{one/path-format/path-forms}}"; done; exec {git} "$@"'
    wrap_git(monkeypatch, tmp_path, unknown)
    error = await trouble_of(repository.store())
    assert (str(error), error.reason) == (
        "versions need git 2.31 or later",
        GitProblem.NO_GIT,
    )


def wrap_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Put a script before the real git, which starts it in a way of its own."""
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "git"
    real = next(path for one in os.environ["PATH"].split(":") if (path := Path(one, "git")).exists())
    wrapper.write_text(f"#!/bin/bash\n{script.format(git=real)}\n")
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")


async def test_a_damaged_repository_is_called_so(repository: GitRepository) -> None:
    repository.replay({"prompts/a.yaml": ONE}, {"prompts/a.yaml": TWO})
    for name in ("HEAD:prompts/a.yaml", "HEAD~1^{tree}", "HEAD"):
        oid = repository.git("rev-parse", name)
        (repository.root / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
        error = await trouble_of(repository.store())
        assert error.reason is GitProblem.DAMAGED
        assert "damaged" in str(error)
    (repository.root / ".git" / "refs" / "heads" / "main").write_bytes(b"")
    assert (await trouble_of(repository.store())).reason is GitProblem.DAMAGED


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("untracked", "not committed yet: `git add`"),
        ("announced", "not committed yet: `git add`"),
        ("staged", "staged and not committed yet"),
        ("ignored", "git ignores its file"),
        ("missing", "did you mean 'support/a'?"),
    ],
)
async def test_error_of_an_uncommitted_prompt_names_its_status(
    repository: GitRepository, state: str, expected: str
) -> None:
    repository.commit({"prompts/support/a.yaml": ONE, ".gitignore": "ignored/\n"})
    directory = "ignored" if state == "ignored" else "new"
    if state != "missing":
        repository.write({f"prompts/{directory}/a.yaml": ONE})
    if state in ("staged", "announced"):
        repository.git("add", *(["-N"] if state == "announced" else []), "prompts")
    for revision in ("1.0.0", "latest"):
        with pytest.raises(PromptNotFoundError) as raised:
            await read(repository.store(), f"{directory}/a", revision)
        assert expected in raised.value.help


async def test_a_repository_of_another_working_tree_is_refused(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit({"prompts/a.yaml": ONE})
    (tmp_path / "elsewhere").mkdir()
    repository.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    assert (await trouble_of(repository.store())).reason is GitProblem.NO_REPOSITORY


async def test_a_missing_repository_is_named(repository: GitRepository) -> None:
    repository.commit({"prompts/a.yaml": ONE})
    (repository.root / ".git").rename(repository.root / "moved")
    repository.write({".git": "gitdir: /nowhere\n"})
    assert "make /nowhere reachable" in (await trouble_of(repository.store())).help


async def test_new_commits_are_seen(repository: GitRepository) -> None:
    store = repository.store()
    repository.commit({"prompts/a.yaml": ONE})
    assert [str(one.version) for one in await store.versions("a")] == ["1.0.0"]
    repository.commit({"prompts/a.yaml": TWO})
    await check(store)
    assert await asyncio.gather(*(read(store, "a", "1.0.0") for _ in range(8))) == [ONE.encode()] * 8
