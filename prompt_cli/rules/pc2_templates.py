"""PC2: templates: syntax, helpers, partials, blocks and placeholders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.domain.finding import Severity
from prompt_cli.domain.ids import near_names
from prompt_cli.domain.variables import spec_at
from prompt_cli.handlebars import (
    BlockStatement,
    BooleanLiteral,
    ContentStatement,
    NullLiteral,
    NumberLiteral,
    PathExpression,
    StringLiteral,
    SubExpression,
    UndefinedLiteral,
    iter_nodes,
)
from prompt_cli.resolver import ResolvedPrompt
from prompt_cli.rules.rule import Check, Match, Rule, prompt_file
from prompt_cli.rules.subject import inclusion_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath
    from prompt_cli.handlebars import Node, Program
    from prompt_cli.resolver import FaultKind
    from prompt_cli.rules.subject import Subject


def _find_syntax_errors(subject: Subject) -> Iterator[Match]:
    for path, error in subject.resolved.syntax_errors.items():
        yield Match(error.message, path, error.help, error.span)


def _wrong_calls(kind: str) -> Check:
    """Return a check of helper calls in the prompt's own templates; those in partials are found there."""

    def check(subject: Subject) -> Iterator[Match]:
        for path, calls in subject.analysis.wrong_calls.items():
            for call in calls:
                if call.kind == kind:
                    yield Match(call.message, path, call.help, (call.span.offset, call.span.end))

    return check


def _faults_of(*kinds: FaultKind) -> Check:
    """Return a check of inclusions that fail."""

    def check(subject: Subject) -> Iterator[Match]:
        for path, fault, span in subject.faults:
            if fault.kind in kinds:
                yield Match(fault.message, path, fault.help, (span.offset, span.end))

    return check


_find_unusable_faults = _faults_of("chat_partial", "broken_partial", "partial_name")


def _find_unusable_partials(subject: Subject) -> Iterator[Match]:
    yield from _find_unusable_faults(subject)
    for path, uses in subject.resolved.uses.items():
        for use in uses:
            partial = subject.resolved.partials.get(use.name or "")
            if isinstance(partial, ResolvedPrompt) and partial.syntax_errors:
                message = f"the template of the partial {use.name!r} cannot be parsed"
                yield Match(
                    message,
                    path,
                    f"`prompt-cli validate {partial.loaded.id}` shows the error",
                    (use.span.offset, use.span.end),
                )
    for path, error in subject.analysis.errors.items():
        span = inclusion_of(subject.resolved, path, error.name) or error.span
        yield Match(error.message, path, "include fewer partials in each", (span.offset, span.end))


_BLOCK_HELPERS = frozenset({"if", "unless", "each", "with"})


def _find_empty_blocks(subject: Subject) -> Iterator[Match]:
    for path, blocks in subject.blocks.items():
        for block in blocks:
            # Other helpers may do without a body.
            if not block.params or _helper_of(block) in _BLOCK_HELPERS:
                yield from _find_empty_branches(block, path)


def _find_empty_branches(block: BlockStatement, path: DataPath) -> Iterator[Match]:
    branches = sorted((one for one in (block.program, block.inverse) if one), key=lambda one: one.offset)
    first, last = branches[0], branches[-1]
    if all(map(_is_empty, branches)):
        yield Match("the block is empty", path, "remove it, or say in it what it is for", _tag(block, first))
    elif _is_empty(first) and not last.chained:
        hint = "turn the condition round: {{#unless}} for {{#if}}"
        yield Match("there is nothing before {{else}}", path, hint, _tag(block, first))
    elif _is_empty(last):
        yield Match("there is nothing after {{else}}", path, "remove the {{else}}", _tag(block, last))


def _is_empty(program: Program) -> bool:
    """Return whether a branch is empty; a comment in it marks it as intended."""
    return all(isinstance(one, ContentStatement) and not one.value for one in program.body)


def _tag(block: BlockStatement, branch: Program) -> tuple[int, int]:
    """Return the span of the tag that opens a branch: the block's own, or its `{{else}}`."""
    if branch.offset <= block.open_end:
        return block.offset, block.open_end
    return block.origin.text.rfind("{{", block.open_end, branch.offset), branch.offset


