"""A prompt with its resolved partials; the unit that change detection compares."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.domain.prompt import Prompt


class IncludeTree(NamedTuple):
    """A prompt with its partials; trees with a common partial share it.

    Attributes:
        prompt: The prompt.
        partials: The partials, by the name in the template: ``shared/tone``, ``shared/tone@1.2.0``. A name without a
            partial has a fallback block.
        is_handlebars: Whether the templates are Handlebars; the texts of another language are compared unparsed.
    """

    prompt: Prompt
    partials: Mapping[str, IncludeTree] = MappingProxyType({})
    is_handlebars: bool = True

    @property
    def text(self) -> str:
        """The text of the template; empty for a chat."""
        return "" if self.prompt.template is None else self.prompt.template.content


def as_tree(prompt: Prompt | IncludeTree) -> IncludeTree:
    """Return a prompt as a tree, without partials if it is not a tree yet."""
    return prompt if isinstance(prompt, IncludeTree) else IncludeTree(prompt)


def same_content(old: IncludeTree, new: IncludeTree) -> bool:
    """Return whether two trees have the same signatures and texts at every depth; no template is parsed."""
    visited: set[tuple[int, int]] = set()
    pending = [(old, new)]
    while pending:
        before, after = pending.pop()
        if before is after or (id(before), id(after)) in visited:
            continue
        visited.add((id(before), id(after)))
        if before.partials.keys() != after.partials.keys() or before.prompt.templates != after.prompt.templates:
            return False
        if before.prompt.variables != after.prompt.variables:
            return False
        pending += [(below, after.partials[name]) for name, below in before.partials.items()]
    return True
