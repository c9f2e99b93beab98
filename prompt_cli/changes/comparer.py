"""Comparison of prompts between states of the prompt directory, and search for the prompts that include others."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.binder import tree_of
from prompt_cli.changes.comparison import PromptComparison, Side
from prompt_cli.changes.detect import changes
from prompt_cli.changes.renames import find_renames
from prompt_cli.domain.ids import NO_PROMPTS_HELP, not_found
from prompt_cli.domain.prompt import IncludeTree
from prompt_cli.domain.revision import Tree
from prompt_cli.domain.version import VersionRange
from prompt_cli.errors import PromptFormatError, PromptManagerError, PromptNotFoundError, StorageError
from prompt_cli.log import log
from prompt_cli.resolver import FindPinned, PromptResolver, ResolvedPrompt, apart
from prompt_cli.settings import DEFAULTS, Settings
from prompt_cli.storage.project import read_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from prompt_cli.domain.change import Change, ChangeKind
    from prompt_cli.domain.revision import PromptReference, Revision, Snapshot
    from prompt_cli.domain.version import Level, SemanticVersion
    from prompt_cli.engines.protocol import TemplateEngineProtocol
    from prompt_cli.history.protocol import ChangeStoreProtocol, StoredSnapshot
    from prompt_cli.registry import PromptRegistry
    from prompt_cli.storage.loader import LoadedPrompt


UNKNOWN_NAME = "?"
"""Stands for a name that only a parser can read; it is not a valid id."""

_MAX_IDS = 32
"""The maximum number of ids to search with `git grep`; for more, reading every file is faster."""
_MAX_ROUNDS = 3
"""The maximum depth of includes to follow with `git grep`: each level is a process."""
_MAX_FILES = 500
"""The maximum number of matching files to read."""

_PARTIAL = re.compile(rb"\{\{~?#?\s*>\s*([^\s{}~=)|]*)")
_ID = re.compile(rb"[a-z0-9][a-z0-9_/-]*")
_QUOTES = r"[\"'\[\]]*+"
_END = r"(?=[\s{}~=)|]|$)"
# In a quoted YAML scalar these escapes may write any letter, or break a name across lines.
_ESCAPE = re.compile(rb"\\[xuU/\r\n]")


FindSnapshot: TypeAlias = "Callable[[str, Revision], Awaitable[Snapshot]]"
"""Finds the state that a revision of a prompt names."""
_Resolved: TypeAlias = "Mapping[tuple[str, Snapshot], ResolvedPrompt | PromptManagerError]"


class PromptAt(NamedTuple):
    """A prompt in a state of the prompt directory.

    Attributes:
        prompt_id: The id of the prompt.
        snapshot: The state.
        label: The name of the state in reports: ``HEAD``, ``1.2.0``, ``working tree``.
    """

    prompt_id: str
    snapshot: Snapshot
    label: str


class Affected(NamedTuple):
    """The prompts that a change affects, each kind sorted.

    Attributes:
        added: The added prompts.
        changed: The prompts with a changed file.
        deleted: The deleted prompts.
        includers: Other prompts that include one of these without a pin, at any depth.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    includers: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """All affected prompts, sorted."""
        return tuple(sorted({one for kind in self for one in kind}))


