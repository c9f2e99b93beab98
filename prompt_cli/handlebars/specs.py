"""The descriptions of all helpers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .helpers import BUILT_IN
from .prompt_helpers import PROMPT_HELPERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .helpers import HelperSpec

HELPERS: Mapping[str, HelperSpec] = {**BUILT_IN, **{name: helper.spec for name, helper in PROMPT_HELPERS.items()}}
"""The built-in helpers and those for prompts, by name."""

__all__ = ["HELPERS", "PROMPT_HELPERS"]
