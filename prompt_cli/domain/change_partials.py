"""What the partials of a prompt change of it: their texts, what they require, and their defaults."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from prompt_cli.domain.change import Change, ChangeKind, change
from prompt_cli.domain.change_place import Place
from prompt_cli.domain.change_signature import default_changes
from prompt_cli.domain.declared import data_path, spec_at, written
from prompt_cli.domain.needs import NeedsReader, is_sure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.domain.change_text import Texts
    from prompt_cli.domain.declared import Names
    from prompt_cli.domain.needs import Needs
    from prompt_cli.domain.prompt_tree import PromptTree
    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath


def partial_changes(old: PromptTree, new: PromptTree, texts: Texts) -> Iterator[Change]:
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


def _requirements(before: Needs, after: Needs, old: PromptTree, new: PromptTree) -> Iterator[Change]:
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
                yield from default_changes(old, new, Place(path), of=by)


def _texts(old: PromptTree, new: PromptTree, texts: Texts, reader: NeedsReader) -> Iterator[Change]:
    """Yield whose text was changed, the nearest partials first, each once."""
    at: dict[str, DataPath] = {}
    for path, one in reader.included(new):
        at.setdefault(one.name or "", path)
    told: set[str] = set()
    seen: set[tuple[int, int]] = set()
    pending: deque[tuple[PromptTree, PromptTree, tuple[str, ...]]] = deque([(old, new, ())])
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


def _differs(old: PromptTree, new: PromptTree, texts: Texts) -> bool:
    if old.prompt.templates == new.prompt.templates:
        return False
    return texts.shapes(old.prompt) != texts.shapes(new.prompt)


def _by_way_of(chain: tuple[str, ...]) -> str:
    return f", included by way of {' -> '.join(chain[:-1])}" if len(chain) > 1 else ""
