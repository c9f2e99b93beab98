"""Which partials a prompt's file may include, told from its bytes without parsing it.

To find the prompts that include one, only those that may have to be parsed. What is told here may be too much, as where
a comment looks like an inclusion, and is never too little.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.binder import tree_of
from prompt_cli.changes.comparison import PromptComparison, Side
from prompt_cli.changes.detect import changes
from prompt_cli.domain.revision import Tree
from prompt_cli.domain.version import VersionRange
from prompt_cli.errors import PromptFormatError, PromptManagerError, PromptNotFoundError, Region, StorageError
from prompt_cli.resolver import PromptResolver, ResolvedPrompt
from prompt_cli.settings import DEFAULTS, Settings
from prompt_cli.storage.project import read_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from prompt_cli.domain.change import Change, ChangeKind
    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.domain.revision import PromptReference, Revision
    from prompt_cli.domain.version import Level, SemanticVersion
    from prompt_cli.history.protocol import StoredSnapshot, VersionStoreProtocol
    from prompt_cli.registry import PromptRegistry


FEW = 32
"""Up to how many prompts git finds their includers faster than reading every file does."""
DOUBT = "?"
"""Stands where only a parser can tell what is included; it is no id."""

_PARTIAL = re.compile(rb"\{\{~?#?\s*>\s*([^\s{}~=)|]*)")
_ID = re.compile(rb"[a-z0-9][a-z0-9_/-]*")
_BLOCK = b"@partial-block"
_QUOTES = r"[\"'\[\]]*+"
_END = r"(?=[\s{}~=)|]|$)"
# A quoted YAML scalar can write any letter so, or a name in two parts on two lines.
_ESCAPE = re.compile(rb"\\[xuU/\r\n]")


def mentions_in(content: bytes) -> str:
    r"""Return the ids that a prompt's file includes without pinning them, parted by spaces; `DOUBT` among them, maybe.

    >>> mentions_in(b"template: '{{> shared/tone}} {{> b@1.0.0}}'")
    'shared/tone'
    """
    names = dict.fromkeys(map(_name, _PARTIAL.findall(content)))
    if b'"' in content and _ESCAPE.search(content):
        names[DOUBT] = None
    return " ".join(name for name in names if name)


def pattern_of(prompt_ids: Collection[str]) -> str:
    r"""Return a pattern, as Perl has them, of the lines of each file that may include one of these.

    It matches in every file of which `mentions_in` returns one of the ids or `DOUBT`, and in some others.

    >>> pattern = re.compile(pattern_of(["shared/tone"]))
    >>> [bool(pattern.search(one)) for one in ("{{> shared/tone}}", "{{> a/shared/tone}}", "{{>", "{{> (lookup . 1)}}")]
    [True, False, True, False]
    """
    wanted = "|".join(map(re.escape, sorted(prompt_ids)))
    other = rf"(?!(?:{wanted}){_QUOTES}{_END})[a-z0-9][a-z0-9_/-]*+(?:@[^\s{{}}~=)|]*+|{_QUOTES}){_END}"
    included = rf"(?!\(|@partial-block|{_QUOTES}{other})"
    # A line may end in the middle of an inclusion.
    return rf"\{{\{{~?+#?+\s*+(?:$|>\s*+(?:$|{included}))|\\(?:[xuU/\r]|$)"


def may_include(prompt_ids: Collection[str], mentions: Mapping[str, str]) -> set[str]:
    """Return the prompts that may include one of these, however deep.

    Args:
        prompt_ids: The included.
        mentions: What each prompt mentions, by its id.
    """
    mentioning: dict[str, list[str]] = {}
    for prompt_id, names in mentions.items():
        for name in names.split():
            mentioning.setdefault(name, []).append(prompt_id)
    left = deque([DOUBT, *prompt_ids])
    found = set[str]()
    while left:
        new = [one for one in mentioning.get(left.popleft(), ()) if one not in found]
        found.update(new)
        left += new
    return found


def _name(written: bytes) -> str:
    """Return the id by which a template includes; empty where it includes nothing, or a pinned version."""
    name, pinned, _ = written.strip(b"\"'[]").partition(b"@")
    if _ID.fullmatch(name):
        return "" if pinned else name.decode("ascii")
    # A name that is computed cannot be included, and a block given to a partial is no prompt.
    return "" if written.startswith((b"(", _BLOCK)) else DOUBT


_ROUNDS = 3
"""How deep inclusions are followed so: each level is a process."""
_MANY = 500
"""Up to how many files are read to be sure."""

FindState: TypeAlias = "Callable[[str, Revision], Awaitable[Snapshot]]"


class PromptAt(NamedTuple):
    """A prompt in a state of the directory.

    Attributes:
        prompt_id: The prompt.
        snapshot: The state.
        label: What to call that side: ``HEAD``, ``1.2.0``, ``working tree``.
    """

    prompt_id: str
    snapshot: Snapshot
    label: str


class Affected(NamedTuple):
    """The prompts that a change of their directory means, each kind sorted.

    Attributes:
        added: New ones.
        changed: Those whose file is another one.
        deleted: Those that are gone.
        includers: Others that include one of these without pinning it, however deep.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    includers: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them, sorted."""
        return tuple(sorted({one for kind in self for one in kind}))


class PromptComparer:
    """Compares prompts, with all that they include; a file is read and parsed once, however often it is met.

    Args:
        registry: Parses files, and says what their paths are.
        find: Finds the state of the directory that a revision of a prompt names.
        levels: The level that each kind of change needs.
    """

    def __init__(self, registry: PromptRegistry, find: FindState, levels: Mapping[ChangeKind, Level]) -> None:
        self._registry = registry
        self._find = find
        self._resolver = PromptResolver(find, registry.parse)
        self._levels = levels

    async def changes(self, pairs: Sequence[tuple[PromptAt, PromptAt]]) -> list[tuple[Change, ...]]:
        """Return what changed in prompts between pairs of states: old, new.

        Raises:
            PromptNotFoundError: A prompt is not in one of its two states.
            PromptFormatError: A file is broken.
            TemplateError: A template cannot be parsed, or what it includes cannot be included.
            StorageError: A file could not be read.
            HistoryError: Git could not answer.
        """
        found = await self._resolve(pairs)
        return [self._changes(_there(old, found), _there(new, found)) for old, new in pairs]

    async def compare(
        self, pairs: Sequence[tuple[PromptAt, PromptAt]], deleted: Collection[str] = ()
    ) -> list[PromptComparison]:
        """Compare prompts in pairs of states: old, new. What cannot be judged is part of the answer.

        Args:
            pairs: The prompts.
            deleted: Those that the new state does not have: it may have no directory any more.

        Raises:
            StorageError: A file could not be read.
            HistoryError: Git could not answer.
        """
        found = await self._resolve(pairs, deleted)
        return [self._compare(old, new, found.get(old[:2]), found.get(new[:2])) for old, new in pairs]

    async def between(self, old: PromptReference, new: PromptReference) -> PromptComparison:
        """Compare a prompt at two revisions, or two prompts.

        Raises:
            PromptNotFoundError: Neither side has it.
            VersionNotFoundError: It has no such version.
            StorageError: A file could not be read.
            HistoryError: Git could not answer.
        """
        sides = [PromptAt(one.id, await self._find(one.id, one.revision), str(one.revision)) for one in (old, new)]
        (found,) = await self.compare([(sides[0], sides[1])])
        if found.old.content is None and found.new.content is None:
            raise PromptNotFoundError(new.id, None if new.revision is Tree.WORKING else new.revision)
        before = _named(found.old, old.revision, found.old_version)
        return found._replace(old=before, new=_named(found.new, new.revision, found.new_version))

    async def against(
        self,
        store: VersionStoreProtocol,
        old: StoredSnapshot,
        new: StoredSnapshot | Tree,
        *,
        label: str,
        wanted: Callable[[str], bool],
    ) -> list[PromptComparison]:
        """Compare every prompt that differs between two states, and every one that includes such a one.

        Args:
            store: Where the old state is.
            old: A commit.
            new: The index, or the working tree.
            label: What to call the commit.
            wanted: Tells by its id whether a prompt is to be compared.

        Raises:
            StorageError: A file could not be read.
            HistoryError: Git could not answer.
        """
        affected = await self.affected(store, old, new)
        tree = self._registry.storage if isinstance(new, Tree) else new
        there = str(new if isinstance(new, Tree) else Tree.INDEX)
        pairs = [(PromptAt(one, old, label), PromptAt(one, tree, there)) for one in affected.ids if wanted(one)]
        return await self.compare(pairs, affected.deleted)

    async def affected(self, store: VersionStoreProtocol, old: StoredSnapshot, new: StoredSnapshot | Tree) -> Affected:
        """Return the prompts that what changed between two states means.

        Args:
            store: Where the old state is.
            old: A commit.
            new: A commit, the index, or the working tree.

        Raises:
            StorageError: A file could not be read.
            HistoryError: Git could not answer.
        """
        files = await store.changed_ids(old, new)
        ids = {one for kind in files for one in kind}
        there = self._registry.storage if isinstance(new, Tree) else new
        if not ids and not await there.ids():
            raise StorageError(
                f"there are no prompts in {self._directory()}, neither at {old.label} nor in {there.label}",
                help="`prompt-cli create ID` makes one; --directory names another directory",
                transient=False,
            )
        if files.deleted and not {*await old.ids(), *files.added}.difference(files.deleted):
            return Affected(*files, ())  # with its last prompt, git removes the directory
        includers = await self.includers(ids, there)
        return Affected(*files, tuple(sorted(includers - ids)))

    async def includers(self, prompt_ids: Collection[str], snapshot: Snapshot) -> set[str]:
        """Return the prompts of a state that include one of these without pinning it, however deep.

        Raises:
            StorageError: A file could not be read.
            HistoryError: Git could not answer.
        """
        if not prompt_ids:
            return set()
        candidates = sorted(await _mentioning(prompt_ids, snapshot))
        resolved = await self._resolver.resolve_present(candidates, snapshot)
        wanted, seen = frozenset(prompt_ids), dict[str, bool]()
        return {one for one, prompt in resolved.items() if _includes(prompt, wanted, seen)}

    def _directory(self) -> str:
        return self._registry.path_of("x").removesuffix("x.yaml").rstrip("/") or "."

    async def _resolve(
        self, pairs: Sequence[tuple[PromptAt, PromptAt]], deleted: Collection[str] = ()
    ) -> dict[tuple[str, Snapshot], ResolvedPrompt]:
        wanted: dict[Snapshot, dict[str, None]] = {}
        for old, new in pairs:
            for prompt_id, snapshot, _ in (old,) if new.prompt_id in deleted else (old, new):
                wanted.setdefault(snapshot, {})[prompt_id] = None
        found: dict[tuple[str, Snapshot], ResolvedPrompt] = {}
        for snapshot, ids in wanted.items():
            resolved = await self._resolver.resolve_present(list(ids), snapshot)
            found.update(((prompt_id, snapshot), one) for prompt_id, one in resolved.items())
        return found

    def _changes(self, old: ResolvedPrompt, new: ResolvedPrompt) -> tuple[Change, ...]:
        return changes(tree_of(old), tree_of(new), levels=self._levels)

    def _compare(
        self, old: PromptAt, new: PromptAt, before: ResolvedPrompt | None, after: ResolvedPrompt | None
    ) -> PromptComparison:
        found: tuple[Change, ...] = ()
        problem = ""
        if before and after:
            try:
                found = self._changes(before, after)
            except PromptManagerError as error:
                problem = _told(error)
        return PromptComparison(
            new.prompt_id,
            self._side(old, before),
            self._side(new, after),
            before and before.loaded.prompt,
            after and after.loaded.prompt,
            found,
            problem,
        )

    def _side(self, at: PromptAt, resolved: ResolvedPrompt | None) -> Side:
        return Side(at.label, self._registry.path_of(at.prompt_id), resolved and resolved.loaded.content)


async def settings_at(store: VersionStoreProtocol, at: StoredSnapshot, paths: Sequence[Path]) -> Settings:
    """Return the settings of a commit: a change does not choose its judge.

    Args:
        store: Where the commit is.
        at: The commit.
        paths: Where settings are looked for, absolute, in this order.

    Raises:
        SettingsError: The settings there cannot be used.
        HistoryError: Git could not answer.
    """
    found = await settings_file_at(store, at, paths)
    return found[1] if found else DEFAULTS


async def settings_file_at(
    store: VersionStoreProtocol, at: StoredSnapshot, paths: Sequence[Path]
) -> tuple[Path, Settings] | None:
    """Return the settings of a commit and the file they are in; arguments and errors are those of `settings_at`."""
    contents = await store.read_files(at, paths)
    for path in paths:
        if path in contents and (settings := read_settings(path, contents[path], at.label)):
            return path, settings
    return None


async def _mentioning(prompt_ids: Collection[str], snapshot: Snapshot) -> set[str]:
    """Return the prompts of a state that may include one of these, however deep."""
    found = await _matching(prompt_ids, snapshot)
    return may_include(prompt_ids, await _mentions(snapshot)) if found is None else found


async def _matching(prompt_ids: Collection[str], snapshot: Snapshot) -> set[str] | None:
    """Find prompts as `_mentioning` does, read by git and not by us; None where it cannot, or they are many."""
    from prompt_cli.history.protocol import StoredSnapshot  # a protocol, which is only asked here

    if not isinstance(snapshot, StoredSnapshot):
        return None
    wanted, mentions = set(prompt_ids), dict[str, str]()
    for _ in range(_ROUNDS):
        if len(wanted) > FEW:
            break
        matching = await snapshot.matching(pattern_of(wanted))
        if matching is None or len(matching) > _MANY:
            return None
        contents = await snapshot.read_many([one for one in matching if one not in mentions])
        mentions.update((one, mentions_in(content)) for one, content in contents.items())
        found = may_include(prompt_ids, mentions)
        if found <= wanted:
            return found
        wanted |= found
    return None


async def _mentions(snapshot: Snapshot) -> Mapping[str, str]:
    contents = await snapshot.read_many(await snapshot.ids())
    return {one: mentions_in(content) for one, content in contents.items()}


def _told(error: PromptManagerError) -> str:
    """Say in a line what is wrong and where."""
    region, source = error.context.get("region"), error.context.get("source")
    message = error.message
    if isinstance(error, PromptFormatError) and error.problems:
        first = error.problems[0]
        message, region = first.message, first.region
    if source and isinstance(region, Region):
        return f"{source}:{region.line}:{region.column}: {message}"
    return str(error)


def _named(side: Side, revision: Revision, version: SemanticVersion | None) -> Side:
    """Call a side by the version that a range led to."""
    return side._replace(label=str(version)) if isinstance(revision, VersionRange) and version else side


def _there(at: PromptAt, found: Mapping[tuple[str, Snapshot], ResolvedPrompt]) -> ResolvedPrompt:
    resolved = found.get((at.prompt_id, at.snapshot))
    if resolved is None:
        raise PromptNotFoundError(at.prompt_id, at.label)
    return resolved


def _includes(resolved: ResolvedPrompt, wanted: frozenset[str], seen: dict[str, bool]) -> bool:
    """Tell whether a prompt includes one of these; `seen` keeps, by digest, what was found out before."""
    if resolved.digest not in seen:
        seen[resolved.digest] = any(
            name in wanted or (isinstance(one, ResolvedPrompt) and _includes(one, wanted, seen))
            for name, one in resolved.partials.items()
            if "@" not in name
        )
    return seen[resolved.digest]
