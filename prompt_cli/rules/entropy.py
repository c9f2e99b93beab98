"""Telling what somebody made up from what a machine drew."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

# Words of placeholders, and the credentials that providers print in their documents.
_MADE_UP = (
    r"(?i)example|sample|placeholder|dummy|fake|changeme|change[-_]me|redacted|replace|insert|secret[-_]?here|"
    r"your[-_]|my[-_](?:key|secret|token)|xxxx|\*\*\*\*|\.\.\.|"
    # The token of jwt.io and the key of Azure's storage emulator, which stand in every tutorial.
    r"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c|Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"
)
_RUN = 6
"""So many equal or consecutive characters are no chance."""


def is_placeholder(text: str) -> bool:
    """Tell whether a text stands for a secret and is none.

    >>> is_placeholder("AKIAIOSFODNN7EXAMPLE"), is_placeholder("k3J9xQ2mV7pLw8Rt")
    (True, False)
    """
    return bool(re.search(_MADE_UP, text)) or _longest_run(text) >= _RUN or entropy(text) < _LEAST


def entropy(text: str) -> float:
    """Return Shannon's entropy of the characters of a text, in bits a character."""
    if not text:
        return 0.0
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def _longest_run(text: str) -> int:
    """Return the length of the longest stretch like ``aaaa``, ``abcd`` or ``1234``."""
    longest = {0: 1, 1: 1}
    current = dict(longest)
    for before, after in pairwise(text):
        for step in (0, 1):
            current[step] = current[step] + 1 if ord(after) - ord(before) == step else 1
            longest[step] = max(longest[step], current[step])
    return max(longest.values())


_LEAST = 2.5
