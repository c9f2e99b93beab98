"""JSON documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from prompt_cli.reporting.visible import UNSAFE

if TYPE_CHECKING:
    from collections.abc import Mapping

_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in UNSAFE}


def json_text(document: Mapping[str, object]) -> str:
    """Return a JSON document, its keys in their order.

    What a terminal would obey is escaped as JSON has it, so that the document means the same wherever it is read.
    """
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False).translate(_ESCAPES) + "\n"
