from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_cli.domain.binding import bind, read_values, try_bind
from prompt_cli.domain.json_values import same_json
from prompt_cli.domain.prompt import Prompt
from prompt_cli.domain.variables import VariableSpec, data_of
from prompt_cli.errors import VariableError
from prompt_cli.problems import format_path


def specs(**data: Any) -> Any:
    """Specs by name; a bare type is a spec of that type."""
    full = {name: {"type": spec} if isinstance(spec, str) else spec for name, spec in data.items()}
    head = {"id": "x", "version": "1.0.0", "format": "text", "template": ""}
    return data_of(Prompt.load({**head, "variables": full}).variables)


TICKETS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"subject": {"type": "string"}, "urgent": {"type": "boolean", "default": False}},
    },
}


@pytest.mark.parametrize(
    ("declared", "given_values", "bound"),
    [
        ({}, {}, {}),
        ({"a": "string"}, {"a": ""}, {"a": ""}),
        ({"a": {"type": "string", "default": "x"}}, {}, {"a": "x"}),
        ({"a": {"type": "string", "default": "x"}}, {"a": "y"}, {"a": "y"}),
        ({"a": {"type": "string", "required": False}}, {}, {}),
        ({"a": {"type": "string", "nullable": True}}, {"a": None}, {"a": None}),
        ({"a": {"type": "string", "nullable": True, "default": None}}, {}, {"a": None}),
        ({"a": "integer"}, {"a": 3}, {"a": 3}),
        ({"a": "integer"}, {"a": 3.0}, {"a": 3}),
        ({"a": "number"}, {"a": 3}, {"a": 3}),
        ({"a": "number"}, {"a": 0.5}, {"a": 0.5}),
        ({"a": "boolean"}, {"a": False}, {"a": False}),
        ({"a": "array"}, {"a": [1, "x", None]}, {"a": [1, "x", None]}),
        ({"a": "object"}, {"a": {"free": 1}}, {"a": {"free": 1}}),
        ({"t": TICKETS}, {"t": [{"subject": "x"}]}, {"t": [{"subject": "x", "urgent": False}]}),
        ({"t": TICKETS}, {"t": [{"subject": "x", "more": 1}]}, {"t": [{"subject": "x", "more": 1, "urgent": False}]}),
        (
            {"o": {"type": "object", "default": {}, "properties": {"a": {"type": "string", "default": "x"}}}},
            {},
            {"o": {"a": "x"}},
        ),
        ({"a": {"type": "string", "enum": ["x", "y"]}}, {"a": "x"}, {"a": "x"}),
        ({"a": {"type": "number", "enum": [1]}}, {"a": 1.0}, {"a": 1.0}),
        ({"a": {"type": "string", "pattern": "b"}}, {"a": "abc"}, {"a": "abc"}),
        ({"a": {"type": "integer", "minimum": 1, "maximum": 1}}, {"a": 1}, {"a": 1}),
        ({"a": {"type": "string", "minLength": 1, "maxLength": 1}}, {"a": "😀"}, {"a": "😀"}),
        ({"a": {"type": "array", "minItems": 0, "maxItems": 0}}, {"a": []}, {"a": []}),
    ],
)
def test_values_that_fit(declared: dict[str, Any], given_values: dict[str, Any], bound: dict[str, Any]) -> None:
    assert bind(specs(**declared), given_values) == bound


