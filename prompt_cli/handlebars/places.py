"""Where values come from, as far as a template tells without its data."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Origin: TypeAlias = 'Literal["root", "item", "block_parameter", "partial_argument", "data", "unknown"]'
ITEM = "[]"
"""The segment that stands for an item of a list or a value of an object."""


class Place(NamedTuple):
    """Where a value is.

    Attributes:
        path: The keys from the root, `[]` for an item; for an unknown place the keys as written.
        scope: How it is reached.
        extended: What the `key=value` arguments of a partial put over it.
        defaults: Keys that are never missing in it, since the partial has defaults for them.
    """

    path: tuple[str, ...]
    scope: Origin
    extended: tuple[tuple[str, Place], ...] = ()
    defaults: frozenset[str] = frozenset()

    def child(self, keys: tuple[str, ...]) -> Place:
        """What is under the keys."""
        if not keys:
            return self
        for key, place in self.extended:
            if key == keys[0]:
                below = place.child(keys[1:])
                return below if below.scope == "unknown" else below._replace(scope="partial_argument")
        return Place(self.path + keys, self.scope)

    def item(self) -> Place:
        """One of what it holds."""
        return Place((*self.path, ITEM), "unknown" if self.scope == "unknown" else "item")


ROOT = Place((), "root")
UNKNOWN = Place((), "unknown")
