"""Resolution of prompts: a prompt with all its partials, from one snapshot.

All partials are read before rendering, which is synchronous. A partial that cannot be included is part of the result,
not an exception, so that `validate` can report every one.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, TypeVar

from prompt_cli.cache import digest_of
from prompt_cli.domain.ids import id_problem, not_found, suggest
from prompt_cli.domain.revision import ExactVersion, Snapshot, parse_revision
from prompt_cli.domain.template import parse_template
from prompt_cli.engines.protocol import TemplateEngineProtocol, included_names, reads_handlebars
from prompt_cli.errors import (
    HistoryError,
    PromptIdError,
    PromptManagerError,
    PromptNotFoundError,
    TemplateSyntaxError,
    VersionNotFoundError,
)
from prompt_cli.handlebars import HandlebarsSyntaxError, PartialUse, Span, Template, partial_uses
from prompt_cli.problems import DataPath

if TYPE_CHECKING:
    from prompt_cli.storage.loader import LoadedPrompt


FaultKind: TypeAlias = Literal[
    "missing_partial",
    "circular_partial",
    "chat_partial",
    "broken_partial",
    "missing_version",
    "partial_name",
    "partial_depth",
]

Result = TypeVar("Result")
Vertex = TypeVar("Vertex", bound="Hashable")

MAX_DEPTH = 32  # the maximum depth of nested partials
_MAX_SHOWN = 12  # partials of a cycle in a message


class PartialFault(NamedTuple):
    """The reason why a partial cannot be included."""

    kind: FaultKind
    message: str
    help: str = ""


class ResolvedPrompt(NamedTuple):
    """A parsed prompt with the partials of its templates.

    The digest is the hash of the file and of all partials; prompts with equal digests render alike. `files` has the
    digest of each file of the snapshot that the prompt depends on, by prompt id: its own and its partials'. It is None
    with a partial that cannot be included, because any change may make it valid, or with notices, which a cached result
    would not repeat.
    """

    loaded: "LoadedPrompt"
    templates: Mapping[DataPath, Template]  # by their path in the prompt's data; empty if they are not Handlebars
    syntax_errors: Mapping[DataPath, TemplateSyntaxError]  # of the invalid templates, by path
    uses: Mapping[DataPath, tuple[PartialUse, ...]]  # in templates, by path
    partials: "Mapping[str, ResolvedPrompt | PartialFault]"  # by the name in the template
    digest: str
    height: int  # the depth of nested partials, this prompt included
    files: Mapping[str, str] | None
    has_pins: bool  # whether the prompt also depends on the commit history
    notices: tuple[str, ...] = ()  # for users, about the pinned versions

    @property
    def is_handlebars(self) -> bool:
        """Whether the templates are Handlebars; templates in other languages are not parsed."""
        return bool(self.templates or self.syntax_errors)

    @property
    def included(self) -> "Mapping[str, ResolvedPrompt]":
        """The partials that can be included."""
        return {name: one for name, one in self.partials.items() if isinstance(one, ResolvedPrompt)}


class FailedInclusion(NamedTuple):
    """A failed inclusion: the path of its template in the prompt's data, the reason, and the position there."""

    path: DataPath
    fault: PartialFault
    span: Span


def failed_inclusions(resolved: ResolvedPrompt) -> Iterator[FailedInclusion]:
    """Yield the inclusions in a prompt's own templates that fail."""
    for path, uses in resolved.uses.items():
        for one in uses:
            fault = _COMPUTED if one.name is None else resolved.partials[one.name]
            # The block of `{{#> name}}...{{/name}}` replaces a missing partial.
            if isinstance(fault, PartialFault) and not (one.fallback and fault.kind == "missing_partial"):
                yield FailedInclusion(path, fault, one.span)


_COMPUTED = PartialFault(
    "partial_name",
    "a partial needs a literal name: a computed name cannot be checked",
    "write the name itself, or choose with {{#if}} between two partials",
)


