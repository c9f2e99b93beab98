"""PC2: blocks that render nothing, or never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.findings import Severity
from prompt_cli.handlebars import ContentStatement
from prompt_cli.rules.conditions import helper_of, may_be_settled, settled
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.handlebars import BlockStatement, Program
    from prompt_cli.rules.subject import Subject

_HELPERS = frozenset({"if", "unless", "each", "with"})


def _empty(subject: Subject) -> Iterator[Match]:
    for path, block in ((path, block) for path, blocks in subject.blocks.items() for block in blocks):
        if block.params and helper_of(block) not in _HELPERS:
            continue  # what a helper does with its body is its own affair
        branches = [one for one in (block.program, block.inverse) if one]
        if not any(map(_is_empty, branches)):
            continue
        branches.sort(key=lambda one: one.offset)
        first, last = branches[0], branches[-1]
        if all(map(_is_empty, branches)):
            yield Match("the block is empty", path, "remove it, or say in it what it is for", _tag(block, first))
        elif _is_empty(first) and not last.chained:
            hint = "turn the condition round: {{#unless}} for {{#if}}"
            yield Match("there is nothing before {{else}}", path, hint, _tag(block, first))
        elif _is_empty(last):
            yield Match("there is nothing after {{else}}", path, "remove the {{else}}", _tag(block, last))


def _is_empty(program: Program) -> bool:
    """Tell whether a branch prints nothing; a comment says that it shall."""
    return all(isinstance(one, ContentStatement) and not one.value for one in program.body)


def _tag(block: BlockStatement, branch: Program) -> tuple[int, int]:
    """Return where the tag before a branch stands: the block's own, or its `{{else}}`."""
    if branch.offset <= block.open_end:
        return block.offset, block.open_end
    return block.origin.text.rfind("{{", block.open_end, branch.offset), branch.offset


def _unreachable(subject: Subject) -> Iterator[Match]:
    for path, blocks in subject.blocks.items():
        for block, holds, constant in settled(subject.programs[path]) if may_be_settled(blocks) else ():
            if holds:
                result = "{{else}} is never rendered" if block.inverse else "what follows is always rendered"
            else:
                result = "what follows is never rendered"
            why = "the condition is a constant" if constant else "the block around has asked this already"
            yield Match(
                f"{why}: {result}", path, "ask for something else, or remove it", (block.offset, block.open_end)
            )


_IF = "variables: {formal: {type: boolean}}\ntemplate: Hello{{#if formal}}%s{{/if}}!\n"

BLOCK_RULES = (
    Rule(
        "PC208",
        "empty-block",
        "A branch that prints nothing is the rest of an edit, or a condition the wrong way round; the reader cannot "
        "tell which. A comment in it says that it is meant.",
        prompt_file(_IF % ""),
        prompt_file(_IF % ", dear colleague"),
        _empty,
        Severity.WARNING,
    ),
    Rule(
        "PC209",
        "unreachable-branch",
        "What no data can ever show is no part of the prompt, though whoever reads the template takes it for one.",
        prompt_file(_IF % " all{{else if formal}}, dear colleague"),
        prompt_file(_IF % ", dear colleague{{else}} all"),
        _unreachable,
        Severity.WARNING,
    ),
)