class PromptComparer:
    """Comparer of prompts with their partials; reads and parses each file once.

    Args:
        registry: The registry of the working tree.
        find: Finds the state that a revision of a prompt names.
        find_pinned: Finds the state that has the pinned version of a partial.
        levels: The level that each kind of change needs.
        engine: The engine that reads the templates; the default engine if None.
    """

    def __init__(
        self,
        registry: PromptRegistry,
        find: FindSnapshot,
        find_pinned: FindPinned,
        levels: Mapping[ChangeKind, Level],
        engine: TemplateEngineProtocol | None = None,
    ) -> None:
        self._registry = registry
        self._find = find
        self._resolver = PromptResolver(find_pinned, registry.parse, engine)
        self._levels = levels

    async def changes(
        self, pairs: Sequence[tuple[PromptAt, PromptAt]]
    ) -> list[tuple[Change, ...] | PromptManagerError]:
        """Return the changes of each pair of an old and a new prompt, or the error of a pair that cannot be compared.

        Raises:
            HistoryError: Git failed, and not because of one prompt.
        """
        resolved = await self._resolve(pairs)
        return [self._try_changes(old, new, resolved) for old, new in pairs]

    def _try_changes(
        self, old: PromptAt, new: PromptAt, resolved: _Resolved
    ) -> tuple[Change, ...] | PromptManagerError:
        try:
            return self._changes(_existing(old, resolved), _existing(new, resolved))
        except PromptManagerError as error:
            return error

    async def compare(
        self, pairs: Sequence[tuple[PromptAt, PromptAt]], deleted: Collection[str] = ()
    ) -> list[PromptComparison]:
        """Compare each pair of an old and a new prompt; a comparison tells if a side is missing or broken.

        Args:
            pairs: The pairs.
            deleted: The prompts not to read from the new state, whose directory may be gone.

        Raises:
            HistoryError: Git failed, and not because of one prompt.
        """
        resolved = await self._resolve(pairs, deleted)
        log("info", "prompts_compared", prompts=len(pairs))
        return [self._compare(old, new, resolved) for old, new in pairs]

    async def between(self, old: PromptReference, new: PromptReference) -> PromptComparison:
        """Compare a prompt at two revisions, or two prompts.

        Raises:
            PromptNotFoundError: The prompt exists on neither side.
            VersionNotFoundError: The prompt has no such version.
            StorageError: A file could not be read.
            HistoryError: Git failed.
        """
        sides = [PromptAt(one.id, await self._find(one.id, one.revision), str(one.revision)) for one in (old, new)]
        (result,) = await self.compare([(sides[0], sides[1])])
        if result.old.content is None and result.new.content is None:
            version = None if new.revision is Tree.WORKING else new.revision
            raise not_found(new.id, await self._registry.working_tree.ids(), version)
        return result._replace(
            old=_label_by_version(result.old, old.revision, result.old_version),
            new=_label_by_version(result.new, new.revision, result.new_version),
        )

    async def against(
        self,
        store: ChangeStoreProtocol,
        old: StoredSnapshot,
        new: StoredSnapshot | Tree,
        *,
        label: str,
        wanted: Callable[[str], bool],
    ) -> list[PromptComparison]:
        """Compare the prompts that differ between two states, and those that include them.

        Args:
            store: The store of the old state.
            old: A commit.
            new: The index, or the working tree.
            label: The name of the commit in reports.
            wanted: Returns whether to compare a prompt, from its id.

        Raises:
            StorageError: A file could not be read.
            HistoryError: Git failed.
        """
        affected = await self.affected(store, old, new)
        snapshot = self._registry.working_tree if isinstance(new, Tree) else new
        new_label = str(new if isinstance(new, Tree) else Tree.INDEX)
        deleted, added = list(filter(wanted, affected.deleted)), list(filter(wanted, affected.added))
        renames: dict[str, str] = {}
        if deleted and added:
            renames = find_renames(await _readable(old, deleted), await _readable(snapshot, added))
        ids = [one for one in affected.ids if wanted(one) and one not in renames.values()]
        pairs = [(PromptAt(renames.get(one, one), old, label), PromptAt(one, snapshot, new_label)) for one in ids]
        compared = await self.compare(pairs, affected.deleted)
        return [one._replace(renamed_from=renames.get(one.id)) for one in compared]

    async def affected(self, store: ChangeStoreProtocol, old: StoredSnapshot, new: StoredSnapshot | Tree) -> Affected:
        """Return the prompts that the difference of two states affects.

        Args:
            store: The store of the old state.
            old: A commit.
            new: A commit, the index, or the working tree.

        Raises:
            StorageError: A file could not be read, or neither state has prompts.
            HistoryError: Git failed.
        """
        files = await store.changed_ids(old, new)
        ids = {one for kind in files for one in kind}
        snapshot = self._registry.working_tree if isinstance(new, Tree) else new
        if not ids and not await snapshot.ids():
            raise StorageError(
                f"no prompts in {self._directory()}, neither at {old.label} nor in {snapshot.label}",
                help=NO_PROMPTS_HELP,
                transient=False,
            )
        if files.deleted and not {*await old.ids(), *files.added}.difference(files.deleted):
            return Affected(*files, ())  # git removes the directory with its last prompt
        includers = await self.includers(ids, snapshot)
        return Affected(*files, tuple(sorted(includers - ids)))

    async def includers(self, prompt_ids: Collection[str], snapshot: Snapshot) -> set[str]:
        """Return the prompts of a state that include one of these without a pin, at any depth.

        Raises:
            StorageError: A file could not be read.
            HistoryError: Git failed.
        """
        return _includers(await self._possible_includers(prompt_ids, snapshot), prompt_ids)

    async def includers_by_id(self, prompt_ids: Collection[str], snapshot: Snapshot) -> dict[str, set[str]]:
        """Return the includers of each prompt, broken ones that may include it too; raises as `includers` does."""
        resolved = await self._possible_includers(prompt_ids, snapshot)
        broken = {one for one, prompt in resolved.items() if prompt.loaded.prompt is None or prompt.syntax_errors}
        return {one: _includers(resolved, [one]) | broken for one in prompt_ids}

    async def _possible_includers(
        self, prompt_ids: Collection[str], snapshot: Snapshot
    ) -> Mapping[str, ResolvedPrompt]:
        if not prompt_ids:
            return {}
        candidates = sorted(await _candidates(prompt_ids, snapshot))
        resolved = await self._resolver.resolve_apart(candidates, snapshot)
        # An unreadable prompt is reported when it is checked itself.
        return {one: prompt for one, prompt in resolved.items() if isinstance(prompt, ResolvedPrompt)}

    def _directory(self) -> str:
        return self._registry.path_of("x").removesuffix("x.yaml").rstrip("/") or "."

    async def _resolve(self, pairs: Sequence[tuple[PromptAt, PromptAt]], deleted: Collection[str] = ()) -> _Resolved:
        ids_by_snapshot: dict[Snapshot, dict[str, None]] = {}
        for old, new in pairs:
            for prompt_id, snapshot, _ in (old,) if new.prompt_id in deleted else (old, new):
                ids_by_snapshot.setdefault(snapshot, {})[prompt_id] = None
        result: dict[tuple[str, Snapshot], ResolvedPrompt | PromptManagerError] = {}
        for snapshot, ids in ids_by_snapshot.items():
            resolved = await self._resolver.resolve_apart(list(ids), snapshot)
            result.update(((prompt_id, snapshot), one) for prompt_id, one in resolved.items())
        return result

    def _changes(self, old: ResolvedPrompt, new: ResolvedPrompt) -> tuple[Change, ...]:
        return changes(tree_of(old), tree_of(new), levels=self._levels)

    def _compare(self, old: PromptAt, new: PromptAt, resolved: _Resolved) -> PromptComparison:
        before, after = (resolved.get((at.prompt_id, at.snapshot)) for at in (old, new))
        detected: tuple[Change, ...] = ()
        # A new or deleted prompt is not compared, so it may be broken.
        is_compared = before is not None and after is not None
        old_tree, new_tree = (_try_tree(one) if is_compared else one for one in (before, after))
        old_error = old_tree if isinstance(old_tree, PromptManagerError) else None
        error = new_tree if isinstance(new_tree, PromptManagerError) else None
        problem = _describe(error) if error else f"at {old.label}: {_describe(old_error)}" if old_error else ""
        if isinstance(old_tree, IncludeTree) and isinstance(new_tree, IncludeTree):
            detected = changes(old_tree, new_tree, levels=self._levels)
        sides = [one.loaded if isinstance(one, ResolvedPrompt) else None for one in (before, after)]
        return PromptComparison(
            new.prompt_id,
            self._side(old, sides[0]),
            self._side(new, sides[1]),
            sides[0] and sides[0].prompt,
            sides[1] and sides[1].prompt,
            detected,
            problem,
            has_old_problem=old_error is not None and error is None,
        )

    def _side(self, at: PromptAt, loaded: LoadedPrompt | None) -> Side:
        return Side(at.label, self._registry.path_of(at.prompt_id), loaded and loaded.content)


