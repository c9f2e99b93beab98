"""What libraries make and a command never uses, kept from being made: a sixth of a first start."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

_METADATA = "importlib.metadata"
_TLS = "ssl"
_SCHEMAS = "pydantic_core.core_schema"


def keep_out_unneeded() -> None:
    """Keep what no command uses from being imported by asyncio and Pydantic; what is imported already stays.

    asyncio does without TLS where Python has none, which it finds out by importing it. Pydantic imports what looks
    through installed packages for its plugins, even where they are turned off; whoever really looks gets the real one.
    Pydantic's core tells type checkers in 86 typed dictionaries what its functions return: their classes are plain
    dictionaries here, as what they make is anyway.

    Source: The Python Language Reference, 5.3.1 (None in ``sys.modules`` is a module that cannot be imported) and 5.3.3
    (``sys.meta_path``).
    """
    sys.modules.setdefault(_TLS, None)  # type: ignore[arg-type]  # typeshed leaves that use out
    if _METADATA not in sys.modules:
        sys.modules[_METADATA] = importlib.metadata = _Metadata(_METADATA)
    if _SCHEMAS not in sys.modules:
        sys.meta_path.insert(0, _SchemasFinder())


class _Metadata(ModuleType):
    """Stands for `importlib.metadata` until something of it is used."""

    @staticmethod
    def entry_points(**parameters: str) -> object:
        """Return the entry points of what is installed, as the real one does."""
        return _real().entry_points(**parameters)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # what Python asks of any module it imports from
            raise AttributeError(name)
        return getattr(_real(), name)


def _real() -> ModuleType:
    if isinstance(sys.modules.get(_METADATA), _Metadata):
        del sys.modules[_METADATA]
    return importlib.import_module(_METADATA)


class _SchemasFinder:
    """Finds one module where it is, and has it executed without typed dictionaries."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return where the module is; nothing of any other."""
        if name != _SCHEMAS:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.loader:
            spec.loader = cast("Loader", _Untyped(spec.loader))
        return spec


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
        import typing  # few commands need any of it

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
