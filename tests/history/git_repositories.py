"""Repositories that tests build with the real git from tables of states."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from prompt_cli.domain.revision import parse_revision
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.history.version_store import GitVersionStore
from tests.support import committed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

FIRST_SECOND = 1_700_000_000


def isolate(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Let git see nothing of the machine it runs on."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Author One\n\temail = one@example.org\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(home.parent))


def prompt(prompt_id: str, version: str, text: str = "Hello") -> str:
    return f"id: {prompt_id}\nversion: {version}\nformat: text\ntemplate: |\n  {text}\n"


def parsed_version(content: bytes) -> SemanticVersion | None:
    """Read the version as the file format has it: slowly, by a parser."""
    try:
        text = content.decode("utf-8")
        data = YAML(typ="safe").load(text)
    except (UnicodeDecodeError, YAMLError, ValueError):
        return None
    version = data.get("version") if isinstance(data, dict) else None
    try:
        return SemanticVersion.parse(version) if isinstance(version, str) else None
    except ValueError:
        return None


class GitRepository:
    """A repository under construction; each commit is a minute later than the one before."""

    def __init__(self, root: Path, *options: str) -> None:
        self.root = root
        self.clock = FIRST_SECOND
        self.environment: dict[str, str] = {}
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", *options)

    def git(self, *arguments: str, standard_input: bytes = b"") -> str:
        date = f"{self.clock} +0000"
        variables = {**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, **self.environment}
        variables.pop("GIT_TRACE2_EVENT", None)  # it is for the processes that a test counts
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=variables, input=standard_input, capture_output=True, check=False
        )
        assert not done.returncode, (arguments, done.stdout, done.stderr)
        return os.fsdecode(done.stdout).strip()

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        for name, content in files.items():
            path = self.root / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "change") -> str:
        self.write(files)
        self.git("add", "--all", "--force")
        return self.commit_index(message)

    def commit_index(self, message: str = "change") -> str:
        self.clock += 60
        options = ("-c", "maintenance.auto=false", "-c", "core.abbrev=no")
        return committed(self.git(*options, "commit", "--allow-empty", "--message", message))

    def replay(self, *states: Mapping[str, str | bytes | None]) -> list[str]:
        return [self.commit(state, f"state {number}") for number, state in enumerate(states, 1)]

    def merge(self, branch: str, files: Mapping[str, str | bytes | None], message: str = "merge") -> str:
        """Merge a branch with a result of our choice."""
        self.git("merge", "--quiet", "--no-ff", "--no-commit", "--strategy=ours", branch)
        return self.commit(files, message)

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def store(self, directory: str = "prompts", *, cache: bool = True) -> GitVersionStore:
        return GitVersionStore(self.root / directory, version_of=parsed_version, cache=cache)


async def read(store: GitVersionStore, prompt_id: str, revision: str) -> bytes | None:
    """Return a prompt's content at a revision, as a command would read it."""
    snapshot = await store.snapshot(prompt_id, parse_revision(revision))
    return (await snapshot.read_many([prompt_id])).get(prompt_id)


class Processes:
    """The git processes that were started, by git's own trace."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def started(self) -> list[str]:
        """Return the command of each process that was started by us, not by git, and forget them."""
        if not self._trace.exists():
            return []
        events = [json.loads(line) for line in self._trace.read_text().splitlines()]
        self._trace.unlink()
        ours = {event["sid"]: event for event in events if event["event"] == "start" and "/" not in event["sid"]}
        names = {event["sid"]: event["name"] for event in events if event["event"] == "cmd_name"}
        return [names.get(sid, "?") for sid in ours]
