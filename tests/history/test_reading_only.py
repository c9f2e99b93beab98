"""Reading changes no file, runs no foreign program, and ignores settings and variables."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from prompt_cli.domain.revision import Tree, parse_revision
from prompt_cli.errors import HistoryError
from prompt_cli.history.process import locate_git
from tests.history.git_repositories import GitRepository, isolate, prompt, read

if TYPE_CHECKING:
    from pathlib import Path

FILE = "prompts/a.yaml"


class Template(NamedTuple):
    """A repository that tests copy, and the results of all reads in it."""

    root: Path
    answers: list[object]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A repository with a rename, a merge, a staged file, and an index that git would like to refresh."""
    root = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, root / "home")
        repository = GitRepository(root / "repository")
        fill(repository)
        return Template(repository.root, asyncio.run(everything(repository, cache=False)))


@pytest.fixture
def busy(template: Template, tmp_path: Path) -> GitRepository:
    """A copy of the template."""
    shutil.copytree(template.root, tmp_path / "repository")
    return GitRepository(tmp_path / "repository")


def fill(repository: GitRepository) -> None:
    repository.commit({FILE: prompt("a", "1.0.0"), "prompts/old.yaml": prompt("b", "1.0.0"), "c": "c"})
    repository.git("mv", "prompts/old.yaml", "prompts/b.yaml")
    repository.commit_index("rename")
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit({FILE: prompt("a", "1.1.0")})
    repository.git("checkout", "--quiet", "main")
    repository.merge("side", {FILE: prompt("a", "1.2.0")})
    repository.write({FILE: prompt("a", "1.3.0"), "prompts/new.yaml": "new"})
    repository.git("add", "prompts")
    repository.write({"prompts/b.yaml": prompt("b", "1.1.0"), "c": "c"})


async def everything(repository: GitRepository, *, cache: bool = True) -> list[object]:
    """Read in each way, and return the results."""
    store = repository.store(cache=cache)
    answers: list[object] = [await store.versions("a"), await store.versions_many(["a", "b"])]
    for revision in ("1.0.0", "1.1.0", "latest", "HEAD~1", ":staged"):
        snapshot = await store.snapshot("a", parse_revision(revision))
        answers += [await snapshot.ids(), await snapshot.read_many(["a", "b"]), snapshot.label]
    head, base, index = await store.tip("HEAD"), await store.merge_base("side"), await store.snapshot("a", Tree.INDEX)
    for old, new in ((base, head), (head, index), (head, Tree.WORKING), (index, Tree.WORKING)):
        answers.append(await store.changed_ids(old, new))
    for one in ("a", "b"):
        first = await store.first_commit_of(one, (await store.versions(one))[0].version)
        answers.append(first and first.commit)
    return [*answers, await store.statuses(["a", "b", "new"])]


def contents_of(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(directory.rglob("*"))
        if "prompt-cli" not in path.parts
    }


@pytest.mark.parametrize("cache", [True, False])
async def test_nothing_in_the_repository_changes(busy: GitRepository, *, cache: bool) -> None:
    before = contents_of(busy.root)
    await everything(busy, cache=cache)
    with pytest.raises(HistoryError):
        await read(busy.store(cache=cache), "a", "nothing")
    after = contents_of(busy.root)
    assert after.keys() == before.keys()
    # The git directory itself has a new entry, the cache.
    assert {path for path in after if after[path] != before[path]} == ({str(busy.root / ".git")} if cache else set())
    assert (busy.root / ".git" / "prompt-cli").exists() is cache


@pytest.mark.parametrize(
    "settings",
    [
        {"log.showRoot": "false", "log.follow": "true", "log.decorate": "full", "log.abbrevCommit": "true"},
        {"log.diffMerges": "off", "log.date": "relative", "log.mailmap": "false", "format.pretty": "oneline"},
        {"diff.renames": "copies", "diff.relative": "true", "diff.noprefix": "true", "diff.ignoreSubmodules": "all"},
        {"diff.orderFile": "missing", "diff.context": "0", "diff.submodule": "log", "core.abbrev": "4"},
        {"color.ui": "always", "color.diff": "always", "column.ui": "always", "core.quotePath": "true"},
        {"status.showUntrackedFiles": "no", "status.branch": "true", "status.showStash": "true"},
        {"status.relativePaths": "true", "core.untrackedCache": "true", "status.short": "true"},
        {"i18n.logOutputEncoding": "UTF-16", "format.notes": "true", "notes.displayRef": "*"},
    ],
    ids=lambda settings: next(iter(settings)),
)
async def test_settings_do_not_change_the_answers(
    template: Template, busy: GitRepository, settings: dict[str, str]
) -> None:
    for name, value in settings.items():
        busy.git("config", name, value)
    assert await everything(busy, cache=False) == template.answers


