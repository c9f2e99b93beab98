"""Strategies for Hypothesis: prompt-like data, changes to it, and the many ways YAML lets people write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from prompt_cli.yaml.emit import folded, inline_scalar, literal

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from prompt_cli.yaml.nodes import YamlData, YamlScalar

# A busy machine draws slowly, which says nothing about the code under test.
PATIENT = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TRICKY = " \t\n\r:#-?{}[],&*!|>'\"%@`ab01.~yn\x85\u2028\ufeff😀\x1b"

texts = (
    st.text(max_size=20)
    | st.text(alphabet=TRICKY, max_size=12)
    | st.sampled_from(
        ["a\n", "a\nb\n", "a\n\n", " a\n", "a\n  b\n", "{{x}}\n", "[/INST]", "1.2.0", "yes", "12", "", "\n"]
    )
)
keys = st.sampled_from(["id", "template", "messages", "variables", "examples", "tags", "role", "content"]) | texts
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
documents = st.dictionaries(keys, values, max_size=6)


@st.composite
def changed(draw: DrawFn, value: YamlData) -> YamlData:
    """Return data like the given, with some of it changed."""
    if draw(st.integers(0, 3)) == 0:
        return draw(values)
    if isinstance(value, dict):
        pairs = [(key, draw(changed(one))) for key, one in value.items() if draw(st.integers(0, 4))]
        pairs += list(draw(st.dictionaries(keys, values, max_size=1)).items())
        return dict(draw(st.permutations(pairs)) if draw(st.booleans()) else pairs)
    if isinstance(value, list):
        kept = [draw(changed(one)) if draw(st.booleans()) else one for one in value if draw(st.integers(0, 4))]
        for one in draw(st.lists(values, max_size=2)):
            kept.insert(draw(st.integers(0, len(kept))), one)
        return kept
    return value


@st.composite
def edits(draw: DrawFn) -> tuple[dict[str, YamlData], dict[str, YamlData]]:
    """Return data and the data it is to become."""
    before = draw(documents)
    after = draw(changed(before))
    return before, after if isinstance(after, dict) else draw(documents)


@st.composite
def written(draw: DrawFn, data: dict[str, YamlData]) -> str:
    """Return YAML that holds the data, written in styles of all kinds, with comments and blank lines."""
    in_braces = not data or draw(st.integers(0, 9)) == 0
    text = _flow(draw, data, 1) + "\n" if in_braces else "".join(_mapping(draw, data, 0))
    text = draw(st.sampled_from(["", "", "", "# first\n", "\n", "%YAML 1.2\n---\n", "--- # start\n"])) + text
    text += draw(st.sampled_from(["", "", "", "# last\n", "...\n"]))
    if draw(st.integers(0, 4)) == 0:
        text = text.rstrip("\n")
    if draw(st.integers(0, 3)) == 0:
        text = text.replace("\n", "\r\n")
    return draw(st.sampled_from(["", "", "", "\ufeff"])) + text


def _mapping(draw: DrawFn, data: dict[str, YamlData], column: int, *, compact: bool = False) -> list[str]:
    lines: list[str] = []
    for key, value in data.items():
        lines += [] if compact and not lines else _between(draw, column)
        margin = " " * column
        name = _quoted(draw, key, flow=False)
        if len(name) > 900 or draw(st.integers(0, 9)) == 0:
            lines.append(f"{margin}? {name}{_comment(draw)}\n{margin}:")
        else:
            lines.append(f"{margin}{name}:")
        lines += _value(draw, value, column, indentless=isinstance(value, list))
    return lines


def _sequence(draw: DrawFn, data: list[YamlData], column: int, *, compact: bool = False) -> list[str]:
    lines: list[str] = []
    for value in data:
        lines += [] if compact and not lines else _between(draw, column)
        lines.append(" " * column + "-")
        if isinstance(value, dict | list) and value and draw(st.booleans()):
            inner = draw(st.integers(column + 2, column + 4))
            first, *others = _block(draw, value, inner, compact=True)
            lines += [" " * (inner - column - 1) + first[inner:], *others]
        else:
            lines += _value(draw, value, column, indentless=False)
    return lines


def _block(
    draw: DrawFn, value: dict[str, YamlData] | list[YamlData], column: int, *, compact: bool = False
) -> list[str]:
    if isinstance(value, dict):
        return _mapping(draw, value, column, compact=compact)
    return _sequence(draw, value, column, compact=compact)


def _value(draw: DrawFn, value: YamlData, column: int, *, indentless: bool) -> list[str]:
    """Return the text after a colon or dash, up to the end of the value's last line."""
    if isinstance(value, dict | list) and value and draw(st.integers(0, 2)):
        inner = column if indentless and draw(st.booleans()) else draw(st.integers(column + 1, column + 4))
        return [f"{_property(draw, value)}{_comment(draw)}\n", *_block(draw, value, inner)]
    if isinstance(value, dict | list):
        return [f" {_flow(draw, value, column + 1)}{_comment(draw)}\n"]
    if isinstance(value, str) and draw(st.booleans()):
        write = draw(st.sampled_from([literal, folded]))
        indicator = draw(st.booleans())
        indent = column + draw(st.integers(1, 4))
        block_scalar = write(value, indent=indent, parent=column, indicator=indicator)
        if block_scalar is not None:
            blank = [] if block_scalar.keeps_breaks else draw(st.sampled_from([[], [], ["\n"], [" \n", "\n"]]))
            body = [f"{line}\n" for line in block_scalar.lines]
            return [f"{_property(draw, value)} {block_scalar.inline}{_comment(draw)}\n", *body, *blank]
    if value is None and draw(st.booleans()):
        return [f"{_comment(draw)}\n"]
    return [f"{_property(draw, value)} {_quoted(draw, value, flow=False)}{_comment(draw)}\n"]


