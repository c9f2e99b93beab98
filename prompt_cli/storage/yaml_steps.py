"""What libyaml's parser meets in a text, and the data of a file in which it meets nothing unusual.

Most files are read for their data alone: where a value stands is asked of those with findings. So one pass gives the
data and keeps what it met, and the nodes are made of that when somebody asks for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from prompt_cli.record import NamedTuple
from prompt_cli.storage.yaml_schema import MAYBE_NO_STRING, LongNumberError, resolve_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.storage.yaml_nodes import YamlData

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


class Plain(NamedTuple):
    """A file in which nothing is unusual.

    Attributes:
        data: What it holds.
        steps: What its nodes are made of.
    """

    data: dict[str, YamlData]
    steps: list[Step]


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


def read_plain(text: str) -> Plain | None:
    """Read a file in which nothing is unusual.

    Returns:
        None where anything is: a fault, a tag, an anchor, an alias, a second document, or what may be one of these.
        The composer looks into that.
    """
    from ruamel.yaml.error import YAMLError

    try:
        return _read(text)
    except (YAMLError, LongNumberError):
        return None


def _read(text: str) -> Plain | None:  # noqa: C901, PLR0912 - a call for each event would cost as much as the rest
    libyaml = _libyaml()
    scalar, mapping, sequence = libyaml.ScalarEvent, libyaml.MappingStartEvent, libyaml.SequenceStartEvent
    ends = {libyaml.MappingEndEvent, libyaml.SequenceEndEvent}
    met: list[Step] = []
    data: dict[str, YamlData] | None = None
    # The innermost open mapping or list, the key that waits for its value, and those around.
    keys: dict[str, YamlData] | None = None
    items: list[YamlData] | None = None
    key: str | None = None
    flow = False
    around: list[tuple[dict[str, YamlData] | None, list[YamlData] | None, bool]] = []
    get_event = libyaml.CParser(text).get_event
    while (event := get_event()) is not None:
        kind = type(event)
        value: YamlData
        if kind is scalar:
            written, style, start = event.value, event.style, event.start_mark.index
            if event.tag is not None or event.anchor is not None:
                return None
            met.append((SCALAR, start, event.end_mark.index, written, style, None, None))
            value = written if style or written[:1] not in MAYBE_NO_STRING else resolve_plain(written)
        elif kind is mapping or kind is sequence:
            if event.tag is not None or event.anchor is not None or len(around) == MAX_DEPTH:
                return None
            start, value = event.start_mark.index, {} if kind is mapping else []
            met.append((MAPPING if kind is mapping else SEQUENCE, start, bool(event.flow_style), None, None))
        elif kind in ends:
            met.append((END, event.end_mark.index))
            keys, items, flow = around.pop()
            continue
        elif kind is libyaml.AliasEvent or (kind is libyaml.DocumentStartEvent and met):
            return None
        else:
            continue
        if key is not None and keys is not None:
            keys[key] = value
            key = None
        elif items is not None:
            items.append(value)
        elif keys is None:
            if not isinstance(value, dict):
                return None
            data = value
        elif type(value) is str and value not in keys and value != "<<" and not (flow and text[start - 1] == "?"):
            key = value
        else:
            return None  # a key that the composer has something to say of
        if kind is not scalar:
            around.append((keys, items, flow))
            keys, items = (value, None) if isinstance(value, dict) else (None, value if isinstance(value, list) else [])
            flow = event.flow_style
    return None if data is None else Plain(data, met)


def _libyaml() -> Any:  # noqa: ANN401 - the C module has no types
    # It brings in all of ruamel.yaml, and a command may need none of it.
    import _ruamel_yaml  # type: ignore[import-not-found] # the same

    return _ruamel_yaml