class _Key(NamedTuple):
    snapshot: Snapshot
    prompt_id: str


class _ParsedFile(NamedTuple):
    """A parsed file with the names of its partials."""

    loaded: "LoadedPrompt"
    templates: Mapping[DataPath, Template]
    syntax_errors: Mapping[DataPath, TemplateSyntaxError]
    uses: Mapping[DataPath, tuple[PartialUse, ...]]
    names: tuple[str, ...]
    digest: str


async def try_each(
    work: Callable[[Sequence[str]], Awaitable[Mapping[str, Result]]], prompt_ids: Sequence[str]
) -> dict[str, Result | PromptManagerError]:
    """Return the results of work for prompts, by id, done together; if that fails, for halves of them.

    A prompt that fails alone has its error. A failure of git that no prompt causes is raised.
    """
    try:
        return dict(await work(prompt_ids))
    except PromptManagerError as error:
        if isinstance(error, HistoryError) and "prompt_id" not in error.context:
            raise
        if len(prompt_ids) == 1:
            return {prompt_ids[0]: error}
    middle = len(prompt_ids) // 2
    return {**await try_each(work, prompt_ids[:middle]), **await try_each(work, prompt_ids[middle:])}


class PromptResolver:
    """Resolver of prompts, which reads each file of a snapshot once, and parses each content once.

    `find_pinned` finds the snapshot in which a partial has the pinned version, for a prompt of another snapshot.
    """

    def __init__(
        self,
        find_pinned: Callable[[str, ExactVersion, Snapshot], Awaitable[Snapshot]],
        parse: "Callable[[bytes, str], LoadedPrompt]",
        engine: TemplateEngineProtocol | None = None,
    ) -> None:
        self._find_snapshot = find_pinned
        self._engine = engine
        self._parse_file = parse
        self._nodes: dict[_Key, _ParsedFile | None] = {}
        self._parsed: dict[tuple[str, bytes], _ParsedFile] = {}
        self._ids: dict[Snapshot, tuple[str, ...]] = {}
        self._targets: dict[tuple[_Key, str], _Key | PartialFault] = {}
        self._followed: set[_Key] = set()
        self._resolved: dict[_Key, ResolvedPrompt] = {}

    async def resolve(self, prompt_id: str, snapshot: Snapshot) -> ResolvedPrompt:
        """Resolve a prompt with its partials; those without a pin are in the same snapshot."""
        present = await self.resolve_present([prompt_id], snapshot)
        if prompt_id not in present:
            raise not_found(prompt_id, self._ids[snapshot])
        return present[prompt_id]

    async def resolve_present(self, prompt_ids: Sequence[str], snapshot: Snapshot) -> dict[str, ResolvedPrompt]:
        """Return the resolved prompts that are in the snapshot, by id; see `resolve` for other errors."""
        keys = [_Key(snapshot, prompt_id) for prompt_id in prompt_ids]
        await self._gather(keys)
        present = [key for key in keys if self._nodes[key] is not None]
        self._assemble(present)
        return {key.prompt_id: self._resolved[key] for key in present}

    async def try_resolve(
        self, prompt_ids: Sequence[str], snapshot: Snapshot
    ) -> dict[str, ResolvedPrompt | PromptManagerError]:
        """Return the resolved prompts that are in the snapshot, by id; see `try_each` for errors."""
        return await try_each(lambda ids: self.resolve_present(ids, snapshot), prompt_ids)

    async def _gather(self, keys: Sequence[_Key]) -> None:
        """Read and parse files with their partials, level by level, with one read for each snapshot and level."""
        frontier = dict.fromkeys(key for key in keys if key not in self._followed)
        followed: set[_Key] = set()
        while frontier:
            await self._read(list(frontier))
            includers = [(key, node) for key in frontier if (node := self._nodes[key])]
            targets = [await self._target(key, name) for key, node in includers for name in node.names]
            followed.update(frontier)
            # A file that was read for a pinned version may still be unfollowed, so `_nodes` cannot decide this.
            keys = [key for key in targets if isinstance(key, _Key)]
            frontier = dict.fromkeys(key for key in keys if key not in self._followed and key not in followed)
        # Only now, because an unreadable file leaves the prompts that include it incomplete.
        self._followed |= followed

    async def _read(self, keys: Sequence[_Key]) -> None:
        by_snapshot: dict[Snapshot, list[str]] = {}
        for key in keys:
            if key not in self._nodes:
                by_snapshot.setdefault(key.snapshot, []).append(key.prompt_id)
        for snapshot, prompt_ids in by_snapshot.items():
            contents = await snapshot.read_many(prompt_ids)
            for prompt_id in prompt_ids:
                self._nodes[_Key(snapshot, prompt_id)] = await self._node(contents.get(prompt_id), prompt_id)
            if len(contents) < len(prompt_ids) and snapshot not in self._ids:
                self._ids[snapshot] = await snapshot.ids()

    async def _node(self, content: bytes | None, prompt_id: str) -> _ParsedFile | None:
        from prompt_cli.concurrency import offload  # rules need no event loop

        if content is None:
            return None
        if (prompt_id, content) not in self._parsed:
            self._parsed[prompt_id, content] = await offload(len(content), lambda: self._parse(content, prompt_id))
        return self._parsed[prompt_id, content]

    def _parse(self, content: bytes, prompt_id: str) -> _ParsedFile:
        loaded = self._parse_file(content, prompt_id)
        templates: dict[DataPath, Template] = {}
        errors: dict[DataPath, TemplateSyntaxError] = {}
        uses: dict[DataPath, tuple[PartialUse, ...]] = {}
        for path, text in (loaded.prompt.templates if loaded.prompt else {}).items():
            try:
                template, uses[path] = _parse_template(text, prompt_id, self._engine)
                if template is not None:
                    templates[path] = template
            except TemplateSyntaxError as error:
                error.data_path = path
                errors[path] = error
        names = dict.fromkeys(
            [use.name for of_template in uses.values() for use in of_template if use.name is not None]
        )
        return _ParsedFile(loaded, templates, errors, uses, tuple(names), digest_of(content))

    async def _target(self, includer: _Key, name: str) -> _Key | PartialFault:
        """Return the file that a partial's name refers to, cached."""
        if (includer, name) not in self._targets:
            self._targets[includer, name] = await self._find_target(includer, name)
        return self._targets[includer, name]

    async def _find_target(self, includer: _Key, name: str) -> _Key | PartialFault:
        prompt_id, pinned, version = name.partition("@")
        if problem := id_problem(prompt_id):
            return PartialFault("partial_name", f"{name!r} is not a valid prompt id: {problem}")
        here = _Key(includer.snapshot, prompt_id)
        if not pinned:
            return here
        try:
            revision = parse_revision(version)
        except PromptIdError:
            revision = None
        if not isinstance(revision, ExactVersion):
            return PartialFault(
                "partial_name", f"cannot pin a partial to {version!r}: not a version", f"write {prompt_id}@1.0.0"
            )
        return await self._find_pinned(here, revision)

    async def _find_pinned(self, here: _Key, revision: ExactVersion) -> _Key | PartialFault:
        """Return the committed version; the snapshot's own file serves only if no commit has the version."""
        try:
            return _Key(await self._find_snapshot(here.prompt_id, revision, here.snapshot), here.prompt_id)
        except (VersionNotFoundError, PromptNotFoundError, HistoryError) as error:
            from prompt_cli.history.errors import NO_HISTORY  # most prompts have no pins

            error.add_context(prompt_id=here.prompt_id)
            if isinstance(error, HistoryError) and error.reason not in NO_HISTORY:
                raise
            await self._read([here])
            node = self._nodes[here]
            if node and node.loaded.prompt and node.loaded.prompt.version == revision.version:
                return here
            if isinstance(error, HistoryError):
                raise
            return PartialFault("missing_version", f"partial {here.prompt_id!r} has no version {revision}", error.help)

    def _assemble(self, keys: Sequence[_Key]) -> None:
        """Combine prompts with their partials, partials first."""
        for component in components(keys, self._includes):
            for key in component:
                node = self._nodes[key]
                if node is not None and key not in self._resolved:
                    partials = {name: self._partial(key, name, component) for name in node.names}
                    notices = self._notices_of(key, partials)
                    files = None if notices else self._files_of(key, node, partials)
                    self._resolved[key] = _combine(node, partials, files, notices)

    def _files_of(
        self, key: _Key, node: _ParsedFile, partials: Mapping[str, ResolvedPrompt | PartialFault]
    ) -> Mapping[str, str] | None:
        files = {key.prompt_id: node.digest}
        for name, partial in partials.items():
            target = self._targets[key, name]
            if isinstance(partial, PartialFault) or isinstance(target, PartialFault):
                return None
            if target.snapshot == key.snapshot:
                if partial.files is None:
                    return None
                files |= partial.files
        return files

    def _notices_of(self, key: _Key, partials: Mapping[str, ResolvedPrompt | PartialFault]) -> tuple[str, ...]:
        notices: dict[str, None] = {}
        for name, partial in partials.items():
            target = self._targets[key, name]
            if isinstance(target, _Key) and target.snapshot != key.snapshot:
                notices[getattr(target.snapshot, "notice", "")] = None
            notices |= dict.fromkeys(partial.notices if isinstance(partial, ResolvedPrompt) else ())
        return tuple(filter(None, notices))

    def _includes(self, key: _Key) -> Iterator[_Key]:
        """Yield the partials that are not combined yet."""
        return (target for target in self._targets_of(key) if target not in self._resolved)

    def _targets_of(self, key: _Key) -> Iterator[_Key]:
        node = self._nodes[key]
        targets = (self._targets[key, name] for name in (node.names if node else ()))
        return (target for target in targets if isinstance(target, _Key))

    def _partial(self, includer: _Key, name: str, component: Sequence[_Key]) -> ResolvedPrompt | PartialFault:
        target = self._targets[includer, name]
        if isinstance(target, PartialFault):
            return target
        if target in component:
            return self._circular(includer, target, component)
        node = self._nodes[target]
        if node is None:
            advice = f"create it with `prompt-cli create {target.prompt_id} --edit`"
            help_ = suggest(target.prompt_id, self._ids[target.snapshot], advice)
            return PartialFault("missing_partial", f"unknown partial {name!r}", help_)
        if node.loaded.prompt is None:
            message = f"the partial {name!r} is broken: {node.loaded.problems[0].message}"
            return PartialFault("broken_partial", message, f"`prompt-cli validate {node.loaded.id}` shows the errors")
        if node.loaded.prompt.is_chat:
            return PartialFault("chat_partial", f"{name!r} is a chat prompt; only non-chat prompts can be included")
        if self._resolved[target].height >= MAX_DEPTH:
            return PartialFault("partial_depth", f"partials are nested more than {MAX_DEPTH} deep")
        return self._resolved[target]

    def _circular(self, includer: _Key, target: _Key, component: Sequence[_Key]) -> PartialFault:
        if len(component) > _MAX_SHOWN:
            return PartialFault("circular_partial", f"{len(component)} partials include each other in cycles")
        path = shortest_path(target, includer, self._targets_of)
        names = " -> ".join(key.prompt_id for key in (includer, *path))
        return PartialFault("circular_partial", f"circular partials: {names}")


