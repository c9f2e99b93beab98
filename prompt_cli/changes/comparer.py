"""Comparison of prompts between states of the prompt directory, with renamed prompts and those that include others."""

import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from prompt_cli.binder import tree_of
from prompt_cli.changes.comparison import PromptComparison, Side
from prompt_cli.changes.detect import changes
from prompt_cli.domain.change import Change, ChangeKind
from prompt_cli.domain.ids import NO_PROMPTS_HELP, NO_STAGED_PROMPTS_HELP, not_found
from prompt_cli.domain.prompt import IncludeTree
from prompt_cli.domain.revision import PromptReference, Revision, Snapshot, Tree
from prompt_cli.domain.version import Level, SemanticVersion, VersionRange
from prompt_cli.errors import PromptFormatError, PromptManagerError, PromptNotFoundError, StorageError
from prompt_cli.history.protocol import ChangeStoreProtocol, StoredSnapshot
from prompt_cli.log import log
from prompt_cli.resolver import PromptResolver, ResolvedPrompt, try_each
from prompt_cli.storage.loader import LoadedPrompt
from prompt_cli.workspace import Workspace

_SIMILAR: Final = 0.7
"""The share of text that both files must have; half, as git has it, pairs short prompts that differ."""
_MAX_PAIRS: Final = 100_000
"""The maximum number of pairs to compare line by line; beyond, only prompts with the same content are paired."""
_OWN_LINE: Final = re.compile(rb"(id|version|format)\s*:")

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

_Pairs: TypeAlias = "Sequence[tuple[PromptAt, PromptAt]]"
_Resolved: TypeAlias = "Mapping[tuple[str, Snapshot], ResolvedPrompt | PromptManagerError]"


class PromptAt(NamedTuple):
    """A prompt in a state of the prompt directory, with the name of the state in reports."""

    prompt_id: str
    snapshot: Snapshot
    label: str


