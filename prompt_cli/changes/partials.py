"""What a prompt asks of the context it is included in: what it requires, and what it has defaults for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.changes.signature import SignaturePath, default_changes
from prompt_cli.domain.change import Change, ChangeKind, change
from prompt_cli.domain.template import NOT_DECLARED
from prompt_cli.domain.variables import ITEM, Names, data_path, declared_names, first_missing, spec_at, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.changes.text import Texts
    from prompt_cli.domain.include_tree import IncludeTree
    from prompt_cli.domain.variables import Names, VariableSpec
    from prompt_cli.errors import DataPath


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prompt_cli.changes.text import Texts
    from prompt_cli.domain.include_tree import IncludeTree
    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath
    from prompt_cli.handlebars import PartialReference

    Sure: TypeAlias = Callable[[Names, VariableSpec], bool]


class Required(NamedTuple):
    """Something that is required.

    Attributes:
        by: The id of the partial that requires it.
        optional: How many keys of its path may be missing themselves: an optional object has required properties.
    """

    by: str
    optional: int = 0


class Needs(NamedTuple):
    """What is asked of a context.

    Attributes:
        required: What is required, by its path.
        defaults: The specs of what is optional, by the id of the partial it is of and its path; several where a prompt
            includes several versions.
    """

    required: Mapping[Names, Required]
    defaults: Mapping[tuple[str, Names], tuple[VariableSpec, ...]]


def is_sure(_path: Names, spec: VariableSpec) -> bool:
    """Tell whether what a spec declares is always there."""
    return spec.required or spec.has_default


class NeedsReader:
    """Reads what prompts ask of their contexts; each partial once, however many include it.

    Args:
        texts: Their templates.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._needs: dict[int, tuple[IncludeTree, Needs]] = {}
        self._included: dict[int, tuple[IncludeTree, tuple[tuple[DataPath, PartialReference], ...]]] = {}

    def included(self, tree: IncludeTree) -> tuple[tuple[DataPath, PartialReference], ...]:
        """Return what a prompt includes itself, and in which of its templates.

        Raises:
            TemplateSyntaxError: One cannot be parsed.
        """
        # By identity: trees hold mappings. What is kept stays alive, so that no other takes its place.
        if id(tree) not in self._included:
            self._included[id(tree)] = tree, tuple(self._read_included(tree))
        return self._included[id(tree)][1]

    def _read_included(self, tree: IncludeTree) -> Iterator[tuple[DataPath, PartialReference]]:
        from prompt_cli.handlebars import partials_of

        names, type_of = tree.prompt.declared_names, _type_of(tree)
        for path, content in tree.prompt.templates.items():
            template = self._texts.parsed(content, tree.prompt.id, path)
            for one in partials_of(template, variables=names, type_of=type_of):
                yield path, one

    def needs(self, tree: IncludeTree) -> Needs:
        """Return what a partial asks of the context it is given, with all that it includes.

        Raises:
            TemplateSyntaxError: A template cannot be parsed.
        """
        if id(tree) not in self._needs:
            self._needs[id(tree)] = tree, self._read_needs(tree)
        return self._needs[id(tree)][1]

    def _read_needs(self, tree: IncludeTree) -> Needs:
        name, specs = tree.prompt.id, tree.prompt.variables
        below = self.unmet(tree, is_sure)
        own = dict.fromkeys(self._undeclared(tree), Required(name)) | {
            path: Required(name, optional) for path, optional in _required(specs, (), 0)
        }
        own_defaults: dict[tuple[str, Names], tuple[VariableSpec, ...]]
        own_defaults = {(name, (key,)): (spec,) for key, spec in specs.items() if not spec.required}
        return Needs({**below.required, **own}, {**below.defaults, **own_defaults})

    def _undeclared(self, tree: IncludeTree) -> Iterator[Names]:
        """Yield what a partial reads without having declared it."""
        from prompt_cli.handlebars import references

        specs = tree.prompt.variables
        for path, content in tree.prompt.templates.items():
            template = self._texts.parsed(content, tree.prompt.id, path)
            for one in references(template, variables=declared_names(specs), type_of=_type_of(tree)):
                if one.path and not one.guarded and one.scope not in NOT_DECLARED and one.path[0] not in specs:
                    yield from () if one.path[0] == ITEM else (one.path[:1],)

    def unmet(self, tree: IncludeTree, sure: Sure) -> Needs:
        """Return what the partials of a prompt ask for and it does not give them itself.

        Args:
            tree: The prompt.
            sure: Whether what it declares is always there, told its path and its spec.

        Raises:
            TemplateSyntaxError: A template cannot be parsed.
        """
        required: dict[Names, Required] = {}
        defaults: dict[tuple[str, Names], tuple[VariableSpec, ...]] = {}
        for _, one in self.included(tree):
            partial = tree.partials.get(one.name or "")
            if partial is None or one.scope in NOT_DECLARED:
                continue  # which data it is given only the data tell
            asked = self.needs(partial)
            for path, need in asked.required.items():
                missing = _missing(tree.prompt.variables, one, path, sure)
                depth = len(one.path) + need.optional if need.optional else 0
                if len(missing) > depth:
                    _keep(required, missing, Required(need.by, depth))
            for (by, path), specs in asked.defaults.items():
                whole = (*one.path, *path)
                if _missing(tree.prompt.variables, one, path, sure) == whole:
                    found = defaults.get((by, whole), ())
                    defaults[by, whole] = (*found, *(spec for spec in specs if spec not in found))
        return Needs(required, defaults)


