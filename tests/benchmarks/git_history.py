"""A long history for benchmarks, built by ``git fast-import``: many prompts, many commits, one prompt in many of them.

Run it to build one by hand: ``python tests/benchmarks/git_history.py DIRECTORY``.

Source: git-fast-import(1).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_SECOND = 1_600_000_000
_VARIABLES = "variables: {customer: {type: string}, company: {type: string}}\n"
_TEXT = "  Answer {{customer}} for {{company}}, in a tone that fits. Keep to what the ticket says.\n" * 20


class Size(NamedTuple):
    """The size of a history.

    Attributes:
        prompts: The number of prompts.
        commits: The number of commits; each changes one prompt.
        busy: The number of commits that change the busy prompt.
    """

    prompts: int = 2_000
    commits: int = 20_000
    busy: int = 5_000


BUSY = "team-00/busy"
"""The prompt that many commits change; each bumps its version."""


def build(root: Path, size: Size | None = None) -> None:
    """Build a repository with a history in it, checked out.

    Args:
        root: The directory; it must not exist.
        size: The size of the history; None is the default.
    """
    root.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main"], cwd=root, check=True)
    stream = b"".join(_stream(size or Size()))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input=stream, check=True)
    subprocess.run(["git", "reset", "--quiet", "--hard", "main"], cwd=root, check=True)


def busy_version(change: int) -> str:
    """Return the version of the busy prompt after a number of changes."""
    return f"{1 + change // 1000}.{change // 50 % 20}.{change % 50}"


def _stream(size: Size) -> Iterator[bytes]:
    ids = [f"team-{number % 40:02}/prompt-{number:05}" for number in range(size.prompts - 1)]
    changes = dict.fromkeys([BUSY, *ids], 0)
    yield _commit(0, "Add the prompts", [_file(one, 0) for one in changes])
    others = 0
    for number in range(1, size.commits):
        # Spread evenly: after any number of commits, the busy prompt has had its share.
        if number * size.busy // size.commits > changes[BUSY]:
            changed = BUSY
        else:
            changed = ids[others * 7919 % len(ids)]
            others += 1
        changes[changed] += 1
        yield _commit(number, f"Change {changed}", [_file(changed, changes[changed])])


def _file(prompt_id: str, change: int) -> bytes:
    version = busy_version(change) if prompt_id == BUSY else f"1.{change}.0"
    head = f"id: {prompt_id}\nversion: {version}\nformat: text\n{_VARIABLES}"
    content = f"{head}template: |\n{_TEXT}  Change {change}.\n".encode()
    return f"M 100644 inline prompts/{prompt_id}.yaml\ndata {len(content)}\n".encode() + content + b"\n"


def _commit(number: int, message: str, files: list[bytes]) -> bytes:
    author = f"Author One <one@example.org> {FIRST_SECOND + 600 * number} +0000"
    head = f"commit refs/heads/main\nmark :{number + 1}\nauthor {author}\ncommitter {author}\n"
    data = f"data {len(message)}\n{message}\n"
    parent = f"from :{number}\n" if number else ""
    return f"{head}{data}{parent}".encode() + b"".join(files)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