async def settings_at(store: ChangeStoreProtocol, at: StoredSnapshot, paths: Sequence[Path]) -> Settings:
    """Return the settings of a commit, so that a change cannot relax its own checks.

    Args:
        store: The store of the commit.
        at: The commit.
        paths: The paths of settings, absolute; the first file with settings applies.

    Raises:
        SettingsError: The settings are invalid.
        HistoryError: Git failed.
    """
    file = await settings_file_at(store, at, paths)
    return file[1] if file else DEFAULTS


async def settings_file_at(
    store: ChangeStoreProtocol, at: StoredSnapshot, paths: Sequence[Path]
) -> tuple[Path, Settings] | None:
    """Return the path and the settings of a commit; arguments and errors are those of `settings_at`."""
    contents = await store.read_files(at, paths)
    for path in paths:
        if path in contents and (settings := read_settings(path, contents[path], at.label)):
            return path, settings
    return None


async def _candidates(prompt_ids: Collection[str], snapshot: Snapshot) -> set[str]:
    """Return the prompts of a state that may include one of these at any depth, without parsing a file."""
    from prompt_cli.history.protocol import StoredSnapshot  # only a change needs it

    if isinstance(snapshot, StoredSnapshot) and (result := await _grep(prompt_ids, snapshot)) is not None:
        return result
    contents = await _readable(snapshot, await snapshot.ids())
    return _possible_includers(prompt_ids, {one: scan_partial_names(content) for one, content in contents.items()})