def _find_unreachable_branches(subject: Subject) -> Iterator[Match]:
    for path, programs in subject.programs.items():
        for block, holds, is_literal in _fixed_conditions(programs):
            if holds:
                result = "{{else}} is never rendered" if block.inverse else "what follows is always rendered"
            else:
                result = "what follows is never rendered"
            why = "the condition is a constant" if is_literal else "the block around has asked this already"
            span = block.offset, block.open_end
            yield Match(f"{why}: {result}", path, "ask for something else, or remove it", span)


_Shape: TypeAlias = tuple[object, ...]
"""An expression without its position. Expressions of one shape have one value in one context."""
_Facts: TypeAlias = dict[_Shape, list[bool]]
"""The conditions of the enclosing blocks in the current context, and whether they hold, innermost last."""
_VALUED = StringLiteral | NumberLiteral | BooleanLiteral
_LITERAL = _VALUED | NullLiteral | UndefinedLiteral


class _FixedCondition(NamedTuple):
    """A block whose condition has the same result wherever the block is rendered.

    Attributes:
        block: The block.
        holds: Whether its body is always rendered, or never.
        is_literal: Whether its condition is a literal; otherwise an enclosing block has the same condition.
    """

    block: BlockStatement
    holds: bool
    is_literal: bool


def _fixed_conditions(programs: Iterable[tuple[Program, Node, bool]]) -> Iterator[_FixedCondition]:
    """Yield the blocks of a template with fixed conditions, given its programs on entry and on exit."""
    facts: _Facts = {}
    outer: list[_Facts] = []
    for program, owner, is_entry in programs:
        condition = _condition(owner)
        if condition is not None:
            if is_entry:
                holds = isinstance(owner, BlockStatement) and (program is owner.program) is (_helper_of(owner) == "if")
                facts.setdefault(condition, []).append(holds)
            else:
                facts[condition].pop()
        elif not isinstance(owner, BlockStatement) or program is owner.program:
            # Other blocks may change the context, in which an equal path is another value.
            if is_entry:
                outer.append(facts)
            facts = {} if is_entry else outer.pop()
        if is_entry:
            yield from _fixed_conditions_in(program, facts)


def _fixed_conditions_in(program: Program, facts: _Facts) -> Iterator[_FixedCondition]:
    for block in program.body:
        if not isinstance(block, BlockStatement):
            continue
        holds = _literal_condition(block)
        if holds is not None:
            yield _FixedCondition(block, holds, is_literal=True)
        elif facts and (condition := _condition(block)) is not None and (results := facts.get(condition)):
            yield _FixedCondition(block, results[-1] is (_helper_of(block) == "if"), is_literal=False)


def _literal_condition(block: BlockStatement) -> bool | None:
    """Return whether a block with a literal as its argument renders its body; None for other blocks."""
    helper = _helper_of(block)
    if helper not in _BLOCK_HELPERS or not isinstance(block.params[0], _LITERAL):
        return None
    if helper == "each":
        return False  # no literal is a list
    value = isinstance(block.params[0], _VALUED) and bool(block.params[0].value)
    return not value if helper == "unless" else value


def _condition(owner: Node) -> _Shape | None:
    """Return the shape of the condition of an `if` or `unless`; None for other nodes."""
    if isinstance(owner, BlockStatement) and _helper_of(owner) in {"if", "unless"}:
        return _shape(owner.params[0])
    return None


def _shape(node: Node) -> _Shape:
    if isinstance(node, PathExpression):
        return "path", node.data, node.depth, node.parts
    if isinstance(node, SubExpression):
        pairs = node.hash.pairs if node.hash else ()
        params = tuple(map(_shape, node.params))
        return "call", _shape(node.path), params, tuple((pair.key, _shape(pair.value)) for pair in pairs)
    return type(node).__name__, getattr(node, "value", None)


def _helper_of(block: BlockStatement) -> str | None:
    """Return the helper that a block calls with exactly one argument."""
    if isinstance(block.path, PathExpression) and len(block.params) == 1 and block.hash is None:
        return block.path.original
    return None


