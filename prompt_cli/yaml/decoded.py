"""The text of a file as a model reads it: scalars are decoded, and positions lead back to the file."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.yaml.nodes import scalars
from prompt_cli.yaml.positions import after_header, character_spans, content_start

if TYPE_CHECKING:
    from prompt_cli.yaml.nodes import Node, Scalar
    from prompt_cli.yaml.positions import CharacterSpans, Span

_QUOTES = {"": 0, "'": 2, '"': 2}
"""The number of quotes by style."""


class _Piece(NamedTuple):
    """A stretch of decoded text: where it starts in the file, or the scalar that it is the text of."""

    start: int
    scalar: Scalar | None


class DecodedText:
    r"""A file's text with each scalar's text in place of its notation; quotes, keys and comments stay.

    Args:
        raw: The text of the file.
        root: Its nodes; None if it is not valid YAML, which is searched as it stands.

    Attributes:
        text: The decoded text.
    """

    def __init__(self, raw: str, root: Node | None) -> None:
        self._raw = raw
        self._spans: dict[int, CharacterSpans] = {}
        self._pieces = [_Piece(0, None)]
        self._starts = [0]
        parts: list[str] = []
        size = at = 0
        for scalar in scalars(root) if root is not None else ():
            if scalar.end - scalar.start - len(scalar.text) == _QUOTES.get(scalar.style):
                continue  # most scalars stand in the file as they are: no notation is as long as what it means
            start, end = _content(raw, scalar)
            if start < at:
                continue  # a missing value
            parts += (raw[at:start], scalar.text)
            size += start - at
            self._begin(size, _Piece(start, scalar))
            size += len(scalar.text)
            self._begin(size, _Piece(end, None))
            at = end
        self.text = "".join((*parts, raw[at:]))

    def span(self, start: int, end: int) -> Span:
        """Return the place in the file of a stretch of the decoded text."""
        first = self._place(start)[0]
        return first, max(first, self._place(end - 1)[1]) if end > start else first

    def stands_raw(self, start: int, end: int) -> bool:
        """Return whether characters stand in the file as they are, not as escapes."""
        first, last = self.span(start, end)
        return self._raw[first:last] == self.text[start:end]

    def _begin(self, start: int, piece: _Piece) -> None:
        self._starts.append(start)
        self._pieces.append(piece)

    def _place(self, index: int) -> Span:
        """Return the place in the file of one character."""
        n = bisect_right(self._starts, index) - 1
        offset, piece = index - self._starts[n], self._pieces[n]
        if piece.scalar is None:
            return piece.start + offset, piece.start + offset + 1
        if n not in self._spans:
            self._spans[n] = character_spans(self._raw, piece.scalar)
        starts, ends = self._spans[n]
        return starts[offset], ends[offset]


def _content(raw: str, scalar: Scalar) -> Span:
    """Return the span of a scalar's notation, without quotes or the header of a block."""
    match scalar.style:
        case "'" | '"':
            return content_start(raw, scalar) + 1, scalar.end - 1
        case "|" | ">":
            return after_header(raw, scalar), max(scalar.end, after_header(raw, scalar))
        case _:
            return content_start(raw, scalar), scalar.end
