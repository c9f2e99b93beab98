"""Random histories: each version is the one that a simple walk over every commit finds."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prompt_cli.domain.revision import ExactVersion, parse_revision
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.errors import PromptNotFoundError, VersionNotFoundError
from tests.history.git_repositories import GitRepository, parsed_version, prompt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prompt_cli.history.version_store import GitVersionStore

EXAMPLES = int(os.environ.get("PROMPT_CLI_RANDOM_HISTORIES", "5"))
IDS = ("a", "b/c")
VERSIONS = [SemanticVersion(1, minor, 0) for minor in range(3)]
File = tuple[str, bytes]
"""A file's mode and content."""


class Step(NamedTuple):
    """A commit to make: its parents by number, its date, and each prompt's file; None has none."""

    parents: tuple[int, ...]
    date: int
    files: tuple[File | None, ...]


class FileRevision(NamedTuple):
    """The result of the slow walk."""

    commit: str
    version: SemanticVersion | None
    content: bytes


@st.composite
def files(draw: st.DrawFn, inherited: list[File | None]) -> File | None:
    inherits = draw(st.booleans())
    if inherited and inherits:
        return draw(st.sampled_from(inherited))
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return None
    if kind == 1:
        return "100644", b"id: [broken\nversion: 1.x\n"
    version, text = draw(st.sampled_from(VERSIONS)), draw(st.sampled_from("xy"))
    return ("100755" if kind == 2 else "100644"), prompt("a", str(version), text).encode()


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    steps: list[Step] = []
    for number in range(draw(st.integers(1, 12))):
        earlier = st.integers(max(0, number - 4), number - 1)
        most = draw(st.sampled_from((1, 1, 1, 2, 2, 3)))
        parents = draw(st.lists(earlier, min_size=1, max_size=most, unique=True)) if number else []
        inherited = [[steps[parent].files[n] for parent in parents] for n in range(len(IDS))]
        # Dates that are equal, or that go back, change the order in which git walks.
        steps.append(Step(tuple(parents), draw(st.integers(0, 6)), tuple(draw(files(one)) for one in inherited)))
    return steps


def build(root: Path, steps: list[Step]) -> tuple[GitRepository, list[str]]:
    repository = GitRepository(root)
    repository.git(
        "fast-import", "--quiet", f"--export-marks={root}/.git/marks", standard_input=b"".join(_stream(steps))
    )
    marks = dict(line.split() for line in (root / ".git" / "marks").read_text().splitlines())
    return repository, [marks[f":{number + 1}"] for number in range(len(steps))]


def _stream(steps: list[Step]) -> Iterator[bytes]:
    for number, step in enumerate(steps):
        author = f"Author One <one@example.org> {1_700_000_000 + step.date} +0000"
        yield f"commit refs/heads/import\nmark :{number + 1}\nauthor {author}\ncommitter {author}\n".encode()
        yield b"data 1\nx\n"
        for n, parent in enumerate(step.parents):
            yield f"{'merge' if n else 'from'} :{parent + 1}\n".encode()
        yield b"deleteall\n"
        for prompt_id, file in zip(IDS, step.files, strict=True):
            if file is not None:
                mode, content = file
                yield b"M %b inline prompts/%b.yaml\n" % (mode.encode(), prompt_id.encode())
                yield b"data %d\n%b\n" % (len(content), content)


