"""Files of what can be made again, for `storage` and `history`: under a check sum, and replaced as a whole.

Two processes that write one at once both leave a whole one, of which the later stays. Reading needs no lock: what is
not whole, or of another form, is nothing.
"""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def digest_of(content: bytes) -> str:
    """Return what tells the content of files apart."""
    import hashlib  # not all that is kept is found by it

    return hashlib.sha256(content).hexdigest()


def unsealed(content: bytes, form: str) -> bytes | None:
    """Return what a file holds; None where it is damaged, or of another form.

    Args:
        content: The file's bytes.
        form: What the file begins with: what it is, and the number of its form.
    """
    heading, _, body = content.partition(b"\n")
    return body if heading == _heading(body, form) else None


def put(path: Path, body: bytes, form: str) -> None:
    """Put a file in the place of what is there.

    Args:
        path: Where; its directory exists.
        body: What it is to hold.
        form: As for `unsealed`.

    Raises:
        OSError: It could not be written; what was there is as it was.
    """
    new = path.with_name(f"{path.name}.{os.urandom(8).hex()}.new")
    try:
        new.write_bytes(_heading(body, form) + b"\n" + body)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _heading(body: bytes, form: str) -> bytes:
    return f"{form} {zlib.crc32(body):08x}".encode("ascii")
