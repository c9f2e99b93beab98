"""Changed prompts between two states, and the status of files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.revision import Tree
from prompt_cli.history.diff import FileStatus
from tests.history.git_repositories import prompt

if TYPE_CHECKING:
    from prompt_cli.history.version_store import GitVersionStore
    from tests.history.git_repositories import GitRepository


def path(name: str) -> str:
    return f"prompts/{name}.yaml"


@pytest.fixture
def edited(repository: GitRepository) -> GitRepository:
    """The name of each prompt tells its status since the only commit."""
    names = ["same", "edited", "staged", "partly", "mode", "touched", "gone", "removed", "uncached", "skipped"]
    repository.commit(
        {path(one): prompt(one, "1.0.0") for one in names} | {"prompts/README": "", ".gitignore": "*/ig*\n"}
    )
    for one in ("staged", "partly", "new-staged", "new-partly"):
        repository.write({path(one): prompt(one, "1.1.0")})
        repository.git("add", path(one))
    for one in ("edited", "partly", "new-partly", "untracked", "deep/untracked", "ignored", "announced"):
        repository.write({path(one): prompt(one, "1.2.0")})
    repository.git("add", "--intent-to-add", path("announced"))
    repository.git("rm", "--quiet", "--cached", path("uncached"))
    repository.git("rm", "--quiet", path("removed"))
    repository.git("update-index", "--skip-worktree", path("skipped"))
    repository.write({path("gone"): None, path("skipped"): None, "prompts/README": "edited", "prompts/Notes.yaml": ""})
    (repository.root / path("mode")).chmod(0o755)
    os.utime(repository.root / path("touched"), (1, 1))
    return repository


async def sides(store: GitVersionStore) -> dict[str, object]:
    head, index = await store.tip("HEAD"), await store.snapshot("same", Tree.INDEX)
    return {
        "head, index": await store.changed_ids(head, index),
        "head, tree": await store.changed_ids(head, Tree.WORKING),
        "index, tree": await store.changed_ids(index, Tree.WORKING),
    }


async def test_two_states_are_compared(edited: GitRepository) -> None:
    assert await sides(edited.store()) == {
        "head, index": (("new-partly", "new-staged"), ("partly", "staged"), ("removed", "uncached")),
        "head, tree": (
            ("announced", "deep/untracked", "ignored", "new-partly", "new-staged", "untracked"),
            ("edited", "partly", "staged"),
            ("gone", "removed"),
        ),
        "index, tree": (
            ("announced", "deep/untracked", "ignored", "uncached", "untracked"),
            ("edited", "new-partly", "partly"),
            ("gone",),
        ),
    }
    assert await edited.store().changed_ids(await edited.store().tip("HEAD"), Tree.INDEX) == (
        ("new-partly", "new-staged"),
        ("partly", "staged"),
        ("removed", "uncached"),
    )


async def test_two_commits_are_compared(repository: GitRepository) -> None:
    repository.replay(
        {path("a"): "a", path("b"): "b", path("x/c"): "c", "elsewhere/d.yaml": "d"},
        {path("a"): "A", path("b"): None, path("new"): "b", "elsewhere/d.yaml": "D", "prompts/README": "r"},
    )
    store = repository.store()
    old, new = await store.tip("HEAD~1"), await store.tip("HEAD")
    assert await store.changed_ids(old, new) == (("new",), ("a",), ("b",))  # a rename is a deletion and an addition
    assert await store.changed_ids(new, old) == (("b",), ("a",), ("new",))
    assert await store.changed_ids(new, new) == ((), (), ())
    with pytest.raises(ValueError, match="on the old side"):
        await store.changed_ids(await store.snapshot("a", Tree.INDEX), new)


async def test_symbolic_link_is_not_a_prompt(repository: GitRepository) -> None:
    repository.commit({path("a"): "a", path("b"): "b"})
    for one in ("a", "new"):
        (repository.root / path(one)).unlink(missing_ok=True)
        (repository.root / path(one)).symlink_to("b.yaml")
    repository.git("add", "--all")
    store = repository.store()
    head = await store.tip("HEAD")
    assert await store.changed_ids(head, Tree.INDEX) == ((), (), ("a",))
    repository.commit_index()
    assert await store.changed_ids(head, await store.tip("HEAD")) == ((), (), ("a",))


async def test_a_conflict_is_a_change(repository: GitRepository) -> None:
    repository.commit({path("a"): "a\n"})
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit({path("a"): "side\n"})
    repository.git("checkout", "--quiet", "main")
    repository.commit({path("a"): "main\n"})
    with pytest.raises(AssertionError):
        repository.git("merge", "side")
    store = repository.store()
    assert await sides(store) == dict.fromkeys(("head, index", "head, tree", "index, tree"), ((), ("a",), ()))
    assert await store.statuses(["a"]) == {"a": FileStatus.UNMERGED}


@pytest.mark.parametrize(("attributes", "changed"), [("* text eol=crlf\n", ()), ("* -text\n", ("a",))])
async def test_converted_line_endings_are_not_a_change(
    repository: GitRepository, attributes: str, changed: tuple[str, ...]
) -> None:
    repository.commit({path("a"): "a\n", ".gitattributes": attributes})
    repository.write({path("a"): "a\r\n"})
    store = repository.store()
    assert await store.changed_ids(await store.tip("HEAD"), Tree.WORKING) == ((), changed, ())


async def test_file_statuses(edited: GitRepository) -> None:
    names = {
        FileStatus.CLEAN: ["same", "touched", "skipped", "nowhere"],
        FileStatus.EDITED: ["edited", "mode", "gone", "announced"],
        FileStatus.STAGED: ["staged", "new-staged", "removed"],
        FileStatus.PARTLY_STAGED: ["partly", "new-partly", "uncached"],
        FileStatus.UNTRACKED: ["untracked", "deep/untracked"],
        FileStatus.IGNORED: ["ignored"],
    }
    expected = {one: standing for standing, ids in names.items() for one in ids}
    assert await edited.store().statuses(expected) == expected
    assert await edited.store().statuses([]) == {}


async def test_many_prompts_are_queried_by_their_directory(repository: GitRepository) -> None:
    names = [f"{'long-' * 15}{number:04}" for number in range(400)]
    repository.commit({path(one): one for one in names})
    repository.write({path("new/untracked"): ""})
    store = repository.store()
    assert await store.statuses([*names, "new/untracked"]) == {
        **dict.fromkeys(names, FileStatus.CLEAN),
        "new/untracked": FileStatus.UNTRACKED,
    }
    assert len(await store.versions_many(names)) == 400


async def test_more_prompts_than_fit_a_command_line(repository: GitRepository) -> None:
    names = [f"{'long-' * 18}{number:05}" for number in range(20_000)]
    files = "".join(f"M 100644 inline {path(one)}\ndata 1\nx\n" for one in names)
    author = "Author One <one@example.org> 1700000000 +0000"
    stream = f"commit refs/heads/main\ncommitter {author}\ndata 1\nx\n{files}"
    repository.git("fast-import", "--quiet", standard_input=stream.encode())
    snapshot = await repository.store().tip("main")
    assert await snapshot.read_many(names) == dict.fromkeys(names, b"x")