# The character before a brace excludes other languages: \frac{name}, a{2}, x_{name} and /users/{name}.
_BRACES = re.compile(r"(?:(?<![\\$])[$#]|(?<![A-Za-z0-9_{}\\\])^/$#%@]))\{[ \t]*([^\W\d][\w.-]*)[ \t]*\}(?![{^_])")
_PERCENT = re.compile(r"(?<!%)%\(([^\W\d][\w.-]*)\)[sdrf]")
_TAG = re.compile(r"\{%([^%\n]*)%\}|<%=?([^%\n]*)%>")
_WORD = r"[^\W\d][\w-]*"
# Braces in an attribute are JSX, in an address RFC 6570.
_FOREIGN = r"(?:<\w[^<>\n]*=[\"']?|://\S*)$"
_FOREIGN_LOOKBACK = 200


def _find_foreign_placeholders(subject: Subject) -> Iterator[Match]:
    """Yield placeholders of other template languages that have the name of a variable and are not code or maths."""
    names = subject.prompt.variables if subject.prompt else {}
    for path, template in subject.resolved.templates.items() if names else ():
        text, code = template.source, None
        if not _may_have_placeholders(text):
            continue
        contents = (node for program, _, is_entry in subject.programs[path] if is_entry for node in program.body)
        for node in contents:
            if not isinstance(node, ContentStatement) or not ("{" in node.value or "%" in node.value):
                continue
            for start, end, name in _placeholders(text, node.offset, node.end, names):
                from prompt_cli.rules.prose import CodeSpans  # few prompts have candidates

                code = code or CodeSpans(text)
                before = text[max(0, start - _FOREIGN_LOOKBACK) : start]
                if not code.contains(start) and not re.search(_FOREIGN, before):
                    message = f"{text[start:end]} is printed as it stands; it looks like the variable {name!r}"
                    hint = f"write {{{{{name}}}}}, or put it in back ticks where it is meant"
                    yield Match(message, path, hint, (start, end))


def _may_have_placeholders(text: str) -> bool:
    """Return whether a text has a percent sign, or braces that are not in pairs."""
    return "%" in text or "{{{" in text or text.count("{") != 2 * text.count("{{")


def _placeholders(text: str, start: int, end: int, names: Collection[str]) -> Iterator[tuple[int, int, str]]:
    for pattern in (_BRACES, _PERCENT):
        for match in pattern.finditer(text, start, end):
            name = match[1] if match[1] in names else match[1].partition(".")[0]
            if name in names:
                yield *match.span(), name
    for match in _TAG.finditer(text, start, end):
        words = re.findall(_WORD, match[1] or match[2] or "")
        if name := next((word for word in words if word in names), ""):
            yield *match.span(), name


# Bounds on the search for near names: comparisons that get a hint, and choices compared with each.
_MAX_HINTS = 100
_MAX_CHOICES = 100


def _find_impossible_comparisons(subject: Subject) -> Iterator[Match]:
    for n, (path, spec, text) in enumerate(_comparisons(subject)):
        choices = [one for one in spec.enum or () if isinstance(one, str)]
        if choices and text.value not in choices:
            may_hint = not spec.sensitive and n < _MAX_HINTS
            near = near_names(text.value, choices[:_MAX_CHOICES], most=1) if may_hint else ()
            hint = f"did you mean {near[0]!r}?" if near else "add it to the enum, or remove the comparison"
            yield Match("the enum of the variable does not hold this value", path, hint, (text.offset, text.end))


def _comparisons(subject: Subject) -> Iterator[tuple[DataPath, VariableSpec, StringLiteral]]:
    """Yield the string literals that `eq` compares with variables."""
    specs = subject.prompt.variables if subject.prompt else {}
    for path, references in subject.references.items():
        operands = {one.span.offset: one for one in references if one.helper == "eq" and one.template == subject.id}
        for node in iter_nodes(subject.resolved.templates[path]) if operands else ():
            if not isinstance(node, SubExpression):
                continue
            paths = [one for one in node.params if isinstance(one, PathExpression) and one.offset in operands]
            texts = [one for one in node.params if isinstance(one, StringLiteral)]
            if len(paths) == len(texts) == 1 and (spec := spec_at(specs, operands[paths[0].offset].path)):
                yield path, spec, texts[0]


_INCLUDER = "id: example\nversion: 1.0.0\nformat: text\ntemplate: "
_TONE = "id: tone\nversion: 1.0.0\nformat: text\ntemplate: Be kind.\n"
_IF = "variables: {formal: {type: boolean}}\ntemplate: Hello{{#if formal}}%s{{/if}}!\n"
_PLACEHOLDER = "variables: {name: {type: string}}\ntemplate: 'Hello {{name}}! %s'\n"
_COMPARISON = (
    "variables: {tone: {type: string, enum: [formal, friendly]}}\ntemplate: Hello{{#if (eq tone '%s')}}!{{/if}}\n"
)

