"""The entries of an index that was listed, looked for one by one: of thousands, few are asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from prompt_cli.history.entries import Entry

if TYPE_CHECKING:
    from prompt_cli.history.repository import Place

EMPTY: Final = frozenset(
    {
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    }
)
"""The object ids of a file without content, in repositories that use SHA-1 and SHA-256."""
_SETTLED: Final = "0"
"""The stage of a file that is in no merge conflict."""


class DoubtfulEntryError(Exception):
    """What is listed of a file does not tell whether it is staged: it is in a merge conflict, or only announced."""


class ListedIndex:
    """What ``ls-files --stage -z`` wrote.

    Args:
        place: Where the prompt directory is.
        output: What it wrote, of that directory or more.

    Attributes:
        output: The same.

    Source: git-ls-files(1), "Output".
    """

    def __init__(self, place: Place, output: bytes) -> None:
        self.output = output
        self._place = place

    def entry(self, prompt_id: str) -> Entry | None:
        """Return the entry of a prompt's file; None where there is none.

        Raises:
            DoubtfulEntryError: That cannot be told.
        """
        output, path = self.output, b"\t%b\0" % os.fsencode(self._place.path_of(prompt_id))
        at = output.find(path)
        while at >= 0:
            told = output[output.rfind(b"\0", 0, at) + 1 : at].decode("utf-8", "replace")
            if "\t" not in told:  # else it is the end of another path
                mode, blob, stage = told.split(" ")
                if stage != _SETTLED or blob in EMPTY:
                    raise DoubtfulEntryError(prompt_id)
                return Entry(mode, blob)
            at = output.find(path, at + 1)
        return None
