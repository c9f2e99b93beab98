"""Classes of Pydantic made without what no command uses of them: a tenth of a first start.

Only the command line does so, for its own process; whoever uses the library gets Pydantic as it is.
"""

from __future__ import annotations

import sys
from functools import partial
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_FIRST = "pydantic"
"""What is imported before any class is made."""
_PACKAGES = ("pydantic", "annotated_types")
_SCHEMAS = "pydantic_core.core_schema"


def make_lean_classes() -> None:
    """Have Pydantic make two kinds of classes in a part of the time, when it is imported; not where it is already.

    Its metadata are 50 data classes, for each of which code is compiled that shows, compares and freezes what they
    make: nobody needs it. Its core tells type checkers in 86 typed dictionaries what its functions return: their
    classes are plain dictionaries here, as what they make is anyway.

    Source: The Python Language Reference, 5.3.3 (``sys.meta_path``).
    """
    if _FIRST not in sys.modules and not any(isinstance(one, _Finder) for one in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Told of each module that is imported, until both kinds of classes are made."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return where the module is that holds the typed dictionaries; nothing of any other."""
        if name == _FIRST:
            _make_data_classes_lean()
        if name != _SCHEMAS:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.loader:
            spec.loader = cast("Loader", _Untyped(spec.loader))
        return spec


def _make_data_classes_lean() -> None:
    import dataclasses  # few commands need any of it

    make = dataclasses.dataclass

    def lean(cls: type | None = None, /, **options: Any) -> Any:  # noqa: ANN401 - as the real one
        if cls is None:
            return partial(lean, **options)
        if cls.__module__.partition(".")[0] in _PACKAGES and not options.get("order"):
            options |= {"repr": False, "eq": False, "frozen": False}
        return make(cls, **options)

    dataclasses.dataclass = lean


class _Untyped:
    """Executes a module with plain dictionaries for what it takes for `TypedDict`.

    Args:
        loader: What else would execute it, and is said to have.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return the module to execute; none where Python makes it."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Execute it."""
        import typing  # as above

        import typing_extensions

        module.__loader__ = self._loader
        if module.__spec__:
            module.__spec__.loader = self._loader
        kept = typing.TypedDict, typing_extensions.TypedDict
        typing.TypedDict = typing_extensions.TypedDict = _plain  # type: ignore[assignment]  # for as long as this
        try:
            self._loader.exec_module(module)
        finally:
            typing.TypedDict, typing_extensions.TypedDict = kept


class _PlainDict(type):
    """The class of classes that make plain dictionaries, as those of `TypedDict` do."""

    def __new__(cls, name: str, _bases: tuple[type, ...], body: Mapping[str, object], *, total: bool = True) -> type:  # noqa: ARG004 - said of typed ones
        """Make such a class."""
        return super().__new__(cls, name, (dict,), dict(body))

    def __call__(cls, *args: Any, **kwargs: Any) -> dict[Any, Any]:  # noqa: ANN401 - what a dictionary takes
        """Make a dictionary."""
        return dict(*args, **kwargs)


_plain = _PlainDict("TypedDict", (), {})