def _keep(required: dict[Names, Required], path: Names, need: Required) -> None:
    if path not in required or need.optional < required[path].optional:
        required[path] = need


def _missing(specs: Mapping[str, VariableSpec], one: PartialReference, path: Names, sure: Sure) -> Names:
    """Return which part of what is asked for may be missing where a partial is included; empty where none is."""
    if path[0] in one.hash:
        return ()
    missing = first_missing(specs, (*one.path, *path), lambda at, spec: at in one.guards or sure(at, spec))
    return () if missing in one.guards else missing


def _required(specs: Mapping[str, VariableSpec], at: Names, optional: int) -> Iterator[tuple[Names, int]]:
    """Yield the path of everything that is required, and how much of the path may itself be missing."""
    for name, spec in specs.items():
        path = (*at, name)
        free = optional
        if spec.required:
            yield path, free
        else:
            free = len(path)
        below = spec
        while below.items is not None:
            below, path = below.items, (*path, ITEM)
        yield from _required(below.properties or {}, path, free)


def _type_of(tree: IncludeTree) -> Callable[[Names], str | None]:
    def type_of(path: Names) -> str | None:
        spec = spec_at(tree.prompt.variables, path)
        return spec.type if spec else None

    return type_of


def partial_changes(old: IncludeTree, new: IncludeTree, texts: Texts) -> Iterator[Change]:
    """Yield what partials change of a prompt, however deep they are.

    Args:
        old: The prompt as it was.
        new: The prompt as it is.
        texts: Its templates.

    Raises:
        TemplateSyntaxError: A template cannot be parsed.
    """

    def still_sure(path: Names, spec: VariableSpec) -> bool:
        # Who had to give a value still gives it, even if it may be left out now.
        before = spec_at(old.prompt.variables, path)
        return is_sure(path, spec) or (before is not None and before.required)

    reader = NeedsReader(texts)
    before, after = reader.unmet(old, is_sure), reader.unmet(new, still_sure)
    yield from _requirements(before, after, old, new)
    yield from _defaults(before, after)
    yield from _texts(old, new, texts, reader)


def _requirements(before: Needs, after: Needs, old: IncludeTree, new: IncludeTree) -> Iterator[Change]:
    for path, need in after.required.items():
        declared, optional = (spec_at(one.prompt.variables, path) is not None for one in (old, new))
        if path in before.required or (declared and not optional):
            continue  # that partials miss what was removed here is told with that
        why = "which callers may leave out" if optional else "which is neither declared here nor handed over"
        message = f"partial {need.by!r} now requires {written(path)!r}, {why}; callers fail"
        yield change(ChangeKind.VARIABLE_ADDED, data_path(path), message)


def _defaults(before: Needs, after: Needs) -> Iterator[Change]:
    for (by, path), specs in after.defaults.items():
        # A path that is required now is told as that.
        if path not in after.required:
            for old, new in zip(before.defaults.get((by, path), ()), specs, strict=False):
                yield from default_changes(old, new, SignaturePath(path), of=by)


def _texts(old: IncludeTree, new: IncludeTree, texts: Texts, reader: NeedsReader) -> Iterator[Change]:
    """Yield whose text was changed, the nearest partials first, each once."""
    at: dict[str, DataPath] = {}
    for path, one in reader.included(new):
        at.setdefault(one.name or "", path)
    told: set[str] = set()
    seen: set[tuple[int, int]] = set()
    pending: deque[tuple[IncludeTree, IncludeTree, tuple[str, ...]]] = deque([(old, new, ())])
    while pending:
        before, after, chain = pending.popleft()
        if before is after or (id(before), id(after)) in seen:
            continue
        seen.add((id(before), id(after)))
        same = not _differs(before, after, texts)
        if chain and chain[-1] not in told and not same:
            told.add(chain[-1])
            message = f"the text of partial {chain[-1]!r} was changed{_by_way_of(chain)}"
            yield change(ChangeKind.PARTIAL_CHANGED, at[chain[0]], message, before.text, after.text)
        for name in {**before.partials, **after.partials}:
            below = (*chain, name)
            if name in before.partials and name in after.partials:
                pending.append((before.partials[name], after.partials[name], below))
            elif same and name not in told:
                # The templates are the same: a block stood in for a partial, or does now.
                told.add(name)
                what = "stands where a block did" if name in after.partials else "is gone, and a block stands in for it"
                message = f"partial {name!r} {what}{_by_way_of(below)}"
                yield change(ChangeKind.PARTIAL_CHANGED, at[below[0]], message)


def _differs(old: IncludeTree, new: IncludeTree, texts: Texts) -> bool:
    if old.prompt.templates == new.prompt.templates:
        return False
    return texts.shapes(old.prompt) != texts.shapes(new.prompt)


def _by_way_of(chain: tuple[str, ...]) -> str:
    return f", included by way of {' -> '.join(chain[:-1])}" if len(chain) > 1 else ""