@pytest.mark.parametrize(
    ("declared", "given_values", "path", "kind", "words"),
    [
        ({"a": "string"}, {}, "a", "missing_variable", "a is missing (a string)"),
        ({"a": {"type": "string", "description": "Who"}}, {}, "a", "missing_variable", "(a string: Who)"),
        ({"name": "string"}, {"name": "x", "nmae": "y"}, "nmae", "unknown_variable", "unknown variable 'nmae'"),
        ({"a": "string"}, {"a": 5}, "a", "wrong_type", "a must be a string, not an integer"),
        ({"a": "string"}, {"a": None}, "a", "wrong_type", "not null"),
        ({"a": {"type": "string", "nullable": True}}, {"a": 5}, "a", "wrong_type", "a string or null"),
        ({"a": "string"}, {"a": "\ud800"}, "a", "wrong_type", "not Unicode"),
        ({"a": "integer"}, {"a": 3.5}, "a", "wrong_type", "an integer, not a number"),
        ({"a": "integer"}, {"a": True}, "a", "wrong_type", "an integer, not a boolean"),
        ({"a": "integer"}, {"a": "3"}, "a", "wrong_type", "an integer, not a string"),
        ({"a": "number"}, {"a": True}, "a", "wrong_type", "a number, not a boolean"),
        ({"a": "number"}, {"a": float("nan")}, "a", "wrong_type", "infinity or NaN"),
        ({"a": "boolean"}, {"a": 1}, "a", "wrong_type", "a boolean, not an integer"),
        ({"a": "array"}, {"a": "xyz"}, "a", "wrong_type", "an array, not a string"),
        ({"a": "array"}, {"a": {}}, "a", "wrong_type", "an array, not an object"),
        ({"a": "object"}, {"a": []}, "a", "wrong_type", "an object, not an array"),
        ({"a": {"type": "string", "enum": ["x", "y"]}}, {"a": "z"}, "a", "wrong_enum", "one of x, y"),
        ({"a": {"type": "integer", "enum": [1]}}, {"a": 2}, "a", "wrong_enum", "one of 1"),
        ({"a": {"type": "string", "pattern": "^b"}}, {"a": "ab"}, "a", "wrong_pattern", "the pattern ^b"),
        ({"a": {"type": "integer", "minimum": 1}}, {"a": 0}, "a", "out_of_bounds", "at least 1"),
        ({"a": {"type": "number", "maximum": 1}}, {"a": 1.1}, "a", "out_of_bounds", "at most 1"),
        ({"a": {"type": "string", "minLength": 2}}, {"a": "😀"}, "a", "out_of_bounds", "at least 2 characters"),
        ({"a": {"type": "string", "maxLength": 1}}, {"a": "ab"}, "a", "out_of_bounds", "at most 1 character"),
        ({"a": {"type": "array", "minItems": 1}}, {"a": []}, "a", "out_of_bounds", "at least 1 item"),
        ({"t": TICKETS}, {"t": [{"subject": "x"}, {}]}, "t[1].subject", "missing_variable", "t[1].subject is missing"),
        ({"t": TICKETS}, {"t": [{"subject": 1}]}, "t[0].subject", "wrong_type", "t[0].subject must be a string"),
        ({"t": TICKETS}, {"t": ["x"]}, "t[0]", "wrong_type", "an object, not a string"),
        ({"t": TICKETS}, {"t": [{"subject": "x", "urgent": "no"}]}, "t[0].urgent", "wrong_type", "a boolean"),
    ],
)
def test_values_that_do_not_fit(
    declared: dict[str, Any], given_values: dict[str, Any], path: str, kind: str, words: str
) -> None:
    with pytest.raises(VariableError) as caught:
        bind(specs(**declared), given_values)
    (problem,) = caught.value.problems
    assert (format_path(problem.path), problem.kind) == (path, kind)
    assert words in problem.message


def test_all_misfits_are_reported_at_once() -> None:
    declared = specs(a="string", b="integer", t=TICKETS, c="boolean")
    with pytest.raises(VariableError) as caught:
        bind(declared, {"b": "x", "t": [{}, {"subject": 1, "urgent": 2}], "d": 1})
    assert [format_path(one.path) for one in caught.value.problems] == [
        "a",
        "b",
        "t[0].subject",
        "t[1].subject",
        "t[1].urgent",
        "c",
        "d",
    ]
    assert "t[1].urgent" in str(caught.value)


