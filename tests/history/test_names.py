"""Names of commits: unknown, ambiguous, equal to a version; and merge bases."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.revision import parse_revision
from prompt_cli.errors import HistoryError, VersionNotFoundError
from prompt_cli.history.errors import GitProblem
from tests.history.git_repositories import prompt, read

if TYPE_CHECKING:
    from tests.history.git_repositories import GitRepository

FILE = "prompts/a.yaml"


@pytest.fixture(autouse=True)
def commits(repository: GitRepository) -> list[str]:
    return repository.replay({FILE: prompt("a", "1.0.0")}, {FILE: prompt("a", "1.2.0")})


async def error_of(repository: GitRepository, name: str) -> HistoryError:
    with pytest.raises(HistoryError) as raised:
        await read(repository.store(), "a", f"ref:{name}")
    return raised.value


@pytest.mark.parametrize("kind", ["branch", "tag"])
@pytest.mark.parametrize(
    ("name", "expected"), [("1.0.0", "1.0.0"), ("1.x", "1.2.0"), ("1.2", "1.2.0"), ("latest", "1.2.0")]
)
async def test_a_version_wins_over_a_branch_or_tag_and_says_so(
    repository: GitRepository, kind: str, name: str, expected: str
) -> None:
    store = repository.store()
    assert (await store.snapshot("a", parse_revision(name))).notice == ""
    repository.commit({FILE: prompt("a", "9.0.0")})
    repository.git(kind, name)
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    snapshot = await store.snapshot("a", parse_revision(name))
    assert await snapshot.read_many(["a"]) == {"a": prompt("a", expected).encode()}
    assert snapshot.notice == f"{name} was read as a version; the branch or tag of that name is a@ref:{name}"
    forced = await store.snapshot("a", parse_revision(f"ref:{name}"))
    assert (await forced.read_many(["a"]), forced.notice) == ({"a": prompt("a", "9.0.0").encode()}, "")


async def test_branch_is_suggested_for_an_unknown_version(repository: GitRepository) -> None:
    repository.git("branch", "3.0.0")
    repository.git("branch", "3.0.0-rc")
    with pytest.raises(VersionNotFoundError) as raised:
        await read(repository.store(), "a", "3.0.0")
    assert raised.value.help == "available versions: 1.2.0, 1.0.0; the branch or tag of that name is a@ref:3.0.0"
    with pytest.raises(VersionNotFoundError) as raised:
        await read(repository.store(), "a", "4.0.0")
    assert raised.value.help == "available versions: 1.2.0, 1.0.0"


async def test_unknown_name_lists_the_known_ones(repository: GitRepository) -> None:
    repository.git("branch", "feature/triage")
    error = await error_of(repository, "featur/triage")
    assert error.reason is GitProblem.UNKNOWN_REVISION
    assert error.context["near"] == ("feature/triage",)
    assert error.help == (
        "similar names: feature/triage; available versions: 1.2.0, 1.0.0; "
        "`git branch --all` and `git tag` list all names"
    )
    assert (await error_of(repository, "zzz")).help.startswith("available versions")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("HEAD~99", "unknown revision 'HEAD~99'"),
        ("0" * 40, f"unknown revision {'0' * 40!r}"),
        ("@{upstream}", "git finds no commit for '@{upstream}': no upstream configured for branch 'main'"),
        ("HEAD@{99}", "git finds no commit for 'HEAD@{99}': log for 'HEAD' only has 2 entries"),
        (":/nothing like it", "unknown revision ':/nothing like it'"),
        ("HEAD:prompts", "unknown revision 'HEAD:prompts'"),
    ],
)
async def test_message_of_git_is_passed_on(repository: GitRepository, name: str, expected: str) -> None:
    assert str(await error_of(repository, name)) == expected


async def test_file_name_is_not_taken_for_a_commit(repository: GitRepository) -> None:
    repository.write({"nothing": "", "nothing^{commit}": "", ":": "", "HEAD": ""})
    assert "unknown revision" in str(await error_of(repository, "nothing"))
    assert await read(repository.store(), "a", "HEAD") == prompt("a", "1.2.0").encode()


async def test_branch_and_tag_of_one_name_are_not_ambiguous(repository: GitRepository) -> None:
    repository.git("branch", "same")
    repository.git("tag", "same")
    assert str(await error_of(repository, "same~9")) == "unknown revision 'same~9'"
    assert await read(repository.store(), "a", "same") == prompt("a", "1.2.0").encode()


async def test_tree_is_not_a_commit(repository: GitRepository) -> None:
    tree = repository.git("rev-parse", "HEAD^{tree}")
    assert str(await error_of(repository, tree)) == f"{tree!r} names a tree, not a commit"


async def test_an_ambiguous_id_lists_its_candidates(repository: GitRepository) -> None:
    # Of a thousand commits, two begin with the same four digits: with known dates, the same two each time.
    author = "Author One <one@example.org>"
    commits = (f"commit refs/heads/many\ncommitter {author} {second} +0000\ndata 1\nx\n" for second in range(1000))
    repository.git("fast-import", "--quiet", standard_input="".join(commits).encode())
    ids = repository.git("rev-list", "many").split()
    short = next(four for four, count in Counter(one[:4] for one in ids).items() if count == 2)
    error = await error_of(repository, short)
    assert error.reason is GitProblem.AMBIGUOUS
    assert str(error) == f"{short!r} is the beginning of several objects' ids"
    for one in ids:
        assert (one[:7] in error.help) is (one[:4] == short)


async def test_merge_bases(repository: GitRepository, commits: list[str]) -> None:
    repository.git("branch", "side", "HEAD~1")
    repository.git("checkout", "--quiet", "side")
    repository.commit({FILE: prompt("a", "2.0.0")})
    for name in ("main", "main~0", commits[1], commits[1][:10]):
        assert (await repository.store().merge_base(name)).commit == commits[0]
    assert (await repository.store().merge_base("HEAD")).commit == repository.head()


async def test_two_histories_with_nothing_in_common(repository: GitRepository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "other")
    repository.commit({"x": ""})
    with pytest.raises(HistoryError, match="HEAD and 'main' have no common history") as raised:
        await repository.store().merge_base("main")
    assert raised.value.reason is GitProblem.UNRELATED


async def test_the_base_of_an_unborn_branch(repository: GitRepository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "other")
    with pytest.raises(HistoryError, match="no commits yet"):
        await repository.store().merge_base("main")
    assert await read(repository.store(), "a", "main") == prompt("a", "1.2.0").encode()
