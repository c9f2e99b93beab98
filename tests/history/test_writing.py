"""Commits and tags: of the named files alone, or refused with the message of git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.errors import ExitCode, HistoryError
from prompt_cli.history.errors import GitProblem
from tests.history.git_repositories import prompt

if TYPE_CHECKING:
    from tests.history.git_repositories import GitRepository

A, B = "prompts/a.yaml", "prompts/b.yaml"


def version(number: int, prompt_id: str = "a") -> str:
    return prompt(prompt_id, f"1.{number}.0")


@pytest.fixture(autouse=True)
def _begun(repository: GitRepository) -> None:
    repository.commit({A: version(0), B: version(0, "b"), "other": "0", ".gitignore": "ignored/\n"})


def install(repository: GitRepository, hook: str, script: str) -> None:
    file = repository.root / ".git" / "hooks" / hook
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


async def refused(repository: GitRepository, *prompt_ids: str) -> HistoryError:
    """Return why a commit was refused; see that it left everything as it was."""
    before = repository.head(), repository.git("status", "--porcelain=v2")
    with pytest.raises(HistoryError) as raised:
        await repository.store().commit(prompt_ids, "x")
    assert raised.value.exit_code is ExitCode.UNABLE
    assert raised.value.reason is GitProblem.REFUSED
    assert (repository.head(), repository.git("status", "--porcelain=v2")) == before
    return raised.value


async def test_other_edits_and_staged_changes_stay(repository: GitRepository) -> None:
    repository.write({B: version(1, "b"), "other": "1"})
    repository.git("add", "other")
    repository.write({A: version(1), "other": "2"})
    commit = await repository.store().commit(["a"], "Raise a")
    assert commit == repository.head()
    assert repository.git("show", "--format=%s", "--name-only") == f"Raise a\n\n{A}"
    assert repository.git("status", "--porcelain") == f"MM other\n M {B}".strip()


async def test_several_files_a_new_one_and_a_deleted_one_are_one_commit(repository: GitRepository) -> None:
    repository.write({A: version(1), "prompts/new.yaml": version(0, "new"), B: None})
    await repository.store().commit(["a", "new", "b"], "Raise them")
    status = repository.git("show", "--format=", "--name-status", "--no-renames")
    assert status == f"M\t{A}\nD\t{B}\nA\tprompts/new.yaml"
    assert repository.git("status", "--porcelain") == ""


async def test_the_first_commit_of_a_repository_may_be_ours(repository: GitRepository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "new")
    repository.git("rm", "--quiet", "-r", "--cached", ".")
    commit = await repository.store().commit(["a"], "x")
    assert repository.git("ls-tree", "-r", "--name-only", commit) == A


@pytest.mark.parametrize("directory", [":(glob)**", "--all", "new\nline", "*"])
async def test_path_is_taken_literally(repository: GitRepository, directory: str) -> None:
    repository.write({A: version(1), f"{directory}/a.yaml": version(0)})
    await repository.store(directory).commit(["a"], "x")
    assert repository.git("show", "--format=", "--name-only", "-z") == f"{directory}/a.yaml\0"


async def test_hooks_run_and_may_refuse(repository: GitRepository) -> None:
    install(
        repository,
        "pre-commit",
        "echo '[/bold] no'; printf 'caf\\351' >&2; git diff --cached --name-only -- '*.yaml'; exit 1",
    )
    repository.write({A: version(1), "prompts/new.yaml": "new"})
    error = await refused(repository, "a", "new")
    assert str(error) == "git or one of its hooks refused the commit"
    assert "[/bold] no" in error.help
    assert "caf\ufffd" in error.help
    assert A in error.help  # a hook's own pathspecs mean what they always do
    install(repository, "pre-commit", "exit 0")
    install(repository, "commit-msg", 'echo "Checked-by: a hook" >> "$1"')
    await repository.store().commit(["a"], "Raise a")
    assert repository.git("log", "-1", "--format=%B") == "Raise a\nChecked-by: a hook"


async def test_filters_and_line_endings_apply(repository: GitRepository) -> None:
    repository.commit({".gitattributes": "*.yaml text filter=upper\n"})
    repository.git("config", "filter.upper.clean", "tr h H")
    repository.write({A: "hello\r\n"})
    await repository.store().commit(["a"], "x")
    assert repository.git("cat-file", "blob", f"HEAD:{A}") == "Hello"


async def test_commit_is_signed_if_git_is_configured_so(repository: GitRepository) -> None:
    repository.git("config", "commit.gpgSign", "true")
    repository.git("config", "gpg.program", "false")
    repository.write({A: version(1)})
    assert "gpg failed to sign" in (await refused(repository, "a")).help


async def test_impossible_commits(repository: GitRepository) -> None:
    repository.write({"prompts/ignored/a.yaml": version(0)})
    repository.write({"prompts/new.yaml": version(0)})
    assert "ignored" in (await refused(repository, "new", "ignored/a")).help
    assert "did not match any file" in (await refused(repository, "missing")).help
    repository.write({A: version(1)})
    lock = repository.root / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(HistoryError) as raised:
        await repository.store().commit(["a"], "x")
    assert "index.lock" in raised.value.help
    lock.unlink()
    repository.git("config", "user.useConfigOnly", "true")
    repository.git("config", "--global", "--unset", "user.email")
    assert "user.email" in (await refused(repository, "a")).help


@pytest.mark.parametrize("is_committed_before", [True, False])
async def test_another_process_commits_the_same_files(repository: GitRepository, *, is_committed_before: bool) -> None:
    if not is_committed_before:
        repository.write({A: version(1)})
        script = "git update-ref HEAD $(git commit-tree -p HEAD -m theirs $(git write-tree))"
        install(repository, "pre-commit", script)
    with pytest.raises(HistoryError, match="the files are committed already") as raised:
        await repository.store().commit(["a"], "ours")
    assert (raised.value.reason, raised.value.help[:21]) == (GitProblem.AFTER_COMMIT, "run the command again")
    assert repository.git("diff", "HEAD") == ""


async def test_during_a_merge_a_file_alone_is_refused(repository: GitRepository) -> None:
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit({"other": "side"})
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    repository.write({A: version(1)})
    assert "partial commit during a merge" in (await refused(repository, "a")).help


async def test_commit_message_stays_unchanged(repository: GitRepository) -> None:
    repository.git("config", "commit.cleanup", "strip")
    repository.git("config", "commit.template", "missing")
    repository.git("config", "core.editor", "false")
    message = "--amend\n\n# heading\n- a 1.0.0 \u2192 1.1.0\n- $(touch owned) `x` %s"
    repository.write({A: version(1)})
    await repository.store().commit(["a"], message)
    assert repository.git("log", "-1", "--format=%B") == message
    assert len(repository.git("rev-list", "HEAD").split()) == 2


async def test_variables_of_another_repository_lead_nowhere(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    repository.write({A: version(1)})
    commit = await repository.store().commit(["a"], "x")
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert commit == repository.head()
    assert repository.git("status", "--porcelain") == ""


async def test_tags_are_added_together(repository: GitRepository) -> None:
    store, head = repository.store(), repository.head()
    await store.tag(["a@1.0.0", "support/b@1.0.0"], head)
    assert repository.git("tag", "--list", "--format=%(objecttype) %(refname:short) %(*objectname)").split("\n") == [
        f"tag a@1.0.0 {head}",
        f"tag support/b@1.0.0 {head}",
    ]
    assert (await store.tip("support/b@1.0.0")).commit == head


async def test_all_tags_or_none(repository: GitRepository) -> None:
    store, head = repository.store(), repository.head()
    await store.tag(["a@1.0.0"], head)
    for names, expected in (
        (["b@1.0.0", "a@1.0.0"], "tag 'a@1.0.0' already exists"),
        (["b@1.0.0", "a@1.0.0/x"], "git refused the tag 'a@1.0.0/x'"),
        (["b@1.0.0", "no..tag"], "git refused the tag 'no..tag'"),
        (["b@1.0.0", "--delete"], "git refused the tag '--delete'"),
    ):
        with pytest.raises(HistoryError) as raised:
            await store.tag(names, head)
        assert str(raised.value) == expected
        assert raised.value.help
        assert repository.git("tag") == "a@1.0.0"