def test_a_default_is_the_callers_own() -> None:
    declared = specs(a={"type": "array", "default": ["x"]})
    bind(declared, {})["a"].append("y")  # type: ignore[union-attr] # the default is a list
    assert bind(declared, {}) == {"a": ["x"]}


def test_given_values_are_not_altered() -> None:
    given_values = {"t": [{"subject": "x"}]}
    bind(specs(t=TICKETS), given_values)
    assert given_values == {"t": [{"subject": "x"}]}


@pytest.mark.parametrize("declared", [{"type": "string", "enum": ["open"]}, {"type": "string", "maxLength": 3}])
@pytest.mark.parametrize("declared_type", ["integer", None])
def test_no_error_holds_a_value(declared: dict[str, Any], declared_type: str | None) -> None:
    spec = {"type": declared_type} if declared_type else declared
    with pytest.raises(VariableError) as caught:
        bind(specs(token={**spec, "sensitive": True}), {"token": "opne-s3cret"})
    shown = str(caught.value) + caught.value.help + repr(caught.value.context)
    assert "s3cret" not in shown
    assert "did you mean" not in shown


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_values_without_constraints_are_bound_unchanged(value: Any) -> None:
    bound = try_bind(specs(o={"type": "object"}), {"o": {"v": value}})
    assert bound.problems == ()
    assert same_json(bound.values["o"], {"v": value})


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [
        ("string", "5", "5"),
        ("string", " x ", " x "),
        ("string", "a=b", "a=b"),
        ({"type": "string", "nullable": True}, "null", "null"),
        ("integer", "5", 5),
        ("integer", "-5", -5),
        ("integer", " 5 ", 5),
        ("integer", "9" * 40, int("9" * 40)),
        ("number", "5", 5),
        ("number", "0.5", 0.5),
        ("number", "1e3", 1000.0),
        ("number", ".5", 0.5),
        ("boolean", "true", True),
        ("boolean", "No", False),
        ("boolean", "0", False),
        ("array", "[1, 2]", [1, 2]),
        ("object", '{"a": null}', {"a": None}),
        ({"type": "integer", "nullable": True}, "null", None),
    ],
)
def test_text_is_read_as_its_type(declared: Any, text: str, value: object) -> None:
    values, problems = read_values(specs(a=declared), [("a", text)])
    assert problems == ()
    assert same_json(values["a"], value)
    assert type(values["a"]) is type(value)


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("integer", ""),
        ("integer", "5.0"),
        ("integer", "x"),
        ("integer", "٣"),
        ("integer", "1_000"),
        ("integer", "null"),
        ("number", "x"),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1e999"),
        ("number", "1e"),
        ("boolean", ""),
        ("boolean", "maybe"),
        ("array", "a,b"),
        ("array", "[1"),
        ("array", "[NaN]"),
        ("object", "{'a': 1}"),
        ("array", "[" * 100_000),
    ],
)
def test_text_that_cannot_be_read(declared: str, text: str) -> None:
    values, problems = read_values(specs(a=declared), [("a", text)])
    assert values == {}
    assert [problem.kind for problem in problems] == ["wrong_type"]
    assert not text or text not in problems[0].message


def test_the_later_text_wins_and_strangers_are_left_to_binding() -> None:
    values, problems = read_values(specs(a="integer"), [("a", "1"), ("a", "2"), ("b", "x")])
    assert (values, problems) == ({"a": 2, "b": "x"}, ())


def test_a_pattern_takes_linear_time() -> None:
    # `re` takes longer than the sun will shine for this one.
    spec = VariableSpec(type="string", pattern="^(a+)+$")
    assert try_bind({"a": spec.data}, {"a": "a" * 5000 + "!"}).problems[0].kind == "wrong_pattern"


def test_the_path_of_a_very_deep_value_ends_at_one_around_it() -> None:
    value: Any = 10**400
    for _ in range(5000):
        value = {"a": value}
    (problem,) = try_bind(specs(a="object"), {"a": value}).problems
    assert len(problem.path) < 200
    assert "is a number beyond 1.8e308" in problem.message
