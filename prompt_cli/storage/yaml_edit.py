"""Edits of a file: a few bytes replaced, read again and compared before they count."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from prompt_cli.errors import PromptFormatError, StorageError, format_path
from prompt_cli.storage.yaml_nodes import Alias, Mapping, Scalar, Sequence, resolved, same_data
from prompt_cli.storage.yaml_splice import OverlapError, Place, apply, leads, line_break
from prompt_cli.storage.yaml_text import BOM
from prompt_cli.storage.yaml_update import ATTEMPTS, update_splices
from prompt_cli.storage.yaml_write import plain_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as MappingType
    from collections.abc import Sequence as SequenceType

    from prompt_cli.errors import DataPath
    from prompt_cli.storage.yaml_nodes import Node, YamlData
    from prompt_cli.storage.yaml_source import YamlSource


def replace_scalar(source: YamlSource, path: DataPath, text: str) -> YamlSource:
    """Return a source with a text in place of the scalar at a path; see `YamlSource.replace_scalar`."""
    trail = list(_trail(source.root, path))
    if len(trail) != len(path) + 1 or not path:
        raise StorageError(f"there is no {format_path(path)!r} to change")
    node, parent = trail[-1], resolved(trail[-2])
    if not isinstance(resolved(node), Scalar) or isinstance(parent, Scalar):
        raise StorageError(f"{format_path(path)!r} is no single value")
    lead = next(lead for child, lead in leads(source.text, parent) if child is node)
    edited = apply(source.text, Place(source.text, node, parent, lead).replace_text(text))
    return _accepted(source, [edited], _replaced(source.data, path, text), [path])


def update(source: YamlSource, data: MappingType[str, object]) -> YamlSource:
    """Return a source that holds other data; see `YamlSource.updated`."""
    wanted = plain_data(data)
    if same_data(source.data, wanted):
        return source
    changed = [(key,) for key in source.data if key not in wanted or not same_data(source.data[key], wanted[key])]
    return _accepted(source, _edits(source, wanted), wanted, changed)


def _edits(source: YamlSource, data: dict[str, YamlData]) -> Iterator[str]:
    """Yield texts that may hold the data, the one that changes least first."""
    for attempt in range(ATTEMPTS):
        with suppress(OverlapError):  # the next attempt changes more at once
            yield apply(source.text, update_splices(source.text, source.root, data, attempt))


def _accepted(source: YamlSource, edits: Iterable[str], data: YamlData, changed: SequenceType[DataPath]) -> YamlSource:
    """Return the first of some edited texts that is found to hold the data when it is read again.

    A text may need a last line break that the file does not have: for a block at its end.
    """
    failure: PromptFormatError | None = None
    for edit in edits:
        for text in (edit, edit + line_break(edit)):
            try:
                edited = type(source).parse(((BOM if source.marked else "") + text).encode())
            except PromptFormatError as error:
                failure = error
                continue
            if same_data(edited.data, data):
                return edited
    found = ((path, _shared(source, path)) for path in changed)
    path, why = next(((path, why) for path, why in found if why), (changed[0] if changed else (), ""))
    why = why or (failure.message if failure else "the edited file would hold other data")
    what = repr(format_path(path)) if path else "the file"
    raise StorageError(f"{what} cannot be changed in place: {why}", path=path) from failure


def _replaced(data: YamlData, path: DataPath, value: str) -> YamlData:
    """Return the data with the value at a path replaced; what lies beside the path is shared."""
    if not path:
        return value
    first, *rest = path
    if isinstance(data, dict) and isinstance(first, str):
        return {**data, first: _replaced(data[first], tuple(rest), value)}
    if isinstance(data, list) and isinstance(first, int):
        return [*data[:first], _replaced(data[first], tuple(rest), value), *data[first + 1 :]]
    return data


def _shared(source: YamlSource, path: DataPath) -> str:
    """Say which anchor makes a value, or one in it, the value of another place too; empty where none does."""
    trail = list(_trail(source.root, path))
    through = next((node for node in trail if isinstance(node, Alias)), None)
    if through is not None:
        line, _ = source.lines.position(through.target.start)
        return f"it is an alias of the value in line {line}: change that, or write the value out"
    node = trail[-1]
    for alias in _aliases(source.root):
        target = alias.target
        if target.start <= node.start < target.end or node.start <= target.start < node.end:
            used, _ = source.lines.position(alias.start)
            return f"&{target.anchor} in it is used in line {used} too: write the value out there"
    return ""


def _trail(root: Mapping, path: DataPath) -> Iterator[Node]:
    """Yield the nodes from the root along a path, as far as there are any."""
    node: Node = root
    yield node
    for segment in path:
        inside = resolved(node)
        if isinstance(inside, Mapping) and isinstance(segment, str) and segment in inside.entries:
            node = inside.entries[segment][1]
        elif isinstance(inside, Sequence) and isinstance(segment, int) and 0 <= segment < len(inside.items):
            node = inside.items[segment]
        else:
            return
        yield node


def _aliases(node: Node) -> Iterator[Alias]:
    match node:
        case Alias():
            yield node
        case Mapping():
            for _, value in node.entries.values():
                yield from _aliases(value)
        case Sequence():
            for item in node.items:
                yield from _aliases(item)
        case Scalar():
            pass
