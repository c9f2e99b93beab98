"""What libraries import and a command never uses, kept from being imported: a tenth of a first start."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

_METADATA = "importlib.metadata"
_TLS = "ssl"


def keep_out_unneeded() -> None:
    """Keep what no command uses from being imported by asyncio and Pydantic; what is imported already stays.

    asyncio does without TLS where Python has none, which it finds out by importing it. Pydantic imports what looks
    through installed packages for its plugins, even where they are turned off; whoever really looks gets the real one.

    Source: The Python Language Reference, 5.3.1 (None in ``sys.modules`` is a module that cannot be imported).
    """
    sys.modules.setdefault(_TLS, None)  # type: ignore[arg-type]  # typeshed leaves that use out
    if _METADATA not in sys.modules:
        sys.modules[_METADATA] = importlib.metadata = _Metadata(_METADATA)


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
