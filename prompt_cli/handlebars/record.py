"""Frozen values with named fields, without importing typing.

The package is imported by every command: typing alone would cost five milliseconds, and each NamedTuple a quarter of
one for the code it runs to make itself. So `TYPE_CHECKING` is a name type checkers know, and records are these.
"""

from __future__ import annotations

from _collections import _tuplegetter  # type: ignore[import-not-found]  # the fields of a NamedTuple, in C

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Self, dataclass_transform
else:

    def dataclass_transform(**_options: bool) -> object:
        """What tells type checkers that the annotations of a class are its fields."""
        return lambda cls: cls


@dataclass_transform(frozen_default=True)
class Record(tuple[object, ...]):
    """A tuple whose fields have the names annotated in its class and those it is derived from."""

    __slots__ = ()

    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, object]] = {}
    _last: ClassVar[tuple[object, ...]] = ()  # the defaults of those fields at the end that all have one

    def __new__(cls, *fields: object, **named: object) -> Self:
        """Take the fields by position or by name."""
        lacking = len(cls._fields) - len(fields)
        if not named and 0 < lacking <= len(cls._last):
            fields += cls._last[-lacking:]
        elif lacking or named:
            given = dict(zip(cls._fields, fields, strict=False))
            complete = {**cls._defaults, **given, **named}
            wrong = complete.keys() ^ cls._fields or given.keys() & named
            if wrong or len(fields) > len(cls._fields):
                raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}, each once")
            fields = tuple([complete[name] for name in cls._fields])
        return tuple.__new__(cls, fields)

    def __init_subclass__(cls) -> None:
        own = tuple(cls.__annotations__)
        known = len(cls._fields)
        cls._fields = (*cls._fields, *own)
        cls._defaults = {**cls._defaults, **{name: vars(cls)[name] for name in own if name in vars(cls)}}
        first = known + len(own)
        while first and cls._fields[first - 1] in cls._defaults:
            first -= 1
        cls._last = tuple([cls._defaults[name] for name in cls._fields[first:]])
        for index, name in enumerate(own, known):
            setattr(cls, name, _tuplegetter(index, name))

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