def _flow(draw: DrawFn, value: YamlData, column: int) -> str:
    if not isinstance(value, dict | list):
        return _quoted(draw, value, flow=True)
    gap = draw(st.sampled_from(["", " ", f"\n{' ' * column}", f" # in\n{' ' * column}"]))
    parts = (
        [_flow_entry(draw, key, one, column) for key, one in value.items()]
        if isinstance(value, dict)
        else [_flow(draw, one, column) for one in value]
    )
    comma = draw(st.sampled_from(["", "", ","])) if parts else ""
    opened, closed = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return f"{opened}{gap}{f',{gap or chr(32)}'.join(parts)}{comma}{gap}{closed}"


def _flow_entry(draw: DrawFn, key: str, value: YamlData, column: int) -> str:
    name = _quoted(draw, key, flow=True)
    explicit = "? " if len(name) > 900 or draw(st.integers(0, 9)) == 0 else ""
    if value is None and not explicit and draw(st.booleans()):
        return draw(st.sampled_from([name, f"{name}: "]))
    return f"{explicit}{name}: {_flow(draw, value, column)}"


def _quoted(draw: DrawFn, value: YamlScalar, *, flow: bool) -> str:
    return inline_scalar(value, flow=flow, style=draw(st.sampled_from(["", "'", '"'])))


def _property(draw: DrawFn, value: YamlData) -> str:
    tag = {dict: "map", list: "seq", str: "str", int: "int", float: "float", bool: "bool", type(None): "null"}[
        type(value)
    ]
    return draw(st.sampled_from(["", "", "", "", f" !!{tag}", " &name", f" &name !!{tag}"]))


def _comment(draw: DrawFn) -> str:
    return draw(st.sampled_from(["", "", "", "", " # it's", "  # a: {b"]))


def _between(draw: DrawFn, column: int) -> list[str]:
    return draw(st.sampled_from([[], [], [], [" " * column + "# why\n"], ["\n"], ["\n", "# out\n", "\n"]]))