class SlowWalk:
    """Looks at every commit, one by one, in the order of ``git log``."""

    contents: ClassVar[dict[str, bytes]] = {}
    trees: ClassVar[dict[str, dict[str, str]]] = {}

    def __init__(self, repository: GitRepository, head: str) -> None:
        self.directory = repository.root / "prompts"
        self._git = repository.git
        lines = [line.split() for line in repository.git("log", "--format=%H %T %P", head).splitlines()]
        self.parents = {commit: parents for commit, _, *parents in lines}
        self._file = {
            (commit, one): self._entries(tree).get(f"prompts/{one}.yaml", "")
            for commit, tree, *_ in lines
            for one in IDS
        }

    def _entries(self, tree: str) -> dict[str, str]:
        """Return mode, type and object id of each file of a tree, by path."""
        if tree not in self.trees:  # shared by all examples: an object id stands for one content
            entries = (line.split("\t") for line in self._git("ls-tree", "-r", tree).splitlines())
            self.trees[tree] = {path: entry for entry, path in entries}
        return self.trees[tree]

    def _content(self, file: str) -> bytes:
        blob = file.split()[2]
        if blob not in self.contents:
            self.contents[blob] = self._git("cat-file", "blob", blob).encode() + b"\n"
        return self.contents[blob]

    def revisions(self, prompt_id: str) -> list[FileRevision]:
        revisions = []
        for commit, parents in self.parents.items():
            file = self._file[commit, prompt_id]
            if file and all(self._file[parent, prompt_id] != file for parent in parents):
                content = self._content(file)
                revisions.append(FileRevision(commit, parsed_version(content), content))
        return revisions

    def explains(self, prompt_id: str, commit: str) -> str:
        """Return the commit that gave the file the content it has in another."""
        file = self._file[commit, prompt_id]
        for parent in self.parents[commit]:
            if self._file[parent, prompt_id] == file:
                return self.explains(prompt_id, parent)
        return commit

    def first_candidates(self, prompt_id: str, head: str, version: SemanticVersion) -> set[str]:
        """Return the commits of the run of a version that have no other commit with the version before them."""
        version_of = {revision.commit: revision.version for revision in self.revisions(prompt_id)}

        def earlier(commit: str) -> set[str]:
            before = {self.explains(prompt_id, parent) for parent in self.parents[commit]}
            joined = {one for one in before if one in version_of and version_of[one] in (version, None)}
            return joined.union(*map(earlier, joined))

        top = self.explains(prompt_id, head)
        if top not in version_of or version_of[top] not in (version, None):
            return set()
        run = {one for one in {top} | earlier(top) if version_of[one] == version}
        return {one for one in run if not earlier(one) & run}


async def check(store: GitVersionStore, walk: SlowWalk, head: str) -> None:
    for prompt_id in IDS:
        revisions = walk.revisions(prompt_id)
        for version in VERSIONS:
            newest = next((revision for revision in revisions if revision.version == version), None)
            if newest is None:
                with pytest.raises(VersionNotFoundError if revisions else PromptNotFoundError):
                    await store.snapshot(prompt_id, ExactVersion(version))
            else:
                snapshot = await store.snapshot(prompt_id, ExactVersion(version))
                assert snapshot.commit == newest.commit
                assert await snapshot.read_many([prompt_id]) == {prompt_id: newest.content}
        await check_list(store, prompt_id, revisions)
        await check_first(store, walk, prompt_id, head)
    await check_firsts(store, walk, head)


async def check_list(store: GitVersionStore, prompt_id: str, revisions: list[FileRevision]) -> None:
    expected = {revision.version: revision.commit for revision in reversed(revisions) if revision.version is not None}
    if revisions:
        listed = await store.versions(prompt_id)
        assert {one.version: one.commit for one in listed} == expected
        order = [revision.commit for revision in revisions]
        assert sorted((one.commit for one in listed), key=order.index) == [one.commit for one in listed]
        for one in listed:
            assert one.contents == len({revision.content for revision in revisions if revision.version == one.version})
    if expected:
        highest = max(expected)
        assert (await store.snapshot(prompt_id, parse_revision("latest"))).commit == expected[highest]


async def check_first(store: GitVersionStore, walk: SlowWalk, prompt_id: str, head: str) -> None:
    for version in VERSIONS:
        first = await store.first_commit_of(prompt_id, version)
        candidates = walk.first_candidates(prompt_id, head, version)
        assert ({first.commit} <= candidates) if first else not candidates


async def check_firsts(store: GitVersionStore, walk: SlowWalk, head: str) -> None:
    """Ask for more than a few at once, the others of which there are not: they are looked for in one walk."""
    for version in VERSIONS:
        candidates = {one: walk.first_candidates(one, head, version) for one in IDS}
        expected_ids = [one for one in IDS if candidates[one]]
        firsts = await store.first_commits_of(dict.fromkeys([*expected_ids, "n/1", "n/2", "n/3", "n/4"], version))
        assert sorted(firsts) == expected_ids
        for one in expected_ids:
            alone = await store.first_commit_of(one, version)
            assert alone is not None
            assert firsts[one].commit == alone.commit in candidates[one]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=histories(), data=st.data())
def test_versions_equal_those_of_a_simple_walk(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], data: st.DataObject
) -> None:
    repository, commits = build(tmp_path_factory.mktemp("random"), steps)
    before = data.draw(st.sampled_from(commits), label="an earlier HEAD")
    if data.draw(st.booleans(), label="with a commit graph"):  # from which git skips commits without a look at them
        repository.git("commit-graph", "write", "--reachable", "--changed-paths", "--no-progress")
    store = repository.store()
    # The cache of one HEAD serves the other, in either order.
    for head in (before, commits[-1]):
        repository.git("update-ref", "--no-deref", "HEAD", head)
        asyncio.run(check(store, SlowWalk(repository, head), head))
