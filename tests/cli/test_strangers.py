"""A stranger's repository is read, and nothing of it is run."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support import InProcess, Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READING = (
    "list",
    "validate",
    "validate --staged",
    "validate --against origin/main",
    "validate --staged --against origin/main",
    "versions greeting",
    "diff greeting",
    "diff --against origin/main",
    "diff --against origin/main --rendered",
    "show greeting@HEAD",
    "render greeting@HEAD --var name=A",
    "render greeting@1.0.0 --var name=A",
    "render greeting@^1 --var name=A",
    "render greeting@:staged --var name=A",
    "bump --all --dry-run",
    "bump --all --against origin/main --dry-run",
)
WRITING = ("bump greeting minor --commit --tag",)
OF_OLD_CONTENTS = {
    *("versions greeting", "render greeting@1.0.0 --var name=A", "render greeting@^1 --var name=A"),
    "bump --all --dry-run",
}
"""Commands that need contents that are neither checked out nor staged."""

UNABLE = {
    "behind_a_link": {"render greeting@1.0.0 --var name=A"},
    "alternates": {"diff --against origin/main --rendered"},
}
"""Commands without a result, by the layout: no such version, or no values to render a prompt that differs."""


class Stranger(NamedTuple):
    """A clone of a repository that a stranger controls.

    Attributes:
        project: The clone; `origin/main` is what the stranger changed.
        trap: The command to plant: it leaves a file.
        marker: That file.
    """

    project: Project
    trap: str
    marker: Path

    def sprung(self) -> bool:
        """Tell whether the trap was sprung, and set it again."""
        there = self.marker.exists()
        self.marker.unlink(missing_ok=True)
        return there

    def found(self, *commands: str, cwd: str = ".") -> dict[str, tuple[int, bool]]:
        """Run commands, and return the status of each, and whether the trap was sprung."""
        return {one: (self.project.run(*one.split(), cwd=cwd).status, self.sprung()) for one in commands}


@pytest.fixture
def stranger(tmp_path: Path) -> Stranger:
    """A clone on the stranger's branch, with a prompt of two versions, and a third content that is staged."""
    up = InProcess(tmp_path / "up")
    up.root.mkdir()
    up.git("init", "-q", "-b", "main")
    greeting(up, "Hello", "1.0.0")
    up.commit()
    greeting(up, "Good day", "1.1.0")
    up.commit()
    for name in ("allowFilter", "allowAnySHA1InWant"):
        up.git("config", f"uploadpack.{name}", "true")
    marker, script = tmp_path / "sprung", tmp_path / "trap"
    script.write_text(f"#!/bin/sh\ntouch '{marker}'\n")
    script.chmod(0o755)
    return Stranger(cloned(up, tmp_path / "clone"), str(script), marker)


def greeting(project: Project, text: str, version: str) -> None:
    project.prompt("greeting", f"variables: {{name: {{type: string}}}}\ntemplate: {text} {{{{name}}}}\n", version)


def cloned(source: Project, target: Path, *options: str) -> Project:
    source.git("clone", "-q", *options, f"file://{source.root}", str(target))
    clone = InProcess(target)
    clone.git("checkout", "-q", "-b", "stranger")
    return clone


def bare(stranger: Stranger, place: str) -> None:
    """Add files that git takes for a bare repository; it has the clone's branches and fetches from its remote."""
    project, commit = stranger.project, stranger.project.git("commit-tree", "-m", "x", "HEAD^{tree}")
    inside = f"objects/{commit[:2]}/{commit[2:]}"
    project.write(f"{place}/{inside}", (project.root / ".git" / inside).read_bytes())
    for name in ("refs/heads/stranger", "refs/remotes/origin/main"):
        project.write(f"{place}/{name}", f"{commit}\n")
    project.write(f"{place}/HEAD", "ref: refs/heads/stranger\n")
    project.write(
        f"{place}/config",
        f"[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tworktree = .\n\tfsmonitor = {stranger.trap}\n"
        "[extensions]\n\tpartialClone = origin\n"
        f'[remote "origin"]\n\turl = .\n\tpromisor = true\n\tuploadpack = "{stranger.trap}; false "\n',
    )
    project.commit("A pull request")


def buried_in_prompts(stranger: Stranger) -> None:
    bare(stranger, "prompts")


def buried_at_the_top(stranger: Stranger) -> None:
    bare(stranger, ".")


def behind_a_link(stranger: Stranger) -> None:
    """Let the prompt directory be a link into a bare repository."""
    project = stranger.project
    shutil.move(project.root / "prompts", project.root / "hidden" / "prompts")
    (project.root / "prompts").symlink_to("hidden/prompts")
    bare(stranger, "hidden")