async def _grep(prompt_ids: Collection[str], snapshot: StoredSnapshot) -> set[str] | None:
    """Find the candidates by `git grep`; None if it cannot search the state, or the search is too large."""
    wanted, names_by_id = set(prompt_ids), dict[str, frozenset[str]]()
    for _ in range(_MAX_ROUNDS):
        if len(wanted) > _MAX_IDS:
            break
        matching = await snapshot.matching(includer_pattern(wanted))
        if matching is None or len(matching) > _MAX_FILES:
            return None
        contents = await _readable(snapshot, [one for one in matching if one not in names_by_id])
        names_by_id.update((one, scan_partial_names(content)) for one, content in contents.items())
        includers = _possible_includers(prompt_ids, names_by_id)
        if includers <= wanted:
            return includers
        wanted |= includers
    return None


def _possible_includers(prompt_ids: Collection[str], names_by_id: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the prompts that may include one of these at any depth, from the names that each prompt may include."""
    includers: dict[str, list[str]] = {}
    for prompt_id, names in names_by_id.items():
        for name in names:
            includers.setdefault(name, []).append(prompt_id)
    pending = deque([UNKNOWN_NAME, *prompt_ids])
    visited = set[str]()
    while pending:
        new = [one for one in includers.get(pending.popleft(), ()) if one not in visited]
        visited.update(new)
        pending += new
    return visited


def scan_partial_names(content: bytes) -> frozenset[str]:
    r"""Return the ids that a prompt's file may include without a pin, from its bytes alone.

    The result may have too many names, for a comment may look like an include, but never too few. It has
    `UNKNOWN_NAME` if only a parser can tell.

    >>> scan_partial_names(b"template: '{{> shared/tone}} {{> b@1.0.0}}'")
    frozenset({'shared/tone'})
    """
    names = set(map(_partial_name, _PARTIAL.findall(content)))
    if b'"' in content and _ESCAPE.search(content):
        names.add(UNKNOWN_NAME)
    return frozenset(names - {""})


def _partial_name(written: bytes) -> str:
    """Return the id in an include; empty for a pinned version, a computed name, and the block of a partial."""
    name, pin, _ = written.strip(b"\"'[]").partition(b"@")
    if _ID.fullmatch(name):
        return "" if pin else name.decode("ascii")
    return "" if written.startswith((b"(", b"@partial-block")) else UNKNOWN_NAME


def includer_pattern(prompt_ids: Collection[str]) -> str:
    r"""Return a Perl pattern that matches a line of every file that may include one of these prompts.

    It matches in every file for which `scan_partial_names` returns an id or `UNKNOWN_NAME`, and in some others.

    >>> pattern = re.compile(includer_pattern(["shared/tone"]))
    >>> [bool(pattern.search(one)) for one in ("{{> shared/tone}}", "{{> a/shared/tone}}", "{{>", "{{> (lookup . 1)}}")]
    [True, False, True, False]
    """
    wanted = "|".join(map(re.escape, sorted(prompt_ids)))
    other = rf"(?!(?:{wanted}){_QUOTES}{_END})[a-z0-9][a-z0-9_/-]*+(?:@[^\s{{}}~=)|]*+|{_QUOTES}){_END}"
    included = rf"(?!\(|@partial-block|{_QUOTES}{other})"
    # A line may end inside an include.
    return rf"\{{\{{~?+#?+\s*+(?:$|>\s*+(?:$|{included}))|\\(?:[xuU/\r]|$)"


def _includers(resolved: Mapping[str, ResolvedPrompt], prompt_ids: Collection[str]) -> set[str]:
    wanted, cache = frozenset(prompt_ids), dict[str, bool]()
    return {one for one, prompt in resolved.items() if _includes(prompt, wanted, cache)}


def _includes(resolved: ResolvedPrompt, wanted: frozenset[str], cache: dict[str, bool]) -> bool:
    """Return whether a prompt includes one of these; the cache holds results by digest."""
    if resolved.digest not in cache:
        cache[resolved.digest] = any(
            name in wanted or (isinstance(one, ResolvedPrompt) and _includes(one, wanted, cache))
            for name, one in resolved.partials.items()
            if "@" not in name
        )
    return cache[resolved.digest]


async def _readable(snapshot: Snapshot, prompt_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the contents of the prompts that can be read."""
    contents = await apart(snapshot.read_many, prompt_ids)
    return {one: content for one, content in contents.items() if isinstance(content, bytes)}


def _existing(at: PromptAt, resolved: _Resolved) -> ResolvedPrompt:
    prompt = resolved.get((at.prompt_id, at.snapshot))
    if prompt is None:
        raise PromptNotFoundError(at.prompt_id, at.label)
    if isinstance(prompt, PromptManagerError):
        raise prompt
    return prompt


def _try_tree(prompt: ResolvedPrompt | PromptManagerError | None) -> IncludeTree | PromptManagerError | None:
    """Return a prompt for comparison, or the error that it cannot be compared for."""
    try:
        return tree_of(prompt) if isinstance(prompt, ResolvedPrompt) else prompt
    except PromptManagerError as error:
        return error


def _label_by_version(side: Side, revision: Revision, version: SemanticVersion | None) -> Side:
    """Label a side by the version that a range resolved to."""
    return side._replace(label=str(version)) if isinstance(revision, VersionRange) and version else side


def _describe(error: PromptManagerError) -> str:
    """Write an error in one line with its location."""
    if isinstance(error, PromptFormatError) and error.problems and error.location:
        return f"{error.location}: {error.problems[0].message}"
    return str(error)
