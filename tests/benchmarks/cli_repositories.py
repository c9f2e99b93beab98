"""Repositories for the benchmark of the commands, built on first use."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks import git_history
from tests.benchmarks.processes import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SHIPPED = Path(__file__).parents[2] / "prompts"
PARTIALS = 10
STAGED = 5
PROMPT_ID = "g0/p10"
"""A prompt of each repository of many prompts."""
USED = "shared/p1"
"""The partial that a third of the prompts without common lines include."""
VERSIONED = "support/triage"
"""The prompt of many versions."""

PARTIAL = """\
id: shared/p{n}
version: 1.0.0
format: text
variables:
  company: {{type: string}}
template: |
  Be kind, for {{{{company}}}}.
"""
PROMPT = """\
id: {id}
version: {version}
format: chat
description: Sort an incoming ticket and draft a first answer, number {n}.
tags: [support, production]
variables:
  customer: {{type: string, description: Name as the customer signs}}
  company: {{type: string}}
  tickets:
    type: array
    description: Open tickets, newest first
    items:
      type: object
      properties: {{subject: {{type: string}}, urgent: {{type: boolean, default: false}}}}
  tone: {{type: string, enum: [formal, friendly], default: friendly}}
messages:
  - role: system
    content: |
      You answer for {{{{company}}}} in a {{{{tone}}}} tone, number {n}.
      {{{{> shared/p{partial}}}}}
  - role: user
    content: |
      From {{{{customer}}}}:
      {{{{#each tickets}}}}
      - {{{{subject}}}}{{{{#if urgent}}}} (urgent){{{{/if}}}}
      {{{{/each}}}}
model: {{name: any-model, parameters: {{temperature: 0.2}}}}
examples:
  - name: two tickets
    variables: {{customer: Ada, company: Acme, tickets: [{{subject: Login fails, urgent: true}}]}}
    expect: {{contains: ["Login fails (urgent)"]}}
"""


class Sizes(NamedTuple):
    """Sizes of the repositories.

    Attributes:
        some: The number of prompts of the small ones.
        many: The number of prompts of the large one.
        versions: The number of versions of the prompt with versions.
        history: The size of the long history.
    """

    some: int = 1_000
    many: int = 10_000
    versions: int = 500
    history: git_history.Size = git_history.Size()


QUICK = Sizes(30, 60, 12, git_history.Size(prompts=10, commits=120, busy=40))


class Repositories:
    """Repositories below a directory.

    Args:
        root: The directory.
        sizes: Their sizes.
    """

    def __init__(self, root: Path, sizes: Sizes) -> None:
        self.root = root
        self.sizes = sizes
        self.path = cache(self._build)

    def _build(self, name: str) -> Path:
        builders: dict[str, Callable[[Path], None]] = {
            "some": lambda root: write_prompts(root, prompts(self.sizes.some)),
            "unlike": lambda root: write_prompts(root, unlike_prompts(self.sizes.some)),
            "shipped": _write_shipped,
            "many": self._many,
            "versions": self._versions,
            "history": lambda root: git_history.build(root, self.sizes.history),
        }
        root = self.root / name
        builders[name](root)
        return root

    def _many(self, root: Path) -> None:
        """Write many prompts, and stage a change of a few."""
        write_prompts(root, prompts(self.sizes.many))
        ids = [f"g0/p{n}" for n in range(PARTIALS, PARTIALS + STAGED)]
        for one in ids:
            path = root / "prompts" / f"{one}.yaml"
            path.write_text(path.read_text().replace("version: 1.2.0", "version: 1.2.1").replace("From", "Of"))
        git(root, "add", "prompts")

    def _versions(self, root: Path) -> None:
        files = (
            {f"prompts/{VERSIONED}.yaml": PROMPT.format(id=VERSIONED, n=n, version=version_of(n), partial=0)}
            for n in range(self.sizes.versions)
        )
        import_commits(new_repository(root), files, {"prompts/shared/p0.yaml": PARTIAL.format(n=0)})


def write_prompts(root: Path, texts: dict[str, str]) -> None:
    """Create a repository of prompts, given by id."""
    write_files(new_repository(root), {f"prompts/{one}.yaml": text for one, text in texts.items()})
    commit_all(root)


def _write_shipped(root: Path) -> None:
    shutil.copytree(SHIPPED, new_repository(root) / "prompts")
    commit_all(root)


def prompts(count: int) -> dict[str, str]:
    """Return the files of prompts by id: a few partials, and prompts that include one and have an example."""
    files = {f"shared/p{n}": PARTIAL.format(n=n) for n in range(PARTIALS)}
    for n in range(PARTIALS, count):
        prompt_id = f"g{n // 100}/p{n}"
        files[prompt_id] = PROMPT.format(id=prompt_id, n=n, version="1.2.0", partial=n % PARTIALS)
    return files


def unlike_prompts(count: int) -> dict[str, str]:
    """Return the files of prompts of 0.3 to 20 KB without common lines by id; a third of them include one partial."""
    random = Random(count)  # noqa: S311 - the same texts each time
    files = {f"shared/p{n}": PARTIAL.format(n=n) for n in range(PARTIALS)}
    for n in range(PARTIALS, count):
        prompt_id = f"g{n // 100}/p{n}"
        files[prompt_id] = _unlike_prompt(prompt_id, random, partial=n % 3 == 0)
    return files


def _unlike_prompt(prompt_id: str, random: Random, *, partial: bool) -> str:
    names = [f"{_word(random)}_{n}" for n in range(random.randint(1, 6))]
    lines = [f"{_sentence(random)} {{{{{random.choice(names)}}}}}." for _ in range(random.randint(1, _LONGEST))]
    lines += [f"{{{{#if {name}}}}}{_sentence(random)}: {{{{{name}}}}}{{{{/if}}}}" for name in names]
    if partial:
        lines.append(f"{{{{> {USED} company={names[0]}}}}}")
    variables = "".join(f"  {name}: {{type: string, description: {_sentence(random)}}}\n" for name in names)
    template = "".join(f"  {line}\n" for line in lines)
    head = f"id: {prompt_id}\nversion: 1.2.0\nformat: text\ndescription: {_sentence(random)}\n"
    return f"{head}variables:\n{variables}template: |\n{template}"


def _word(random: Random) -> str:
    return "".join(random.choice(_LETTERS) for _ in range(random.randint(3, 9)))


def _sentence(random: Random) -> str:
    return " ".join(_word(random) for _ in range(random.randint(4, 14)))


_LETTERS = "aeioulnrstdmkp"
_LONGEST = 200
"""Maximum number of lines of a template."""


def version_of(n: int) -> str:
    """Return the version of a prompt after a number of changes."""
    return f"1.{n // 20}.{n % 20}"


def new_repository(root: Path) -> Path:
    """Create a repository without commits."""
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "Author One")
    git(root, "config", "user.email", "one@example.org")
    return root


def write_files(root: Path, files: dict[str, str]) -> None:
    """Write files, given by path."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def commit_all(root: Path) -> None:
    """Commit every file."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Add the prompts")


def git(root: Path, *arguments: str, stdin: bytes = b"") -> None:
    """Run git."""
    subprocess.run(["git", *arguments], cwd=root, env=environment(), input=stdin, check=True)


def import_commits(root: Path, commits: Iterable[dict[str, str]], first: dict[str, str], tag: str = "") -> None:
    """Create a commit of each mapping of paths to texts, and check out the last.

    Args:
        root: The repository.
        commits: The files of each commit.
        first: More files of the first commit.
        tag: The prefix of a tag for each commit, before its number from 1; empty for no tags.

    Source: git-fast-import(1).
    """
    parts: list[bytes] = []
    for number, files in enumerate(commits, 1):
        who = f"Author One <one@example.org> {git_history.FIRST_SECOND + 600 * number} +0000"
        parts.append(f"commit refs/heads/main\nmark :{number}\ncommitter {who}\ndata 6\nChange\n".encode())
        for name, text in {**files, **(first if number == 1 else {})}.items():
            content = text.encode()
            parts += [f"M 100644 inline {name}\ndata {len(content)}\n".encode(), content, b"\n"]
        if tag:
            parts.append(f"tag {tag}{number}\nfrom :{number}\ntagger {who}\ndata 7\nrelease\n".encode())
    git(root, "fast-import", "--quiet", stdin=b"".join(parts))
    git(root, "reset", "--quiet", "--hard", "main")
