"""Unified diffs of files, for `patch` and ``git apply``."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prompt_cli.changes.comparison import PromptComparison, RenderedComparison, Side
from prompt_cli.problems import DataPath
from prompt_cli.reporting.line_diff import opcodes_by_hunk
from prompt_cli.reporting.terminal import visible
from prompt_cli.reporting.text_pairs import RENDERED, rendered_pairs

_NO_NEWLINE: Final = "\\ No newline at end of file\n"
# Characters that git escapes in a quoted path with core.quotePath=false.
_QUOTED: Final = re.compile(r'[\x00-\x1f"\\\x7f]')
_ESCAPES: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def unified_diff(old: Side, new: Side) -> bytes:
    """Return the diff of two files, byte for byte; empty if they are equal."""
    body = "".join(unified_lines(_text(old), _text(new)))
    head = f"--- {_label('a', old)}\n+++ {_label('b', new)}\n"
    return (head + body).encode("utf-8", "surrogateescape") if body else b""


def unified_diffs(comparisons: Iterable[PromptComparison]) -> bytes:
    """Return the diffs of the files of several prompts; git applies a rename as one."""
    return b"".join(_rename(one) + unified_diff(one.old, one.new) for one in comparisons)


def rendered_diffs(comparisons: Iterable[RenderedComparison]) -> bytes:
    """Return the diffs of rendered prompts, each message as a file below the prompt's id."""
    differences = []
    for one in comparisons:
        for title, *texts in rendered_pairs(one):
            path = one.id if title == RENDERED else f"{one.id}/{title}"
            contents = (None if text is None else text.encode("utf-8", "surrogateescape") for text in texts)
            differences.append(unified_diff(*map(Side, (one.old.label, one.new.label), (path, path), contents)))
    return b"".join(differences)


def text_changes(old: Mapping[DataPath, str], new: Mapping[DataPath, str]) -> bytes:
    """Return the lines that a model reads before and after a change of a file, as comments to go before its diff."""
    notes: list[str] = []
    for path, text in new.items():
        if text != old.get(path, text):
            lines = [line for line in unified_lines(old[path], text) if line[0] in "-+"]
            notes.append(f"# the model reads another text of {'.'.join(map(str, path))}\n")
            notes += [
                f"# {'before' if line[0] == '-' else 'after'}: {_escape(line[1:].splitlines()[0])}\n" for line in lines
            ]
    return "".join(notes).encode("utf-8", "surrogateescape")


def _escape(text: str) -> str:
    """Return a text with invisible characters as escapes, joiners too."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def unified_lines(old: str, new: str) -> Iterator[str]:
    """Yield the hunks of two texts as lines with their newlines, without file names."""
    before, after = _lines(old), _lines(new)
    for header, opcodes in opcodes_by_hunk(before, after):
        yield f"{header}\n"
        for kind, start, end, new_start, new_end in opcodes:
            if kind == "equal":
                yield from _sign(" ", before[start:end])
            else:
                yield from _sign("-", before[start:end])
                yield from _sign("+", after[new_start:new_end])


def _sign(sign: str, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n{_NO_NEWLINE}"


def _rename(comparison: PromptComparison) -> bytes:
    """Return the header of a renamed file, as git writes it; empty for other files."""
    if comparison.renamed_from is None:
        return b""
    old, new = (one.path.lstrip("/") for one in (comparison.old, comparison.new))
    head = f"diff --git {_quote(f'a/{old}')} {_quote(f'b/{new}')}\n"
    return f"{head}rename from {_quote(old)}\nrename to {_quote(new)}\n".encode("utf-8", "surrogateescape")


def _quote(path: str) -> str:
    """Return a path, in quotes if git would quote it."""
    if not _QUOTED.search(path):
        return path
    return '"' + _QUOTED.sub(lambda match: _ESCAPES.get(match[0], f"\\{ord(match[0]):03o}"), path) + '"'


def _label(prefix: str, side: Side) -> str:
    """Return the name of a file; `patch` and git ignore the label after the tab."""
    if side.content is None:
        return "/dev/null"
    path = _quote(f"{prefix}/{side.path.lstrip('/')}")
    return f"{path}\t{visible(' '.join(side.label.split()))}"


def _text(side: Side) -> str:
    return (side.content or b"").decode("utf-8", "surrogateescape")


def _lines(text: str) -> list[str]:
    """Split a text at newlines; lines keep their ends, as a missing last newline is a difference."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])