def attributes(stranger: Stranger) -> None:
    """Ask by attributes for each driver that the user has."""
    project, trap = stranger.project, stranger.trap
    for key in ("clean", "smudge", "process"):
        project.git("config", f"filter.x=y.{key}", trap)
    project.git("config", "filter.x=y.required", "true")
    for key in ("command", "textconv"):
        project.git("config", f"diff.x.{key}", trap)
    project.git("config", "merge.x.driver", trap)
    stranger.project.root.joinpath(".gitattributes").write_text("*.yaml diff=x merge=x ident\n")
    project.commit("A pull request")
    # With a filter that answers nothing useful, git would not commit.
    stranger.project.root.joinpath(".gitattributes").write_text("*.yaml filter=x=y diff=x merge=x ident\n")
    greeting(project, "Good day", "1.1.0")  # written again, so that git has to look into it
    stranger.sprung()


def settings(stranger: Stranger) -> None:
    """Name a program in every setting that git may run one of."""
    names = ("fsmonitor", "pager", "askPass", "sshCommand", "editor", "gitProxy", "alternateRefsCommand")
    more = ("diff.external", "gpg.program", "gpg.ssh.program", "credential.helper", "uploadpack.packObjectsHook")
    aliases = [f"alias.{name}" for name in ("log", "rev-parse", "status", "config")]
    for name in (*(f"core.{one}" for one in names), *more, *aliases, "pager.log", "remote.origin.uploadpack"):
        stranger.project.git("config", name, stranger.trap)
    hooks = stranger.project.root.parent / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        (hooks / hook).symlink_to(stranger.trap)
    for name, value in (("core.hooksPath", str(hooks)), ("log.showSignature", "true"), ("core.untrackedCache", "true")):
        stranger.project.git("config", name, value)
    stranger.sprung()


def included(stranger: Stranger) -> None:
    """Let the configuration include a file of the checkout."""
    trap = stranger.trap
    stranger.project.write("config", f"[core]\n\tfsmonitor = {trap}\n\tpager = {trap}\n[diff]\n\texternal = {trap}\n")
    stranger.project.git("config", "include.path", "../config")
    stranger.sprung()


def submodule(stranger: Stranger) -> None:
    """Put a repository with a configuration of its own among the prompts."""
    project, inner = stranger.project, InProcess(stranger.project.root.parent / "inner")
    inner.write("a", "a")
    inner.git("init", "-q")
    inner.commit()
    project.git("-c", "protocol.file.allow=always", "submodule", "-q", "add", f"file://{inner.root}", "prompts/sub")
    project.commit("A pull request")
    for name in ("core.fsmonitor", "core.pager", "diff.external"):
        project.git("-C", "prompts/sub", "config", name, stranger.trap)
    project.write("prompts/sub/a", "edited")
    stranger.sprung()


def nested(stranger: Stranger) -> None:
    """Put a repository among the prompts without adding it."""
    bare(stranger, "prompts/deep")
    stranger.project.git("init", "-q", "prompts/deep/er")
    stranger.project.git("-C", "prompts/deep/er", "config", "core.fsmonitor", stranger.trap)


def alternates(stranger: Stranger) -> None:
    """Add objects by a directory in the working tree, and let others stand in for commits."""
    project = stranger.project
    bare(stranger, "prompts")
    (project.root / ".git" / "objects" / "info" / "alternates").write_text(f"{project.root}/prompts/objects\n")
    project.git("replace", "HEAD~1", "HEAD~2")


def linked(stranger: Stranger) -> None:
    """Work in a linked working tree, with settings of its own."""
    bare(stranger, "prompts")
    tree = stranger.project.root.parent / "linked"
    stranger.project.git("config", "extensions.worktreeConfig", "true")
    stranger.project.git("worktree", "add", "-q", "-b", "other", str(tree))
    stranger.project.git("-C", str(tree), "config", "--worktree", "core.fsmonitor", stranger.trap)
    stranger.sprung()
    stranger.project.root = tree


PLANTED = (buried_in_prompts, buried_at_the_top, behind_a_link, nested, alternates)
SET = (attributes, settings, included, submodule, linked)


@pytest.mark.parametrize("layout", [*PLANTED, *SET], ids=lambda layout: layout.__name__)
def test_nothing_of_a_strangers_is_run(stranger: Stranger, layout: Callable[[Stranger], None]) -> None:
    layout(stranger)
    unable = UNABLE.get(layout.__name__, set())
    assert stranger.found(*READING) == {command: (3 if command in unable else 0, False) for command in READING}