def sign(repository: GitRepository) -> None:
    """Give the last commit a signature, which a setting could have git check."""
    head, text = repository.git("cat-file", "commit", "HEAD").split("\n\n", 1)
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    raw = f"{head}\n{signature}\n\n{text}\n".encode()
    repository.git(
        "update-ref", "HEAD", repository.git("hash-object", "-t", "commit", "-w", "--stdin", standard_input=raw)
    )


async def test_no_program_of_the_repository_is_run(busy: GitRepository, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0 $@" >> {tmp_path}/sprung\n')
    trap.chmod(0o755)
    sign(busy)
    expected = await everything(busy, cache=False)
    for name in ("core.fsmonitor", "core.pager", "pager.log", "diff.external", "diff.x.command", "diff.x.textconv"):
        busy.git("config", name, str(trap))
    for name in ("gpg.program", "core.editor", "interactive.diffFilter", "core.sshCommand", "core.askPass"):
        busy.git("config", name, str(trap))
    for name in ("log", "rev-parse", "cat-file", "ls-tree", "status"):
        busy.git("config", f"alias.{name}", f"!{trap}")
    busy.git("config", "log.showSignature", "true")
    busy.git("config", "core.hooksPath", str(tmp_path / "hooks"))
    (tmp_path / "hooks").mkdir()
    for hook in ("post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"):
        (tmp_path / "hooks" / hook).symlink_to(trap)
    (busy.root / ".git" / "info" / "attributes").write_text("* diff=x\n")
    assert await everything(busy, cache=False) == expected
    assert not (tmp_path / "sprung").exists()


def test_git_takes_no_lock_and_translates_nothing(busy: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LC_ALL": "de_DE.UTF-8", "GIT_OPTIONAL_LOCKS": "1", "GIT_ALLOW_PROTOCOL": "ssh"}.items():
        monkeypatch.setenv(name, value)
    git, prefix = locate_git(busy.root / "prompts")
    expected = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_ALLOW_PROTOCOL": ""}
    assert expected.items() <= git.environment.items()
    assert (git.directory, prefix) == (busy.root, "prompts/")


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_DIR": "/nowhere"},
        {"GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/elsewhere"},
        {"GIT_WORK_TREE": "/elsewhere", "GIT_PREFIX": "x/", "GIT_NAMESPACE": "x"},
        {"GIT_OBJECT_DIRECTORY": "/nowhere", "GIT_COMMON_DIR": "/nowhere"},
        {"GIT_EXTERNAL_DIFF": "/bin/false", "GIT_PAGER": "/bin/false", "GIT_DIFF_OPTS": "-u0"},
        {"GIT_GLOB_PATHSPECS": "1", "GIT_ICASE_PATHSPECS": "1"},
        {"GIT_CONFIG_PARAMETERS": "'log.showroot=false'", "GIT_TRACE": "1", "GIT_REPLACE_REF_BASE": "refs/heads/"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "log.showRoot", "GIT_CONFIG_VALUE_0": "false"},
        {"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de", "GIT_OPTIONAL_LOCKS": "1"},
    ],
    ids=lambda variables: next(iter(variables)),
)
async def test_variables_do_not_change_the_answers(
    template: Template, busy: GitRepository, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert await everything(busy, cache=False) == template.answers


@pytest.mark.parametrize(
    "name",
    [
        "--all",
        "--output=owned",
        "-h",
        "--exec=touch owned",
        "^HEAD",
        "HEAD..side",
        "HEAD...side",
        "HEAD^@",
        "HEAD:",
        "!",
    ],
)
async def test_names_are_never_options_or_ranges(busy: GitRepository, name: str) -> None:
    store = busy.store()
    for ask in (store.tip, store.merge_base):
        with pytest.raises(HistoryError):
            await ask(name)
    with pytest.raises(HistoryError):
        await read(store, "a", f"ref:{name}")
    assert not list(busy.root.rglob("owned"))
