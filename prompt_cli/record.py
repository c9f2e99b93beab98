"""Frozen values with named fields, quickly made and without importing typing.

A class derived from `typing.NamedTuple` compiles code to make itself, and each of its annotations: a quarter of a
millisecond, and a command imports a hundred of them. typing itself takes five, and Handlebars does without. So
`NamedTuple` is typing's own to type checkers alone, and `TYPE_CHECKING` a name that they know.
"""

from __future__ import annotations

from _collections import _tuplegetter  # type: ignore[import-not-found]  # the fields of a named tuple, in C

__all__ = ["TYPE_CHECKING", "NamedTuple", "Record"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, ClassVar, NamedTuple, Self, dataclass_transform
else:

    def dataclass_transform(**_options: bool) -> object:
        """What tells type checkers that the annotations of a class are its fields."""
        return lambda cls: cls


class _RecordType(type):
    """Makes the annotations of a class the names of a tuple's fields, after those of the class it is derived from."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _RecordType:
        known: tuple[str, ...] = getattr(bases[0], "_fields", ())
        own = tuple(namespace.get("__annotations__", ()))
        fields = known + own
        defaults = dict(getattr(bases[0], "_field_defaults", ()))
        defaults.update((one, namespace[one]) for one in own if one in namespace)
        required = max((number for number, one in enumerate(fields, 1) if one not in defaults), default=0)
        facts = {
            "__slots__": (),
            "__match_args__": fields,
            "_fields": fields,
            "_field_defaults": defaults,
            "_last": tuple([defaults[one] for one in fields[required:]]),
        }
        getters = {one: _tuplegetter(index, one) for index, one in enumerate(own, len(known))}
        return super().__new__(cls, name, bases, {**namespace, **facts, **getters})


@dataclass_transform(frozen_default=True)
class Record(tuple[object, ...], metaclass=_RecordType):
    """A tuple whose fields have the names annotated in its class and those it is derived from.

    It has what a named tuple has: fields by position and by name, defaults, ``_fields``, ``_make``, ``_asdict`` and
    ``_replace``.
    """

    __slots__ = ()
    if TYPE_CHECKING:
        _fields: ClassVar[tuple[str, ...]]
        _field_defaults: ClassVar[dict[str, object]]
        _last: ClassVar[tuple[object, ...]]  # the defaults of those fields at the end that all have one

    def __new__(cls, *fields: object, **named: object) -> Self:
        """Take the fields by position or by name."""
        if named or len(fields) != len(cls._fields):  # most give all of them by position
            lacking = len(cls._fields) - len(fields)
            if not named and 0 < lacking <= len(cls._last):
                fields += cls._last[-lacking:]
            else:
                fields = cls._completed(fields, named)
        return tuple.__new__(cls, fields)

    @classmethod
    def _completed(cls, fields: tuple[object, ...], named: dict[str, object]) -> tuple[object, ...]:
        """All the fields, of those by position, those by name and the defaults."""
        defaults, rest = cls._field_defaults, cls._fields[len(fields) :]
        try:
            complete = fields + tuple([named.pop(one) if one in named else defaults[one] for one in rest])
        except KeyError:  # a field has no default
            complete = ()
        if named or len(complete) != len(cls._fields):
            raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}, each once")
        return complete

    @classmethod
    def _make(cls, fields: Iterable[object]) -> Self:
        """One with those fields, all of them in their order."""
        made = tuple.__new__(cls, fields)
        if len(made) != len(cls._fields):
            raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}, each once")
        return made

    def _asdict(self) -> dict[str, object]:
        """The fields by their names."""
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, **changes: object) -> Self:
        """The same with other values in some fields."""
        fields = list(self)
        for name, value in changes.items():
            if name not in self._fields:
                raise TypeError(f"{type(self).__name__} has no {name}")
            fields[self._fields.index(name)] = value
        return tuple.__new__(type(self), fields)

    def __getnewargs__(self) -> tuple[object, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        fields = [f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True)]
        return f"{type(self).__name__}({', '.join(fields)})"


if not TYPE_CHECKING:
    NamedTuple = Record
