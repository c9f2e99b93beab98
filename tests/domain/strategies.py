"""Strategies for Hypothesis: the data of prompts, as files hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

texts = st.text(max_size=8)
keys = st.text(min_size=1, max_size=5)
names = st.from_regex(r"[a-z_][a-z0-9_-]{0,5}", fullmatch=True).filter(lambda name: name not in {"this", "as", "else"})
numbers = st.integers() | st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts | st.sampled_from([1, 1.0, True, 0, -0.0, False])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
)
objects = st.dictionaries(keys, values, max_size=3)


def fields(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with some of the fields."""
    return st.fixed_dictionaries({}, optional=strategies)


@st.composite
def specs(draw: DrawFn, depth: int = 0) -> dict[str, Any]:
    kind = draw(st.sampled_from(["string", "integer", "number", "boolean", "array", "object"]))
    spec = {"type": kind} | draw(
        fields(description=texts | st.none(), nullable=st.booleans(), sensitive=st.booleans(), enum=_choices)
    )
    if kind == "string":
        spec |= draw(fields(minLength=st.integers(0, 3), maxLength=st.integers(3, 9) | st.none(), pattern=_patterns))
    if kind in {"integer", "number"}:
        spec |= draw(fields(minimum=st.integers(-5, 0) | st.just(-1.0), maximum=st.floats(0, 9) | st.none()))
    if kind == "array":
        spec |= draw(fields(minItems=st.integers(0, 3), maxItems=st.integers(3, 9)))
    if kind == "array" and depth < 2 and draw(st.booleans()):
        spec["items"] = draw(specs(depth + 1))
    if kind == "object" and depth < 2 and draw(st.booleans()):
        spec["properties"] = draw(st.dictionaries(keys, specs(depth + 1), max_size=2))
    return spec | draw(fields(required=st.booleans()) | fields(default=values) | st.just({"required": False}))


_choices = st.none() | st.lists(scalars, min_size=1, max_size=3)
_patterns = st.sampled_from(["^A", "[0-9]+", None])

messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "developer", "user", "assistant"]), "content": texts},
    optional={"name": st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True) | st.none()},
)
expectations = fields(
    contains=st.none() | st.lists(texts, max_size=2), equals=st.none() | texts | st.lists(messages, max_size=2)
)
examples = st.lists(
    st.fixed_dictionaries(
        {"name": keys},
        optional={"description": texts | st.none(), "variables": objects, "expect": expectations | st.none()},
    ),
    max_size=2,
    unique_by=lambda example: str(example["name"]),
)


@st.composite
def prompts(draw: DrawFn) -> dict[str, Any]:
    """Return the data of a valid prompt; most of its fields may be missing, null or empty."""
    chat = draw(st.booleans())
    head = {"id": draw(st.sampled_from(["a", "support/triage"])), "version": draw(st.sampled_from(["0.1.0", "1.20.3"]))}
    body = {"messages": draw(st.lists(messages, min_size=1, max_size=2))} if chat else {"template": draw(texts)}
    head["format"] = "chat" if chat else draw(st.sampled_from(["text", "completion", "instruction"]))
    more = fields(
        description=texts | st.none(),
        tags=st.lists(names, max_size=2),
        variables=st.dictionaries(names, specs(), max_size=3),
        model=st.none() | fields(name=keys | st.none(), parameters=objects),
        metadata=objects,
        examples=examples,
    )
    return head | body | draw(more)
