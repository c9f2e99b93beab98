"""A prompt with what it includes: what changes of a prompt are changes of."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.domain.prompt import Prompt


class IncludeTree(NamedTuple):
    """A prompt with what it includes; trees that have a partial in common share it.

    Attributes:
        prompt: The prompt.
        partials: What its templates include, by the name they include it by: ``shared/tone``, ``shared/tone@1.2.0``.
            A name that is not there has a block that stands in for it.
    """

    prompt: Prompt
    partials: Mapping[str, IncludeTree] = MappingProxyType({})

    @property
    def text(self) -> str:
        """The template's text, of a prompt that is one text: partials are."""
        return "" if self.prompt.template is None else self.prompt.template.content


def as_tree(prompt: Prompt | IncludeTree) -> IncludeTree:
    """Return a prompt as a tree; by itself it includes nothing."""
    return prompt if isinstance(prompt, IncludeTree) else IncludeTree(prompt)


def same_content(old: IncludeTree, new: IncludeTree) -> bool:
    """Tell whether two trees have the same signatures and texts, however deep; no template is parsed."""
    seen: set[tuple[int, int]] = set()
    pending = [(old, new)]
    while pending:
        one, other = pending.pop()
        if one is other or (id(one), id(other)) in seen:
            continue
        seen.add((id(one), id(other)))
        if one.partials.keys() != other.partials.keys() or one.prompt.templates != other.prompt.templates:
            return False
        if one.prompt.variables != other.prompt.variables:
            return False
        pending += [(below, other.partials[name]) for name, below in one.partials.items()]
    return True
