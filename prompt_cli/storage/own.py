"""What tells this program apart from every other release of it: what was learned by one is not known to another."""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LIBRARIES = ("pydantic", "ruamel")


@cache
def own_identity() -> Sequence[object]:
    """Return our version, our source's, Python's, and those of the libraries that results depend on."""
    package = Path(__file__).parent.parent
    return (__version__, sys.version, *_libraries(), *(_installed(package) or _sources(str(package))))


def _installed(package: Path) -> Sequence[object]:
    """Return what tells a package apart that was installed from a wheel: the record of its files has all their hashes.

    Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
    """
    try:
        record = (package.parent / f"prompt_cli-{__version__}.dist-info" / "RECORD").read_bytes()
    except OSError:
        return ()  # it runs as it lies there
    return (hashlib.sha256(record).hexdigest(),)


def _sources(folder: str) -> Iterator[object]:
    """Yield what tells our own source apart, as Python tells by it whether its bytecode is still good."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            if entry.name.endswith(".py"):
                status = entry.stat()
                yield entry.name, status.st_size, status.st_mtime_ns
            elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                yield from _sources(entry.path)


def _libraries() -> Iterator[str]:
    """Yield the releases of libraries, by what installing them leaves behind."""
    for folder in sys.path:
        if folder.endswith("-packages") and Path(folder).is_dir():
            names = sorted(entry.name for entry in os.scandir(folder) if entry.name.startswith(_LIBRARIES))
            yield from (one for one in names if one.endswith("-info"))
