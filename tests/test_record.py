"""Frozen values with named fields: what typing's named tuples do, ours do."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

from prompt_cli import record


class Ours(record.NamedTuple):
    """A place."""

    line: int
    column: int = 1
    note: str = ""

    @property
    def text(self) -> str:
        """The place as text."""
        return f"{self.line}:{self.column}"


class Typings(typing.NamedTuple):
    """A place."""

    line: int
    column: int = 1
    note: str = ""

    @property
    def text(self) -> str:
        """The place as text."""
        return f"{self.line}:{self.column}"


class Node(record.Record):
    """What has fields."""

    offset: int
    end: int = 0


class Leaf(Node):
    """What has more."""

    text: str = "leaf"


@pytest.mark.parametrize(
    "made",
    [
        lambda cls: cls(3),
        lambda cls: cls(3, 4),
        lambda cls: cls(3, 4, "x"),
        lambda cls: cls(line=3),
        lambda cls: cls(3, note="x"),
        lambda cls: cls(note="x", line=3),
        lambda cls: cls(3)._replace(note="y"),
        lambda cls: cls(3)._replace(),
        lambda cls: cls._make([3, 4, "z"]),
        lambda cls: copy.deepcopy(cls(3, 4)),
        lambda cls: pickle.loads(pickle.dumps(cls(3, 4))),  # noqa: S301 - what workers send each other
    ],
)
def test_a_value_is_made_as_typings_is(made: Any) -> None:
    ours, typings = made(Ours), made(Typings)

    assert tuple(ours) == tuple(typings)
    assert (type(ours), ours.line, ours.column, ours.note) == (Ours, typings.line, typings.column, typings.note)
    assert ours.text == typings.text
    assert ours._asdict() == typings._asdict()
    assert repr(ours) == repr(typings).replace("Typings", "Ours")
    assert hash(ours) == hash(typings)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda cls: cls(),
        lambda cls: cls(1, 2, "x", 4),
        lambda cls: cls(1, line=2),
        lambda cls: cls(1, height=2),
        lambda cls: cls(1)._replace(height=2),
        lambda cls: cls._make([1, 2]),
    ],
)
def test_what_typings_refuses_is_refused(wrong: Any) -> None:
    for cls in (Ours, Typings):
        with pytest.raises((TypeError, ValueError)):
            wrong(cls)


@pytest.mark.parametrize("name", ["line", "other"])
def test_nothing_can_be_set(name: str) -> None:
    for cls in (Ours, Typings):
        with pytest.raises(AttributeError):
            setattr(cls(1), name, 2)


def test_its_fields_are_matched_by_position() -> None:
    match Ours(3, 4):
        case Ours(line, column):
            assert (line, column) == (3, 4)


def test_a_class_takes_the_fields_of_the_one_it_is_derived_from() -> None:
    assert Leaf(1) == (1, 0, "leaf")
    assert Leaf(1, text="x")._replace(end=2) == Leaf(1, 2, "x")
    assert Leaf._fields == ("offset", "end", "text")