class AffectedPrompts(NamedTuple):
    """The prompts that a change affects, each kind sorted."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    includers: tuple[str, ...]  # other prompts that include one of these without a pin, at any depth

    @property
    def ids(self) -> tuple[str, ...]:
        """All affected prompts, sorted."""
        return tuple(sorted({one for kind in self for one in kind}))


class PromptComparer:
    """Comparer of prompts with their partials; reads and parses each file once, through its resolver."""

    def __init__(self, workspace: Workspace, levels: Mapping[ChangeKind, Level]) -> None:
        self._registry = workspace.registry
        self._find = workspace.snapshot
        self.resolver: PromptResolver = PromptResolver(
            workspace.pinned, workspace.registry.parse, workspace.template_engine
        )
        self._levels = levels

    async def changes(self, pairs: _Pairs) -> list[tuple[Change, ...] | PromptManagerError]:
        """Return the changes of each pair of an old and a new prompt, or the error that prevents a comparison."""
        resolved = await self._resolve(pairs)
        results: list[tuple[Change, ...] | PromptManagerError] = []
        for pair in pairs:
            try:
                before, after = (tree_of(_existing(one, resolved)) for one in pair)
                results.append(changes(before, after, levels=self._levels))
            except PromptManagerError as error:
                results.append(error)
        return results

    async def compare(self, pairs: _Pairs, deleted: Collection[str] = ()) -> list[PromptComparison]:
        """Compare each pair of an old and a new prompt; a comparison tells if a side is missing or broken.

        The deleted prompts are not read from the new state, whose directory may be gone.
        """
        resolved = await self._resolve(pairs, deleted)
        log("info", "prompts_compared", prompts=len(pairs))
        return [self._compare(old, new, resolved) for old, new in pairs]

    async def between(self, old: PromptReference, new: PromptReference) -> PromptComparison:
        """Compare a prompt at two revisions, or two prompts."""
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
        new: Snapshot,
        *,
        label: str,
        selects: Callable[[str], bool],
    ) -> list[PromptComparison]:
        """Compare the selected prompts that differ between a commit and the index or working tree, and includers."""
        affected = await self.affected(store, old, new)
        new_label = str(Tree.INDEX if isinstance(new, StoredSnapshot) else Tree.WORKING)
        deleted, added = list(filter(selects, affected.deleted)), list(filter(selects, affected.added))
        renames: dict[str, str] = {}
        if deleted and added:
            renames = find_renames(await read_contents(old, deleted), await read_contents(new, added))
        ids = [one for one in affected.ids if selects(one) and one not in renames.values()]
        pairs = [(PromptAt(renames.get(one, one), old, label), PromptAt(one, new, new_label)) for one in ids]
        compared = await self.compare(pairs, affected.deleted)
        return [one._replace(renamed_from=renames.get(one.id)) for one in compared]

    async def affected(self, store: ChangeStoreProtocol, old: StoredSnapshot, new: Snapshot) -> AffectedPrompts:
        """Return the prompts that the difference between a commit and another state affects."""
        files = await store.changed_ids(old, new if isinstance(new, StoredSnapshot) else Tree.WORKING)
        ids = {one for kind in files for one in kind}
        if not ids and not await new.ids():
            directory = self._registry.path_of("x").removesuffix("x.yaml").rstrip("/") or "."
            raise StorageError(
                f"no prompts in {directory}, neither at {old.label} nor in {new.label}",
                help=NO_STAGED_PROMPTS_HELP if isinstance(new, StoredSnapshot) else NO_PROMPTS_HELP,
                transient=False,
            )
        if files.deleted and not {*await old.ids(), *files.added}.difference(files.deleted):
            return AffectedPrompts(*files, ())  # git removes the directory with its last prompt
        includers = await self.includers(ids, new)
        return AffectedPrompts(*files, tuple(sorted(includers - ids)))

    async def includers(self, prompt_ids: Collection[str], snapshot: Snapshot) -> set[str]:
        """Return the prompts of a state that include one of these without a pin, at any depth."""
        return includers_of(prompt_ids, await self._possible_includers(prompt_ids, snapshot))

    async def includers_by_id(self, prompt_ids: Collection[str], snapshot: Snapshot) -> dict[str, set[str]]:
        """Return the includers of each prompt, broken ones that may include it too."""
        resolved = await self._possible_includers(prompt_ids, snapshot)
        broken = {one for one, prompt in resolved.items() if prompt.loaded.prompt is None or prompt.syntax_errors}
        return {one: includers_of([one], resolved) | broken for one in prompt_ids}

    async def _possible_includers(self, prompt_ids: Collection[str], snapshot: Snapshot) -> dict[str, ResolvedPrompt]:
        if not prompt_ids:
            return {}
        candidates = sorted(await possible_includers(prompt_ids, snapshot))
        resolved = await self.resolver.try_resolve(candidates, snapshot)
        # The check of an unreadable prompt reports the error.
        return {one: prompt for one, prompt in resolved.items() if isinstance(prompt, ResolvedPrompt)}

    async def _resolve(self, pairs: _Pairs, deleted: Collection[str] = ()) -> _Resolved:
        ids_by_snapshot: dict[Snapshot, dict[str, None]] = {}
        for old, new in pairs:
            for prompt_id, snapshot, _ in (old,) if new.prompt_id in deleted else (old, new):
                ids_by_snapshot.setdefault(snapshot, {})[prompt_id] = None
        result: dict[tuple[str, Snapshot], ResolvedPrompt | PromptManagerError] = {}
        for snapshot, ids in ids_by_snapshot.items():
            resolved = await self.resolver.try_resolve(list(ids), snapshot)
            result.update(((prompt_id, snapshot), one) for prompt_id, one in resolved.items())
        return result

    def _compare(self, old: PromptAt, new: PromptAt, resolved: _Resolved) -> PromptComparison:
        before, after = (resolved.get((at.prompt_id, at.snapshot)) for at in (old, new))
        detected: tuple[Change, ...] = ()
        # A new or deleted prompt is not compared, so it may be broken.
        is_compared = before is not None and after is not None
        old_tree, new_tree = (_try_tree(one) if is_compared else one for one in (before, after))
        old_error = old_tree if isinstance(old_tree, PromptManagerError) else None
        error = new_tree if isinstance(new_tree, PromptManagerError) else None
        problem = _describe(error) if error else f"at {old.label}: {_describe(old_error)}" if old_error else ""
        if before is None and after is None:  # git lists broken links too
            problem = "the file is a broken link, or was deleted meanwhile"
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


def find_renames(deleted: Mapping[str, bytes], added: Mapping[str, bytes]) -> dict[str, str]:
    r"""Return the old id of each renamed prompt, by its new id; the most similar files are paired first.

    Ids, versions and line ends do not count.

    >>> find_renames({"a": b"id: a\ntemplate: Hello!"}, {"b": b"id: b\ntemplate: Hello!", "c": b"id: c"})
    {'b': 'a'}
    """
    old_lines = {one: _counted_lines(content) for one, content in deleted.items()}
    new_lines = {one: _counted_lines(content) for one, content in added.items()}
    exact_only = len(deleted) * len(added) > _MAX_PAIRS
    pairs = [
        (-1.0 if before == after else -_similarity(before, after), new_id, old_id)
        for old_id, before in old_lines.items()
        for new_id, after in new_lines.items()
        if before == after or not exact_only
    ]
    renames: dict[str, str] = {}
    paired = set[str]()
    for score, new_id, old_id in sorted(pairs):
        if -score >= _SIMILAR and new_id not in renames and old_id not in paired:
            renames[new_id] = old_id
            paired.add(old_id)
    return renames


def _counted_lines(content: bytes) -> Counter[bytes]:
    return Counter(line for line in content.splitlines() if not _OWN_LINE.match(line))


def _similarity(before: Counter[bytes], after: Counter[bytes]) -> float:
    """Return the share of the longer text, in bytes, that is in lines of both."""
    longest = max(_size(before), _size(after))
    return _size(before & after) / longest if longest else 1.0


def _size(lines: Counter[bytes]) -> int:
    return sum(len(line) * count for line, count in lines.items())


def _existing(at: PromptAt, resolved: _Resolved) -> ResolvedPrompt:
    prompt = resolved.get((at.prompt_id, at.snapshot))
    if prompt is None:
        raise PromptNotFoundError(at.prompt_id, at.label)
    if isinstance(prompt, PromptManagerError):
        raise prompt
    return prompt


def _try_tree(prompt: ResolvedPrompt | PromptManagerError | None) -> IncludeTree | PromptManagerError | None:
    """Return a prompt for comparison, or the error that prevents the comparison."""
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
        problem = error.problems[0]
        return f"{error.location}: {problem.message}{f' ({problem.help})' if problem.help else ''}"
    return str(error)


async def possible_includers(prompt_ids: Collection[str], snapshot: Snapshot) -> set[str]:
    """Return the prompts of a state that may include one of these at any depth, without parsing a file."""
    if isinstance(snapshot, StoredSnapshot) and (result := await _grep(prompt_ids, snapshot)) is not None:
        return result
    contents = await read_contents(snapshot, await snapshot.ids())
    return _find_by_names(prompt_ids, {one: scan_partial_names(content) for one, content in contents.items()})


async def _grep(prompt_ids: Collection[str], snapshot: StoredSnapshot) -> set[str] | None:
    """Find the candidates by `git grep`; None if it cannot search the state, or the search is too large."""
    names, names_by_id = set(prompt_ids), dict[str, frozenset[str]]()
    for _ in range(_MAX_ROUNDS):
        if len(names) > _MAX_IDS:
            break
        matching = await snapshot.matching(includer_pattern(names))
        if matching is None or len(matching) > _MAX_FILES:
            return None
        contents = await read_contents(snapshot, [one for one in matching if one not in names_by_id])
        names_by_id.update((one, scan_partial_names(content)) for one, content in contents.items())
        includers = _find_by_names(prompt_ids, names_by_id)
        if includers <= names:
            return includers
        names |= includers
    return None


def _find_by_names(prompt_ids: Collection[str], names_by_id: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the prompts that may include one of these at any depth, from the names that each prompt may include."""
    by_name: dict[str, list[str]] = {}
    for prompt_id, names in names_by_id.items():
        for name in names:
            by_name.setdefault(name, []).append(prompt_id)
    pending = deque([UNKNOWN_NAME, *prompt_ids])
    visited = set[str]()
    while pending:
        new = [one for one in by_name.get(pending.popleft(), ()) if one not in visited]
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