@pytest.mark.parametrize("layout", PLANTED, ids=lambda layout: layout.__name__)
def test_writing_is_to_the_repository_around(stranger: Stranger, layout: Callable[[Stranger], None]) -> None:
    layout(stranger)
    before = stranger.project.git("rev-parse", "HEAD")
    assert stranger.found(*WRITING) == dict.fromkeys(WRITING, (0, False))
    assert stranger.project.git("rev-parse", "HEAD~1", "greeting@1.2.0~1") == f"{before}\n{before}"


def test_nothing_is_run_wherever_it_is_started(stranger: Stranger) -> None:
    buried_in_prompts(stranger)
    assert stranger.found(*READING, cwd="prompts") == dict.fromkeys(READING, (0, False))
    assert stranger.found(*READING, cwd="prompts/refs") == dict.fromkeys(READING, (0, False))


def test_a_bare_repository_alone_is_none(stranger: Stranger) -> None:
    buried_in_prompts(stranger)
    shutil.rmtree(stranger.project.root / ".git")
    found = stranger.found("validate", "validate --staged", "versions greeting", "bump --all")
    assert [status for status, _ in found.values()] == [0, 3, 3, 3]
    assert not any(sprung for _, sprung in found.values())


def test_reading_fetches_nothing(stranger: Stranger, tmp_path: Path) -> None:
    up = InProcess(tmp_path / "up")
    partial = Stranger(cloned(up, tmp_path / "partial", "--filter=blob:none"), stranger.trap, stranger.marker)
    partial.project.git("config", "remote.origin.uploadpack", f"{partial.trap}; git-upload-pack")
    expected = {command: (3 if command in OF_OLD_CONTENTS else 0, False) for command in READING}
    assert partial.found(*READING) == expected
    failed = partial.project.run("versions", "greeting")
    assert "partial clone" in failed.err
    command = "git fetch --refetch --no-filter"
    assert f"`{command}`" in failed.err
    partial.project.git("config", "--unset", "remote.origin.uploadpack")
    partial.project.git(*command.split()[1:])
    assert partial.found(*READING) == dict.fromkeys(READING, (0, False))


OF_SECRETS = (
    *("list", "validate", "validate --staged", "validate --against origin/main", "show secret", "render secret"),
    *(
        "versions secret",
        "diff",
        "bump secret minor",
        "create new --template x",
        "mv secret b",
        "validate --fix",
        "init",
    ),
)
"""Commands that read or write the prompt directory."""
WRITING_FILES = ("render greeting --var name=A -o out.txt", "schema -o out.txt", "validate --output out.txt")


@pytest.mark.parametrize(
    ("link", "target", "commands"),
    [
        ("prompts", "../outside", OF_SECRETS),
        ("prompts", "../nowhere", ("create new --template x", "init")),
        ("prompts", ".git/prompts", ("create new --template x", "init")),
        ("prompt-cli.toml", "../outside/settings.toml", ("list", "bump greeting minor")),
        ("pyproject.toml", "../outside/settings.toml", ("list", "show greeting")),
        ("prompt-cli-baseline.json", "../outside/baseline.json", ("validate", "validate --write-baseline")),
        ("prompt-cli-baseline.json", "../nowhere", ("validate --write-baseline",)),
        ("out.txt", "../outside/new", WRITING_FILES),
        ("out.txt", ".git/config", WRITING_FILES),
    ],
)
def test_a_link_of_the_checkout_leads_nowhere(
    stranger: Stranger, link: str, target: str, commands: tuple[str, ...]
) -> None:
    project, outside = stranger.project, InProcess(stranger.project.root.parent / "outside")
    outside.write("secret.yaml", "id: secret\nversion: 1.0.0\nformat: text\ntemplate: Hidden\n")
    outside.write("settings.toml", "prompt-cli = Hidden\n")
    outside.write("baseline.json", "Hidden")
    files = [*outside.root.iterdir(), project.root / ".git" / "config"]
    before = [one.read_bytes() for one in files]
    if link == "prompts":
        shutil.rmtree(project.root / link)
    (project.root / link).symlink_to(target)
    for command in commands:
        result = project.run(*command.split())
        assert (result.status, result.out) == (3, ""), command
        assert result.err.startswith(f"error: {link} is a link to "), command
        assert "Hidden" not in result.err
    assert [one.read_bytes() for one in files] == before
    assert len([*outside.root.iterdir()]) == 3


def test_users_may_name_any_directory(stranger: Stranger) -> None:
    project = stranger.project
    shutil.move(project.root / "prompts", project.root.parent / "outside")
    (project.root / "prompts").symlink_to("../outside")
    assert project.run("list").status == 3
    assert project.run("show", "greeting", "--directory", "prompts").status == 0