TEMPLATE_RULES = (
    Rule(
        "PC201",
        "template-syntax",
        "A template that cannot be parsed cannot be rendered: whoever asks for the prompt gets an error.",
        prompt_file("template: '{{#if x}}Hello!'\nvariables: {x: {type: boolean}}\n"),
        prompt_file("template: '{{#if x}}Hello!{{/if}}'\nvariables: {x: {type: boolean}}\n"),
        _find_syntax_errors,
    ),
    Rule(
        "PC202",
        "unknown-helper",
        "A name with arguments is a helper, and prompts have the helpers that `prompt-cli` brings: any other is an "
        "error whenever the place is rendered.",
        prompt_file("template: '{{uper name}}'\nvariables: {name: {type: string}}\n"),
        prompt_file("template: '{{upper name}}'\nvariables: {name: {type: string}}\n"),
        _wrong_calls("unknown_helper"),
    ),
    Rule(
        "PC203",
        "wrong-arguments",
        "A helper that is given other arguments than it takes ends in an error, or does less than the call says.",
        prompt_file("template: '{{#if tone \"formal\"}}Dear{{/if}}'\nvariables: {tone: {type: string}}\n"),
        prompt_file("template: '{{#if (eq tone \"formal\")}}Dear{{/if}}'\nvariables: {tone: {type: string}}\n"),
        _wrong_calls("wrong_arguments"),
    ),
    Rule(
        "PC204",
        "missing-partial",
        "A partial is a prompt of the same repository; without it the prompt cannot be rendered.",
        {"example": _INCLUDER + "'{{> tonne}}'\n", "tone": _TONE},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _faults_of("missing_partial"),
    ),
    Rule(
        "PC205",
        "circular-partials",
        "Partials that include one another in a circle never end.",
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE.replace("Be kind.", "'{{> example}}'")},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _faults_of("circular_partial", "partial_depth"),
    ),
    Rule(
        "PC206",
        "missing-partial-version",
        "A pinned version that no commit bears cannot be found when the prompt is rendered.",
        {"example": _INCLUDER + "'{{> \"tone@9.0.0\"}}'\n", "tone": _TONE},
        {"example": _INCLUDER + "'{{> \"tone@1.0.0\"}}'\n", "tone": _TONE},
        _faults_of("missing_version"),
    ),
    Rule(
        "PC207",
        "unusable-partial",
        "Only a prompt of one text can be included, by a name that stands in the template: anything else could not be "
        "checked before it is rendered.",
        {"example": _INCLUDER + "'{{> (lookup . \"name\")}}'\n"},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _find_unusable_partials,
    ),
    Rule(
        "PC208",
        "empty-block",
        "A branch that prints nothing is the rest of an edit, or a condition the wrong way round; the reader cannot "
        "tell which. A comment in it says that it is meant.",
        prompt_file(_IF % ""),
        prompt_file(_IF % ", dear colleague"),
        _find_empty_blocks,
        Severity.WARNING,
    ),
    Rule(
        "PC209",
        "unreachable-branch",
        "What no data can ever show is no part of the prompt, though whoever reads the template takes it for one.",
        prompt_file(_IF % " all{{else if formal}}, dear colleague"),
        prompt_file(_IF % ", dear colleague{{else}} all"),
        _find_unreachable_branches,
        Severity.WARNING,
    ),
    Rule(
        "PC210",
        "misspelt-mustache",
        "Other languages write variables with other signs. Handlebars prints those as they stand, and the model reads "
        "the name instead of the value.",
        prompt_file(_PLACEHOLDER % "Your name is {name}."),
        prompt_file(_PLACEHOLDER % "Answer with `{name}`, or as $\\frac{name}{2}$."),
        _find_foreign_placeholders,
        Severity.WARNING,
    ),
    Rule(
        "PC211",
        "impossible-comparison",
        "A variable is compared with a text that its enum does not hold: the two are never equal, most often because "
        "one of them was renamed or is misspelt.",
        prompt_file(_COMPARISON % "freindly"),
        prompt_file(_COMPARISON % "friendly"),
        _find_impossible_comparisons,
        Severity.WARNING,
    ),
)