def _partial_name(include: bytes) -> str:
    """Return the id in an include; empty for a pinned version, a computed name, and the block of a partial."""
    name, pin, _ = include.strip(b"\"'[]").partition(b"@")
    if _ID.fullmatch(name):
        return "" if pin else name.decode("ascii")
    return "" if include.startswith((b"(", b"@partial-block")) else UNKNOWN_NAME


def includer_pattern(prompt_ids: Collection[str]) -> str:
    r"""Return a Perl pattern that matches a line of every file that may include one of these prompts.

    It matches in every file for which `scan_partial_names` returns an id or `UNKNOWN_NAME`, and in some others.

    >>> pattern = re.compile(includer_pattern(["shared/tone"]))
    >>> [bool(pattern.search(one)) for one in ("{{> shared/tone}}", "{{> a/shared/tone}}", "{{>", "{{> (lookup . 1)}}")]
    [True, False, True, False]
    """
    ids = "|".join(map(re.escape, sorted(prompt_ids)))
    other = rf"(?!(?:{ids}){_QUOTES}{_END})[a-z0-9][a-z0-9_/-]*+(?:@[^\s{{}}~=)|]*+|{_QUOTES}){_END}"
    included = rf"(?!\(|@partial-block|{_QUOTES}{other})"
    # A line may end inside an include.
    return rf"\{{\{{~?+#?+\s*+(?:$|>\s*+(?:$|{included}))|\\(?:[xuU/\r]|$)"


def includers_of(prompt_ids: Collection[str], resolved: Mapping[str, ResolvedPrompt]) -> set[str]:
    """Return the prompts that include one of these without a pin, at any depth."""
    ids, cache = frozenset(prompt_ids), dict[str, bool]()
    return {one for one, prompt in resolved.items() if _includes(prompt, ids, cache)}


def _includes(resolved: ResolvedPrompt, prompt_ids: frozenset[str], cache: dict[str, bool]) -> bool:
    """Return whether a prompt includes one of these; the cache holds results by digest."""
    if resolved.digest not in cache:
        cache[resolved.digest] = any(
            name in prompt_ids or (isinstance(one, ResolvedPrompt) and _includes(one, prompt_ids, cache))
            for name, one in resolved.partials.items()
            if "@" not in name
        )
    return cache[resolved.digest]


async def read_contents(snapshot: Snapshot, prompt_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the contents of the prompts that can be read."""
    contents = await try_each(snapshot.read_many, prompt_ids)
    return {one: content for one, content in contents.items() if isinstance(content, bytes)}
