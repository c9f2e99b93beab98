"""Shallow and partial clones, which lack older commits or contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.revision import parse_revision
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.errors import HistoryError, VersionNotFoundError
from prompt_cli.history.errors import GitProblem
from tests.history.git_repositories import GitRepository, prompt, read

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

FILE = "prompts/a.yaml"


def version(number: int) -> str:
    return prompt("a", f"1.{number}.0")


def clone(source: GitRepository, target: Path, *options: str) -> GitRepository:
    """Clone over a transport, as from a server: a path alone would be copied whole."""
    for name in ("allowFilter", "allowAnySHA1InWant"):
        source.git("config", f"uploadpack.{name}", "true")
    source.git("clone", "--quiet", *options, f"file://{source.root}", str(target))
    cloned = GitRepository(target)
    cloned.clock = source.clock
    return cloned


async def is_shallow(result: Awaitable[object]) -> None:
    """Assert that the request is refused with help."""
    with pytest.raises(HistoryError) as raised:
        await result
    assert raised.value.reason is GitProblem.SHALLOW
    assert raised.value.exit_code == 3
    assert "git fetch --unshallow" in raised.value.help
    assert "fetch-depth: 0" in raised.value.help
    assert "no version" not in str(raised.value)


@pytest.fixture
def long(repository: GitRepository) -> GitRepository:
    """Versions 1.0.0 to 1.5.0; of the last two commits one does not touch the file."""
    repository.replay(*({FILE: version(number)} for number in range(5)), {"other": ""}, {FILE: version(5)})
    return repository


async def test_shallow_clone_answers_from_its_commits(long: GitRepository, tmp_path: Path) -> None:
    # Its commits: 1.5.0, one that touches nothing, 1.4.0, and at the boundary 1.3.0.
    shallow = clone(long, tmp_path / "clone", "--depth=4")
    store = shallow.store()
    for number in (5, 4):
        assert await read(store, "a", f"1.{number}.0") == version(number).encode()
    assert await read(store, "a", "HEAD~3") == version(3).encode()
    for revision in ("1.3.0", "1.0.0", "9.9.9", "latest", "^1", "HEAD~4", long.git("rev-parse", "HEAD~6")):
        await is_shallow(read(store, "a", revision))
    await is_shallow(store.versions("a"))
    await is_shallow(store.snapshot("never", parse_revision("1.0.0")))
    assert not (shallow.root / ".git" / "prompt-cli").exists()
    shallow.git("fetch", "--quiet", "--unshallow")
    assert len(await store.versions("a")) == 6
    with pytest.raises(VersionNotFoundError):
        await read(store, "a", "9.9.9")


async def test_the_only_commit_of_a_clone_proves_nothing(long: GitRepository, tmp_path: Path) -> None:
    store = clone(long, tmp_path / "clone", "--depth=1").store()
    assert await read(store, "a", "HEAD") == version(5).encode()
    assert await read(store, "a", ":staged") == version(5).encode()
    await is_shallow(read(store, "a", "1.5.0"))  # it may be an older commit's, with other partials


async def test_unknown_revision_in_a_shallow_clone(long: GitRepository, tmp_path: Path) -> None:
    store = clone(long, tmp_path / "clone", "--depth=2").store()
    with pytest.raises(HistoryError, match="unknown revision 'mian'") as raised:
        await store.tip("mian")
    assert raised.value.context["near"] == ("main",)
    assert "git fetch --unshallow" in raised.value.help  # which would bring the other branches too


@pytest.mark.parametrize("at_the_boundary", [version(3), None], ids=["changed", "deleted"])
async def test_newer_commit_behind_the_shallow_boundary_may_match(
    repository: GitRepository, tmp_path: Path, at_the_boundary: str | None
) -> None:
    # The side's commits are newer than main's, and the one that is asked for lies deeper below the merge.
    repository.commit({FILE: version(0)})
    repository.git("branch", "side")
    repository.commit({"other": "main"})
    repository.commit({FILE: version(1)})
    repository.git("checkout", "--quiet", "side")
    newest = repository.commit({FILE: prompt("a", "1.1.0", "the newest")})
    repository.replay({FILE: at_the_boundary}, {"other": "side"})
    repository.git("checkout", "--quiet", "main")
    repository.merge("side", {FILE: version(2)})
    assert (await repository.store().snapshot("a", parse_revision("1.1.0"))).commit == newest
    store = clone(repository, tmp_path / "clone", "--depth=3").store()
    assert await read(store, "a", "1.2.0") == version(2).encode()
    await is_shallow(read(store, "a", "1.1.0"))


async def test_a_boundary_in_another_branch_is_none_of_heads(long: GitRepository, tmp_path: Path) -> None:
    other = GitRepository(tmp_path / "other")
    other.replay({FILE: version(7)}, {FILE: version(8)}, {FILE: version(9)})
    long.git("fetch", "--quiet", "--depth=1", f"file://{other.root}", "main:foreign")
    assert long.git("rev-parse", "--is-shallow-repository") == "true"
    assert len(await long.store().versions("a")) == 6
    await is_shallow(long.store().merge_base("foreign"))


async def test_first_commit_of_a_version_may_be_missing(repository: GitRepository, tmp_path: Path) -> None:
    repository.replay(*({FILE: prompt("a", "1.0.0", text)} for text in "abc"), {FILE: version(1)}, {FILE: version(2)})
    store = clone(repository, tmp_path / "clone", "--depth=2").store()
    first = await store.first_commit_of("a", SemanticVersion(1, 2, 0))
    assert first is not None
    assert first.commit == repository.head()
    repository.commit({FILE: prompt("a", "1.2.0", "edited")})
    clone(repository, tmp_path / "second", "--depth=2")
    await is_shallow(GitRepository(tmp_path / "second").store().first_commit_of("a", SemanticVersion(1, 2, 0)))


async def test_the_merge_base_may_be_missing(long: GitRepository, tmp_path: Path) -> None:
    long.git("checkout", "--quiet", "-b", "feature", "HEAD~2")
    long.commit({FILE: version(9)})
    cloned = clone(long, tmp_path / "clone", "--depth=1", "--no-single-branch")
    await is_shallow(cloned.store().merge_base("origin/main"))
    cloned.git("fetch", "--quiet", "--depth=4")
    base = await cloned.store().merge_base("origin/main")
    assert base.commit == long.git("rev-parse", "feature~1")


@pytest.fixture
def partial(repository: GitRepository, tmp_path: Path) -> GitRepository:
    for number in range(30):
        repository.commit({FILE: version(number), "prompts/b.yaml": prompt("b", f"1.{number}.0")})
    repository.commit({FILE: None, "prompts/b.yaml": None, "prompts/c.yaml": prompt("c", "1.0.0")})
    return clone(repository, tmp_path / "clone", "--filter=blob:none")


async def test_partial_clone_reads_local_objects(partial: GitRepository) -> None:
    assert await read(partial.store(), "c", "HEAD") == prompt("c", "1.0.0").encode()


@pytest.mark.parametrize("reached", [True, False])
async def test_partial_clone_error_names_the_fetch_command(
    partial: GitRepository, tmp_path: Path, *, reached: bool
) -> None:
    (tmp_path / "upload-pack").write_text(f"#!/bin/sh\ntouch '{tmp_path}/fetched'\nexec git-upload-pack \"$@\"\n")
    (tmp_path / "upload-pack").chmod(0o755)
    partial.git("config", "remote.origin.uploadpack", str(tmp_path / "upload-pack"))
    url = partial.git("config", "remote.origin.url")
    if not reached:
        partial.git("config", "remote.origin.url", "/nowhere")
    store = partial.store()
    for ask in (lambda: store.versions("a"), lambda: read(store, "a", "1.0.0"), lambda: read(store, "a", "HEAD~5")):
        with pytest.raises(HistoryError) as raised:
            await ask()
        assert raised.value.reason is GitProblem.PARTIAL
        assert "`git fetch --refetch --no-filter`" in raised.value.help
    assert not (tmp_path / "fetched").exists()
    partial.git("config", "remote.origin.url", url)
    partial.git("fetch", "--quiet", "--refetch", "--no-filter")
    assert len(await store.versions("a")) == 30
