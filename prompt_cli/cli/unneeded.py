"""What libraries import and a command never uses, kept from being imported: a tenth of a first start."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_NONE = ("ssl", "bz2", "lzma")
"""What is done without where Python was built without it, as whoever imports it finds out."""
_FUNCTIONS = {
    "difflib": ("get_close_matches",),
    "gettext": ("gettext",),
    "importlib.metadata": ("entry_points",),
    "platform": ("system",),
    "secrets": (),
}
"""The functions that those who import a module take out of it at once, to call them seldom or never."""


def keep_out_unneeded() -> None:
    """Keep what few commands use from being imported by Typer, asyncio and Pydantic; what is imported already stays.

    asyncio does without TLS, and what gets the size of a terminal without compression, where Python has none. Typer
    imports what finds similar words, what translates messages and what names the operating system; Pydantic what looks
    for plugins, even where these are turned off, and what compares secrets. Who really uses any of it gets it.

    Source: The Python Language Reference, 5.3.1 (None in ``sys.modules`` is a module that cannot be imported).
    """
    for name in _NONE:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # typeshed leaves that use out
    for name, functions in _FUNCTIONS.items():
        if name not in sys.modules:
            sys.modules[name] = module = _Unloaded(name, functions)
            parent, _, last = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], last, module)


class _Unloaded(ModuleType):
    """Stands for a module until something of it is used.

    Args:
        name: The module.
        functions: Those of its functions that may be taken out of it without loading it.
    """

    def __init__(self, name: str, functions: tuple[str, ...]) -> None:
        super().__init__(name)
        for one in functions:
            setattr(self, one, _standing_for(name, one))

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # what Python asks of any module it imports from
            raise AttributeError(name)
        return getattr(_real(self.__name__), name)


def _standing_for(module: str, function: str) -> Callable[..., object]:
    if (module, function) == ("platform", "system") and hasattr(os, "uname"):
        return lambda: os.uname().sysname  # which is called when UUIDs are imported, and told just so

    def call(*args: object, **kwargs: object) -> object:
        found: object = getattr(_real(module), function)(*args, **kwargs)
        return found

    return call


def _real(name: str) -> ModuleType:
    if isinstance(sys.modules.get(name), _Unloaded):
        del sys.modules[name]
    return importlib.import_module(name)
