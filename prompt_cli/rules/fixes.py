"""Fixes of findings."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from prompt_cli.domain.finding import Edit, Fix
from prompt_cli.domain.variables import all_specs
from prompt_cli.errors import StorageError
from prompt_cli.handlebars import ContentStatement, HandlebarsSyntaxError, parse, walk
from prompt_cli.rules.pc4_content import without_invisible

if TYPE_CHECKING:
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.problems import DataPath
    from prompt_cli.storage.loader import LoadedPrompt


def scalar_fix(loaded: LoadedPrompt, path: DataPath, text: str) -> Fix | None:
    """Return a fix that replaces a scalar, as the smallest edit; None if the scalar cannot be replaced alone."""
    if loaded.source is None:
        return None
    try:
        new = loaded.source.replace_scalar(path, text).text
    except StorageError:
        return None
    old = loaded.source.text
    start = _shared_prefix(old, new)
    tail = _shared_prefix(old[start:][::-1], new[start:][::-1])
    region = loaded.source.lines.region(start, len(old) - tail)
    return Fix(f"make it {text}", (Edit(region, new[start : len(new) - tail]),))


def _shared_prefix(left: str, right: str) -> int:
    """Return the length of the prefix that two texts share."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


def reads_the_same(old: Prompt, new: Prompt) -> bool:
    """Return whether two prompts differ in invisible characters of their texts alone, and not in tags or values."""
    if old.templates.keys() != new.templates.keys() or _accepted_values(old) != _accepted_values(new):
        return False
    return all(_visible_text(text) == _visible_text(new.templates[path]) for path, text in old.templates.items())


def _accepted_values(prompt: Prompt) -> dict[DataPath, object]:
    return {path: (spec.type, spec.enum, spec.pattern) for path, spec in all_specs(prompt.variables)}


def _visible_text(template: str) -> str:
    """Return a template with marks around its tags, and no invisible characters between them."""
    text = template.strip()
    try:
        contents = [one for one in walk(parse(text)) if isinstance(one, ContentStatement)]
    except HandlebarsSyntaxError:
        return text
    parts, at = [], 0
    for node in sorted(contents, key=lambda one: one.offset):
        parts += [f"\0{text[at : node.offset]}\0", without_invisible(text[node.offset : node.end])]
        at = node.end
    return "".join((*parts, f"\0{text[at:]}\0")).replace("\0\0", "").strip()
