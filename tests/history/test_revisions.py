from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.revision import Tree, parse_revision
from prompt_cli.errors import HistoryError, PromptNotFoundError, VersionNotFoundError
from prompt_cli.history.protocol import StoredSnapshot, VersionStoreProtocol
from tests.history.git_repositories import prompt, read

if TYPE_CHECKING:
    from tests.history.git_repositories import GitRepository

FILE = "prompts/support/triage.yaml"
ONE, TWO, THREE = (prompt("support/triage", version) for version in ("1.0.0", "1.1.0", "2.0.0"))


@pytest.fixture
def commits(repository: GitRepository) -> list[str]:
    return repository.replay({FILE: ONE}, {FILE: TWO}, {"README": "unrelated"}, {FILE: THREE})


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        ("1.0.0", ONE),
        ("1.1.0", TWO),
        ("2.0.0", THREE),
        ("latest", THREE),
        ("^1", TWO),
        ("~1.0", ONE),
        (">=1,<2", TWO),
        ("1.x", TWO),
        ("HEAD", THREE),
        ("HEAD~1", TWO),
        ("HEAD~3", ONE),
        ("main", THREE),
        ("ref:main~2", TWO),
        (":/state 2", TWO),
        ("HEAD^{/state 1}", ONE),
        ("HEAD@{1}", TWO),
        ("annotated", TWO),
        ("-x", ONE),
        (":staged", "staged"),
    ],
)
async def test_a_revision_is_a_state(
    repository: GitRepository, commits: list[str], revision: str, expected: str
) -> None:
    repository.git("tag", "--annotate", "--message=x", "annotated", commits[1])
    repository.git("update-ref", "refs/heads/-x", commits[0])
    repository.write({FILE: "staged"})
    repository.git("add", FILE)
    repository.write({FILE: "edited"})
    assert await read(repository.store(), "support/triage", revision) == expected.encode()


async def test_a_commit_is_named_by_its_ids(repository: GitRepository, commits: list[str]) -> None:
    store = repository.store()
    assert await read(store, "support/triage", commits[0]) == ONE.encode()
    snapshot = await store.snapshot("support/triage", parse_revision(f"ref:{commits[0][:9]}"))
    assert snapshot.commit == commits[0]
    assert snapshot.label == f"commit {commits[0][:7]}"
    assert await snapshot.ids() == ("support/triage",)


async def test_the_store_keeps_to_its_protocols(repository: GitRepository, commits: list[str]) -> None:
    store = repository.store()
    assert isinstance(store, VersionStoreProtocol)
    for revision in (Tree.INDEX, parse_revision(commits[0])):
        assert isinstance(await store.snapshot("support/triage", revision), StoredSnapshot)
    with pytest.raises(ValueError, match="working tree"):
        await store.snapshot("support/triage", Tree.WORKING)


async def test_versions_are_listed_newest_first(repository: GitRepository, commits: list[str]) -> None:
    versions = await repository.store().versions("support/triage")
    assert [(str(one.version), one.commit, one.subject) for one in versions] == [
        ("2.0.0", commits[3], "state 4"),
        ("1.1.0", commits[1], "state 2"),
        ("1.0.0", commits[0], "state 1"),
    ]
    assert {one.author for one in versions} == {"Author One"}
    assert versions[0].date.timestamp() == repository.clock


@pytest.mark.usefixtures("commits")
async def test_a_version_there_is_not(repository: GitRepository) -> None:
    for revision in ("3.0.0", "^4", "<1"):
        with pytest.raises(VersionNotFoundError) as raised:
            await read(repository.store(), "support/triage", revision)
        assert raised.value.help == "available versions: 2.0.0, 1.1.0, 1.0.0"
    with pytest.raises(PromptNotFoundError):
        await read(repository.store(), "other", "1.0.0")


@pytest.mark.usefixtures("commits")
async def test_a_commit_alone_takes_the_file_along(repository: GitRepository) -> None:
    store = repository.store()
    repository.write({FILE: prompt("support/triage", "2.0.1"), "README": "staged"})
    repository.git("add", "README")
    commit = await store.commit(["support/triage"], "Raise support/triage\n\n# not a comment")
    assert repository.git("log", "-1", "--format=%B", commit) == "Raise support/triage\n\n# not a comment"
    assert repository.git("show", "--name-only", "--format=", commit) == FILE
    assert repository.git("status", "--porcelain") == "M  README"
    assert str((await store.versions("support/triage"))[0].version) == "2.0.1"


@pytest.mark.usefixtures("commits")
async def test_an_unknown_name_lists_near_ones(repository: GitRepository) -> None:
    with pytest.raises(HistoryError) as raised:
        await read(repository.store(), "support/triage", "mian")
    assert str(raised.value) == "unknown revision 'mian'"
    assert "similar names: main;" in raised.value.help
    assert "2.0.0, 1.1.0, 1.0.0" in raised.value.help