def _parse_template(
    text: str, prompt_id: str, engine: TemplateEngineProtocol | None
) -> tuple[Template | None, tuple[PartialUse, ...]]:
    """Return the parsed template and the uses of partials; only Handlebars is parsed."""
    if engine is not None and not reads_handlebars(engine):
        whole = Span(0, 1, 1, len(text))
        return None, tuple([PartialUse(name, fallback=False, span=whole) for name in included_names(engine, text)])
    return _parse_handlebars(text, prompt_id)


@lru_cache(maxsize=2048)  # services render the same templates repeatedly
def _parse_handlebars(text: str, prompt_id: str) -> tuple[Template, tuple[PartialUse, ...]]:
    template = parse_template(text, prompt_id)
    try:
        return template, partial_uses(template)
    except HandlebarsSyntaxError as error:  # inline partials that include each other too often
        raise TemplateSyntaxError(error.message, template=prompt_id, **error.span._asdict()) from error


def _combine(
    node: _ParsedFile,
    partials: Mapping[str, ResolvedPrompt | PartialFault],
    files: Mapping[str, str] | None,
    notices: tuple[str, ...],
) -> ResolvedPrompt:
    parts = [node.digest]
    for name, one in sorted(partials.items()):
        parts += [name, one.digest if isinstance(one, ResolvedPrompt) else repr(one)]
    digest = digest_of("\0".join(parts).encode("utf-8", "surrogatepass"))
    height = 1 + max((one.height for one in partials.values() if isinstance(one, ResolvedPrompt)), default=0)
    has_pins = any("@" in name or (isinstance(one, ResolvedPrompt) and one.has_pins) for name, one in partials.items())
    return ResolvedPrompt(
        node.loaded, node.templates, node.syntax_errors, node.uses, partials, digest, height, files, has_pins, notices
    )


