"""What libyaml's parser meets in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

SCALAR: Final = 0
MAPPING: Final = 1
SEQUENCE: Final = 2
END: Final = 3
ALIAS: Final = 4
DOCUMENT: Final = 5

Step: TypeAlias = tuple[Any, ...]
"""What it is, and then of a scalar where it starts and ends, its text, style, tag and anchor; of a mapping or sequence
where it starts, whether it is in braces or brackets, its tag and anchor; of an end where that is; of an alias its name,
where it starts and ends; of a document where it starts."""

MAX_DEPTH = 64
"""How many mappings and lists may stand inside each other, aliases expanded."""


def steps(text: str) -> Iterator[Step]:
    """Yield what the parser meets.

    Raises:
        YAMLError: The text is no YAML, from here on.
    """
    libyaml = _libyaml()
    kinds = {
        libyaml.ScalarEvent: SCALAR,
        libyaml.MappingStartEvent: MAPPING,
        libyaml.SequenceStartEvent: SEQUENCE,
        libyaml.MappingEndEvent: END,
        libyaml.SequenceEndEvent: END,
        libyaml.AliasEvent: ALIAS,
        libyaml.DocumentStartEvent: DOCUMENT,
    }
    # A parser of its own for each file: a %YAML or %TAG directive cannot reach the next one.
    get_event = libyaml.CParser(text).get_event
    while (event := get_event()) is not None:
        kind = kinds.get(type(event))
        if kind is not None:
            yield _step(kind, event)


def _step(kind: int, event: Any) -> Step:  # noqa: ANN401 - the C module has no types
    start, end = event.start_mark.index, event.end_mark.index
    if kind == SCALAR:
        return kind, start, end, event.value, event.style, event.tag, event.anchor
    if kind in {MAPPING, SEQUENCE}:
        return kind, start, bool(event.flow_style), event.tag, event.anchor
    if kind == ALIAS:
        return kind, event.anchor, start, end
    return kind, end if kind == END else start


def _libyaml() -> Any:  # noqa: ANN401 - the C module has no types
    # It brings in all of ruamel.yaml, and a command may need none of it.
    import _ruamel_yaml  # type: ignore[import-not-found] # the same

    return _ruamel_yaml
