"""Git hooks: they read the index of the commit under way, in any repository and worktree."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.history.git_repositories import GitRepository, prompt

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = "prompts/a.yaml"
PROJECT = Path(__file__).parents[2]
HOOK = """#!{python}
import asyncio, sys
sys.path[:0] = [{project!r}]
from pathlib import Path
from prompt_cli.domain.revision import parse_revision
from prompt_cli.history.version_store import GitVersionStore

async def look(directory):
    store = GitVersionStore(Path(directory), version_of=lambda content: None)
    staged = await store.snapshot("a", parse_revision(":staged"))
    head = await store.snapshot("a", parse_revision("HEAD"))
    for snapshot in (head, staged):
        for one, content in sorted((await snapshot.read_many(await snapshot.ids())).items()):
            print(one, content.decode().split()[3], file=sys.stderr)
    print((await store.changed_ids(head, staged)), file=sys.stderr)

asyncio.run(look({directory!r}))
"""


def install(hooks: Path, directory: str) -> None:
    hook = hooks / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(python=sys.executable, project=str(PROJECT), directory=directory))
    hook.chmod(0o755)


@pytest.fixture
def hooked(repository: GitRepository) -> GitRepository:
    repository.commit({FILE: prompt("a", "1.0.0"), "prompts/b.yaml": prompt("b", "1.0.0")})
    install(repository.root / ".git" / "hooks", "prompts")
    return repository


def commit_staged(repository: GitRepository) -> tuple[str, ...]:
    repository.git("add", FILE)
    return ("commit",)


def commit_all(repository: GitRepository) -> tuple[str, ...]:
    repository.git("add", "prompts/b.yaml")
    return ("commit", "--all")


def commit_only(repository: GitRepository) -> tuple[str, ...]:
    repository.git("add", "prompts/b.yaml")  # staged, and not to be committed
    return ("commit", "--only", FILE)


@pytest.mark.parametrize("worktree", ["main", "linked"])
@pytest.mark.parametrize(
    ("way", "expected"),
    [(commit_staged, ["a", "b"]), (commit_all, ["a", "b"]), (commit_only, ["a"])],
    ids=["staged", "all", "only"],
)
def test_hook_checks_the_index(
    hooked: GitRepository,
    tmp_path: Path,
    worktree: str,
    way: Callable[[GitRepository], tuple[str, ...]],
    expected: list[str],
) -> None:
    if worktree == "linked":
        hooked.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "other")
        hooked.root = tmp_path / "linked"
    hooked.write({FILE: prompt("a", "1.1.0"), "prompts/b.yaml": prompt("b", "1.1.0")})
    if way is commit_staged:
        hooked.git("add", "prompts/b.yaml")
    lines = error_lines(hooked, *way(hooked), "--message=x")
    staged = [f"{one} {'1.1.0' if one in expected else '1.0.0'}" for one in ("a", "b")]
    changed = ", ".join(map(repr, expected)) + ("," if len(expected) == 1 else "")
    assert lines == ["a 1.0.0", "b 1.0.0", *staged, f"ChangedPrompts(added=(), changed=({changed}), deleted=())"]


def error_lines(repository: GitRepository, *command: str) -> list[str]:
    """Return the standard error of a hook, without git's own notes."""
    return repository.git("-c", 'alias.both=!git "$@" 2>&1 #', "both", *command, "--quiet").splitlines()


def test_a_hook_with_a_repository_and_a_worktree_apart(tmp_path: Path) -> None:
    apart = GitRepository(tmp_path / "apart.git", "--bare")
    tree = tmp_path / "tree"
    (tree / "prompts").mkdir(parents=True)
    install(apart.root / "hooks", "prompts")
    (tree / FILE).write_text(prompt("a", "1.0.0"))
    apart.environment = {"GIT_DIR": str(apart.root), "GIT_WORK_TREE": str(tree)}
    apart.root = tree
    apart.git("add", "--all")
    apart.git("commit", "--quiet", "--no-verify", "--message=x")
    (tree / FILE).write_text(prompt("a", "1.1.0"))
    assert error_lines(apart, "commit", "--all", "--message=y")[:2] == ["a 1.0.0", "a 1.1.0"]


def test_a_hook_of_one_repository_that_looks_into_another(hooked: GitRepository, tmp_path: Path) -> None:
    other = GitRepository(tmp_path / "other")
    other.commit({FILE: prompt("a", "7.0.0")})
    hooked.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "other")
    install(hooked.root / ".git" / "hooks", str(other.root / "prompts"))
    hooked.root = tmp_path / "linked"  # where a hook is told GIT_DIR, and the index by its full path
    hooked.write({FILE: prompt("a", "1.1.0")})
    assert error_lines(hooked, "commit", "--all", "--message=x")[:2] == ["a 7.0.0", "a 7.0.0"]