def components(roots: Iterable[Vertex], edges: Callable[[Vertex], Iterable[Vertex]]) -> list[list[Vertex]]:
    """Return the reachable strongly connected components, each after those it leads to.

    A component of one node is a cycle only if the node leads to itself. Time is linear in nodes and edges. There is
    no recursion, because the graph comes from untrusted files.

    Source: R. Tarjan, "Depth-First Search and Linear Graph Algorithms", SIAM Journal on Computing 1 (1972).
    """
    index: dict[Vertex, int] = {}
    low: dict[Vertex, int] = {}
    open_nodes: dict[Vertex, None] = {}
    closed: list[list[Vertex]] = []
    for root in roots:
        pending: list[tuple[Vertex, Iterator[Vertex]]] = []
        if root not in index:
            index[root] = low[root] = len(index)
            open_nodes[root] = None
            pending.append((root, iter(edges(root))))
        while pending:
            node, below = pending[-1]
            target = next((other for other in below if other not in index or other in open_nodes), None)
            if target is None:
                pending.pop()
                if pending:
                    low[pending[-1][0]] = min(low[pending[-1][0]], low[node])
                if low[node] == index[node]:
                    closed.append(_close(open_nodes, node))
            elif target in index:
                low[node] = min(low[node], index[target])
            else:
                index[target] = low[target] = len(index)
                open_nodes[target] = None
                pending.append((target, iter(edges(target))))
    return closed


def _close(open_nodes: dict[Vertex, None], first: Vertex) -> list[Vertex]:
    component: list[Vertex] = []
    while True:
        node, _ = open_nodes.popitem()
        component.append(node)
        if node == first:
            return component


def shortest_path(start: Vertex, end: Vertex, edges: Callable[[Vertex], Iterable[Vertex]]) -> Sequence[Vertex]:
    """Return the nodes of a shortest path, both ends included; empty without a path."""
    before: dict[Vertex, Vertex | None] = {start: None}
    pending = deque([start])
    while pending and end not in before:
        node = pending.popleft()
        for target in edges(node):
            if target not in before:
                before[target] = node
                pending.append(target)
    path: list[Vertex] = []
    at: Vertex | None = end if end in before else None
    while at is not None:
        path.append(at)
        at = before[at]
    return path[::-1]
