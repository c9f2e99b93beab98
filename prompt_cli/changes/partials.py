"""Changes that partials make to a prompt: their requirements, defaults and texts, at every depth."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.changes.signature import PartialVariable, SignaturePath, default_changes
from prompt_cli.changes.text import TemplateTexts
from prompt_cli.domain.change import Change, ChangeKind, change
from prompt_cli.domain.prompt import IncludeTree, Prompt
from prompt_cli.domain.template import NOT_DECLARED
from prompt_cli.domain.variables import (
    ITEM,
    Names,
    VariableSpec,
    data_path,
    format_names,
    spec_at,
    type_reader,
    undeclared_path,
)
from prompt_cli.problems import DataPath

if TYPE_CHECKING:
    from prompt_cli.handlebars.analysis import Analysis
    from prompt_cli.handlebars.uses import PartialReference

    HasValue: TypeAlias = Callable[[Names, VariableSpec], bool]


def partial_changes(old: IncludeTree, new: IncludeTree, texts: TemplateTexts) -> Iterator[Change]:
    """Yield the changes that partials at every depth make to a prompt."""

    def had_value(path: Names, spec: VariableSpec) -> bool:
        # Callers of the old version pass its required values, even if these became optional.
        before = spec_at(old.prompt.variables, path)
        return _has_value(path, spec) or (before is not None and before.required)

    reader = NeedsReader(texts)
    before, after = reader.unmet(old, _has_value), reader.unmet(new, had_value)
    yield from _requirements(before, after, old, new)
    yield from _defaults(before, after)
    yield from _texts(old, new, texts, reader)


def _requirements(before: Needs, after: Needs, old: IncludeTree, new: IncludeTree) -> Iterator[Change]:
    for path, need in after.required.items():
        was_declared, is_declared = (spec_at(one.prompt.variables, path) is not None for one in (old, new))
        if path in before.required or (was_declared and not is_declared):
            continue  # a removed variable is reported as such
        why = "which callers may omit" if is_declared else "which this prompt neither declares nor passes"
        message = f"partial {need.by!r} now needs {format_names(path)!r}, {why}"
        yield change(ChangeKind.VARIABLE_ADDED, data_path(path), message)


def _defaults(before: Needs, after: Needs) -> Iterator[Change]:
    for (optional, path), specs in after.defaults.items():
        if path not in after.required:  # else it is reported as a requirement
            for old, new in zip(before.defaults.get((optional, path), ()), specs, strict=False):
                yield from default_changes(old, new, SignaturePath(path), optional)


def _texts(old: IncludeTree, new: IncludeTree, texts: TemplateTexts, reader: NeedsReader) -> Iterator[Change]:
    """Yield each partial with a changed text once, the nearest first."""
    first = next(iter(new.prompt.templates))
    at: dict[str, DataPath] = dict.fromkeys(new.partials, first) if not new.is_handlebars else {}
    for path, one in reader.inclusions(new):
        at.setdefault(one.name or "", path)
    reported: set[str] = set()
    visited: set[tuple[int, int]] = set()
    pending: deque[tuple[IncludeTree, IncludeTree, tuple[str, ...]]] = deque([(old, new, ())])
    while pending:
        before, after, chain = pending.popleft()
        if before is after or (id(before), id(after)) in visited:
            continue
        visited.add((id(before), id(after)))
        same = _have_same_text(before, after, texts)
        if chain and chain[-1] not in reported and not same:
            reported.add(chain[-1])
            message = f"the text of partial {chain[-1]!r} was changed{_by_way_of(chain)}"
            yield change(ChangeKind.PARTIAL_CHANGED, at[chain[0]], message, before.text, after.text)
        for name in {**before.partials, **after.partials}:
            below = (*chain, name)
            if name in before.partials and name in after.partials:
                pending.append((before.partials[name], after.partials[name], below))
            elif same and name not in reported:
                # With the same templates, one side has the fallback block of the partial.
                reported.add(name)
                what = "stands where a block did" if name in after.partials else "is gone, and a block stands in for it"
                message = f"partial {name!r} {what}{_by_way_of(below)}"
                yield change(ChangeKind.PARTIAL_CHANGED, at[below[0]], message)


def _have_same_text(old: IncludeTree, new: IncludeTree, texts: TemplateTexts) -> bool:
    return old.prompt.templates == new.prompt.templates or texts.shapes(old.prompt) == texts.shapes(new.prompt)


def _by_way_of(chain: tuple[str, ...]) -> str:
    return f", included by way of {' -> '.join(chain[:-1])}" if len(chain) > 1 else ""


class Requirement(NamedTuple):
    """A requirement of a partial."""

    by: str  # the id of the partial
    optional: int = 0  # leading keys of the path that may be missing: an optional object has required properties


class Needs(NamedTuple):
    """The requirements of partials on their context, by path.

    A default has the specs of a variable in each version that is included, by the path that gives the value.
    """

    required: Mapping[Names, Requirement]
    defaults: Mapping[tuple[PartialVariable, Names], tuple[VariableSpec, ...]]


class NeedsReader:
    """Reader of the requirements of partials; reads each partial once."""

    def __init__(self, texts: TemplateTexts) -> None:
        self._texts = texts
        self._needs: dict[int, tuple[IncludeTree, Needs]] = {}
        self._inclusions: dict[int, tuple[Prompt, tuple[tuple[DataPath, PartialReference], ...]]] = {}

    def inclusions(self, tree: IncludeTree) -> tuple[tuple[DataPath, PartialReference], ...]:
        """Return the partials that a prompt includes directly, with the path of the including template."""
        if not tree.is_handlebars:
            return ()  # only its engine can tell the contexts
        # Prompts hold mappings and have no hash. The entry keeps its prompt alive, so that its id stays unique.
        prompt = tree.prompt
        if id(prompt) not in self._inclusions:
            inclusions = [(path, one) for path, analysis in self._analyse(prompt) for one in analysis.partials]
            self._inclusions[id(prompt)] = prompt, tuple(inclusions)
        return self._inclusions[id(prompt)][1]

    def _analyse(self, prompt: Prompt) -> Iterator[tuple[DataPath, Analysis]]:
        from prompt_cli.handlebars.analysis import analyse

        names, type_of = prompt.declared_names, type_reader(prompt.variables)
        for path, content in prompt.templates.items():
            template, each = self._texts.parse(content, prompt.id, path), prompt.each_at(path)
            yield path, analyse(template, variables=names, type_of=type_of, each=each)

    def needs(self, tree: IncludeTree) -> Needs:
        """Return the requirements of a partial and of its own partials on their context."""
        if id(tree) not in self._needs:
            self._needs[id(tree)] = tree, self._read_needs(tree)
        return self._needs[id(tree)][1]

    def _read_needs(self, tree: IncludeTree) -> Needs:
        name, specs = tree.prompt.id, tree.prompt.variables
        below = self.unmet(tree, _has_value)
        own = dict.fromkeys(self._undeclared_names(tree.prompt), Requirement(name)) | {
            path: Requirement(name, optional) for path, optional in _required_paths(specs, (), 0)
        }
        own_defaults: dict[tuple[PartialVariable, Names], tuple[VariableSpec, ...]] = {
            (PartialVariable(name, key), (key,)): (spec,) for key, spec in specs.items() if not spec.required
        }
        return Needs({**below.required, **own}, {**below.defaults, **own_defaults})

    def _undeclared_names(self, prompt: Prompt) -> Iterator[Names]:
        for _, analysis in self._analyse(prompt):
            for one in analysis.references:
                is_unnamed = one.path[:1] in ((), (ITEM,))
                is_declared = one.scope in NOT_DECLARED or is_unnamed or one.path[0] in prompt.variables
                if not one.guarded and not is_declared:
                    yield one.path[:1]

    def unmet(self, tree: IncludeTree, has_value: HasValue) -> Needs:
        """Return the requirements of a prompt's partials that the prompt does not meet.

        `has_value` returns whether a declared variable always has a value, from its path and its spec.
        """
        required: dict[Names, Requirement] = {}
        defaults: dict[tuple[PartialVariable, Names], tuple[VariableSpec, ...]] = {}
        for _, one in self.inclusions(tree):
            partial = tree.partials.get(one.name or "")
            if partial is None or one.scope in NOT_DECLARED:
                continue  # its context depends on the data
            needs = self.needs(partial)
            for path, need in needs.required.items():
                missing = _missing(tree.prompt.variables, one, path, has_value)
                depth = len(_source(one, path)) - len(path) + need.optional if need.optional else 0
                if len(missing) > depth and (missing not in required or depth < required[missing].optional):
                    required[missing] = Requirement(need.by, depth)
            for (variable, path), specs in needs.defaults.items():
                source = _source(one, path)
                if source and _missing(tree.prompt.variables, one, path, has_value) == source:
                    others = defaults.get((variable, source), ())
                    defaults[variable, source] = (*others, *(spec for spec in specs if spec not in others))
        return Needs(required, defaults)


def _has_value(_path: Names, spec: VariableSpec) -> bool:
    return spec.required or spec.has_default


def _missing(specs: Mapping[str, VariableSpec], one: PartialReference, path: Names, has_value: HasValue) -> Names:
    """Return the part of a required path that may be missing when a partial is included; empty if none is."""
    missing = undeclared_path(specs, _source(one, path), lambda at, spec: at in one.guards or has_value(at, spec))
    return () if missing in one.guards else missing


def _source(one: PartialReference, path: Names) -> Names:
    """Return the path of the including prompt that a path of a partial leads to; empty if no variable declares it."""
    for key, place in one.arguments:
        if key == path[0]:
            return (*place.path, *path[1:]) if place.is_declarable else ()
    return (*one.path, *path)


def _required_paths(specs: Mapping[str, VariableSpec], at: Names, optional: int) -> Iterator[tuple[Names, int]]:
    """Yield the path of each requirement, and the number of its leading keys that may be missing."""
    for name, spec in specs.items():
        path = (*at, name)
        if spec.required:
            yield path, optional
        depth = optional if spec.required else len(path)
        below = spec
        while below.items is not None:
            below, path = below.items, (*path, ITEM)
        yield from _required_paths(below.properties or {}, path, depth)
